"""Silence: bounds that hold the truth, and a sensitivity curve anchored at the plain estimate.

The truth is known because the sessions are simulated: clients stop answering when relief ends,
some from the start and some after a few answers.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from proof_figures import record

from nmt_analytics.outcomes.silence import DELTAS, bounds, flips_at, sensitivity_curve
from nmt_analytics.outcomes.survival import fit_survival

CHECK_IN_DAYS = np.array([1, 2, 4, 7, 14, 21])
RETURN_DAY = 24
MILESTONES = (4, 7, 14)


@dataclass(frozen=True)
class Answers:
    """What a practice sees of sessions whose true relief durations are known here."""

    lower: np.ndarray
    upper: np.ndarray
    n_silent: int
    fell_silent: np.ndarray
    durations: np.ndarray

    @property
    def counts(self):
        return np.ones(len(self.lower))

    def plain(self, at):
        return fit_survival(self.lower, self.upper, self.counts).survival_at(at)[0]


def simulate_answers(
    rng,
    *,
    n_clients=150,
    typical_days=10.5,
    never_answer_if_short=0.0,
    stop_when_lost=0.0,
    stop_by_chance=0.05,
    skip_by_chance=0.1,
    tell_at_return=0.0,
):
    """Five sessions a client; at 10.5 typical days the median is about 8; client effect sd .45.

    `never_answer_if_short`: who lost relief within four days never answers. `stop_when_lost`: at
    each check-in after relief was lost, the session falls silent for good instead of answering.
    `tell_at_return`: whether relief still holds is told at the next session, on day 24.
    """
    client_effect = np.exp(rng.normal(0, 0.45, n_clients)).repeat(5)
    durations = typical_days * rng.exponential(size=n_clients * 5) ** 0.8 * client_effect
    holding = durations[:, None] > CHECK_IN_DAYS
    stops = rng.random(holding.shape) < np.where(holding, stop_by_chance, stop_when_lost)
    stops[:, 0] |= (durations < 4) & (rng.random(len(durations)) < never_answer_if_short)
    answered = ~np.maximum.accumulate(stops, axis=1) & (rng.random(holding.shape) > skip_by_chance)
    lower = np.where(answered & holding, CHECK_IN_DAYS, 0).max(axis=1)
    upper = np.where(answered & ~holding, CHECK_IN_DAYS, np.inf).min(axis=1)
    tells = rng.random(len(durations)) < tell_at_return
    lower = np.where(tells & (durations > RETURN_DAY), RETURN_DAY, lower)
    upper = np.where(tells & (durations <= RETURN_DAY), np.minimum(upper, RETURN_DAY), upper)
    heard = answered.any(axis=1) | tells
    inside = (lower[:, None] < CHECK_IN_DAYS) & (upper[:, None] > CHECK_IN_DAYS)
    fell_silent = (inside & ~answered).any(axis=1)
    return Answers(
        lower[heard], upper[heard], int((~heard).sum()), fell_silent[heard] * 1.0, durations
    )


INFORMATIVE_SILENCE = {
    "silent from the start": {"never_answer_if_short": 0.7},
    "silent after some answers": {"stop_when_lost": 0.7},
    "both": {"never_answer_if_short": 0.4, "stop_when_lost": 0.4},
    "the satisfied stop": {"stop_by_chance": 0.3},
    "silent until the next session": {"stop_when_lost": 0.7, "tell_at_return": 0.9},
}


def count_bounds_that_hold_the_truth(scenario, n_repetitions):
    rng = np.random.default_rng(2026)
    held = dict.fromkeys(MILESTONES, 0)
    plain = {at: [] for at in MILESTONES}
    truth = {at: [] for at in MILESTONES}
    for _ in range(n_repetitions):
        seen = simulate_answers(rng, **scenario)
        for at in MILESTONES:
            low, high = bounds(
                seen.lower, seen.upper, seen.counts, seen.n_silent, at, seen.fell_silent
            )
            truth[at].append((seen.durations > at).mean())
            plain[at].append(seen.plain(at))
            held[at] += bool(low <= truth[at][-1] <= high)
    return held, {at: (np.mean(truth[at]), np.mean(plain[at])) for at in MILESTONES}


@pytest.mark.parametrize("name", INFORMATIVE_SILENCE)
def test_bounds_hold_the_truth_when_clients_stop_because_relief_ended(name):
    held, means = count_bounds_that_hold_the_truth(INFORMATIVE_SILENCE[name], 15)

    assert held == dict.fromkeys(MILESTONES, 15)
    # And they were needed: the plain estimate is off by more than chance.
    assert max(abs(truth - plain) for truth, plain in means.values()) > 0.05


def test_who_told_at_the_next_session_what_no_check_in_heard_was_silent_before():
    rng = np.random.default_rng(3)
    seen = simulate_answers(rng, **INFORMATIVE_SILENCE["silent until the next session"])
    rows = seen.lower, seen.upper, seen.counts, seen.n_silent
    without_end = np.where(np.isinf(seen.upper), seen.fell_silent, 0)

    for at in (7, 14):
        truth = (seen.durations > at).mean()
        low, high = bounds(*rows, at, seen.fell_silent)
        assert low <= truth <= high
        assert truth < bounds(*rows, at, without_end)[0]


@pytest.mark.prove
def test_bounds_hold_the_truth_in_100_of_100_repetitions_of_each_scenario():
    figures = {}
    for name, scenario in INFORMATIVE_SILENCE.items():
        held, means = count_bounds_that_hold_the_truth(scenario, 100)
        figures[name] = {
            f"day {at}": {"held": held[at], "truth": means[at][0], "plain": means[at][1]}
            for at in MILESTONES
        }
        assert held == dict.fromkeys(MILESTONES, 100)
    record("silence_bounds", figures)


def test_a_plain_estimate_of_46_percent_can_stand_for_a_truth_of_33():
    rng = np.random.default_rng(8)
    seen = simulate_answers(rng, n_clients=4000, typical_days=12.5, stop_when_lost=0.37)
    low, high = bounds(seen.lower, seen.upper, seen.counts, seen.n_silent, 14)

    assert (seen.durations > 14).mean() == pytest.approx(0.33, abs=0.02)
    assert seen.plain(14) == pytest.approx(0.46, abs=0.02)
    assert low < 0.33 < high


def test_bounds_without_open_questions_are_counts_of_sessions():
    # Asked on days 4 and 14 only, everyone who answers answers both or stops after the first.
    lower, upper = [0, 4, 14, 4], [4, 14, np.inf, np.inf]
    n, n_silent = [20, 25, 15, 10], 30

    assert bounds(lower, upper, n, n_silent, 4) == pytest.approx((0.50, 0.80))
    assert bounds(lower, upper, n, n_silent, 14) == pytest.approx((0.15, 0.55))


def test_sessions_that_only_returned_or_are_not_yet_over_do_not_widen_the_bounds():
    lower, upper, n = [0, 4, 14, 4], [4, 14, np.inf, np.inf], [20, 25, 15, 10]
    nobody = bounds(lower, upper, n, 0, 14, fell_silent=[0, 0, 0, 0])
    some = bounds(lower, upper, n, 0, 14, fell_silent=[0, 0, 0, 4])
    everyone = bounds(lower, upper, n, 0, 14)
    plain = fit_survival(*(np.array(each, dtype=float) for each in (lower, upper, n)))

    assert nobody == pytest.approx((plain.survival_at(14)[0],) * 2)
    assert everyone[0] < some[0] < nobody[0] <= nobody[1] < some[1] < everyone[1]


def test_a_silent_session_that_told_its_end_later_stays_within_its_own_interval():
    # 40 sessions skipped the question of day 4 and said on day 14 that relief was over.
    lower, upper, n = [0, 4, 14, 0], [4, 14, np.inf, 14], [20, 25, 15, 40]
    silent = [0, 0, 0, 40]

    assert bounds(lower, upper, n, 0, 4, silent) == pytest.approx((0.40, 0.80))
    assert bounds(lower, upper, n, 0, 14, silent) == pytest.approx((0.15, 0.15))
    # On a day on which nobody was asked the 25 of (4, 14] go either way too.
    assert bounds(lower, upper, n, 0, 9, silent) == pytest.approx((0.15, 0.80))


def test_bounds_take_the_outer_ends_of_what_check_in_times_leave_open():
    assert bounds([3], [7], [10], 0, 5) == pytest.approx((0, 1))
    assert bounds([3, 3], [7, np.inf], [5, 5], 0, 3) == pytest.approx((1, 1))


def test_silent_sessions_pull_along_those_seen_only_before_and_after_the_day():
    # 10 sessions each lost relief in (0, 2], (2, 4], (4, 7], (7, 14], and 10 in (2, 7]: these
    # were not asked on day 4, and share themselves out as the others in (2, 7] do.
    lower, upper, n = [0, 2, 4, 7, 2], [2, 4, 7, 14, 7], [10] * 5

    assert bounds(lower, upper, n, 0, 4) == pytest.approx((25 / 50, 25 / 50))
    # 30 silent sessions just before day 4 make that 4 of 5 there; just after it, 1 of 5.
    assert bounds(lower, upper, n, 30, 4) == pytest.approx((22 / 80, 58 / 80))


def test_only_silent_sessions_tell_nothing():
    assert bounds([], [], [], 12, 4) == pytest.approx((0, 1))
    assert np.isnan(bounds([], [], [], 0, 4)).all()
    assert np.isnan(sensitivity_curve([], [], [], 0, 4)).all()
    assert flips_at([], [], [], 0, 4, threshold=0.5) is None


def random_intervals(rng):
    grid = np.sort(rng.choice(np.arange(1, 30), rng.integers(2, 7), replace=False))
    ends = np.concatenate([[0], grid, [np.inf]])
    first = rng.integers(0, len(ends) - 1, 40)
    last = np.minimum(first + rng.integers(1, 3, 40), len(ends) - 1)
    counted = (first > 0) | (last < len(ends) - 1)
    return ends[first[counted]], ends[last[counted]], rng.integers(1, 9, counted.sum()) * 1.0


def test_delta_of_one_gives_back_the_plain_estimate():
    rng = np.random.default_rng(4)
    for _ in range(50):
        lower, upper, n = random_intervals(rng)
        at, n_silent = rng.integers(1, 30), rng.integers(0, 40)
        plain = fit_survival(lower, upper, n).survival_at(at)[0]
        for fell_silent in (None, rng.integers(0, 2, len(n)) * n):
            value = sensitivity_curve(lower, upper, n, n_silent, at, [1.0], fell_silent)
            assert value[0] == pytest.approx(plain, abs=1e-8)


def test_the_curve_falls_with_delta_and_stays_within_the_bounds():
    rng = np.random.default_rng(5)
    n_falling = 0
    for _ in range(50):
        lower, upper, n = random_intervals(rng)
        at, n_silent = rng.integers(1, 30), rng.integers(1, 40)
        for silent in (None, rng.integers(0, 2, len(n)) * n):
            curve = sensitivity_curve(lower, upper, n, n_silent, at, fell_silent=silent)
            low, high = bounds(lower, upper, n, n_silent, at, silent)
            extremes = sensitivity_curve(lower, upper, n, n_silent, at, [1e-4, 1e4], silent)

            assert (np.diff(curve) <= 1e-12).all()
            assert low - 1e-8 <= extremes[1] <= curve[-1] + 1e-12
            assert curve[0] - 1e-12 <= extremes[0] <= high + 1e-8
            n_falling += curve[0] > curve[-1]
    assert n_falling > 50
    assert DELTAS[0] == 0.5
    assert 1.0 in DELTAS
    assert DELTAS[-1] == 4.0


def test_the_curve_equals_imputing_each_silent_session_by_simulation():
    rng = np.random.default_rng(6)
    seen = simulate_answers(rng, n_clients=300, stop_when_lost=0.4)
    curve = fit_survival(seen.lower, seen.upper, seen.counts)
    survival = {c: curve.survival_at(c)[0] for c in (0, *CHECK_IN_DAYS)}
    delta, at, lasting = 2.0, 14, 0.0
    for lower, upper in zip(seen.lower, seen.upper, strict=True):
        if np.isinf(upper):
            draws = rng.random(500) < (survival[at] / survival[lower]) ** delta
            lasting += 1.0 if lower >= at else draws.mean()
        elif upper > at:
            within = survival[max(lower, at)] - survival[upper]
            lasting += within / (survival[lower] - survival[upper])
    lasting += seen.n_silent * survival[at] ** delta

    value = sensitivity_curve(
        seen.lower, seen.upper, seen.counts, seen.n_silent, at, deltas=[delta]
    )
    assert value[0] == pytest.approx(lasting / len(seen.durations), abs=0.005)


def test_the_curve_equals_drawing_the_end_of_silent_sessions_until_it_fits_what_they_told():
    # 40 silent sessions told on day 14 that relief was over; only draws that ended by then count.
    lower, upper, n = [0, 4, 14, 0], [4, 14, np.inf, 14], [20, 25, 15, 40]
    curve = fit_survival(*(np.array(each, dtype=float) for each in (lower, upper, n)))
    delta = 3.0
    after_4, after_14 = (curve.survival_at(day)[0] ** delta for day in (4, 14))
    draws = np.random.default_rng(7).random(400_000)
    over_by_14 = draws >= after_14
    kept = (draws[over_by_14] < after_4).mean()

    value = sensitivity_curve(lower, upper, n, 0, 4, [delta], fell_silent=[0, 0, 0, 40])
    assert value[0] == pytest.approx((25 + 15 + 40 * kept) / 100, abs=0.002)
    assert 0.05 < kept < 0.5


def test_the_truth_lies_at_a_delta_above_one_when_lost_relief_silences():
    rng = np.random.default_rng(9)
    seen = simulate_answers(rng, n_clients=2000, stop_when_lost=0.37)
    truth = (seen.durations > 14).mean()
    delta = flips_at(seen.lower, seen.upper, seen.counts, seen.n_silent, 14, threshold=truth)

    assert delta is not None
    assert 1 < delta <= 4


def test_a_conclusion_flips_where_the_curve_crosses_its_threshold():
    lower, upper, n, n_silent = [0, 4, 14], [4, 14, np.inf], [20, 30, 20], 30
    for threshold in (0.60, 0.65, 0.72, 0.75):
        delta = flips_at(lower, upper, n, n_silent, 4, threshold)
        assert delta is not None
        value = sensitivity_curve(lower, upper, n, n_silent, 4, deltas=[delta])
        assert value[0] == pytest.approx(threshold, abs=1e-9)


def test_a_conclusion_that_silence_cannot_change_has_no_flip():
    lower, upper, n, n_silent = [0, 4, 14], [4, 14, np.inf], [20, 30, 20], 30

    assert flips_at(lower, upper, n, n_silent, 4, threshold=0.3) is None
    assert flips_at(lower, upper, n, n_silent, 4, threshold=0.9) is None
    assert flips_at(lower, upper, n, 0, 4, threshold=50 / 70, fell_silent=[0, 0, 0]) is None


@pytest.mark.parametrize("fell_silent", [[6, 0], [0, -1]])
def test_counting_more_sessions_as_silent_than_there_are_is_refused(fell_silent):
    assert bounds([0, 4], [4, np.inf], [5, 5], 0, 2, fell_silent=[5, 0]) == pytest.approx((0.5, 1))
    with pytest.raises(ValueError, match="between none and all"):
        bounds([0, 4], [4, np.inf], [5, 5], 0, 4, fell_silent=fell_silent)
