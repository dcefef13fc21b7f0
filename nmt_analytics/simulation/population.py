"""The true value of the metrics in an invented practice: what perfect knowledge would say.

Relief and soreness: probability of each session given its client and circumstances, averaged
over the simulated sessions. Pain and pressure: all sessions, nothing left out.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from nmt_analytics.simulation.effects import RIGHT, TOO_STRONG
from nmt_analytics.simulation.truth import PracticeTruth
from nmt_analytics.vocabulary import CONDITIONS, LEVELS

MILESTONE_DAYS = (4, 7, 14)


def true_metrics(truth: PracticeTruth, sessions: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """True value of each metric: metric → "overall", "condition", "stress_level" → value.

    Shares are percentages, relief in days, pain in points; a metric has its unit and population
    of METRICS. `pain_change_without_effect` is the fall that needs no treatment.
    """
    groups: dict[str, tuple[str, tuple[str, ...]]] = {
        "condition": ("condition", CONDITIONS),
        "stress_level": ("stress_level", LEVELS),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, value in _metrics_of(truth, sessions).items():
        found[name] = {"overall": value}
    for dimension, (column, words) in groups.items():
        for code in np.unique(sessions[column]):
            rows = sessions[sessions[column] == code]
            for name, value in _metrics_of(truth, rows).items():
                found[name].setdefault(dimension, {})[words[code]] = value
    return found


def share_still_relieved(
    truth: PracticeTruth, log_relief_location: np.ndarray, days: float
) -> np.ndarray:
    """S(days) of each session, given its median relief: between 0 and 1."""
    z = truth.relief_shape * (np.log(days) - log_relief_location)
    if truth.relief_distribution == "weibull":
        return np.exp(-np.log(2) * np.exp(z))
    return ndtr(-z) if truth.relief_distribution == "lognormal" else expit(-z)


def _metrics_of(truth: PracticeTruth, sessions: pd.DataFrame) -> dict[str, float]:
    location = sessions["log_relief_location"].to_numpy()
    milestones = {
        f"relief_at_{days}_days": 100 * share_still_relieved(truth, location, days).mean()
        for days in MILESTONE_DAYS
    }
    fell = sessions["pain_after"] - sessions["pain_before"]
    fell_anyway = sessions["pain_after_without_effect"] - sessions["pain_before"]
    high_before = sessions["pain_before"] >= 4
    responded = (fell <= -2) & (fell <= -0.3 * sessions["pain_before"])
    is_right = sessions["pressure_felt"] == RIGHT
    metrics = {
        **milestones,
        "relief_days_median": _median_days(truth, location),
        "relief_days_mean_28": _mean_days(truth, location, 28),
        "soreness_gone_by_24_hours": 100 * _share_soreness_gone(truth, sessions, 24),
        "soreness_gone_by_36_hours": 100 * _share_soreness_gone(truth, sessions, 36),
        "pain_change": fell.mean(),
        "pain_change_without_effect": fell_anyway.mean(),
        "pain_responders": 100 * responded[high_before].mean(),
        "pressure_felt_right": 100 * is_right.mean(),
        "pressure_adjusted_when_not_right": 100
        * sessions.loc[~is_right, "pressure_adjusted"].mean(),
        "hold_seconds_median": sessions["hold_seconds"].median(),
    }
    return {name: round(float(value), 4) for name, value in metrics.items()}


def _median_days(truth: PracticeTruth, location: np.ndarray) -> float:
    """The day by which half of the sessions have lost relief, by bisection of log days."""
    shortest, longest = location.min(), location.max()
    for _ in range(30):
        middle = (shortest + longest) / 2
        if share_still_relieved(truth, location, np.exp(middle)).mean() > 0.5:
            shortest = middle
        else:
            longest = middle
    return float(np.exp((shortest + longest) / 2))


def _mean_days(truth: PracticeTruth, location: np.ndarray, until: int) -> float:
    """Area under S over the days up to `until`, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    days = until * (nodes + 1) / 2
    shares = [share_still_relieved(truth, location, day).mean() for day in days]
    return float(until / 2 * (weights @ shares))


def _share_soreness_gone(truth: PracticeTruth, sessions: pd.DataFrame, hours: float) -> float:
    is_too_strong = (sessions["pressure_felt"] == TOO_STRONG).to_numpy()
    median = truth.soreness_hours_median * np.where(
        is_too_strong, truth.too_strong_soreness_ratio, 1.0
    )
    still_sore = truth.sore_share * ndtr(np.log(median / hours) / truth.soreness_hours_sd)
    return float(1 - still_sore.mean())
