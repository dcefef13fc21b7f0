"""Confidence by leaving out clients: by hand, by brute force, and by how often it holds the truth.

The coverage proofs have a short form that always runs, with a tolerance of three standard errors
of their few replications, and a full form of 1,000 replications (`make prove`).
"""

import numpy as np
import pytest
from oracle_samples import InventedRelief
from proof_figures import record
from scipy import special

from nmt_analytics.outcomes.confidence import invert_curve
from nmt_analytics.outcomes.estimators import (
    KaplanMeierQuantile,
    Mean,
    RestrictedMean,
    Share,
    SurvivalQuantile,
    SurvivalShare,
    Total,
    ValueQuantile,
)
from nmt_analytics.outcomes.resampling import (
    estimate,
    estimate_curve,
    estimate_difference,
    group_by_hash,
)
from nmt_analytics.outcomes.survival import fit_survival

INF = np.inf
MEASURES = {
    "relief_at_4_days": SurvivalShare(4),
    "relief_at_14_days": SurvivalShare(14),
    "relief_days_median": SurvivalQuantile(0.5),
}


def draw_practice(seed, n_clients, **changes):
    rng = np.random.default_rng([seed, n_clients])
    relief = InventedRelief(**changes)
    return relief.draw(rng, relief.draw_effects(rng, n_clients), np.arange(n_clients))


def without(cells, client):
    kept = cells[0] != client
    return tuple(each[kept] for each in cells)


def limits(found):
    return found.ci_lower, found.ci_upper


def test_the_interval_of_a_share_equals_a_jackknife_written_out():
    cells = draw_practice(1, 12)
    found = estimate(SurvivalShare(4), *cells)
    share = fit_survival(*cells[1:]).survival_at(4)[0]
    left_out = [fit_survival(*without(cells, c)[1:]).survival_at(4)[0] for c in range(12)]
    error = np.sqrt(11 / 12 * np.sum((np.array(left_out) - share) ** 2))
    reach = special.stdtrit(11, 0.975) * error / (share * (1 - share))
    assert found.value == pytest.approx(share, abs=1e-9)
    ends = special.logit(share) + np.array([-reach, reach])
    assert limits(found) == pytest.approx(special.expit(ends))
    assert (found.n_clients, found.n_sessions) == (12, len(cells[0]))


def test_the_interval_of_a_mean_with_one_session_each_is_the_textbooks():
    values = np.random.default_rng(3).normal(-2, 1.5, 30)
    found = estimate(Mean(), np.arange(30), values, values, np.ones(30))
    reach = special.stdtrit(29, 0.975) * values.std(ddof=1) / np.sqrt(30)
    assert limits(found) == pytest.approx(values.mean() + np.array([-reach, reach]))


def test_the_interval_of_a_mean_goes_by_client_sums():
    # Twice the sessions of the same clients say nothing new.
    rng = np.random.default_rng(4)
    client = np.repeat(np.arange(9), 3)
    values = rng.normal(size=27)
    once = estimate(Mean(), client, values, values, np.ones(27))
    twice = estimate(Mean(), client, values, values, np.full(27, 2.0))
    assert limits(twice) == pytest.approx(limits(once))
    assert (once.n_sessions, twice.n_sessions) == (27, 54)


def test_the_interval_of_a_total_is_that_of_clients_who_come_and_go():
    sessions = np.array([1.0, 4, 2, 2, 6])
    found = estimate(Total(), np.arange(5), np.ones(5), np.ones(5), sessions)
    reach = special.stdtrit(4, 0.975) * np.sqrt(5) * sessions.std(ddof=1)
    assert found.value == 15
    assert limits(found) == pytest.approx((15 - reach, 15 + reach))


@pytest.mark.parametrize("n_clients", [5, 12, 60])
def test_a_share_of_none_or_all_gets_the_exact_binomial_interval_of_as_many_clients(n_clients):
    from scipy.stats import binomtest

    client = np.repeat(np.arange(n_clients), 3)
    for value in (0.0, 1.0):
        values = np.full(len(client), value)
        found = estimate(Share(), client, values, values, np.ones(len(client)))
        exact = binomtest(int(value * n_clients), n_clients).proportion_ci(method="exact")
        assert limits(found) == pytest.approx((exact.low, exact.high))


