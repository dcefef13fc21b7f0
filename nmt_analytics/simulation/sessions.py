"""Who comes to an invented practice and with what, and what relief depends on.

Works on whole columns: one row per client, then one row per session. Words are codes (positions
in the vocabulary) until the very end.
"""

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd

from nmt_analytics.simulation.truth import PracticeTruth
from nmt_analytics.vocabulary import CONDITIONS, LEVELS, MODALITIES, NUTRIENT_SHORTFALLS

BODY_REGIONS = (
    "neck", "shoulder", "upper_back", "lower_back", "hip", "leg", "foot", "arm", "jaw",
)  # fmt: skip
_REGIONS_OF = {
    "muscle_cramp": ("leg", "foot"),
    "nerve_compression": ("neck", "lower_back", "arm"),
    "neural_entrapment": ("neck", "arm", "hip", "leg"),
    "dysfunctional_gait": ("hip", "leg", "foot", "lower_back"),
    "ischemia": ("leg", "shoulder"),
}


def draw_clients(
    rng: np.random.Generator, truth: PracticeTruth, n_clients: int, mean_visits: float
) -> pd.DataFrame:
    """One row per client: planned visits, main condition, tendencies (z scores or own units)."""
    z_pain = rng.standard_normal(n_clients)
    z_severity = 0.6 * z_pain + 0.8 * rng.standard_normal(n_clients)
    # Most clients come a few times and some for years: a Poisson number with a gamma mean.
    more_visits = rng.poisson(rng.gamma(1.5, (mean_visits - 1) / 1.5, n_clients))
    return pd.DataFrame(
        {
            "n_visits": 1 + more_visits,
            "condition": _pick(rng, truth.condition_shares, CONDITIONS, n_clients),
            "region_draw": rng.random(n_clients),
            "nutrient_shortfall": _pick(
                rng, truth.shortfall_shares, NUTRIENT_SHORTFALLS, n_clients
            ),
            "therapist_draw": rng.random(n_clients),
            "stress": rng.standard_normal(n_clients),
            "activity": rng.standard_normal(n_clients),
            "usual_severity": truth.severity_mean + truth.severity_client_sd * z_severity,
            "usual_pain": truth.usual_pain_mean + truth.usual_pain_sd * z_pain,
            "tendency": truth.client_sd * rng.standard_normal(n_clients),
            "answering": rng.standard_normal(n_clients),
        }
    )


def draw_sessions(
    rng: np.random.Generator, truth: PracticeTruth, clients: pd.DataFrame, n_therapists: int
) -> pd.DataFrame:
    """One row per planned session, client by client in order, without a date yet.

    `log_relief_location` is the log of the session's median relief before season and trend,
    `log_relief_error` what chance adds.
    """
    client = np.repeat(np.arange(len(clients)), clients["n_visits"])
    of_client = clients.iloc[client]
    n = len(client)
    has_main = rng.random(n) < truth.main_condition_share
    another = _pick(rng, truth.condition_shares, CONDITIONS, n)
    condition = np.where(has_main, of_client["condition"], another)
    usual_therapist = (of_client["therapist_draw"].to_numpy() * n_therapists).astype(int)
    stands_in = rng.random(n) < 0.1
    therapist = np.where(stands_in, rng.integers(0, n_therapists, n), usual_therapist)
    severity = of_client["usual_severity"] + truth.severity_session_sd * rng.standard_normal(n)
    hold = _in_turn(truth.therapist_hold_seconds, therapist)
    hold = hold + truth.hold_sd * rng.standard_normal(n)
    sessions = pd.DataFrame(
        {
            "client": client,
            "visit": np.arange(n) - np.repeat(first_rows(clients), clients["n_visits"]),
            "therapist": therapist,
            "modality": _pick(rng, truth.modality_shares, MODALITIES, n),
            "condition": condition,
            "body_region": _regions(condition, of_client["region_draw"].to_numpy()),
            "severity_before": as_score(severity),
            "stress_level": _level(rng, truth, truth.stress_shares, of_client["stress"]),
            "activity_level": _level(rng, truth, truth.activity_shares, of_client["activity"]),
            "hold_seconds": (np.clip(np.rint(hold / 5), 2, 12) * 5).astype(int),
            "nutrient_shortfall": of_client["nutrient_shortfall"].to_numpy(),
        }
    )
    tendency = of_client["tendency"].to_numpy()
    sessions["log_relief_location"] = _log_relief_location(truth, sessions, tendency)
    sessions["log_relief_error"] = _log_relief_error(rng, truth, n)
    sessions["tendency"] = tendency
    return sessions


