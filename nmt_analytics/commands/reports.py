"""Commands that keep pages up to date: run, report, status."""

from typing import Annotated

import typer

from nmt_analytics.commands.options import (
    AsOf,
    AudienceOption,
    Folder,
    LoadedBy,
    PageFormat,
    PeriodOption,
    practice_of,
    settings_of,
)
from nmt_analytics.commands.printing import progress, tell
from nmt_analytics.errors import UsageError


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


def status(folder: Folder = None) -> None:
    """Say what is loaded, what is due and what was refused.

    Example: nmt-analytics status
    """
    from nmt_analytics import schedule

    for line in schedule.status_lines(settings_of(folder)):
        tell(line)


def _key_values(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f'"{pair}" is not key=value. Write for example: -p condition=ischemia')
    return {key.strip(): value.strip() for key, value in (pair.split("=", 1) for pair in pairs)}
