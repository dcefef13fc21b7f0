"""The nonparametric estimate: against SurPyval, R, published tables, hand counts and its own
optimality conditions written out as a full matrix."""

import itertools
import shutil
import subprocess
import tracemalloc
import warnings

import numpy as np
import pytest
from oracle_samples import draw_intervals, read_cosmesis
from proof_figures import record

from nmt_analytics.outcomes.survival import fit_product_limit, fit_survival

INF = np.inf


def curve_of(*intervals, weights=None):
    lower = np.array([low for low, _ in intervals], dtype=float)
    upper = np.array([high for _, high in intervals], dtype=float)
    return fit_survival(lower, upper, np.ones(len(lower)) if weights is None else weights)


def mass_by_interval(curve):
    return {
        (float(low), float(high)): pytest.approx(float(mass), abs=1e-9)
        for low, high, mass in zip(curve.lower, curve.upper, curve.mass[0], strict=True)
        if mass > 1e-9
    }


def gap_of_full_matrix(curve, lower, upper, weights):
    """The largest directional derivative towards any interval between two end points."""
    points = np.unique(np.concatenate([lower, upper]))
    atoms = [(v, v) for v in points[np.isfinite(points)]]
    atoms += list(itertools.pairwise(points))
    exact = lower == upper

    def covers(low, high):
        inside = (lower <= low) & (high <= upper)
        # A point [v, v] is inside (v, u] only if the row is that exact value or begins before.
        at_open_end = (low == high) & (lower == low) & ~exact
        return inside & ~at_open_end

    shares = np.zeros(len(lower))
    for low, high, mass in zip(curve.lower, curve.upper, curve.mass[0], strict=True):
        shares += mass * covers(low, high)
    slopes = [(weights / shares)[covers(*atom)].sum() / weights.sum() for atom in atoms]
    return max(slopes) - 1


