"""Invented practices with a known truth: to try everything on, and to check the estimates.

`simulate` makes one, `write` writes its canonical files. No client, no therapist and no number
in it is real.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nmt_analytics.errors import UsageError
from nmt_analytics.simulation.calendar import Calendar
from nmt_analytics.simulation.check_ins import ask_at_check_ins, ask_at_intake
from nmt_analytics.simulation.effects import feel_pain, feel_pressure
from nmt_analytics.simulation.population import true_metrics
from nmt_analytics.simulation.sessions import BODY_REGIONS, draw_clients, draw_sessions
from nmt_analytics.simulation.truth import PRESETS, PracticeTruth
from nmt_analytics.simulation.visits import give_times, keep_exactly, let_time_pass
from nmt_analytics.simulation.writing import write_csv, write_json
from nmt_analytics.vocabulary import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    NUTRIENT_SHORTFALLS,
    PRESSURE_FELT,
)

__all__ = ["PRESETS", "PracticeTruth", "SimulatedPractice", "simulate", "write"]

_WORDS = {
    "modality": MODALITIES,
    "condition": CONDITIONS,
    "body_region": BODY_REGIONS,
    "stress_level": LEVELS,
    "activity_level": LEVELS,
    "pressure_felt": PRESSURE_FELT,
    "nutrient_shortfall": NUTRIENT_SHORTFALLS,
}
_SCORES = ("severity_before", "pain_before", "pain_after")
_SESSION_COLUMNS = (
    "session_id", "client_id", "therapist_id", "started_at", "ended_at", "modality", "condition",
    "body_region", "severity_before", "pain_before", "pain_after", "stress_level",
    "activity_level", "hold_seconds", "pressure_felt", "pressure_adjusted", "nutrient_shortfall",
    "previous_relief_holding",
)  # fmt: skip
_FOLLOW_UP_COLUMNS = (
    "follow_up_id", "client_id", "session_id", "source", "asked_at", "answered_at",
    "relief_holding", "soreness", "pain", "recommend",
)  # fmt: skip
_HIDDEN_COLUMNS = (
    "session_id", "client_id", "relief_days", "soreness_hours", "tendency", "usual_pain",
)  # fmt: skip
_NEVER_EMPTY = ("session_id", "client_id", "started_at", "ended_at", "modality")


@dataclass(frozen=True)
class SimulatedPractice:
    """What `simulate` hands back.

    sessions, follow_ups: the canonical columns; words as categories, times local and without
        zone, scores and booleans nullable.
    hidden: one row per session that nobody in the practice knows: session_id, client_id,
        relief_days, soreness_hours, tendency (the client's, log scale), usual_pain.
    truth: what truth.json holds: the parameters, the population's true metrics and how the
        practice was made.
    """

    sessions: pd.DataFrame
    follow_ups: pd.DataFrame
    hidden: pd.DataFrame
    truth: dict[str, Any]


def simulate(
    n_sessions: int,
    seed: int,
    truth: PracticeTruth | None = None,
    *,
    end_on: date = date(2026, 9, 30),
    years: int = 3,
    n_clients: int | None = None,
    n_therapists: int = 3,
    timezone: str = "America/New_York",
) -> SimulatedPractice:
    """A practice of exactly `n_sessions` sessions in the `years` up to `end_on`, from its seed.

    `n_clients` defaults to n_sessions / truth.sessions_per_client. The same arguments give the
    same practice. Raises UsageError when the clients cannot fit the sessions into the years.
    """
    truth = truth or PracticeTruth()
    rng = np.random.default_rng(seed)
    n_clients = _number_of_clients(n_sessions, n_clients, truth)
    calendar = Calendar(_years_before(end_on, years), end_on, timezone)
    clients, sessions = _draw_practice(
        rng,
        truth,
        n_sessions=n_sessions,
        n_clients=n_clients,
        n_therapists=n_therapists,
        calendar=calendar,
    )
    sessions = give_times(rng, sessions).reset_index(drop=True)
    sessions = feel_pressure(rng, truth, sessions)
    sessions = feel_pain(rng, truth, sessions, clients)
    sessions["previous_relief_holding"] = ask_at_intake(rng, truth, sessions, calendar)
    answers = ask_at_check_ins(rng, truth, sessions, clients, calendar)
    sessions = _give_ids(sessions)
    made = _how_it_was_made(n_sessions, n_clients, n_therapists, seed, calendar)
    metrics = true_metrics(truth, sessions)
    return SimulatedPractice(
        sessions=_as_recorded(rng, truth, sessions, calendar),
        follow_ups=_as_follow_ups(answers, sessions, calendar),
        hidden=sessions[list(_HIDDEN_COLUMNS)],
        truth={"practice": made, "parameters": truth.described(), "metrics": metrics},
    )


def _how_it_was_made(
    n_sessions: int, n_clients: int, n_therapists: int, seed: int, calendar: Calendar
) -> dict[str, Any]:
    return {
        "about": "Invented. No client, therapist or number in it is real.",
        "n_sessions": n_sessions,
        "n_clients": n_clients,
        "n_therapists": n_therapists,
        "seed": seed,
        "first_on": calendar.first_on.isoformat(),
        "end_on": calendar.last_on.isoformat(),
        "timezone": calendar.timezone,
    }


def write(practice: SimulatedPractice, folder: Path) -> None:
    """Writes sessions.csv, follow_ups.csv and truth.json into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(practice.sessions, folder / "sessions.csv")
    write_csv(practice.follow_ups, folder / "follow_ups.csv")
    write_json(practice.truth, folder / "truth.json")


def _number_of_clients(n_sessions: int, n_clients: int | None, truth: PracticeTruth) -> int:
    if n_clients is None:
        n_clients = max(1, round(n_sessions / truth.sessions_per_client))
    if not 1 <= n_clients <= n_sessions:
        raise UsageError(
            f"{n_sessions} sessions and {n_clients} clients: a simulated practice needs at least "
            "one session, and at least one for each client."
        )
    return n_clients


def _years_before(end_on: date, years: int) -> date:
    day_after = pd.Timestamp(end_on) + pd.Timedelta(days=1)
    return (day_after - pd.DateOffset(years=years)).date()


def _draw_practice(
    rng: np.random.Generator,
    truth: PracticeTruth,
    *,
    n_sessions: int,
    n_clients: int,
    n_therapists: int,
    calendar: Calendar,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clients and exactly `n_sessions` sessions; longer courses are tried until they suffice,
    since those that reach past the last day are cut."""
    mean_visits = n_sessions / n_clients
    for _ in range(24):
        mean_visits = 1.06 * mean_visits
        clients = draw_clients(rng, truth, n_clients, max(1.0, mean_visits))
        planned = draw_sessions(rng, truth, clients, n_therapists)
        held = let_time_pass(rng, truth, clients, planned, calendar)
        kept = keep_exactly(rng, held, n_sessions)
        if kept is not None:
            return clients, kept
    raise UsageError(
        f"{n_clients} clients cannot have {n_sessions} sessions in {calendar.n_days} days. "
        "Ask for more clients or fewer sessions."
    )


def _give_ids(sessions: pd.DataFrame) -> pd.DataFrame:
    """Session and client ids in order of time, as a practice's software would number them."""
    client, _ = pd.factorize(sessions["client"])
    return sessions.assign(
        session_id=_ids("S", np.arange(len(sessions))),
        client_id=_ids("C", client),
        therapist_id=_ids("T", sessions["therapist"].to_numpy()),
    )


def _ids(letter: str, codes: np.ndarray) -> np.ndarray:
    n = codes.max() + 1
    width = len(str(n))
    return np.array([f"{letter}{i:0{width}}" for i in range(1, n + 1)], dtype=object)[codes]


def _as_recorded(
    rng: np.random.Generator, truth: PracticeTruth, sessions: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    """The canonical sessions: what was written down, some of it forgotten."""
    recorded = sessions.assign(
        started_at=calendar.moment(sessions["started"].to_numpy()),
        ended_at=calendar.moment(sessions["ended"].to_numpy()),
        hold_seconds=sessions["hold_seconds"].astype("Int16"),
        pressure_adjusted=sessions["pressure_adjusted"].astype("boolean"),
        previous_relief_holding=_yes_no(sessions["previous_relief_holding"].to_numpy()),
        **{name: sessions[name].astype("Int8") for name in _SCORES},
        **{name: _words(sessions[name], words) for name, words in _WORDS.items()},
    )[list(_SESSION_COLUMNS)]
    for name in [name for name in _SESSION_COLUMNS if name not in _NEVER_EMPTY]:
        is_missing = rng.random(len(recorded)) < truth.missing_share
        recorded[name] = recorded[name].mask(is_missing)
    return recorded


def _as_follow_ups(
    answers: pd.DataFrame, sessions: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    """The canonical follow-ups; one that was asked and not answered has no `answered_at`."""
    answered = answers["answered"].to_numpy()
    answered_at = calendar.moment(answered)
    answered_at[answered < 0] = np.datetime64("NaT")
    session = answers["session"].to_numpy()
    check_in = pd.Categorical.from_codes(np.zeros(len(answers), np.int8), pd.Index(["check_in"]))
    return answers.assign(
        follow_up_id=_ids("F", np.arange(len(answers))),
        client_id=sessions["client_id"].to_numpy()[session],
        session_id=sessions["session_id"].to_numpy()[session],
        source=check_in,
        asked_at=calendar.moment(answers["asked"].to_numpy()),
        answered_at=answered_at,
        relief_holding=_yes_no(answers["relief_holding"].to_numpy()),
        **{name: _nullable(answers[name]) for name in ("soreness", "pain", "recommend")},
    )[list(_FOLLOW_UP_COLUMNS)]


def _words(codes: pd.Series, words: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes.to_numpy(), pd.Index(words)))


def _yes_no(codes: np.ndarray) -> pd.Series:
    return pd.Series(codes == 1, dtype="boolean").mask(codes < 0)


def _nullable(codes: pd.Series) -> pd.Series:
    return codes.astype("Int8").mask(codes < 0)
