"""The command line: arguments, messages and exit codes, nothing else.

Results go to stdout, progress and messages to stderr. Heavy modules are imported by the command
that needs them, so that --help and status answer at once.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nmt_analytics.errors import EXIT_CODES, NmtError, RefusedRowsError, UsageError

if TYPE_CHECKING:
    from nmt_analytics.practice import Practice
    from nmt_analytics.settings import Settings


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class Audience(StrEnum):
    """Who will see it: the owner, or somebody outside the practice (hides more)."""

    owner = "owner"
    shared = "shared"


STOPPED = 130

app = typer.Typer(
    help="Outcome numbers for a neuromuscular-therapy practice, from its own exports.",
    epilog="Exit codes: " + ", ".join(f"{code} {text}" for code, text in EXIT_CODES.items()),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

schedule_app = typer.Typer(
    help="Let the system's own scheduler call `run` every day.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(schedule_app, name="schedule")

Folder = Annotated[
    Path | None,
    typer.Option("--practice", help="The practice's folder. Default: found from here upwards."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]
PeriodOption = Annotated[
    str | None,
    typer.Option("--period", help="2026Q3, 2026-07, 2026, or 2026-07-01..2026-08-15."),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Count only what had happened by then (a date).")
]
LoadedBy = Annotated[
    str | None, typer.Option("--loaded-by", help="Count only what had been loaded by then.")
]
AudienceOption = Annotated[
    Audience | None, typer.Option("--audience", help="owner, or shared (hides more).")
]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", help="A mapping file for exports that are not recognised."),
]


def main() -> None:
    """Run one command; every error of the user's becomes one message and its exit code."""
    try:
        app(prog_name="nmt-analytics")
    except NmtError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except SystemExit as end:
        if end.code == STOPPED:  # what Typer makes of Ctrl-C
            _say("Stopped. What was done so far is kept; nothing was left half done.")
        raise