def _log_relief_location(
    truth: PracticeTruth, sessions: pd.DataFrame, tendency: np.ndarray
) -> np.ndarray:
    has_shortfall = sessions["nutrient_shortfall"].between(1, 3).to_numpy()
    return (
        np.log(truth.relief_days_reference)
        + _log_ratio(truth.condition_time_ratios, CONDITIONS)[sessions["condition"]]
        + _log_ratio(truth.stress_time_ratios, LEVELS)[sessions["stress_level"]]
        + _log_ratio(truth.activity_time_ratios, LEVELS)[sessions["activity_level"]]
        + np.log(truth.severity_time_ratio) * (sessions["severity_before"].to_numpy() - 5)
        + np.log(truth.hold_time_ratio) * (sessions["hold_seconds"].to_numpy() - 30) / 10
        + np.log(truth.shortfall_time_ratio) * has_shortfall
        + np.log(_in_turn(truth.therapist_time_ratios, sessions["therapist"].to_numpy()))
        + tendency
    )


def _log_relief_error(rng: np.random.Generator, truth: PracticeTruth, n: int) -> np.ndarray:
    """The error of log relief, its median zero."""
    if truth.relief_distribution == "weibull":
        return np.log(rng.standard_exponential(n) / np.log(2)) / truth.relief_shape
    if truth.relief_distribution == "lognormal":
        return rng.standard_normal(n) / truth.relief_shape
    return rng.logistic(0.0, 1.0, n) / truth.relief_shape


def _level(
    rng: np.random.Generator, truth: PracticeTruth, shares: Mapping[str, float], own: pd.Series
) -> np.ndarray:
    """Levels cut from a latent normal that sessions of one client share in part."""
    r = truth.level_correlation
    latent = np.sqrt(r) * own.to_numpy() + np.sqrt(1 - r) * rng.standard_normal(len(own))
    up_to_low, up_to_moderate = np.cumsum([shares[level] for level in LEVELS])[:2]
    normal = NormalDist()
    return np.searchsorted([normal.inv_cdf(up_to_low), normal.inv_cdf(up_to_moderate)], latent)


def _pick(
    rng: np.random.Generator, shares: Mapping[str, float], words: tuple[str, ...], n: int
) -> np.ndarray:
    """`n` codes of `words` drawn with these shares, which are scaled to add up to one."""
    ends = np.cumsum([shares.get(word, 0.0) for word in words])
    return np.searchsorted(ends, rng.random(n) * ends[-1], side="right")


def _regions(condition: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """A client's region, among those that fit the condition."""
    region = np.empty(len(condition), dtype=int)
    for code, word in enumerate(CONDITIONS):
        fitting = np.array([BODY_REGIONS.index(r) for r in _REGIONS_OF.get(word, BODY_REGIONS)])
        has_it = condition == code
        region[has_it] = fitting[(draw[has_it] * len(fitting)).astype(int)]
    return region


def _log_ratio(ratios: Mapping[str, float], words: tuple[str, ...]) -> np.ndarray:
    return np.log([ratios[word] for word in words])


def _in_turn(values: tuple[float, ...], therapist: np.ndarray) -> np.ndarray:
    return np.array(values)[therapist % len(values)]


def first_rows(clients: pd.DataFrame) -> np.ndarray:
    """The row of each client's first session in a table that goes client by client."""
    n_visits = clients["n_visits"].to_numpy()
    return np.cumsum(n_visits) - n_visits


def as_score(values: np.ndarray | pd.Series) -> np.ndarray:
    """Whole scores from 0 to 10."""
    return np.clip(np.rint(np.asarray(values)), 0, 10).astype(int)
