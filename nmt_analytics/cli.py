"""The command line: which commands there are, and what becomes of an error.

Each command is a function in commands/. Heavy modules are imported by the command that needs
them, so that --help and status answer at once.
"""

import sys
from typing import Annotated

import typer

from nmt_analytics import __version__
from nmt_analytics.commands import (
    exploring,
    files,
    numbers,
    practices,
    privacy,
    reports,
    schedules,
)
from nmt_analytics.commands.printing import say, tell
from nmt_analytics.errors import EXIT_CODES, NmtError

STOPPED = 130


def _print_version(is_asked: bool) -> None:
    if is_asked:
        tell(__version__)
        raise typer.Exit


def options_of_all(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it and end."),
    ] = False,
) -> None:
    """What comes before a command."""


app = typer.Typer(
    callback=options_of_all,
    help="Outcome numbers for a neuromuscular-therapy practice, from its own exports.",
    epilog="Exit codes: " + ", ".join(f"{code} {text}" for code, text in EXIT_CODES.items()),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


# In the order in which help lists them.
app.command()(reports.run)
app.command()(files.load)
app.command()(files.check)
app.command("map")(files.map_columns)
app.command()(files.template)
app.command()(reports.report)
app.command()(numbers.metric)
app.command()(numbers.claims)
app.command()(reports.status)
app.command()(exploring.lab)
app.command("new-report")(exploring.new_report)
app.command()(privacy.forget)
app.command()(practices.init)
app.command()(practices.simulate)
app.add_typer(schedules.schedule_app, name="schedule")


def main() -> None:
    """Run one command; every error of the user's becomes one message and its exit code."""
    try:
        app(prog_name="nmt-analytics")
    except NmtError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == STOPPED:  # what Typer makes of Ctrl-C
            say("Stopped. What was done so far is kept; nothing was left half done.")
        raise
