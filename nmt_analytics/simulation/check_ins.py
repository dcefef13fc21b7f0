"""Whom an invented practice asks after a session, who answers, when and what.

Works on tables of sessions (rows) by check-ins (columns). A practice asks until the client's
next session; a client answers the latest question only.
"""

import numpy as np
import pandas as pd

from nmt_analytics.simulation.calendar import (
    MINUTES_A_DAY,
    Calendar,
    answered_by_day,
    asked_by_day,
)
from nmt_analytics.simulation.sessions import as_score
from nmt_analytics.simulation.truth import PracticeTruth

_NEVER = 2**40  # minutes; exact as a float too, which groups of sessions pass through
_SORENESS_ASKED_UNTIL_HOURS = 96
_RECOMMEND_ASKED_AT_HOURS = 168
_FLARE_UP_HOURS = 72


def ask_at_check_ins(
    rng: np.random.Generator,
    truth: PracticeTruth,
    sessions: pd.DataFrame,
    clients: pd.DataFrame,
    calendar: Calendar,
) -> pd.DataFrame:
    """One row per check-in asked, in the order of the sessions.

    Columns: `session` (position in `sessions`), `asked`, `answered` (local minutes, answered -1
    when not) and the answers, -1 when not answered or left empty.
    """
    hours = np.array(truth.check_in_hours)
    ended = sessions["ended"].to_numpy()[:, None]
    asked = asked_by_day(ended + 60 * hours)
    is_asked = asked < _next_started(sessions)[:, None]
    answered = answered_by_day(asked + _delay_minutes(rng, truth, asked.shape))
    elapsed = calendar.elapsed_minutes(ended, np.where(is_asked, answered, asked))
    relief_minutes = sessions["relief_days"].to_numpy()[:, None] * MINUTES_A_DAY
    is_holding = elapsed < relief_minutes
    is_answered = (
        is_asked
        & (answered < _next_question(asked, _next_started(sessions)))
        & _willing(rng, truth, sessions, clients, asked.shape)
        & ~_silenced(rng, truth, is_holding)
    )
    given = _given(rng, truth, sessions, elapsed / 60, is_holding, is_answered)
    return pd.DataFrame(
        {
            "session": np.nonzero(is_asked)[0],
            "asked": asked[is_asked],
            "answered": np.where(is_answered, answered, -1)[is_asked],
            **{name: values[is_asked].astype(np.int8) for name, values in given.items()},
        }
    )


def _given(
    rng: np.random.Generator,
    truth: PracticeTruth,
    sessions: pd.DataFrame,
    elapsed_hours: np.ndarray,
    is_holding: np.ndarray,
    is_answered: np.ndarray,
) -> dict[str, np.ndarray]:
    """What is said at each check-in by question, -1 where it is not answered or left empty."""
    hours = np.array(truth.check_in_hours)
    filled = is_answered & (rng.random(is_answered.shape) >= truth.missing_share)
    says_holding = _contradict(rng, truth, is_holding, filled)
    soreness = _soreness(rng, sessions, elapsed_hours)
    soreness_asked = is_answered & (hours <= _SORENESS_ASKED_UNTIL_HOURS)
    pain = _pain(rng, truth, sessions, elapsed_hours, is_holding)
    recommend_asked = is_answered & (hours == _RECOMMEND_ASKED_AT_HOURS)
    return {
        "relief_holding": np.where(filled, says_holding, -1),
        "soreness": _with_gaps(rng, truth, soreness, soreness_asked),
        "pain": _with_gaps(rng, truth, pain, is_answered),
        "recommend": _with_gaps(rng, truth, _recommend(rng, truth, is_holding), recommend_asked),
    }


def ask_at_intake(
    rng: np.random.Generator, truth: PracticeTruth, sessions: pd.DataFrame, calendar: Calendar
) -> np.ndarray:
    """Whether the previous session's relief still holds: 1, 0, or -1 for not asked."""
    previous = sessions.groupby("client")[["ended", "relief_days"]].shift()
    has_previous = previous["ended"].notna().to_numpy()
    started = sessions["started"].to_numpy()
    ended = previous["ended"].fillna(0).astype(int).to_numpy()
    days = calendar.elapsed_minutes(ended, started) / MINUTES_A_DAY
    is_holding = days < previous["relief_days"].to_numpy()
    is_asked = has_previous & (rng.random(len(sessions)) < truth.intake_asked_share)
    return np.where(is_asked, is_holding, -1)