@app.command()
def run(
    force: Annotated[
        bool, typer.Option("--force", help="Make pages anew that are up to date.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Bring everything up to date: load what is new, render what is due.

    Example: nmt-analytics run
    """
    from nmt_analytics import schedule
    from nmt_analytics.reporting import terminal

    with terminal.progress() as progress:
        outcome = schedule.run(_settings(folder), force=force, progress=progress)
    for line in outcome.lines():
        print(line)
    if outcome.error is not None:
        raise outcome.error


@app.command()
def load(
    files: Annotated[list[Path] | None, typer.Argument(help="Default: the whole inbox.")] = None,
    mapping: MappingOption = None,
    folder: Folder = None,
) -> None:
    """Load files, or what lies in the inbox.

    Example: nmt-analytics load data/inbox/sessions.csv
    """
    from nmt_analytics import schedule
    from nmt_analytics.intake.mapping import read_mapping
    from nmt_analytics.reporting import terminal

    settings = _settings(folder)
    chosen = None if mapping is None else read_mapping(mapping)
    with terminal.progress() as progress:
        receipts = schedule.load_files(settings, files or None, chosen, progress=progress)
    for receipt in receipts:
        print("\n".join(receipt.lines()))
    refused = sum(receipt.n_quarantined for receipt in receipts)
    if refused:
        raise RefusedRowsError(
            f"{refused} {'record was' if refused == 1 else 'records were'} refused. What to mend "
            f"stands in {settings.store.parent / 'quarantine'}; everything else is loaded."
        )


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="The files to look at.")],
    mapping: MappingOption = None,
    folder: Folder = None,
) -> None:
    """Say how a file would be read and what is wrong with it; change nothing.

    Example: nmt-analytics check export.csv
    """
    from nmt_analytics.intake.mapping import read_mapping
    from nmt_analytics.intake.preview import preview

    settings = _settings(folder)
    chosen = None if mapping is None else read_mapping(mapping)
    previews = [each for path in files for each in preview(settings, path, chosen)]
    for _, lines in previews:
        print("\n".join(lines))
    if any(receipt.n_quarantined for receipt, _ in previews):
        raise RefusedRowsError("Some records would be refused. Nothing was changed.")


@app.command("map")
def map_columns(
    file: Annotated[Path, typer.Argument(help="An export that is not known, or not wholly.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Default: in the practice's folder mappings.")
    ] = None,
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Ask nothing; take what is guessed.")
    ] = False,
    base: Annotated[
        str | None, typer.Option("--base", help="Start from this known export, such as fresha.")
    ] = None,
    into: Annotated[
        str | None, typer.Option("--into", help="sessions, session_notes or follow_ups.")
    ] = None,
    day_first: Annotated[bool, typer.Option("--day-first", help="Dates are as in 31.12.")] = False,
    month_first: Annotated[
        bool, typer.Option("--month-first", help="Dates are as in 12/31.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Say once which column of a file is which; the answer is kept as a mapping.

    Example: nmt-analytics map check-ins.csv --accept-guesses
    """
    from nmt_analytics.intake.asking import Owner
    from nmt_analytics.intake.drafting import Said, map_file

    if day_first and month_first:
        raise UsageError("Dates have either the day or the month first. Say one of the two.")
    if not accept_guesses and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on. Run it on one, or add --accept-guesses.")
    order = "day_first" if day_first else "month_first" if month_first else ""
    draft = map_file(
        _settings(folder),
        file,
        Said(base=base, into=into, date_order=order, out=out),
        None if accept_guesses else Owner(input, _say),
    )
    for line in draft.lines():
        print(line)


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="The workbook to write.")],
    folder: Folder = None,
) -> None:
    """Write a workbook with drop-downs for practices that write sessions down by hand.

    Example: nmt-analytics template sessions.xlsx
    """
    from nmt_analytics.intake.template import write_template

    print(write_template(_settings(folder), file))


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Which report.")] = "quarterly_outcomes",
    period: PeriodOption = None,
    as_of: AsOf = None,
    loaded_by: LoadedBy = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="key=value, as often as needed.")
    ] = None,
    audience: AudienceOption = None,
    folder: Folder = None,
) -> None:
    """Make one report and print where its page is.

    Example: nmt-analytics report quarterly_outcomes --period 2026Q3
    """
    from nmt_analytics import schedule
    from nmt_analytics.reporting import terminal

    practice = _practice(folder, as_of, loaded_by, audience)
    with terminal.progress() as progress:
        page = schedule.make_report(
            practice, name, period, _key_values(parameters or []), progress=progress
        )
    print(page)


@app.command()
def metric(
    name: Annotated[str, typer.Argument(help="Which number, such as relief_at_4_days.")],
    by: Annotated[
        str | None, typer.Option("--by", help="One or two dimensions: condition,stress_level.")
    ] = None,
    period: PeriodOption = None,
    as_of: AsOf = None,
    loaded_by: LoadedBy = None,
    audience: AudienceOption = None,
    how: FormatOption = Format.table,
    folder: Folder = None,
) -> None:
    """Print one number, whole or broken down.

    Example: nmt-analytics metric relief_at_4_days --by condition --period 2026Q3
    """
    from nmt_analytics.outcomes import analysis
    from nmt_analytics.reporting import terminal

    practice = _practice(folder, as_of, loaded_by, audience)
    table = analysis.outcome(practice.view, name, by, period)
    terminal.print_records(table.records(), table.columns, how, title=table.metric.label)


@app.command()
def claims(
    period: PeriodOption = None,
    as_of: AsOf = None,
    loaded_by: LoadedBy = None,
    audience: AudienceOption = None,
    how: FormatOption = Format.table,
    folder: Folder = None,
) -> None:
    """Print every published promise with its verdict, its numbers and what would settle it.

    Example: nmt-analytics claims --period 2026Q3
    """
    from nmt_analytics.outcomes import driving
    from nmt_analytics.outcomes.claims import judge_claims
    from nmt_analytics.reporting import terminal

    view = _practice(folder, as_of, loaded_by, audience).view
    table = judge_claims(view, driving.drivers(view, period), period)
    columns = table.columns_in_short if how is Format.table else table.columns
    terminal.print_records(table.records(), columns, how, title="What is promised")