def test_a_curve_has_the_intervals_of_its_shares_and_is_certain_at_the_start():
    cells = draw_practice(5, 15)
    curve = estimate_curve(*cells, np.array([0.0, 4, 10, 14]))
    assert (curve.value[0], curve.ci_lower[0], curve.ci_upper[0]) == (1, 1, 1)
    for column, day in enumerate(curve.times[1:], start=1):
        found = estimate(SurvivalShare(day), *cells)
        assert curve.value[column] == pytest.approx(found.value)
        assert (curve.ci_lower[column], curve.ci_upper[column]) == pytest.approx(limits(found))
        assert curve.known_lower[column] == pytest.approx(found.known_lower)
        assert curve.known_upper[column] == pytest.approx(found.known_upper)
    assert curve.known_upper[2] - curve.known_lower[2] > 0.05


def test_sessions_at_risk_are_those_still_followed_and_expected_to_last():
    # Two lost relief in (0, 4], one in (4, 7], one was last heard of, still relieved, on day 4.
    lower, upper = np.array([0.0, 0, 4, 4]), np.array([4, 4, 7, INF])
    curve = estimate_curve(np.arange(4), lower, upper, np.ones(4), np.array([0.0, 2, 4, 5.5, 7]))
    assert curve.n_at_risk == pytest.approx([4, 3, 2, 0.5, 0])


def test_a_split_cell_or_another_numbering_of_clients_changes_nothing():
    bucket, lower, upper, n = draw_practice(6, 10)
    found = estimate(SurvivalQuantile(0.5), bucket, lower, upper, n)
    order = np.random.default_rng(0).permutation(len(bucket))
    split = [np.repeat(each[order], 2) for each in (1000 - 7 * bucket, lower, upper, n / 2)]
    again = estimate(SurvivalQuantile(0.5), *split)
    assert again.value == pytest.approx(found.value)
    assert limits(again) == pytest.approx(limits(found))
    assert found.ci_lower < found.value < found.ci_upper


def test_the_same_cells_give_the_same_bytes():
    cells = draw_practice(7, 40)
    once, again = (estimate(SurvivalQuantile(0.25), *cells) for _ in range(2))
    assert once == again
    assert repr(once) == repr(again)


def test_one_client_has_a_number_and_no_interval():
    found = estimate(
        SurvivalShare(4), np.array([7, 7]), np.array([0.0, 4]), np.array([4, 7.0]), np.ones(2)
    )
    assert found.value == 0.5
    assert np.isnan(limits(found)).all()
    assert not found.open_above


def test_nobody_has_neither_number_nor_interval():
    nothing = np.array([])
    for estimator in (*MEASURES.values(), Mean(), KaplanMeierQuantile(), ValueQuantile(0.5)):
        found = estimate(estimator, nothing.astype(int), nothing, nothing, nothing)
        assert np.isnan([found.value, *limits(found), found.known_lower]).all()
        assert (found.n_clients, found.n_sessions) == (0, 0)


def test_a_median_that_is_not_reached_says_from_when_on_it_may_come():
    # 3 of 8 lost relief by day 7, nobody after it: S stays above one half.
    lower = np.array([4.0] * 3 + [21.0] * 5)
    upper = np.array([7.0] * 3 + [INF] * 5)
    found = estimate(SurvivalQuantile(0.5), np.arange(8), lower, upper, np.ones(8))
    assert np.isnan(found.value)
    assert (found.known_lower, found.known_upper) == (21, INF)
    assert 4 < found.ci_lower < 7
    assert found.ci_upper == INF
    assert found.open_above


def test_a_step_curve_is_inverted_at_its_steps():
    knots = np.array([10.0, 20, 30, 40])
    low, high = np.array([0.6, 0.4, 0.2, 0.0]), np.array([0.9, 0.8, 0.5, 0.3])
    assert invert_curve(knots, low, high, 0.5, steps=True) == (20, 30)
    assert invert_curve(knots, low, high, 0.25, steps=True) == (30, INF)


