"""Options that several commands share, and how they become a practice."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nmt_analytics.practice import Practice
    from nmt_analytics.settings import Settings


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class PageFormat(StrEnum):
    """What a page is made as."""

    html = "html"
    pdf = "pdf"


class Audience(StrEnum):
    """Who will see it: the owner, or somebody outside the practice (hides more)."""

    owner = "owner"
    shared = "shared"


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
    str | None,
    typer.Option("--mapping", help="A mapping by name, or its file, where none is recognised."),
]
AtOption = Annotated[str, typer.Option("--at", help="Time of day, HH:MM, on this machine.")]
SystemOption = Annotated[
    str | None, typer.Option("--system", help="systemd, cron, launchd or windows. Default: yours.")
]


def settings_of(folder: Path | None) -> "Settings":
    from nmt_analytics.settings import find_practice, read_settings

    return read_settings(find_practice() if folder is None else folder)


def practice_of(
    folder: Path | None, as_of: str | None, loaded_by: str | None, audience: Audience | None
) -> "Practice":
    from nmt_analytics.practice import Practice

    return Practice(
        settings_of(folder),
        as_of=as_of,
        loaded_by=loaded_by,
        audience=None if audience is None else audience.value,
    )
