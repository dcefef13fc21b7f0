"""An invented practice is what its truth says: every effect can be found in it again."""

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmt_analytics.errors import UsageError
from nmt_analytics.simulation import PRESETS, PracticeTruth, SimulatedPractice, simulate
from nmt_analytics.vocabulary import CONDITIONS, LEVELS

COMPLETE = PracticeTruth(missing_share=0.0)


@pytest.fixture(scope="module")
def large() -> SimulatedPractice:
    """Twelve thousand clients, no field left empty, a season and a trend that show."""
    truth = replace(COMPLETE, season_amplitude=0.2, relief_time_ratio_per_year=1.1)
    return simulate(90_000, seed=5, truth=truth)


def indicator(column: pd.Series, word: str) -> np.ndarray:
    return (column == word).to_numpy(dtype=float)


def design_matrix(sessions: pd.DataFrame) -> dict[str, np.ndarray]:
    """The regressors of log relief, built from the recorded columns alone."""
    years = (sessions.started_at - pd.Timestamp("2023-10-01")).dt.days / 365.25
    day_of_year = sessions.started_at.dt.day_of_year
    columns = {"reference": np.ones(len(sessions))}
    columns |= {f"stress {w}": indicator(sessions.stress_level, w) for w in LEVELS[1:]}
    columns |= {f"activity {w}": indicator(sessions.activity_level, w) for w in LEVELS[1:]}
    columns |= {w: indicator(sessions.condition, w) for w in CONDITIONS[1:]}
    columns |= {f"therapist {i}": indicator(sessions.therapist_id, f"T{i}") for i in (2, 3)}
    shortfall = sessions.nutrient_shortfall.isin(["magnesium", "calcium", "both"])
    return columns | {
        "severity": sessions.severity_before.to_numpy(float) - 5,
        "hold": (sessions.hold_seconds.to_numpy(float) - 30) / 10,
        "shortfall": shortfall.to_numpy(float),
        "year": years.to_numpy(),
        "winter": np.cos(2 * np.pi * (day_of_year - 15).to_numpy() / 365.25),
    }


def test_a_regression_of_the_hidden_relief_gives_every_time_ratio_back(large) -> None:
    sessions, log_relief = large.sessions, np.log(large.hidden.relief_days.to_numpy())
    columns = design_matrix(sessions)
    x = np.column_stack(list(columns.values()))
    fitted = dict(zip(columns, np.linalg.lstsq(x, log_relief, rcond=None)[0], strict=True))
    t = COMPLETE
    true_ratios = {
        "stress moderate": t.stress_time_ratios["moderate"],
        "stress high": t.stress_time_ratios["high"],
        "activity moderate": t.activity_time_ratios["moderate"],
        "activity high": t.activity_time_ratios["high"],
        **{word: t.condition_time_ratios[word] for word in CONDITIONS[1:]},
        "therapist 2": t.therapist_time_ratios[1],
        "therapist 3": t.therapist_time_ratios[2],
        "severity": t.severity_time_ratio,
        "hold": t.hold_time_ratio,
        "shortfall": t.shortfall_time_ratio,
        "year": 1.1,
    }
    for name, ratio in true_ratios.items():
        tolerance = 0.2 if name == "ischemia" else 0.05  # one client in a hundred has it
        assert np.exp(fitted[name]) == pytest.approx(ratio, abs=tolerance), name
    assert fitted["winter"] == pytest.approx(-0.2, abs=0.02)
    # The mean of a log Weibull error lies (Euler's gamma + log log 2) / shape below its median.
    mean_error = -(np.euler_gamma + np.log(np.log(2))) / t.relief_shape
    assert fitted["reference"] == pytest.approx(
        np.log(t.relief_days_reference) + mean_error, abs=0.03
    )


VARIANCES = {"weibull": np.pi**2 / 6, "lognormal": 1.0, "loglogistic": np.pi**2 / 3}
"""Of the logarithm of each distribution's error, at shape 1."""


@pytest.fixture(scope="module", params=VARIANCES)
def of_distribution(request: pytest.FixtureRequest) -> tuple[str, SimulatedPractice]:
    """Forty thousand complete sessions whose relief follows one distribution."""
    truth = replace(COMPLETE, relief_distribution=request.param)
    return request.param, simulate(40_000, seed=2, truth=truth)