def test_between_check_ins_the_wider_of_two_ways_to_draw_the_limit_counts():
    knots = np.array([4.0, 7.0, 14.0])
    low, high = np.array([0.7, 0.4, 0.2]), np.array([0.9, 0.8, 0.3])
    straight_low = 4 + 3 * (0.7 - 0.5) / 0.3
    straight_high = 7 + 7 * (0.8 - 0.5) / 0.5

    def on_weibull_paper(start, end, above, below):
        a, b = (np.log(-np.log(share)) for share in (above, below))
        slope = (b - a) / np.log(end / start)
        return start * np.exp((np.log(np.log(2)) - a) / slope)

    found = invert_curve(knots, low, high, 0.5, steps=False)
    weibull = on_weibull_paper(4, 7, 0.7, 0.4), on_weibull_paper(7, 14, 0.8, 0.3)
    assert found == pytest.approx((min(straight_low, weibull[0]), max(straight_high, weibull[1])))
    assert straight_low != pytest.approx(weibull[0], abs=1e-3)


def test_a_limit_that_holds_later_holds_earlier_too():
    # With five clients the exact limit at 100 % is .478: it must not undercut that of day 4.
    knots = np.array([1.0, 4.0, 7.0])
    low, high = np.array([0.478, 0.6, 0.2]), np.array([1.0, 0.9, 0.4])
    assert invert_curve(knots, low, high, 0.5, steps=False)[0] > 4


def test_a_group_against_itself_differs_by_nothing():
    cells = draw_practice(8, 10)
    days = np.round(cells[1])
    found = estimate_difference(Mean(), *[(cells[0], days, days, cells[3])] * 2)
    assert (found.value, found.n_clients) == (0, 10)
    assert limits(found) == pytest.approx((0, 0), abs=1e-6)
    for estimator in (SurvivalShare(4), SurvivalShare(14), RestrictedMean(28)):
        found, alone = estimate_difference(estimator, cells, cells), estimate(estimator, *cells)
        assert found.value == 0
        # What remains is how lopsided the interval of the number itself is.
        assert found.ci_upper - found.ci_lower < alone.ci_upper - alone.ci_lower


def test_a_difference_of_means_of_different_clients_is_the_textbooks():
    rng = np.random.default_rng(9)
    values = rng.normal(size=50)
    first = np.arange(20), values[:20], values[:20], np.ones(20)
    second = np.arange(20, 50), values[20:], values[20:], np.ones(30)
    found = estimate_difference(Mean(), first, second)
    from scipy.stats import ttest_ind

    welch = ttest_ind(values[:20], values[20:], equal_var=False).confidence_interval(0.95)
    assert limits(found) == pytest.approx((welch.low, welch.high), rel=1e-3)
    assert found.n_clients == 50


def test_clients_on_both_sides_make_a_difference_as_sure_as_pairs_are():
    rng = np.random.default_rng(10)
    before = rng.normal(size=25)
    after = before + rng.normal(0.5, 0.3, 25)
    clients = np.arange(25)
    cells = [(clients, values, values, np.ones(25)) for values in (after, before)]
    found = estimate_difference(Mean(), *cells)
    from scipy.stats import ttest_rel

    pairs = ttest_rel(after, before).confidence_interval(0.95)
    assert limits(found) == pytest.approx((pairs.low, pairs.high), rel=1e-3)
    strangers = estimate_difference(Mean(), cells[0], (clients + 100, *cells[1][1:]))
    assert strangers.ci_upper - strangers.ci_lower > 2 * (found.ci_upper - found.ci_lower)


def test_a_difference_turned_round_is_the_same_with_the_other_sign():
    first, second = draw_practice(11, 14), draw_practice(12, 9)
    for estimator in (SurvivalShare(7), RestrictedMean(28)):
        one = estimate_difference(estimator, first, second)
        other = estimate_difference(estimator, second, first)
        assert one.value == pytest.approx(-other.value)
        assert limits(one) == pytest.approx((-other.ci_upper, -other.ci_lower))
        assert one.known_lower == pytest.approx(-other.known_upper)


