"""Local wall-clock times → UTC: for every day, the practice's offset and where it changes.

A day-by-day table turns the conversion into one equality join, exact for any zone. A time that a
clock skipped (spring) does not exist; one that it showed twice (autumn) is read as the first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

FIRST_YEAR = 1990
"""Sessions before this year are taken for typing errors."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Transition:
    before: timedelta
    after: timedelta
    skipped_from: datetime
    """First local time that does not exist; equal to `applies_from` when none is skipped."""
    applies_from: datetime
    """First local time that is read with the new offset."""

    def days(self) -> Iterator[date]:
        """The local days on which the offset depends on the time of day."""
        day = self.skipped_from.date()
        while day <= self.applies_from.date():
            yield day
            day += _DAY


@lru_cache(maxsize=8)
def local_days(zone_name: str, last_year: int) -> dict[str, np.ndarray]:
    """One row per day from FIRST_YEAR to `last_year`, as arrays ready for a table.

    Columns: day; offset_seconds and, from local time `changes_at` on, later_offset_seconds (both
    east of UTC); skipped_from: first local time that does not exist, until `changes_at`.
    """
    zone = ZoneInfo(zone_name)
    changes = {day: each for each in _transitions(zone, last_year) for day in each.days()}
    rows = [_row(zone, day, changes.get(day)) for day in _days(last_year)]
    names = ("day", "offset_seconds", "later_offset_seconds", "changes_at", "skipped_from")
    types = ("datetime64[us]", "int64", "int64", "datetime64[us]", "datetime64[us]")
    columns = zip(*rows, strict=True)
    return {
        name: np.array(values, dtype=kind)
        for name, kind, values in zip(names, types, columns, strict=True)
    }


def _days(last_year: int) -> Iterator[date]:
    day = date(FIRST_YEAR, 1, 1)
    while day.year <= last_year:
        yield day
        day += _DAY


def _row(
    zone: ZoneInfo, day: date, change: _Transition | None
) -> tuple[date, int, int, datetime | None, datetime | None]:
    if change is None:
        offset = _seconds(zone.utcoffset(datetime(day.year, day.month, day.day, 12)))
        return day, offset, offset, None, None
    before, after = _seconds(change.before), _seconds(change.after)
    return day, before, after, change.applies_from, change.skipped_from


def _transitions(zone: ZoneInfo, last_year: int) -> Iterator[_Transition]:
    moment = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - 2 * _DAY
    while moment.year <= last_year:
        if _offset(zone, moment) != _offset(zone, moment + _DAY):
            yield _transition(zone, *_narrowed(zone, moment, moment + _DAY))
        moment += _DAY


def _narrowed(zone: ZoneInfo, early: datetime, late: datetime) -> tuple[datetime, datetime]:
    """The last second with the old offset and the first one with the new."""
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=1) // 2)
        if _offset(zone, middle) == _offset(zone, early):
            early = middle
        else:
            late = middle
    return early, late


def _transition(zone: ZoneInfo, early: datetime, late: datetime) -> _Transition:
    before, after = _offset(zone, early), _offset(zone, late)
    moment = late.replace(tzinfo=None)
    applies_from = moment + max(before, after)
    skipped_from = moment + before
    return _Transition(before, after, min(skipped_from, applies_from), applies_from)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _seconds(offset: timedelta | None) -> int:
    return int((offset or timedelta()).total_seconds())
