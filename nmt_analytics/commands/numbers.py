"""Commands that print numbers: metric, claims."""

from typing import Annotated

import typer

from nmt_analytics.commands.options import (
    AsOf,
    AudienceOption,
    Folder,
    Format,
    FormatOption,
    LoadedBy,
    PeriodOption,
    practice_of,
)
from nmt_analytics.commands.printing import print_answer


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