def test_a_difference_of_certain_shares_is_not_certain_itself():
    everyone, nobody = np.ones(8), np.zeros(8)
    found = estimate_difference(
        Share(),
        (np.arange(8), everyone, everyone, np.ones(8)),
        (np.arange(8, 16), nobody, nobody, np.ones(8)),
    )
    assert found.value == 1
    assert 0.3 < found.ci_lower < 0.6
    assert found.ci_upper == 1


def test_a_side_without_sessions_leaves_the_difference_undefined():
    nothing = np.array([])
    found = estimate_difference(
        SurvivalShare(4), draw_practice(13, 6), (nothing.astype(int), nothing, nothing, nothing)
    )
    assert np.isnan([found.value, *limits(found)]).all()


ESTIMATORS = (
    *(SurvivalShare(day) for day in (4, 14)),
    *(SurvivalQuantile(p) for p in (0.25, 0.5)),
    RestrictedMean(28.0),
    SurvivalShare(24, gone=True, late=6.0),
    SurvivalQuantile(0.5, late=6.0),
)


def draw_anything(rng):
    """A few rows of a few clients, with ends that coincide, touch, stay open, or tell nothing."""
    n = rng.integers(1, 12)
    lower = rng.choice([0.0, 0, 1, 4, 7, 14, 24, 25, 36], n)
    upper = np.where(rng.random(n) < 0.4, INF, lower + rng.choice([1, 3, 7, 12], n))
    return rng.integers(0, rng.integers(1, 8), n), lower, upper, np.ones(n)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("seeds", [range(150), pytest.param(range(2000), marks=pytest.mark.prove)])
def test_whatever_few_clients_tell_each_number_is_defined_or_missing(seeds):
    times = np.arange(0.0, 40.0)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        one, other = draw_anything(rng), draw_anything(rng)
        for estimator in ESTIMATORS:
            found = estimate(estimator, *one)
            if not np.isnan([found.value, found.ci_lower, found.ci_upper]).any():
                assert found.ci_lower <= found.value <= found.ci_upper
                assert found.known_lower <= found.value + 1e-9
                assert found.value <= found.known_upper + 1e-9
            estimate_difference(estimator, one, other)
        for late in (0.0, 6.0):
            curve = estimate_curve(*one, times, late)
            assert (np.diff(curve.value) <= 1e-12).all()


def splitmix64_group(code):
    """The finaliser of SplitMix64 in Python's own whole numbers."""
    mask = 2**64 - 1
    x = code & mask
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
    return (x ^ (x >> 31)) % 500


def test_up_to_500_clients_each_is_left_out_for_itself():
    codes = np.arange(500) * 3
    assert (group_by_hash(codes) == codes).all()


def test_beyond_500_clients_groups_come_from_a_hash_of_the_code_alone():
    codes = np.arange(-50, 5_000)
    groups = group_by_hash(codes)
    assert groups.tolist() == [splitmix64_group(int(code)) for code in codes]
    assert (group_by_hash(codes[::2]) == groups[::2]).all()
    sizes = np.bincount(groups, minlength=500)
    assert len(sizes) == 500
    assert 1 <= sizes.min() < sizes.max() <= 30


def test_hashed_groups_are_as_sure_as_clients_one_by_one():
    bucket, lower, upper, n = draw_practice(14, 900)
    hashed = estimate(SurvivalShare(7), bucket, lower, upper, n)
    share = fit_survival(lower, upper, n).survival_at(7)[0]
    weights = np.stack([n * (bucket != client) for client in range(900)])
    left_out = fit_survival(lower, upper, weights).survival_at(7)
    error = np.sqrt(899 / 900 * np.sum((left_out - share) ** 2))
    width = (hashed.ci_upper - hashed.ci_lower) / (2 * 1.96)
    assert hashed.n_clients == 900
    assert width == pytest.approx(error, rel=0.1)


