"""The invented practice's clock: local minutes since its first day, and true time between them.

Everything happens between 07:00 and 23:00, so no local time lies in a gap or an overlap of
daylight saving time and the date alone gives the offset from UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

MINUTES_A_DAY = 24 * 60
DAYS_A_YEAR = 365.25
_DAYS_AFTER_THE_END = 400
_DAY_STARTS, _EVENING_ENDS = 8 * 60, 21 * 60
_NIGHT_STARTS, _NIGHT_MINUTES = 23 * 60, 8 * 60


@dataclass(frozen=True)
class Calendar:
    """The days from `first_on` to `last_on`, both included, in the time zone `timezone`."""

    first_on: date
    last_on: date
    timezone: str
    _offset_minutes: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        zone = ZoneInfo(self.timezone)
        noons = (
            datetime.combine(self.first_on + timedelta(days=day), time(12), zone)
            for day in range(self.n_days + _DAYS_AFTER_THE_END)
        )
        minutes = [int((noon.utcoffset() or timedelta()).total_seconds()) // 60 for noon in noons]
        object.__setattr__(self, "_offset_minutes", np.array(minutes))

    @property
    def n_days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    def is_sunday(self, day: np.ndarray) -> np.ndarray:
        """Which of the days since the first one are Sundays."""
        return (day + self.first_on.weekday()) % 7 == 6

    def season(self, day: np.ndarray) -> np.ndarray:
        """1 in mid-January, -1 in mid-July."""
        day_of_year = day + self.first_on.timetuple().tm_yday
        return np.cos(2 * np.pi * (day_of_year - 15) / DAYS_A_YEAR)

    def elapsed_minutes(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """True minutes between two local moments, changes of the clock counted."""
        return (end - self._offset(end)) - (start - self._offset(start))

    def moment(self, minutes: np.ndarray) -> np.ndarray:
        """Local minutes since the first day as datetime64."""
        first = np.datetime64(self.first_on, "m")
        return (first + minutes.astype("timedelta64[m]")).astype("datetime64[s]")

    def _offset(self, minutes: np.ndarray) -> np.ndarray:
        return self._offset_minutes[minutes // MINUTES_A_DAY]


def asked_by_day(minutes: np.ndarray) -> np.ndarray:
    """A question due at night is asked at 21:00 or at 08:00, whichever is nearer."""
    clock = minutes % MINUTES_A_DAY
    since_evening = (clock - _EVENING_ENDS) % MINUTES_A_DAY
    until_morning = (_DAY_STARTS - clock) % MINUTES_A_DAY
    is_night = since_evening + until_morning < MINUTES_A_DAY
    moved = np.where(since_evening <= until_morning, -since_evening, until_morning)
    return np.where(is_night, minutes + moved, minutes)


def answered_by_day(minutes: np.ndarray) -> np.ndarray:
    """An answer that would come between 23:00 and 07:00 comes eight hours later."""
    since_night = (minutes - _NIGHT_STARTS) % MINUTES_A_DAY
    return np.where(since_night < _NIGHT_MINUTES, minutes + _NIGHT_MINUTES, minutes)
