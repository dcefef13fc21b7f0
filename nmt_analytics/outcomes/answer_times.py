"""When clients answer: answers counted by the time after the session, each count publishable."""

from dataclasses import dataclass

from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS, coarse_count, few_clients
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period

LATER_HOURS = 29 * 24
"""Answers of day 29 and later are counted together under this hour."""
SORENESS_HOURS = (24, 36)
RELIEF_DAYS = (4, 14)
"""The promised times: soreness gone by, relief lasting from and to."""


@dataclass(frozen=True)
class AnswerTime:
    """The answers that came about `hours` after a session; no counts and a reason when hidden.

    Hours are half days up to 36, then whole days. An answer can be about both.
    """

    hours: int
    n_answers: int | None = None
    n_about_relief: int | None = None
    n_about_soreness: int | None = None
    hidden: str = ""


@dataclass(frozen=True)
class AnswerTimes:
    """Answers about the sessions of a period by their time, earliest first."""

    period: Period
    times: tuple[AnswerTime, ...]

    @property
    def n_about_soreness_in_time(self) -> int:
        """Answers about soreness between the promised 24 and 36 hours, hidden times apart."""
        first, last = SORENESS_HOURS
        return sum(each.n_about_soreness or 0 for each in self.times if first <= each.hours <= last)

    @property
    def n_about_relief_in_time(self) -> int:
        """Answers about relief on the promised days 4 to 14, hidden times apart."""
        first, last = (24 * day for day in RELIEF_DAYS)
        return sum(each.n_about_relief or 0 for each in self.times if first <= each.hours <= last)


def answer_times(view: View, period: str | Period | None = None) -> AnswerTimes:
    """Answers about relief or soreness by their time; hidden where too few clients answered."""
    when = parse_period(period)
    counted = ask(view, when, "answer_hours")
    names = ("hours", "n_answers", "n_about_relief", "n_about_soreness", "n_clients")
    rows = zip(*(counted[name].tolist() for name in names), strict=True)
    return AnswerTimes(when, tuple(_published(*row, audience=view.audience) for row in rows))


def _published(
    hours: int, n: int, n_relief: int, n_soreness: int, n_clients: int, *, audience: str
) -> AnswerTime:
    if n_clients < MINIMUM_CLIENTS[audience]:
        return AnswerTime(hours, hidden=few_clients(audience))
    return AnswerTime(
        hours,
        n_answers=coarse_count(n, audience),
        n_about_relief=coarse_count(n_relief, audience),
        n_about_soreness=coarse_count(n_soreness, audience),
    )
