"""What a session in an invented practice does besides relief: pressure, soreness, pain."""

import numpy as np
import pandas as pd

from nmt_analytics.simulation.sessions import as_score
from nmt_analytics.simulation.truth import PracticeTruth

TOO_LIGHT, RIGHT, TOO_STRONG = range(3)


def feel_pressure(
    rng: np.random.Generator, truth: PracticeTruth, sessions: pd.DataFrame
) -> pd.DataFrame:
    """The sessions with `pressure_felt` (code), `pressure_adjusted` and `soreness_hours`."""
    n = len(sessions)
    right_share = truth.pressure_right_share + (
        truth.pressure_right_change_per_year * sessions["years"]
    )
    wrong = np.where(rng.random(n) < truth.too_strong_share, TOO_STRONG, TOO_LIGHT)
    felt = np.where(rng.random(n) < right_share, RIGHT, wrong)
    adjusted = (felt != RIGHT) & (rng.random(n) < truth.pressure_adjusted_share)
    median_hours = truth.soreness_hours_median * np.where(
        felt == TOO_STRONG, truth.too_strong_soreness_ratio, 1.0
    )
    hours = median_hours * np.exp(truth.soreness_hours_sd * rng.standard_normal(n))
    return sessions.assign(
        pressure_felt=felt,
        pressure_adjusted=adjusted,
        soreness_hours=np.where(rng.random(n) < truth.sore_share, hours, 0.0),
    )


def feel_pain(
    rng: np.random.Generator, truth: PracticeTruth, sessions: pd.DataFrame, clients: pd.DataFrame
) -> pd.DataFrame:
    """The sessions with `usual_pain`, `pain_before`, `pain_after` and
    `pain_after_without_effect`, what would have been rated had the session done nothing."""
    n = len(sessions)
    usual = clients["usual_pain"].to_numpy()[sessions["client"]]
    worst = rng.standard_normal((truth.worst_of_days, n)).max(axis=0)
    r = truth.pain_persistence
    later = r * worst + np.sqrt(1 - r**2) * rng.standard_normal(n)
    without_effect = usual + truth.daily_pain_sd * later
    return sessions.assign(
        usual_pain=usual,
        pain_before=as_score(usual + truth.daily_pain_sd * worst),
        pain_after=as_score(without_effect + truth.pain_effect),
        pain_after_without_effect=as_score(without_effect),
        flares_up=rng.random(n) < truth.flare_up_share,
    )
