"""Commands about files: load, check, map, template."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from nmt_analytics.commands.options import Folder, MappingOption, settings_of
from nmt_analytics.commands.printing import progress, say, tell
from nmt_analytics.errors import RefusedRowsError, UnreadableFileError, UsageError


def load(
    files: Annotated[list[Path] | None, typer.Argument(help="Default: the whole inbox.")] = None,
    mapping: MappingOption = None,
    folder: Folder = None,
) -> None:
    """Load files, or what lies in the inbox.

    Example: nmt-analytics load data/inbox/sessions.csv
    """
    from nmt_analytics import schedule
    from nmt_analytics.intake.own_mappings import named_mapping

    settings = settings_of(folder)
    chosen = None if mapping is None else named_mapping(settings, mapping)
    with progress() as told:
        intake = schedule.load_files(settings, files or None, chosen, progress=told)
    for receipt in intake.receipts:
        tell("\n".join(receipt.lines()))
    if intake.has_new:
        for line in schedule.say_unlinked(settings):
            tell(line)
    if intake.refused:
        raise UnreadableFileError("\n".join(map(str, intake.refused)))
    refused = sum(receipt.n_quarantined for receipt in intake.receipts)
    if refused:
        raise RefusedRowsError(
            f"{refused} {'record was' if refused == 1 else 'records were'} refused. What to mend "
            f"stands in {settings.store.parent / 'quarantine'}; everything else is loaded."
        )


def check(
    files: Annotated[list[Path], typer.Argument(help="The files to look at.")],
    mapping: MappingOption = None,
    folder: Folder = None,
) -> None:
    """Say how a file would be read; change nothing.

    Example: nmt-analytics check export.csv
    """
    from nmt_analytics.intake.own_mappings import named_mapping
    from nmt_analytics.intake.preview import preview

    settings = settings_of(folder)
    chosen = None if mapping is None else named_mapping(settings, mapping)
    previews = [each for path in files for each in preview(settings, path, chosen)]
    for _, lines in previews:
        tell("\n".join(lines))
    if any(receipt.n_quarantined for receipt, _ in previews):
        raise RefusedRowsError("Some records would be refused. Nothing was changed.")


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
    """Say once which column of a file is which.

    The answer is kept as a mapping.

    Example: nmt-analytics map check-ins.csv --accept-guesses
    """
    from nmt_analytics.intake.drafting.asking import Owner
    from nmt_analytics.intake.drafting.map_file import Said, map_file

    if day_first and month_first:
        raise UsageError("Dates have either the day or the month first. Say one of the two.")
    if not accept_guesses and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on. Run it on one, or add --accept-guesses.")
    order = "day_first" if day_first else "month_first" if month_first else ""
    draft = map_file(
        settings_of(folder),
        file,
        Said(base=base, into=into, date_order=order, out=out),
        None if accept_guesses else Owner(input, say),
    )
    for line in draft.lines():
        tell(line)


def template(
    file: Annotated[Path, typer.Argument(help="The workbook to write.")],
    folder: Folder = None,
) -> None:
    """Write a workbook to write sessions down in by hand.

    Example: nmt-analytics template sessions.xlsx
    """
    from nmt_analytics.intake.template import write_template

    tell(write_template(settings_of(folder), file))
