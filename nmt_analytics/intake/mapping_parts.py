"""The parts of a mapping and how each is read from TOML: columns, values, bands, times, check-ins.

Every misspelt key is an error that names the nearest known one.
"""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmt_analytics.errors import nearest
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS, Table

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(min|s|h|d|w)")
_BAND = re.compile(r"(-?\d+(?:\.\d+)?)?\s*\.\.\s*(-?\d+(?:\.\d+)?)?")
DATE_ORDERS = ("day_first", "month_first")
ANSWERS = ("relief_holding", "soreness", "pain", "recommend")


class MappingError(Exception):
    """Something in a mapping is not as it should be; the message names it and the remedy."""


@dataclass(frozen=True)
class Band:
    """Numbers from `low` to `high` (both included, None: open) that mean one word."""

    low: float | None
    high: float | None
    word: str

    def holds(self, number: float) -> bool:
        """Whether `number` lies in the band."""
        return (self.low is None or number >= self.low) and (
            self.high is None or number <= self.high
        )


@dataclass(frozen=True)
class CheckIn:
    """One check-in of a wide file: asked `after_seconds` after the session, answered where."""

    after_seconds: int
    columns: dict[str, str]


@dataclass(frozen=True)
class CarryDown:
    """Columns that stand only in the first row of each `by`, and hold for the rows below it."""

    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Times:
    """How a file writes times: strptime formats, and the zone they are in (default: ours)."""

    formats: tuple[str, ...] = ()
    zone: str = ""
    zone_column: str = ""
    time_of_day: str = ""
    """Which time of day a bare date stands for, where the owner accepts that."""
    date_order: str = ""
    """Which of the formats count, day_first or month_first; empty: the file must show it."""
    duration_column: str = ""
    """Where a session's length stands (minutes, 45m, 1h 30m), from which its end follows."""


@dataclass(frozen=True)
class FileLayout:
    """How to read the bytes where the file does not show it by itself."""

    encoding: str | None = None
    delimiter: str | None = None
    header_rows: int | None = None
    title_rows: int | None = None
    sheet: str | None = None


def check_keys(section: Any, known: Sequence[str], where: str) -> dict[str, Any]:
    """`section` as it is when all its keys are known; raises MappingError otherwise."""
    if not isinstance(section, dict):
        raise MappingError(f"{where} must be a table of key = value lines.")
    for key in section:
        if key not in known:
            raise MappingError(
                f'unknown key "{key}" in {where}.{nearest(key, tuple(known))} '
                f"Known: {', '.join(known)}."
            )
    return section


def read_text_list(value: Any, where: str) -> tuple[str, ...]:
    """One text or a list of texts as a tuple."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise MappingError(f"{where} must be text in quotes or a list of such.")


def read_columns(section: Any, of: Table) -> dict[str, tuple[str, ...]]:
    """[columns]: ours → the one or several of theirs that make it."""
    names = [column.name for column in of.file_columns]
    columns = check_keys(section, names, "[columns]")
    return {name: read_text_list(value, f"columns.{name}") for name, value in columns.items()}


def read_values(section: Any, known: Sequence[str]) -> dict[str, dict[str, str]]:
    """[values.<ours>]: their word → our word; their words are compared folded."""
    tables = check_keys(section, known, "[values]")
    return {
        column: {
            their.strip().casefold(): str(ours).lower() if isinstance(ours, bool) else str(ours)
            for their, ours in _table(words, f"[values.{column}]").items()
        }
        for column, words in tables.items()
    }


def read_bands(section: Any, known: Sequence[str]) -> dict[str, tuple[Band, ...]]:
    """[bands.<ours>]: "low..high" → our word; an end left out is open."""
    tables = check_keys(section, known, "[bands]")
    return {
        column: tuple(
            _band(text, word) for text, word in _table(bands, f"[bands.{column}]").items()
        )
        for column, bands in tables.items()
    }


def _band(text: str, word: Any) -> Band:
    found = _BAND.fullmatch(text.strip())
    if not found:
        raise MappingError(f'"{text}" is no band. Write "0..3", "..3" or "7..".')
    low, high = (None if end is None else float(end) for end in found.groups())
    return Band(low, high, str(word))


def read_times(section: Any) -> Times:
    """[times]: formats, zone or zone_column, time_of_day, date_order, duration_column."""
    known = ("formats", "zone", "zone_column", "time_of_day", "date_order", "duration_column")
    times = check_keys(section, known, "[times]")
    zone = str(times.get("zone", ""))
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise MappingError(
                f'times.zone "{zone}" is no time zone. Write a name such as "Europe/Berlin".'
            ) from None
    if times.get("date_order", "") not in ("", *DATE_ORDERS):
        raise MappingError(f"times.date_order must be one of {', '.join(DATE_ORDERS)}.")
    return Times(
        formats=read_text_list(times.get("formats", []), "times.formats"),
        zone=zone,
        zone_column=str(times.get("zone_column", "")),
        time_of_day=str(times.get("time_of_day", "")),
        date_order=str(times.get("date_order", "")),
        duration_column=str(times.get("duration_column", "")),
    )


def read_check_ins(entries: Any, of: Table) -> tuple[CheckIn, ...]:
    """[[check_in]]: after how long, and which column holds which answer."""
    check_ins = tuple(_check_in(entry) for entry in check_tables(entries, "[[check_in]]"))
    if check_ins and of is not SESSIONS:
        raise MappingError('[[check_in]] needs table = "sessions": the session they follow.')
    return check_ins


def _check_in(entry: Any) -> CheckIn:
    answers = [name for name in ANSWERS if name in [c.name for c in FOLLOW_UPS.file_columns]]
    check_in = check_keys(entry, ("after", *answers), "[[check_in]]")
    found = _DURATION.fullmatch(str(check_in.get("after", "")).strip())
    if not found:
        raise MappingError(
            'each [[check_in]] says after how long it was asked: after = "30 min", "4 h" or "7 d".'
        )
    columns = {name: str(check_in[name]) for name in answers if name in check_in}
    if not columns:
        raise MappingError(f"each [[check_in]] names a column for one of: {', '.join(answers)}.")
    return CheckIn(round(float(found[1]) * _SECONDS[found[2]]), columns)


def read_carry_down(section: Any) -> CarryDown | None:
    """[carry_down]: by, columns."""
    found = check_keys(section, ("by", "columns"), "[carry_down]")
    if not found:
        return None
    if set(found) != {"by", "columns"}:
        raise MappingError("[carry_down] needs by (the record's column) and columns.")
    return CarryDown(str(found["by"]), read_text_list(found["columns"], "carry_down.columns"))


def read_layout(section: Any) -> FileLayout:
    """[file]: encoding, delimiter, header_rows, title_rows, sheet."""
    known = ("encoding", "delimiter", "header_rows", "title_rows", "sheet")
    return FileLayout(**check_keys(section, known, "[file]"))


def _table(value: Any, where: str) -> AnyMapping[str, Any]:
    if not isinstance(value, dict):
        raise MappingError(f"{where} must be a table of key = value lines.")
    return value


def check_tables(value: Any, where: str) -> list[Any]:
    """`value` when it is a list of tables; raises MappingError otherwise."""
    if not isinstance(value, list):
        raise MappingError(f"write each as {where}, in two brackets.")
    return value