def largest_difference_from_surpyval(seeds):
    from surpyval import Turnbull

    largest, compared = 0.0, 0
    for seed in seeds:
        lower, upper, weights = draw_intervals(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice about confidence intervals
            theirs = Turnbull.fit(
                xl=lower, xr=upper, n=weights.astype(int), turnbull_estimator="Kaplan-Meier"
            )
        ours = fit_survival(lower, upper, weights)
        # SurPyval reports S after each end point, twice for an exact one: the last is after it.
        last = np.append(np.diff(theirs.x) > 0, True)
        for time, remaining in zip(theirs.x[last], theirs.R[last], strict=True):
            if np.isfinite(time):
                largest = max(largest, abs(ours.survival_at(time)[0] - remaining))
                compared += 1
    return largest, compared


def test_the_estimate_equals_surpyval_on_200_data_sets_of_eight_shapes():
    largest, compared = largest_difference_from_surpyval(range(200))
    assert compared > 2_000
    assert largest < 1e-8


@pytest.mark.prove
def test_the_estimate_equals_surpyval_on_2000_data_sets():
    largest, compared = largest_difference_from_surpyval(range(2000))
    assert largest < 1e-8
    record(
        "npmle_against_surpyval",
        {"data_sets": 2000, "times_compared": compared, "largest_difference": largest},
    )


@pytest.mark.parametrize("block", range(4))
def test_no_interval_anywhere_would_raise_the_likelihood(block):
    for seed in range(block * 50, block * 50 + 50):
        lower, upper, weights = draw_intervals(seed)
        curve = fit_survival(lower, upper, weights)
        assert abs(gap_of_full_matrix(curve, lower, upper, weights)) < 1e-9
        assert curve.gap[0] < 1e-9
        assert curve.mass.sum() == pytest.approx(1, abs=1e-12)


def test_weights_that_span_a_hundred_million_still_reach_the_gap():
    worst = 0.0
    for seed in range(80):
        lower, upper, _ = draw_intervals(seed)
        weights = np.ceil(10 ** np.random.default_rng(seed).uniform(0, 8, len(lower)))
        curve = fit_survival(lower, upper, weights)
        worst = max(worst, gap_of_full_matrix(curve, lower, upper, weights))
    assert 0 < worst < 1e-9


def test_breast_cosmesis_gives_the_published_table():
    # Fay and Shaw (2010), Journal of Statistical Software 36(2), for the same copy of the data.
    radiotherapy, both = read_cosmesis()
    assert (len(radiotherapy[0]), len(both[0])) == (46, 48)
    published = {
        (4, 5): 0.0463, (6, 7): 0.0334, (7, 8): 0.0887, (11, 12): 0.0708,
        (24, 25): 0.0926, (33, 34): 0.0818, (38, 40): 0.1209, (46, 48): 0.4656,
    }  # fmt: skip
    assert {
        ends: round(mass.expected, 4)
        for ends, mass in mass_by_interval(fit_survival(*radiotherapy, np.ones(46))).items()
    } == published
    published = {
        (4, 5): 0.0433, (5, 8): 0.0433, (11, 12): 0.0692, (16, 17): 0.1454, (18, 19): 0.1411,
        (19, 20): 0.1157, (24, 25): 0.0999, (30, 31): 0.0709, (35, 36): 0.1608, (44, 48): 0.0552,
        (48, 60): 0.0552,
    }  # fmt: skip
    assert {
        ends: round(mass.expected, 4)
        for ends, mass in mass_by_interval(fit_survival(*both, np.ones(48))).items()
    } == published


def run_r(script, packages=()):
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    wanted = "".join(f"suppressMessages(library({package}));" for package in packages)
    ran = subprocess.run(
        ["Rscript", "--vanilla", "-e", wanted + script], capture_output=True, text=True, check=False
    )
    if "there is no package called" in ran.stderr:
        pytest.skip("an R package is not installed")
    assert ran.returncode == 0, ran.stderr
    return [[float(each) for each in line.split()] for line in ran.stdout.splitlines()]


def test_npsurv_of_r_finds_the_same_masses_on_its_own_copy_of_breast_cosmesis():
    rows = run_r(
        "data(cancer);"
        "write.table(cbind(cancer$L, cancer$R, cancer$group == 'RCT'), '', F, F, ' ', '\\n', 'NA',"
        " '.', F, F);"
        "fit <- npsurv(as.matrix(cancer[cancer$group == 'RCT', 1:2]), tol = 1e-14, maxit = 5000);"
        "write.table(cbind(fit$f$left, fit$f$right, format(fit$f$p, digits = 15)), '', F, F, ' ',"
        " '\\n', 'NA', '.', F, F)",
        ["npsurv"],
    )
    copy, theirs = np.array(rows[:94]), rows[94:]
    both = copy[copy[:, 2] == 1]
    ours = fit_survival(both[:, 0], both[:, 1], np.ones(len(both)))
    assert len(theirs) == 11
    largest = 0.0
    for low, high, mass in theirs:
        at = (ours.lower == low) & (ours.upper == high)
        largest = max(largest, abs(ours.mass[0][at].sum() - mass))
    assert largest < 2e-6
    record("npmle_against_npsurv", {"largest_difference": largest})


def test_everybody_lost_relief_before_the_first_check_in():
    curve = curve_of((0, 2), (0, 4), (0, 7))
    assert mass_by_interval(curve) == {(0, 2): 1}
    assert curve.survival_at(1)[0] == 0.5
    assert [bound[0] for bound in curve.known_bounds(1)] == [0, 1]
    assert curve.survival_at(2)[0] == 0
    assert [end[0] for end in curve.quantile(0.5)] == [1, 0, 2]
    assert curve.restricted_mean(28)[0] == 1
    assert [end[0] for end in curve.restricted_mean_bounds(28)] == [0, 2]


def test_nobody_lost_relief_while_asked():
    curve = curve_of((4, INF), (7, INF), (21, INF))
    assert curve.survival_at(21)[0] == 1
    assert [bound[0] for bound in curve.known_bounds(21)] == [1, 1]
    assert [bound[0] for bound in curve.known_bounds(22)] == [0, 1]
    value, low, high = curve.quantile(0.5)
    assert np.isnan(value[0])
    assert (low[0], high[0]) == (21, INF)
    assert curve.restricted_mean(28)[0] == 28
    assert curve.restricted_mean_bounds(28)[0][0] == 21


def test_a_single_session_is_spread_over_its_interval():
    curve = curve_of((4, 7))
    assert curve.survival_at(4)[0] == 1
    assert curve.survival_at(5)[0] == pytest.approx(2 / 3)
    assert curve.survival_at(7)[0] == 0
    assert curve.restricted_mean(28)[0] == 5.5
    assert curve.restricted_mean(5)[0] == pytest.approx(4 + 5 / 6)


def test_touching_intervals_do_not_overlap_since_the_lower_end_is_open():
    curve = curve_of((1, 2), (2, 4), (2, 4))
    assert mass_by_interval(curve) == {(1, 2): 1 / 3, (2, 4): 2 / 3}
    assert curve.survival_at(2)[0] == pytest.approx(2 / 3)


def test_mass_goes_where_intervals_overlap_and_nowhere_else():
    # By hand: x in (2, 4] and 1 - x in (5, 6]; (2, 6] holds both. 2 log x + log(1 - x), so 2/3.
    curve = curve_of((0, 4), (1, 4), (2, 6), (5, 7))
    assert mass_by_interval(curve) == {(2, 4): 2 / 3, (5, 6): 1 / 3}


def test_two_answers_that_pull_to_different_sides_are_weighed_by_hand():
    # Rows (0,1], (2,3], (0,3] twice: the likelihood p (1 - p) is largest at one half.
    curve = curve_of((0, 1), (2, 3), (0, 3), (0, 3))
    assert mass_by_interval(curve) == {(0, 1): 1 / 2, (2, 3): 1 / 2}
    assert [end[0] for end in curve.quantile(0.5)] == [1, 0, 1]


def test_an_exact_time_is_its_own_interval():
    curve = curve_of((3, 3), (2, 5), (3, 5), (3, INF))
    # (2, 5] takes in the exact 3, (3, 5] does not: masses x at 3 and 1 - x after it.
    # log-likelihood: log x + 0 + 2 log(1 - x), largest at 1/3.
    assert mass_by_interval(curve) == {(3, 3): 1 / 3, (3, 5): 2 / 3}
    assert curve.survival_at(2.9)[0] == 1
    assert curve.survival_at(3)[0] == pytest.approx(2 / 3)


def test_columns_that_no_row_of_a_weighting_tells_apart_become_one_interval():
    lower, upper = np.array([0.0, 0.0, 2.0]), np.array([4.0, 2.0, 4.0])
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    curve = fit_survival(lower, upper, weights)
    assert curve.survival_at(2)[0] == 0.5
    # Without the rows that end or begin at 2 there is one undetermined interval (0, 4].
    assert curve.survival_at(3)[1] == 0.25
    assert [bound[1] for bound in curve.known_bounds(2)] == [0, 1]
    assert [end[1] for end in curve.quantile(0.5)] == [2, 0, 4]


def test_each_weighting_of_a_batch_equals_a_fit_of_its_rows_alone():
    n_compared = 0
    for seed in range(80):
        lower, upper, weights = draw_intervals(seed)
        group = np.random.default_rng(seed).integers(0, 5, len(lower))
        without = np.stack([weights * (group != left_out) for left_out in range(5)])
        together = fit_survival(lower, upper, np.concatenate([weights[None], without]))
        times = np.unique(np.concatenate([lower[:15], upper[:5], [0.5, 3.3, 9.7]]))
        for row, one in enumerate(without, start=1):
            kept = one > 0
            if not kept.any():
                assert np.isnan(together.survival_at(1.0)[row])
                continue
            alone = fit_survival(lower[kept], upper[kept], one[kept])
            many = [
                [together.survival_at(t)[row], *(ends[row] for ends in together.known_bounds(t))]
                for t in times
            ]
            single = [
                [alone.survival_at(t)[0], *(ends[0] for ends in alone.known_bounds(t))]
                for t in times
            ]
            assert np.abs(np.array(many) - single).max() < 1e-8
            assert abs(together.restricted_mean(28)[row] - alone.restricted_mean(28)[0]) < 1e-7
            n_compared += len(times)
    assert n_compared > 4_000


@pytest.mark.parametrize("step", [1.0, 0.25], ids=["whole days", "quarters of days"])
def test_one_of_many_clients_left_out_equals_a_fit_from_scratch(step):
    rng = np.random.default_rng(7)
    client = np.repeat(np.arange(60), 3)
    lower = np.round(rng.exponential(8, len(client)) / step) * step
    upper = np.where(rng.random(len(client)) < 0.3, np.inf, lower + step * rng.integers(1, 9))
    upper = np.where(rng.random(len(client)) < 0.5, upper + step, upper)
    without = (client != np.arange(-1, 60)[:, None]).astype(float)
    together = fit_survival(lower, upper, without)
    times = np.array([1.0, 4.0, 7.0, 14.0])
    for row, one in enumerate(without):
        alone = fit_survival(lower, upper, one)
        differences = [together.survival_at(t)[row] - alone.survival_at(t)[0] for t in times]
        assert np.abs(differences).max() < 1e-8
    assert together.gap.max() < 1e-9


def test_one_of_500_large_groups_left_out_equals_a_fit_from_scratch():
    days = np.arange(1.0, 61.0)
    lower = np.concatenate([[0.0], days, np.repeat(days[:-1], 2)])
    upper = np.concatenate([days[:1], np.full(60, np.inf), np.repeat(days[1:], 2)])
    upper[61::2] = np.minimum(upper[61::2] + 2, 60.0)
    by_group = np.random.default_rng(3).poisson(400_000, (500, len(lower))).astype(float)
    weights = np.concatenate([by_group.sum(axis=0)[None], by_group.sum(axis=0) - by_group])
    together = fit_survival(lower, upper, weights)
    for row in (0, 1, 250, 500):
        alone = fit_survival(lower, upper, weights[row])
        for day in (4, 7, 14):
            assert abs(together.survival_at(day)[row] - alone.survival_at(day)[0]) < 1e-9
    assert together.gap.max() < 1e-9


def test_a_weighting_with_rows_that_the_first_one_lacks_is_fitted_all_the_same():
    rng = np.random.default_rng(11)
    lower = rng.integers(0, 30, 400).astype(float)
    upper = np.where(rng.random(400) < 0.2, np.inf, lower + rng.integers(1, 6, 400))
    weights = rng.poisson(3, (300, 400)).astype(float)
    weights[0, (lower > 8) & (lower < 22)] = 0.0
    together = fit_survival(lower, upper, weights)
    for row in (0, 1, 150, 299):
        alone = fit_survival(lower, upper, weights[row])
        for day in (4, 12, 25):
            assert abs(together.survival_at(day)[row] - alone.survival_at(day)[0]) < 1e-8
    assert together.gap.max() < 1e-9


def test_the_restricted_mean_is_the_area_under_the_curve():
    times = np.arange(0.05, 28, 0.1)  # midpoints, so that steps and slopes are added up right
    for seed in range(6):
        lower, upper, weights = draw_intervals(seed)
        curve = fit_survival(lower, upper, weights)
        area = 0.1 * sum(curve.survival_at(t)[0] for t in times)
        assert curve.restricted_mean(28)[0] == pytest.approx(area, abs=0.01)
        low, high = curve.restricted_mean_bounds(28)
        assert low[0] - 1e-9 <= curve.restricted_mean(28)[0] <= high[0] + 1e-9


def test_a_quantile_is_where_the_curve_has_come_down_that_far():
    found = 0
    for seed in range(80):
        curve = fit_survival(*draw_intervals(seed))
        for p in (0.25, 0.5, 0.9):
            value, low, high = (each[0] for each in curve.quantile(p))
            if np.isnan(value):
                assert high == INF
                assert curve.survival_at(1e9)[0] > 1 - p
                continue
            found += 1
            assert low <= value <= high
            assert curve.survival_at(value)[0] <= 1 - p + 1e-8
            assert curve.survival_at(value - 1e-7)[0] >= 1 - p - 1e-5
    assert found > 100


def test_20000_unrounded_intervals_are_fitted_within_half_a_gigabyte():
    rng = np.random.default_rng(5)
    lasting = 10 * rng.weibull(1.2, 24_000)
    asked = np.abs(np.array([1, 2, 4, 7, 14, 21]) + 0.1 * rng.normal(size=(24_000, 6)))
    asked = np.where(rng.random(asked.shape) < 0.75, asked, np.nan)
    holding = asked < lasting[:, None]
    lower = np.nanmax(np.where(holding, asked, 0.0), axis=1)
    upper = np.nanmin(np.where(holding | np.isnan(asked), INF, asked), axis=1)
    told = (lower > 0) | np.isfinite(upper)
    lower, upper = lower[told][:20_000], upper[told][:20_000]
    assert len(np.unique(np.column_stack([lower, upper]), axis=0)) > 19_900
    tracemalloc.start()
    curve = fit_survival(lower, upper, np.ones(len(lower)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500e6
    assert curve.gap[0] < 1e-9
    assert curve.survival_at(7)[0] == pytest.approx(np.mean(lasting > 7), abs=0.02)


def test_the_same_data_give_the_same_bytes_in_any_order():
    lower, upper, weights = draw_intervals(12)
    order = np.random.default_rng(0).permutation(len(lower))
    once = fit_survival(lower, upper, weights)
    again = fit_survival(lower[order], upper[order], weights[order])
    assert once.mass.tobytes() == again.mass.tobytes()
    assert once.mass.shape[1] > 3


def test_a_weighting_without_weight_is_undefined_and_the_others_are_not():
    curve = fit_survival(
        np.array([0.0, 1.0]), np.array([2.0, 4.0]), np.array([[1.0, 1.0], [0.0, 0.0]])
    )
    assert np.isnan(curve.survival_at(1)).tolist() == [False, True]
    assert np.isnan(curve.quantile(0.5)[0]).tolist() == [False, True]
    assert np.isnan(curve.restricted_mean(28)).tolist() == [False, True]


def test_no_rows_at_all_are_undefined_everywhere():
    nothing = np.array([])
    curve = fit_survival(nothing, nothing, nothing)
    assert np.isnan(curve.survival_at(4)[0])
    assert all(np.isnan(each[0]) for each in curve.quantile(0.5))


@pytest.mark.parametrize(
    ("lower", "upper", "weights", "says"),
    [
        ([2], [1], [1], "lower end"),
        ([np.nan], [1], [1], "lower end"),
        ([INF], [INF], [1], "lower end"),
        ([0], [1], [-1], "weights"),
        ([0, 1], [1, 2], [1], "length"),
    ],
)
def test_rows_that_are_no_intervals_are_refused(lower, upper, weights, says):
    with pytest.raises(ValueError, match=says):
        fit_survival(np.array(lower), np.array(upper), np.array(weights))


def test_kaplan_meier_by_hand_counts_who_is_censored_that_day_as_at_risk():
    # At risk 5 at day 2 (2 events), 2 at day 5 (1 event): the one censored on day 2 still counts.
    times, remaining = fit_product_limit(
        np.array([2, 2, 2, 5, 9.0]), np.array([2, 2, INF, 5, INF]), np.ones(5)
    )
    assert times.tolist() == [2, 5]
    assert remaining[0] == pytest.approx([3 / 5, 3 / 10])


def test_kaplan_meier_equals_the_general_estimate_on_exact_and_censored_times():
    for seed in range(5, 200, 8):
        lower, upper, weights = draw_intervals(seed)
        weightings = np.stack([weights, weights * (np.arange(len(weights)) % 3 > 0)])
        times, remaining = fit_product_limit(lower, upper, weightings)
        general = fit_survival(lower, upper, weightings)
        for column, t in enumerate(times):
            assert remaining[:, column] == pytest.approx(
                general.survival_at(t), abs=1e-9, nan_ok=True
            )


def test_kaplan_meier_equals_surpyval():
    from surpyval import KaplanMeier

    lower, upper, weights = draw_intervals(21)
    theirs = KaplanMeier.fit(x=lower, c=np.isinf(upper).astype(int), n=weights.astype(int))
    times, remaining = fit_product_limit(lower, upper, weights)
    at = np.isin(theirs.x, times)
    assert at.sum() == len(times) > 5
    assert remaining[0] == pytest.approx(theirs.R[at], abs=1e-12)


def test_kaplan_meier_refuses_intervals():
    with pytest.raises(ValueError, match="exact time or right-censored"):
        fit_product_limit(np.array([1.0]), np.array([2.0]), np.ones(1))