@app.command()
def status(folder: Folder = None) -> None:
    """Say what is loaded, up to when, what is due and what was refused.

    Example: nmt-analytics status
    """
    from nmt_analytics import schedule

    for line in schedule.status_lines(_settings(folder)):
        print(line)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new practice's folder.")],
    name: Annotated[str | None, typer.Option(help="The practice's name.")] = None,
    timezone: Annotated[str, typer.Option(help="Its time zone, as Europe/Berlin.")] = "",
    example: Annotated[
        bool, typer.Option("--example", help="With the invented example practice to try out.")
    ] = False,
) -> None:
    """Make a new practice's folder: settings, notebooks, empty inbox, key.

    Example: nmt-analytics init my-practice --name "Riverbend" --timezone America/New_York
    """
    from nmt_analytics.founding import found_practice

    for line in found_practice(folder, name=name, time_zone=timezone, with_example=example):
        print(line)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="Where sessions.csv and others are written.")],
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="How many sessions.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same files.")] = 1,
) -> None:
    """Invent a practice with a known truth and write its files.

    Example: nmt-analytics simulate demo --sessions 3000 --seed 1
    """
    from nmt_analytics import simulation

    try:
        simulation.write(simulation.simulate(sessions, seed), folder)
    except OSError as fault:
        raise UsageError(
            f"{folder} could not be written ({fault.strerror}). Name another folder."
        ) from None
    print(f"Wrote sessions.csv, follow_ups.csv and truth.json to {folder}")


AtOption = Annotated[str, typer.Option("--at", help="Time of day, HH:MM, on this machine.")]
SystemOption = Annotated[
    str | None, typer.Option("--system", help="systemd, cron, launchd or windows. Default: yours.")
]


@schedule_app.command("show")
def schedule_show(
    at: AtOption = "06:30", system: SystemOption = None, folder: Folder = None
) -> None:
    """Print exactly what would be installed; change nothing.

    Example: nmt-analytics schedule show --at 06:30
    """
    from nmt_analytics.schedule import installing

    plan = installing.plan_installation(_settings(folder), at, system)
    print("\n".join(plan.lines()))


@schedule_app.command("install")
def schedule_install(
    at: AtOption = "06:30", system: SystemOption = None, folder: Folder = None
) -> None:
    """Install the daily run, or replace the one that is installed.

    Example: nmt-analytics schedule install --at 06:30
    """
    from nmt_analytics.schedule import installing

    plan = installing.plan_installation(_settings(folder), at, system)
    installing.install(plan)
    print(
        f"Installed with {plan.system}: every day at {at}. nmt-analytics status says what it did."
    )


@schedule_app.command("remove")
def schedule_remove(system: SystemOption = None, folder: Folder = None) -> None:
    """Remove the daily run of this practice.

    Example: nmt-analytics schedule remove
    """
    from nmt_analytics.schedule import installing

    plan = installing.plan_installation(_settings(folder), system=system)
    installing.remove(plan)
    print(f"Removed from {plan.system}.")


def _settings(folder: Path | None) -> "Settings":
    from nmt_analytics.settings import find_practice, read_settings

    return read_settings(find_practice() if folder is None else folder)


def _practice(
    folder: Path | None, as_of: str | None, loaded_by: str | None, audience: Audience | None
) -> "Practice":
    from nmt_analytics.practice import Practice

    return Practice(
        _settings(folder),
        as_of=as_of,
        loaded_by=loaded_by,
        audience=None if audience is None else audience.value,
    )


def _key_values(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f'"{pair}" is not key=value. Write for example: -p condition=ischemia')
    return {key.strip(): value.strip() for key, value in (pair.split("=", 1) for pair in pairs)}


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
