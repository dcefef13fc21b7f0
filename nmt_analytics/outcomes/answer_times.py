"""When clients answer: answers counted by the time after the session, each count publishable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nmt_analytics.outcomes.analysis import kept_back
from nmt_analytics.outcomes.disclosure import (
    MINIMUM_CLIENTS,
    beside_hidden,
    coarse_count,
    few_clients,
)
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period

LATER_HOURS = 29 * 24
"""Answers of day 29 and later are counted together under this hour."""
SORENESS_HOURS = (24, 36)
RELIEF_DAYS = (4, 14)
"""The promised times: soreness gone by, relief lasting from and to."""
_ABOUT = ("relief_alone", "soreness_alone", "both")
"""What answers tell of; the counts that are shown give each of these by subtraction."""


@dataclass(frozen=True)
class AnswerTime:
    """The answers that came about `hours` after a session; no counts and a reason when hidden.

    Hours are half days up to 36, then whole days. An answer can be about both. What they are
    about is hidden alone (`hidden_about`) where few clients told of one, of the other, or of both.
    """

    hours: int
    n_answers: int | None = None
    n_about_relief: int | None = None
    n_about_soreness: int | None = None
    hidden: str = ""
    hidden_about: str = ""


@dataclass(frozen=True)
class AnswerTimes:
    """Answers about the sessions of a period by their time, earliest first."""

    period: Period
    times: tuple[AnswerTime, ...]

    @property
    def n_about_soreness_in_time(self) -> int | None:
        """Answers about soreness between the promised 24 and 36 hours, hidden times apart.

        None where it is hidden at some time what answers are about: hidden is not 0.
        """
        first, last = SORENESS_HOURS
        return _total(
            (each.n_about_soreness, each.hidden_about)
            for each in self.times
            if first <= each.hours <= last
        )

    @property
    def n_about_relief_in_time(self) -> int | None:
        """Answers about relief on the promised days 4 to 14, likewise."""
        first, last = (24 * day for day in RELIEF_DAYS)
        return _total(
            (each.n_about_relief, each.hidden_about)
            for each in self.times
            if first <= each.hours <= last
        )


def _total(counts: Iterable[tuple[int | None, str]]) -> int | None:
    counted = list(counts)
    if any(hidden_about for _, hidden_about in counted):
        return None
    return sum(n or 0 for n, _ in counted)


def answer_times(view: View, period: str | Period | None = None) -> AnswerTimes:
    """Answers about relief or soreness by their time; hidden where too few clients answered."""
    when = parse_period(period)
    counted = ask(view, when, "answer_hours")
    rows = [
        dict(zip(counted, row, strict=True))
        for row in zip(*(column.tolist() for column in counted.values()), strict=True)
    ]
    if kept_back(view, "session", (), when):
        reason = beside_hidden(view.audience)
        return AnswerTimes(when, tuple(AnswerTime(row["hours"], hidden=reason) for row in rows))
    return AnswerTimes(when, tuple(_published(row, view.audience) for row in rows))


def _published(row: Mapping[str, int], audience: str) -> AnswerTime:
    enough = MINIMUM_CLIENTS[audience]
    if row["n_clients"] < enough:
        return AnswerTime(row["hours"], hidden=few_clients(audience))
    found = AnswerTime(row["hours"], n_answers=coarse_count(row["n_answers"], audience))
    if any(0 < row[f"n_clients_{each}"] < enough for each in _ABOUT):
        return replace(found, hidden_about=few_clients(audience))
    return replace(
        found,
        n_about_relief=coarse_count(row["n_about_relief"], audience),
        n_about_soreness=coarse_count(row["n_about_soreness"], audience),
    )