def _next_started(sessions: pd.DataFrame) -> np.ndarray:
    following = sessions.groupby("client")["started"].shift(-1)
    return following.fillna(_NEVER).astype(np.int64).to_numpy()


def _next_question(asked: np.ndarray, next_started: np.ndarray) -> np.ndarray:
    """When the next check-in or session makes an answer to this check-in too late."""
    following = np.column_stack([asked[:, 1:], np.full(len(asked), _NEVER)])
    return np.minimum(following, next_started[:, None])


def _delay_minutes(
    rng: np.random.Generator, truth: PracticeTruth, shape: tuple[int, ...]
) -> np.ndarray:
    """From question to answer; nobody answers more than ten days late."""
    hours = truth.answer_delay_hours_median * np.exp(
        truth.answer_delay_sd * rng.standard_normal(shape)
    )
    return (60 * np.clip(hours, 1 / 60, 240)).astype(int)


def _willing(
    rng: np.random.Generator,
    truth: PracticeTruth,
    sessions: pd.DataFrame,
    clients: pd.DataFrame,
    shape: tuple[int, ...],
) -> np.ndarray:
    """Who would answer: the client's own tendency, until a random stop."""
    p = truth.answering_probability
    z = clients["answering"].to_numpy()[sessions["client"]]
    willingness = 1 / (1 + (1 - p) / p * np.exp(-truth.answering_client_sd * z))
    has_stopped = np.logical_or.accumulate(rng.random(shape) < truth.stopping_hazard, axis=1)
    return (rng.random(shape) < willingness[:, None]) & ~has_stopped


def _silenced(rng: np.random.Generator, truth: PracticeTruth, is_holding: np.ndarray) -> np.ndarray:
    falls_silent = rng.random(len(is_holding)) < truth.silence_when_relief_ends
    return falls_silent[:, None] & ~is_holding


def _contradict(
    rng: np.random.Generator, truth: PracticeTruth, is_holding: np.ndarray, filled: np.ndarray
) -> np.ndarray:
    """The answers as given: a few say 'holding' after an earlier 'not holding'."""
    said_no = np.logical_or.accumulate(filled & ~is_holding, axis=1)
    said_no_before = np.column_stack([np.zeros(len(filled), dtype=bool), said_no[:, :-1]])
    return is_holding | (said_no_before & (rng.random(filled.shape) < truth.contradiction_rate))


def _soreness(rng: np.random.Generator, sessions: pd.DataFrame, hours: np.ndarray) -> np.ndarray:
    """Falls in a line from its first score and is at least 1 until it is gone."""
    first_score = rng.integers(3, 8, len(sessions))[:, None]
    gone_after = np.maximum(sessions["soreness_hours"].to_numpy()[:, None], 1e-9)
    return np.ceil(first_score * np.clip(1 - hours / gone_after, 0, None)).astype(int)


def _pain(
    rng: np.random.Generator,
    truth: PracticeTruth,
    sessions: pd.DataFrame,
    hours: np.ndarray,
    is_holding: np.ndarray,
) -> np.ndarray:
    """Usual pain with the session's effect while relief holds; higher in a flare-up."""
    usual = sessions["usual_pain"].to_numpy()[:, None]
    of_the_day = truth.daily_pain_sd * rng.standard_normal(hours.shape)
    pain = as_score(usual + truth.pain_effect * is_holding + of_the_day)
    flares_up = sessions["flares_up"].to_numpy()[:, None] & (hours <= _FLARE_UP_HOURS)
    flare = np.minimum(sessions["pain_before"].to_numpy()[:, None] + 2, 10)
    return np.where(flares_up, flare, pain)


def _recommend(
    rng: np.random.Generator, truth: PracticeTruth, is_holding: np.ndarray
) -> np.ndarray:
    """Half a point higher while relief holds, half a point lower after."""
    mean = truth.recommend_mean + np.where(is_holding, 0.5, -0.5)
    return as_score(mean + 1.2 * rng.standard_normal(is_holding.shape))


def _with_gaps(
    rng: np.random.Generator, truth: PracticeTruth, values: np.ndarray, is_asked: np.ndarray
) -> np.ndarray:
    is_given = is_asked & (rng.random(values.shape) >= truth.missing_share)
    return np.where(is_given, values, -1)