def test_clients_and_chance_vary_as_much_as_they_should(of_distribution) -> None:
    distribution, practice = of_distribution
    truth, variance = COMPLETE, VARIANCES[distribution]
    columns = design_matrix(practice.sessions)
    x, y = np.column_stack(list(columns.values())), np.log(practice.hidden.relief_days.to_numpy())
    residual = pd.Series(y - x @ np.linalg.lstsq(x, y, rcond=None)[0])
    of_client = residual.groupby(practice.sessions.client_id.to_numpy())
    n, total, squares = (
        of_client.size(),
        of_client.sum(),
        (residual**2).groupby(practice.sessions.client_id.to_numpy()).sum(),
    )
    within_pairs = ((total**2 - squares).sum()) / (n * (n - 1)).sum()
    assert np.sqrt(within_pairs) == pytest.approx(truth.client_sd, abs=0.03)
    chance = (residual**2).mean() - within_pairs
    assert chance == pytest.approx(variance / truth.relief_shape**2, rel=0.06)


def test_the_true_metrics_agree_with_the_hidden_relief_itself(of_distribution) -> None:
    _, practice = of_distribution
    relief, metrics = practice.hidden.relief_days, practice.truth["metrics"]
    for days in (4, 7, 14):
        metric = metrics[f"relief_at_{days}_days"]
        assert 100 * (relief > days).mean() == pytest.approx(metric["overall"], abs=0.8)
        for dimension in ("condition", "stress_level"):
            groups = relief.groupby(practice.sessions[dimension].astype(str).to_numpy())
            assert set(metric[dimension]) == set(groups.groups)
            for word, of_word in groups:
                noise = 250 / np.sqrt(len(of_word))
                found = 100 * (of_word > days).mean()
                assert found == pytest.approx(metric[dimension][word], abs=noise)
    assert relief.median() == pytest.approx(metrics["relief_days_median"]["overall"], rel=0.02)
    area = np.minimum(relief, 28).mean()
    assert area == pytest.approx(metrics["relief_days_mean_28"]["overall"], rel=0.02)
    hours = practice.hidden.soreness_hours
    for limit in (24, 36):
        metric = metrics[f"soreness_gone_by_{limit}_hours"]
        assert 100 * (hours <= limit).mean() == pytest.approx(metric["overall"], abs=0.8)


def test_soreness_is_as_frequent_and_as_long_as_it_should_be(large) -> None:
    hours = large.hidden.soreness_hours
    too_strong = (large.sessions.pressure_felt == "too_strong").to_numpy()
    assert (hours > 0).mean() == pytest.approx(COMPLETE.sore_share, abs=0.01)
    median = hours[(hours > 0) & ~too_strong].median()
    assert median == pytest.approx(COMPLETE.soreness_hours_median, rel=0.02)
    ratio = hours[(hours > 0) & too_strong].median() / median
    assert ratio == pytest.approx(COMPLETE.too_strong_soreness_ratio, rel=0.02)


def test_pressure_gets_better_by_its_yearly_gain_and_adjusting_does_not(large) -> None:
    sessions = large.sessions
    years = (sessions.started_at - pd.Timestamp("2023-10-01")).dt.days / 365.25
    is_right = indicator(sessions.pressure_felt, "right")
    slope, start = np.polyfit(years, is_right, 1)
    assert slope == pytest.approx(COMPLETE.pressure_right_change_per_year, abs=0.01)
    assert start == pytest.approx(COMPLETE.pressure_right_share, abs=0.015)
    not_right = is_right == 0
    adjusted = sessions.pressure_adjusted.to_numpy(dtype=bool)
    assert adjusted[not_right].mean() == pytest.approx(0.86, abs=0.01)
    assert not adjusted[~not_right].any()
    assert abs(np.polyfit(years[not_right], adjusted[not_right], 1)[0]) < 0.02


def test_pain_falls_by_itself_because_clients_come_on_the_worse_of_two_days() -> None:
    truth = replace(COMPLETE, pain_effect=0.0, usual_pain_mean=5.0, usual_pain_sd=0.5)
    sessions = simulate(60_000, seed=4, truth=truth).sessions
    fell = (sessions.pain_after - sessions.pain_before).mean()
    # The larger of two standard normals has the mean 1 / sqrt(pi).
    by_itself = -(1 - truth.pain_persistence) * truth.daily_pain_sd / np.sqrt(np.pi)
    assert fell == pytest.approx(by_itself, abs=0.03)
    treated = simulate(60_000, seed=4, truth=replace(truth, pain_effect=-1.5))
    more = (treated.sessions.pain_after - treated.sessions.pain_before).mean()
    assert more == pytest.approx(by_itself - 1.5, abs=0.05)
    metrics = treated.truth["metrics"]
    assert metrics["pain_change"]["overall"] == pytest.approx(more, abs=1e-4)
    assert metrics["pain_change_without_effect"]["overall"] == pytest.approx(fell, abs=1e-4)


