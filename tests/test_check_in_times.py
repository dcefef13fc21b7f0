"""Curves are read at the times at which clients are asked, not at the odd days in between."""

import numpy as np
import pytest
from proof_figures import record

from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.estimators import RestrictedMean, SurvivalQuantile, SurvivalShare
from nmt_analytics.outcomes.reading import check_in_times
from nmt_analytics.outcomes.survival import fit_survival

SHAPE, MEDIAN, CLIENT_SD = 1.3, 8.5, 0.45
ASKED = np.array([1.0, 1.5, 4.0, 7.0, 14.0, 21.0])


def durations(rng: np.random.Generator, tendency: np.ndarray | float, n: int) -> np.ndarray:
    """Days of relief: Weibull within a client, whose own tendency multiplies them."""
    return MEDIAN / np.log(2) ** (1 / SHAPE) * np.exp(tendency) * rng.weibull(SHAPE, n)


def true_quantile(p: float) -> float:
    rng = np.random.default_rng(0)
    return float(np.quantile(durations(rng, rng.normal(0, CLIENT_SD, 1_000_000), 1_000_000), p))


def practice(seed: int, n_clients: int) -> tuple[np.ndarray, ...]:
    """Cells of clients with 5 sessions: most answer in time, some days late, many come back."""
    rng = np.random.default_rng(seed)
    rows = []
    for client in range(n_clients):
        for lasted in durations(rng, rng.normal(0, CLIENT_SD), 5):
            late = np.where(rng.random(6) < 0.8, rng.exponential(0.1, 6), rng.exponential(1.5, 6))
            back = max(5.0, rng.normal(21, 7))
            times = (ASKED + late)[(rng.random(6) < 0.7) & (ASKED + late < back)]
            times = np.append(times, back) if rng.random() < 0.6 else times
            if len(times):
                held, lost = times[lasted > times], times[lasted <= times]
                lower = np.floor(held.max(initial=0) + 0.5)
                upper = max(np.floor(lost.min() + 0.5), 1.0) if len(lost) else np.inf
                rows.append((client, min(lower, upper - 1), upper))
    bucket, lower, upper = (np.array(each) for each in zip(*rows, strict=True))
    return bucket.astype(int), lower, upper, np.ones(len(rows))


def test_where_every_end_is_usual_the_quantile_is_that_of_the_curve() -> None:
    lower = np.array([0.0, 1.0, 4.0, 7.0, 7.0])
    upper = np.array([4.0, 7.0, 14.0, np.inf, 14.0])
    n = np.array([3.0, 4.0, 5.0, 6.0, 2.0])

    for p in (0.25, 0.4, 0.5):
        expected = [each[0] for each in fit_survival(lower, upper, n).quantile(p)]
        found = SurvivalQuantile(p)
        assert found.evaluate(lower, upper, n[np.newaxis])[0] == pytest.approx(expected[0])
        assert found.known_bounds(lower, upper, n) == pytest.approx(tuple(expected[1:]))


def test_one_odd_answer_does_not_settle_on_which_day_relief_was_lost() -> None:
    lower = np.array([0.0, 7.0, 7.0, 10.0])
    upper = np.array([7.0, 14.0, 11.0, 14.0])
    n = np.array([40.0, 59.0, 1.0, 1.0])
    curve = fit_survival(lower, upper, n)

    # The likelihood puts all that was lost from day 7 to 14 on day 11 ...
    assert curve.quantile(0.5)[1][0] == 10
    # ... of which two of 101 sessions know. The check-ins know days 7 and 14.
    median = SurvivalQuantile(0.5)
    assert median.known_bounds(lower, upper, n) == (7, 14)
    assert median.evaluate(lower, upper, n[np.newaxis])[0] == pytest.approx(7 + 7 * 10.5 / 61)


# 40 of 100 sessions lost relief by day 3, 30 from then to day 10; of two it is known that day 7
# lies on one side of their end.
ON_DAYS_3_AND_10 = (
    np.array([0.0, 3.0, 3.0, 7.0, 10.0]),
    np.array([3.0, 10.0, 7.0, 10.0, np.inf]),
    np.array([[40.0, 28.0, 1.0, 1.0, 30.0]]),
)


