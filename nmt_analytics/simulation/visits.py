"""When the clients of an invented practice come: dates, early returns, hours of the day."""

import numpy as np
import pandas as pd

from nmt_analytics.simulation.calendar import DAYS_A_YEAR, MINUTES_A_DAY, Calendar
from nmt_analytics.simulation.sessions import first_rows
from nmt_analytics.simulation.truth import PracticeTruth

_FIRST_HOUR, _N_SLOTS, _SESSION_MINUTES = 8, 11, 50


def let_time_pass(
    rng: np.random.Generator,
    truth: PracticeTruth,
    clients: pd.DataFrame,
    sessions: pd.DataFrame,
    calendar: Calendar,
) -> pd.DataFrame:
    """The sessions that take place by the last day, with their `day`, `relief_days` and
    `years` since the first day.

    Visits follow each other: when relief ends can decide when its client comes next, so this
    walks from visit to visit, all clients at once.
    """
    n = len(sessions)
    planned_days = _days_booked_ahead(rng, truth, n)
    would_return_early = rng.random(n) < truth.early_return_when_relief_ends
    days_to_react = rng.exponential(4.0, n)
    location = sessions["log_relief_location"].to_numpy()
    error = sessions["log_relief_error"].to_numpy()
    happened_on = np.full(n, -1)
    first_row, n_visits = first_rows(clients), clients["n_visits"].to_numpy()
    next_day = _entry_days(rng, truth, clients, calendar)
    for visit in range(n_visits.max()):
        next_day += calendar.is_sunday(next_day)
        coming = np.flatnonzero((n_visits > visit) & (next_day < calendar.n_days))
        rows, day = first_row[coming] + visit, next_day[coming]
        next_day[n_visits > visit] = calendar.n_days
        happened_on[rows] = day
        relief_days = np.exp(location[rows] + _log_of_time(truth, calendar, day) + error[rows])
        returns_in = np.where(
            would_return_early[rows],
            np.minimum(planned_days[rows], 0.5 + relief_days + days_to_react[rows]),
            planned_days[rows],
        )
        next_day[coming] = day + np.maximum(1, np.ceil(returns_in)).astype(int)
    took_place = happened_on >= 0
    sessions = sessions[took_place].assign(day=happened_on[took_place])
    sessions["log_relief_location"] += _log_of_time(truth, calendar, sessions["day"].to_numpy())
    sessions["relief_days"] = np.exp(sessions["log_relief_location"] + sessions["log_relief_error"])
    return sessions.assign(years=sessions["day"] / DAYS_A_YEAR)


def keep_exactly(
    rng: np.random.Generator, sessions: pd.DataFrame, n_sessions: int
) -> pd.DataFrame | None:
    """Exactly `n_sessions` sessions, some clients' last ones cut off by lot; None if too few.

    Ending a course sooner looks at no outcome, so no number is biased by it. Each client keeps
    the first session.
    """
    n_to_cut = len(sessions) - n_sessions
    from_last = sessions.groupby("client")["visit"].transform("max") - sessions["visit"]
    order = np.lexsort((rng.random(len(sessions)), from_last))
    order = order[sessions["visit"].to_numpy()[order] > 0]
    if not 0 <= n_to_cut <= len(order):
        return None
    is_kept = np.ones(len(sessions), dtype=bool)
    is_kept[order[:n_to_cut]] = False
    return sessions[is_kept]


def give_times(rng: np.random.Generator, sessions: pd.DataFrame) -> pd.DataFrame:
    """The sessions in order of time with `started` and `ended`, local minutes since day one.

    A therapist's day has eleven hourly slots; as long as they suffice nobody is double-booked.
    """
    sessions = sessions.assign(lot=rng.random(len(sessions)))
    sessions = sessions.sort_values(["day", "therapist", "lot"])
    booked = sessions.groupby(["day", "therapist"])
    rank, first_slot = booked.cumcount(), booked["lot"].transform("first") * _N_SLOTS
    # Eleven is prime, so steps of four visit every slot once before any repeats.
    slot = (first_slot.astype(int) + 4 * rank) % _N_SLOTS
    sessions["started"] = sessions["day"] * MINUTES_A_DAY + (_FIRST_HOUR + slot) * 60
    sessions["ended"] = sessions["started"] + _SESSION_MINUTES
    return sessions.drop(columns="lot").sort_values(["started", "therapist", "client"])


def _days_booked_ahead(rng: np.random.Generator, truth: PracticeTruth, n: int) -> np.ndarray:
    """Days until the next planned session; some are four times as far off."""
    days = truth.booking_days_median * np.exp(truth.booking_days_sd * rng.standard_normal(n))
    days[rng.random(n) < truth.long_break_share] *= 4
    return days


def _entry_days(
    rng: np.random.Generator, truth: PracticeTruth, clients: pd.DataFrame, calendar: Calendar
) -> np.ndarray:
    """Each client's first day: any day, or the first weeks for those who had begun before."""
    course_days = 0.9 * (clients["n_visits"].mean() - 1) * truth.booking_days_median
    had_begun = rng.random(len(clients)) < course_days / (course_days + calendar.n_days)
    first_weeks = min(3 * 7, calendar.n_days)
    last_day = np.where(had_begun, first_weeks, calendar.n_days)
    return (rng.random(len(clients)) * last_day).astype(int)


def _log_of_time(truth: PracticeTruth, calendar: Calendar, day: np.ndarray) -> np.ndarray:
    trend = np.log(truth.relief_time_ratio_per_year) * day / DAYS_A_YEAR
    return trend - truth.season_amplitude * calendar.season(day)
