"""The command line: arguments, messages and exit codes, nothing else.

Results go to stdout, progress and messages to stderr. Heavy modules are imported by the command
that needs them, so that --help and status answer at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nmt_analytics import __version__
from nmt_analytics.commands import exploring, files, privacy, schedules
from nmt_analytics.commands.options import (
    AsOf,
    AudienceOption,
    Folder,
    Format,
    FormatOption,
    LoadedBy,
    PageFormat,
    PeriodOption,
    practice_of,
    settings_of,
)
from nmt_analytics.commands.printing import print_answer, progress, say, tell
from nmt_analytics.errors import EXIT_CODES, NmtError, UsageError

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


@app.command()
def run(
    force: Annotated[
        bool, typer.Option("--force", help="Make pages anew that are up to date.")
    ] = False,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="End with 17 when nothing was due, 18 without new data."),
    ] = False,
    folder: Folder = None,
) -> None:
    """Bring all up to date: load what is new, make what is due.

    Example: nmt-analytics run
    """
    from nmt_analytics import schedule

    with progress() as told:
        outcome = schedule.run(settings_of(folder), force=force, progress=told)
    for line in outcome.lines():
        tell(line)
    if outcome.error is not None:
        raise outcome.error
    if exit_code:
        raise typer.Exit(outcome.exit_code_told_apart)


for _command in (files.load, files.check):
    app.command()(_command)
app.command("map")(files.map_columns)
app.command()(files.template)


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Which report.")] = "quarterly_outcomes",
    period: PeriodOption = None,
    as_of: AsOf = None,
    loaded_by: LoadedBy = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="key=value, as often as needed.")
    ] = None,
    all_conditions: Annotated[
        bool, typer.Option("--all-conditions", help="A page for each condition.")
    ] = False,
    how: Annotated[PageFormat, typer.Option("--format", help="html, or pdf beside it.")] = (
        PageFormat.html
    ),
    audience: AudienceOption = None,
    folder: Folder = None,
) -> None:
    """Make one report and print where its page is.

    Example: nmt-analytics report quarterly_outcomes --period 2026Q3
    """
    from nmt_analytics import schedule
    from nmt_analytics.reporting import paper

    practice = practice_of(folder, as_of, loaded_by, audience)
    given = _key_values(parameters or [])
    with progress() as told:
        variants = schedule.conditions_of(practice, name, period) if all_conditions else [{}]
        for variant in variants:
            page = schedule.make_report(practice, name, period, given | variant, progress=told)
            tell(paper.write_pdf(page) if how is PageFormat.pdf else page)


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
    practice = practice_of(folder, as_of, loaded_by, audience)
    print_answer(practice.outcome(name, by, period), how)


@app.command()
def claims(
    period: PeriodOption = None,
    as_of: AsOf = None,
    loaded_by: LoadedBy = None,
    audience: AudienceOption = None,
    how: FormatOption = Format.table,
    folder: Folder = None,
) -> None:
    """Print each promise with its verdict and its numbers.

    Where the data cannot tell, also what would settle it.

    Example: nmt-analytics claims --period 2026Q3
    """
    practice = practice_of(folder, as_of, loaded_by, audience)
    print_answer(practice.claims(period), how)


@app.command()
def status(folder: Folder = None) -> None:
    """Say what is loaded, what is due and what was refused.

    Example: nmt-analytics status
    """
    from nmt_analytics import schedule

    for line in schedule.status_lines(settings_of(folder)):
        tell(line)


app.command()(exploring.lab)
app.command("new-report")(exploring.new_report)
app.command()(privacy.forget)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new practice's folder.")],
    name: Annotated[str | None, typer.Option(help="The practice's name.")] = None,
    timezone: Annotated[str, typer.Option(help="Its time zone, as Europe/Berlin.")] = "",
    example: Annotated[
        bool, typer.Option("--example", help="With the invented example practice to try out.")
    ] = False,
) -> None:
    """Make a new practice's folder: settings, inbox, key.

    Example: nmt-analytics init my-practice --name "Riverbend" --timezone America/New_York
    """
    from nmt_analytics.founding import found_practice

    for line in found_practice(folder, name=name, time_zone=timezone, with_example=example):
        tell(line)


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
    except MemoryError:
        raise UsageError(
            f"{sessions:,} sessions do not fit into this computer's memory. Ask for fewer."
        ) from None
    except OSError as fault:
        raise UsageError(
            f"{folder} could not be written ({fault.strerror}). Name another folder."
        ) from None
    tell(f"Wrote sessions.csv, follow_ups.csv and truth.json to {folder}")


app.add_typer(schedules.schedule_app, name="schedule")


def _key_values(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f'"{pair}" is not key=value. Write for example: -p condition=ischemia')
    return {key.strip(): value.strip() for key, value in (pair.split("=", 1) for pair in pairs)}
