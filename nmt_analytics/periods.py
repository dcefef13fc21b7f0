"""Periods: a quarter (2026Q3), a month (2026-07), a year (2026), or two dates (A..B).

A session belongs to the period of its local date; both ends of a period are included.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from nmt_analytics.errors import UsageError, unknown_name

EARLIEST, LATEST = date(1900, 1, 1), date(9998, 12, 31)
_MONTHS = {"week": 0, "month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """Local dates from `from_on` to `until_on`, both included; `name` is how it is written."""

    name: str
    from_on: date
    until_on: date

    @property
    def in_words(self) -> str:
        """'July to September 2026', '2026', or dates: '1 Jul 2026 to 9 Aug 2026'."""
        if self.name == "all":
            return "all sessions"
        first, last = self.from_on, self.until_on
        if re.fullmatch(r"\d{4}", self.name):
            return self.name
        if re.fullmatch(r"\d{4}-\d{2}", self.name):
            return f"{first:%B %Y}"
        if _whole_months(self) > 1:
            year = "" if first.year == last.year else f" {first.year}"
            return f"{first:%B}{year} to {last:%B %Y}"
        return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"

    @property
    def kind(self) -> str | None:
        """A quarter, month or year of the calendar; None for any other run of days."""
        if re.fullmatch(r"\d{4}Q\d", self.name):
            return "quarter"
        if re.fullmatch(r"\d{4}-\d{2}", self.name):
            return "month"
        return "year" if re.fullmatch(r"\d{4}", self.name) else None

    @property
    def previous(self) -> "Period":
        """The period of the same kind just before this one; UsageError when there is none."""
        if self.from_on <= EARLIEST:
            raise UsageError(
                "Nothing lies before all sessions. Name a period, such as 2026Q3, to compare it "
                "with the one before."
            )
        day_before = self.from_on - timedelta(days=1)
        if self.kind is not None:
            return period_containing(day_before, self.kind)
        months = _whole_months(self)
        if months:
            return _named(_months_before(self.from_on, months), day_before)
        length = self.until_on - self.from_on
        return Period(f"{day_before - length}..{day_before}", day_before - length, day_before)

    @property
    def twelve_months(self) -> "Period":
        """The twelve months up to this one's end; itself when it holds more days than that."""
        day_after = self.until_on + timedelta(days=1)
        first = (
            _months_before(day_after, 12)
            if day_after.day == 1
            else self.until_on - timedelta(days=364)
        )
        return self if self.from_on <= first else _named(first, self.until_on)

    @property
    def history(self) -> "Period":
        """All days up to the end of this one."""
        if self.until_on == LATEST:
            return ALL
        return Period(f"up to {self.until_on}", EARLIEST, self.until_on)


ALL = Period("all", EARLIEST, LATEST)


def parse_period(text: str | Period | None) -> Period:
    """The period that `text` names; None means all. Raises UsageError with the forms to write."""
    if isinstance(text, Period):
        return text
    if text is None or text == "all":
        return ALL
    try:
        return _parse(str(text).strip().upper())
    except (ValueError, OverflowError):
        raise UsageError(
            f'"{text}" is not a period. Write a quarter (2026Q3), a month (2026-07), a year (2026) '
            "or two dates (2026-07-01..2026-08-15)."
        ) from None


def period_containing(day: date, every: str, year_starts: int = 1) -> Period:
    """The week (Monday to Sunday), month, quarter or year that `day` falls into.

    `year_starts` is the month in which the practice's year begins. A quarter or year that is not
    one of the calendar is named by its two dates.
    """
    if every == "week":
        monday = day - timedelta(days=day.weekday())
        sunday = monday + timedelta(days=6)
        return Period(f"{monday}..{sunday}", monday, sunday)
    if every not in _MONTHS:
        raise unknown_name("kind of period", every, tuple(_MONTHS))
    months = _MONTHS[every]
    since_start = (day.year * 12 + day.month - year_starts) % months
    first = _months_before(day.replace(day=1), since_start)
    return _named(first, _last_day(first, months))


def is_regular(period: Period, every: str, year_starts: int = 1) -> bool:
    """Whether it is one of the weeks, months, quarters or years that follow each other."""
    return period == period_containing(period.from_on, every, year_starts)


def latest_complete(until: date, every: str, year_starts: int = 1) -> Period:
    """The latest week, month, quarter or year that is over on the day `until`."""
    current = period_containing(until, every, year_starts)
    return current if current.until_on <= until else current.previous


def parse_moment(text: str | datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The UTC moment (without zone) that `text` names in the practice's `zone`; None stays None.

    A date means the end of that day. Raises UsageError with the forms to write.
    """
    if text is None:
        return None
    try:
        moment = text if isinstance(text, datetime) else _parse_moment(str(text).strip())
    except ValueError:
        raise UsageError(
            f'"{text}" is not a moment. Write a date (2026-09-30: the end of that day) '
            "or a date and time (2026-09-30 18:00)."
        ) from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return local.astimezone(UTC).replace(tzinfo=None)


def day_in_words(day: date) -> str:
    """`21 October 2026`."""
    return f"{day.day} {day:%B %Y}"


def _parse_moment(text: str) -> datetime:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = datetime.fromisoformat(text)
        return day + timedelta(days=1, microseconds=-1)
    return datetime.fromisoformat(text)


def _parse(text: str) -> Period:
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        return period_containing(date(int(match[1]), int(match[2]) * 3, 1), "quarter")
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return period_containing(date(int(match[1]), int(match[2]), 1), "month")
    if match := re.fullmatch(r"\d{4}", text):
        return period_containing(date(int(text), 1, 1), "year")
    first, separator, last = text.partition("..")
    if not separator:
        raise ValueError(text)
    from_on, until_on = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    if from_on > until_on:
        raise ValueError(text)
    return Period(f"{from_on}..{until_on}", from_on, until_on)


def _named(first: date, last: date) -> Period:
    """The period from `first` to `last`, named as the calendar names it where it does."""
    months = _whole_months(Period("", first, last))
    if months == 1:
        name = f"{first:%Y-%m}"
    elif months == 3 and first.month % 3 == 1:
        name = f"{first.year}Q{(first.month + 2) // 3}"
    elif months == 12 and first.month == 1:
        name = f"{first.year}"
    else:
        name = f"{first}..{last}"
    return Period(name, first, last)


def _whole_months(period: Period) -> int:
    """How many whole months a period is, 0 when it does not run from a first to a last day."""
    first, last = period.from_on, period.until_on
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return months if first.day == 1 and _last_day(first, months) == last else 0


def _months_before(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _last_day(first: date, months: int) -> date:
    return _months_before(first, -months) - timedelta(days=1)