def test_a_share_between_check_ins_is_left_open_from_one_to_the_other() -> None:
    curve = fit_survival(*ON_DAYS_3_AND_10)
    assert curve.known_bounds(7)[0] == curve.known_bounds(7)[1]  # what one odd answer seems to say
    assert check_in_times(*ON_DAYS_3_AND_10[:2], ON_DAYS_3_AND_10[2][0]).tolist() == [0, 3, 10]
    share = SurvivalShare(7)
    assert share.known_bounds(*ON_DAYS_3_AND_10) == pytest.approx((0.3, 0.6))
    assert share.evaluate(*ON_DAYS_3_AND_10)[0] == pytest.approx(0.6 - 0.3 * 4 / 7)
    gone = SurvivalShare(7, gone=True)
    assert gone.known_bounds(*ON_DAYS_3_AND_10) == pytest.approx((0.4, 0.7))
    assert SurvivalShare(3).known_bounds(*ON_DAYS_3_AND_10) == pytest.approx((0.6, 0.6))


def test_beyond_the_last_check_in_a_share_is_at_most_what_was_left_then() -> None:
    share = SurvivalShare(14)
    assert share.known_bounds(*ON_DAYS_3_AND_10) == pytest.approx((0, 0.3))
    assert share.evaluate(*ON_DAYS_3_AND_10)[0] == pytest.approx(0.3)


@pytest.mark.parametrize("horizon", [2.0, 3.0, 7.0, 10.0, 28.0])
def test_the_mean_is_the_area_under_the_curve_as_it_is_read(horizon: float) -> None:
    times = np.arange(0.005, horizon, 0.01)
    area = 0.01 * sum(SurvivalShare(t).evaluate(*ON_DAYS_3_AND_10)[0] for t in times)
    mean = RestrictedMean(horizon)
    assert mean.evaluate(*ON_DAYS_3_AND_10)[0] == pytest.approx(area, abs=0.01)
    low, high = mean.known_bounds(*ON_DAYS_3_AND_10)
    lowest, highest = (
        0.01 * sum(SurvivalShare(t).known_bounds(*ON_DAYS_3_AND_10)[end] for t in times)
        for end in (0, 1)
    )
    if horizon in (3, 10, 28):  # between check-ins the value at the horizon is itself read
        assert (low, high) == pytest.approx((lowest, highest), abs=0.01)
    assert low <= area <= high + 1e-9


def test_a_check_in_day_is_one_even_where_hardly_any_relief_ended() -> None:
    # Nearly all answer and nearly all still hold: day 4 is seen in the few that skipped day 7.
    lower = np.array([0.0, 4.0, 7.0, 7.0, 2.0])
    upper = np.array([4.0, 7.0, 14.0, np.inf, 7.0])
    n = np.array([1.0, 1.0, 30.0, 66.0, 2.0])
    assert check_in_times(lower, upper, n).tolist() == [0, 2, 4, 7, 14]


def test_answers_up_to_some_hours_late_still_tell_of_the_time_of_the_question() -> None:
    # Asked at 24 and 36 hours; answers to the second come one by one over five hours.
    lower = np.array([0.0, 24, 36, 37, 38, 39, 40, 24, 36])
    upper = np.array([24.0, 60, 60, 60, 60, 60, 60, 37, np.inf])
    n = np.array([60.0, 12, 1, 1, 1, 1, 1, 3, 1])
    assert 36 not in check_in_times(lower, upper, n)
    assert {24, 36} <= set(check_in_times(lower, upper, n, late=6))
    known = [SurvivalShare(36, late=late).known_bounds(lower, upper, n) for late in (0, 6)]
    assert known[0][1] - known[0][0] > known[1][1] - known[1][0]


def test_times_without_a_calendar_all_count() -> None:
    times = np.linspace(0.5, 30, 200)

    assert check_in_times(times - 0.5, times, np.ones(200))[-1] == 30
    assert len(check_in_times(times - 0.5, times, np.ones(200))) > 200


def coverage(p: float, n_clients: int, n_practices: int) -> float:
    truth, held = true_quantile(p), 0
    for seed in range(n_practices):
        found = resampling.estimate(SurvivalQuantile(p), *practice(seed, n_clients))
        held += bool(found.ci_lower <= truth <= found.ci_upper)
    return held / n_practices


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_intervals_of_late_answers_hold_the_truth(p: float) -> None:
    # With 40 practices and a true coverage of .95, 33 or fewer come once in 10,000 times.
    assert coverage(p, 60, 40) > 33 / 40


@pytest.mark.prove
@pytest.mark.parametrize("n_clients", [20, 80, 200])
@pytest.mark.parametrize("p", [0.25, 0.5])
def test_intervals_of_late_answers_hold_the_truth_in_full(p: float, n_clients: int) -> None:
    found = coverage(p, n_clients, 400)
    record(f"late_answers_q{round(100 * p)}_{n_clients}_clients", {"coverage": found})
    assert 0.92 <= found <= 0.995
