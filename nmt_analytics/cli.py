"""The command line: arguments, messages and exit codes, nothing else.

Results go to stdout, progress and messages to stderr. Heavy modules are imported by the command
that needs them, so that --help and status answer at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from nmt_analytics.errors import EXIT_CODES, NmtError, NoDataError, RefusedRowsError, UsageError

if TYPE_CHECKING:
    from nmt_analytics.practice import Practice
    from nmt_analytics.settings import Settings

_EXIT_CODES = "Exit codes: " + ", ".join(
    f"{code} {meaning}" for code, meaning in EXIT_CODES.items()
)

app = typer.Typer(
    help="Outcome numbers for a neuromuscular-therapy practice, from its own exports.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path | None,
    typer.Option("--practice", help="The practice's folder. Default: found from here upwards."),
]
Format = Annotated[str, typer.Option("--format", help="table, csv or json.")]
PeriodText = Annotated[
    str | None,
    typer.Option("--period", help="2026Q3, 2026-07, 2026, or 2026-07-01..2026-08-15."),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Count only what had happened by then.")
]
LoadedBy = Annotated[
    str | None, typer.Option("--loaded-by", help="Count only what had been loaded by then.")
]
Audience = Annotated[
    str | None, typer.Option("--audience", help="owner or shared (hides more).")
]


def main() -> NoReturn:
    """Run one command; every error of the user's becomes one message and its exit code."""
    try:
        app(standalone_mode=False)
    except NmtError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except typer.TyperException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _say("Stopped. Nothing was left half done.")
        sys.exit(130)
    sys.exit(0)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _settings(folder: Path | None) -> "Settings":
    from nmt_analytics.settings import find_practice, read_settings

    return read_settings(find_practice(folder) if folder is None else folder)


def _practice(
    folder: Path | None, as_of: str | None, loaded_by: str | None, audience: str | None = None
) -> "Practice":
    from nmt_analytics.practice import Practice

    return Practice(_settings(folder), as_of=as_of, loaded_by=loaded_by, audience=audience)