def test_sessions_are_no_clients():
    # Taking each session for a client of its own promises more than the data hold.
    by_client, by_session = [], []
    for seed in range(15):
        cells = draw_practice(seed, 30, client_sd=0.9)
        rows = (np.arange(len(cells[0])), *cells[1:])
        for cells_of, widths in ((cells, by_client), (rows, by_session)):
            found = estimate(SurvivalShare(7), *cells_of)
            widths.append(found.ci_upper - found.ci_lower)
    assert np.mean(by_session) < 0.8 * np.mean(by_client)


def truths(relief):
    return {
        "relief_at_4_days": relief.share_beyond(4),
        "relief_at_14_days": relief.share_beyond(14),
        "relief_days_median": relief.true_median(),
    }


def coverage(n_clients, replications, **changes):
    truth = truths(InventedRelief(**changes))
    held = dict.fromkeys(MEASURES, 0)
    for seed in range(replications):
        cells = draw_practice(seed, n_clients, **changes)
        for name, estimator in MEASURES.items():
            low, high = limits(estimate(estimator, *cells))
            held[name] += low <= truth[name] <= high
    return {name: count / replications for name, count in held.items()}


def draw_two_sides(seed, n_clients, design):
    """Two groups of n clients each, or the same n clients in two periods; relief 10 and 7 days."""
    rng = np.random.default_rng([seed, n_clients, len(design)])
    first, second = InventedRelief(median=10), InventedRelief(median=7)
    total = 2 * n_clients if design == "groups" else n_clients
    effects, clients = first.draw_effects(rng, total), np.arange(total)
    return (
        first.draw(rng, effects, clients[:n_clients]),
        second.draw(rng, effects, clients[-n_clients:]),
    )


def difference_coverage(n_clients, replications, design):
    one, other = truths(InventedRelief(median=10)), truths(InventedRelief(median=7))
    held = {name: [] for name in MEASURES}
    for seed in range(replications):
        sides = draw_two_sides(seed, n_clients, design)
        for name, estimator in MEASURES.items():
            found = estimate_difference(estimator, *sides)
            if not np.isnan(found.value):
                truth = one[name] - other[name]
                held[name].append(found.ci_lower <= truth <= found.ci_upper)
    return {name: float(np.mean(each)) for name, each in held.items()}


@pytest.mark.parametrize(("n_clients", "replications"), [(5, 60), (20, 60)])
def test_intervals_hold_the_truth(n_clients, replications):
    tolerance = 3 * np.sqrt(0.95 * 0.05 / replications)
    held = coverage(n_clients, replications)
    assert min(held.values()) > 0.95 - tolerance
    assert max(held.values()) <= 1


@pytest.mark.parametrize("design", ["groups", "periods"])
def test_intervals_of_differences_hold_the_truth(design):
    held = difference_coverage(12, 50, design)
    assert min(held.values()) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 50)


@pytest.mark.prove
@pytest.mark.parametrize("n_clients", [5, 8, 12, 20, 50, 200])
def test_intervals_hold_the_truth_in_1000_samples(n_clients):
    held = coverage(n_clients, 1000)
    record(f"coverage_{n_clients:03}_clients", {"replications": 1000, **held})
    assert min(held.values()) >= 0.93
    assert max(held.values()) <= 0.985


@pytest.mark.prove
@pytest.mark.parametrize("shape", [0.8, 2.5])
def test_intervals_of_medians_hold_for_other_shapes_of_relief_in_1000_samples(shape):
    held = coverage(200, 1000, shape=shape)
    record(f"coverage_200_clients_shape_{shape}", {"replications": 1000, **held})
    assert min(held.values()) >= 0.93
    assert max(held.values()) <= 0.985


@pytest.mark.prove
@pytest.mark.parametrize("design", ["groups", "periods"])
@pytest.mark.parametrize("n_clients", [5, 8, 12, 20, 50, 200])
def test_intervals_of_differences_hold_the_truth_in_1000_samples(n_clients, design):
    held = difference_coverage(n_clients, 1000, design)
    record(f"difference_coverage_{n_clients:03}_{design}", {"replications": 1000, **held})
    assert min(held.values()) >= 0.93
    median = held.pop("relief_days_median")
    assert max(held.values()) <= 0.985
    # Medians of few clients have open or very long intervals; their differences err to that side.
    assert median <= 0.998