@pytest.fixture(scope="module")
def default() -> SimulatedPractice:
    return simulate(400, seed=9)


def other_value(value: Any) -> Any:
    """A value that differs from `value` and is of its kind."""
    if isinstance(value, dict):
        first = next(iter(value))
        return {**value, first: value[first] * 0.5 + 0.05}
    if isinstance(value, tuple):
        return (*value[:-1], value[-1] + 24) if isinstance(value[0], int) else value[::-1]
    if isinstance(value, str):
        return "lognormal"
    return value + 1 if isinstance(value, int) else value * 0.3 + 0.3


@pytest.mark.parametrize("name", [field.name for field in fields(PracticeTruth)])
def test_every_parameter_has_a_meaning_and_makes_a_difference(name, default) -> None:
    truth = PracticeTruth()
    changed = replace(truth, **{name: other_value(getattr(truth, name))})
    other = simulate(400, seed=9, truth=changed)
    assert not (
        default.sessions.equals(other.sessions) and default.follow_ups.equals(other.follow_ups)
    )
    described = other.truth["parameters"][name]
    assert described["value"] == getattr(changed, name)
    assert len(described["meaning"].split()) >= 3


def test_the_same_seed_gives_the_same_practice_and_another_seed_another() -> None:
    one, same, other = simulate(300, seed=1), simulate(300, seed=1), simulate(300, seed=2)
    pd.testing.assert_frame_equal(one.sessions, same.sessions)
    pd.testing.assert_frame_equal(one.follow_ups, same.follow_ups)
    assert json.dumps(one.truth) == json.dumps(same.truth)
    assert not one.sessions.equals(other.sessions)


@pytest.mark.parametrize(
    ("n_sessions", "n_clients"), [(1, 1), (2, 2), (7, 7), (100, 5), (777, 60), (3000, None)]
)
def test_a_practice_has_exactly_the_sessions_and_clients_asked_for(n_sessions, n_clients) -> None:
    practice = simulate(n_sessions, seed=8, n_clients=n_clients)
    assert len(practice.sessions) == len(practice.hidden) == n_sessions
    assert practice.hidden.client_id.nunique() == (n_clients or 400)
    assert practice.sessions.session_id.is_unique


@pytest.mark.parametrize("asked", [(10, 11), (400, 2), (0, None), (5, 0)])
def test_a_practice_that_cannot_be_is_an_error_that_says_why(asked) -> None:
    n_sessions, n_clients = asked
    with pytest.raises(UsageError, match="sessions"):
        simulate(n_sessions, seed=1, n_clients=n_clients)


def test_an_unknown_distribution_names_the_nearest_known_one() -> None:
    with pytest.raises(UsageError, match='Did you mean "lognormal"'):
        PracticeTruth(relief_distribution="log-normal")


def test_years_and_the_last_day_are_kept() -> None:
    practice = simulate(2000, seed=1, end_on=date(2024, 2, 29), years=2)
    on = practice.sessions.started_at.dt.date
    assert date(2022, 3, 1) <= on.min() < date(2022, 3, 15)
    assert date(2024, 2, 20) < on.max() <= date(2024, 2, 29)


def test_more_therapists_share_the_work() -> None:
    sessions = simulate(3000, seed=1, n_therapists=12, truth=COMPLETE).sessions
    assert sessions.therapist_id.value_counts(normalize=True).between(0.04, 0.14).sum() == 12


@pytest.mark.parametrize("n_sessions", [200, 500, 20_000])
def test_small_practices_have_few_clients_who_come_often(n_sessions) -> None:
    small = simulate(n_sessions, seed=1, truth=PRESETS["small"])
    assert small.hidden.client_id.nunique() == n_sessions / 20


def test_the_presets_are_the_ones_named() -> None:
    assert set(PRESETS) == {"friendly", "silent", "returning", "small"}
