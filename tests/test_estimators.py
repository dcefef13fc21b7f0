"""Each estimator against numpy on the rows written out one by one, and against its own bounds."""

import numpy as np
import pytest
from oracle_samples import draw_intervals

from nmt_analytics.outcomes.estimators import (
    KaplanMeierQuantile,
    Mean,
    QuantileEstimator,
    RestrictedMean,
    Share,
    SurvivalQuantile,
    SurvivalShare,
    Total,
    ValueQuantile,
)
from nmt_analytics.outcomes.survival import fit_survival

SECONDS = np.array([20.0, 30.0, 30.0, 45.0, 25.0])
COUNTS = np.array([3.0, 5.0, 1.0, 2.0, 4.0])
WITHOUT_LAST = COUNTS * [1, 1, 1, 1, 0]
BOTH = np.stack([COUNTS, WITHOUT_LAST])
EACH = [np.repeat(SECONDS, weights.astype(int)) for weights in BOTH]

ALL = [
    SurvivalShare(4),
    SurvivalQuantile(0.5),
    RestrictedMean(28),
    KaplanMeierQuantile(0.5),
    Mean(),
    Share(),
    Total(),
    ValueQuantile(0.5),
]


def test_the_mean_is_that_of_the_rows_written_out():
    assert Mean().evaluate(SECONDS, SECONDS, BOTH) == pytest.approx([each.mean() for each in EACH])


def test_the_total_is_that_of_the_rows_written_out():
    assert Total().evaluate(SECONDS, SECONDS, BOTH) == pytest.approx([each.sum() for each in EACH])


def test_a_share_is_the_mean_of_ones_and_zeros():
    in_range = (SECONDS >= 25).astype(float)
    shares = Share().evaluate(in_range, in_range, BOTH)
    assert shares == pytest.approx([np.mean(each >= 25) for each in EACH])
    assert Share().scale == "share"


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.8])
def test_a_value_quantile_is_that_of_the_rows_written_out(p):
    quantiles = ValueQuantile(p).evaluate(SECONDS, SECONDS, BOTH)
    expected = [np.quantile(each, p, method="averaged_inverted_cdf") for each in EACH]
    assert quantiles == pytest.approx(expected)


def test_the_median_of_an_even_number_lies_halfway():
    values = np.array([20.0, 30.0])
    assert ValueQuantile(0.5).evaluate(values, values, np.array([3.0, 3.0]))[0] == 25
    assert ValueQuantile(0.5).evaluate(values, values, np.array([3.0, 4.0]))[0] == 30


def test_the_share_gone_is_what_the_share_remaining_leaves():
    rows = draw_intervals(12)
    remaining, gone = SurvivalShare(4), SurvivalShare(4, gone=True)
    assert remaining.evaluate(*rows)[0] + gone.evaluate(*rows)[0] == pytest.approx(1)
    low, high = remaining.known_bounds(*rows)
    assert gone.known_bounds(*rows) == pytest.approx((1 - high, 1 - low))
    assert 0 < remaining.evaluate(*rows)[0] < 1


def test_survival_estimators_read_the_same_curve():
    rows = draw_intervals(12)
    curve = fit_survival(*rows)
    assert SurvivalShare(7).evaluate(*rows)[0] == curve.survival_at(7)[0]
    quantile = SurvivalQuantile(0.25).evaluate(*rows)[0]
    assert quantile == pytest.approx(curve.quantile(0.25)[0][0])  # all ends are check-in days
    assert RestrictedMean(28).evaluate(*rows)[0] == pytest.approx(curve.restricted_mean(28)[0])
    assert RestrictedMean(28).known_bounds(*rows) == pytest.approx(
        tuple(end[0] for end in curve.restricted_mean_bounds(28))
    )


def test_known_bounds_enclose_the_value():
    enclosed = 0
    for seed in range(0, 64, 2):
        rows = draw_intervals(seed)
        for estimator in (SurvivalShare(3.3), SurvivalQuantile(0.5), RestrictedMean(20)):
            value = estimator.evaluate(*rows)[0]
            low, high = estimator.known_bounds(*rows)
            if not np.isnan(value):
                assert low - 1e-9 <= value <= high + 1e-9
                enclosed += 1
    assert enclosed > 60


def test_return_days_are_kaplan_meier_with_the_ordinary_convention():
    # By hand: 5 at risk, S = 0.8 after day 7, 0.6 after day 10, then one of two left: 0.3.
    returned_on = np.array([7.0, 10, 12, 21, 30])
    until = np.array([7, 10, np.inf, 21, np.inf])
    once_each = np.ones(5)
    assert KaplanMeierQuantile(0.4).evaluate(returned_on, until, once_each)[0] == 10
    assert KaplanMeierQuantile(0.5).evaluate(returned_on, until, once_each)[0] == 21
    assert KaplanMeierQuantile(0.5).known_bounds(returned_on, until, once_each) == (21, 21)
    assert np.isnan(KaplanMeierQuantile(0.9).evaluate(returned_on, until, once_each)[0])
    assert KaplanMeierQuantile(0.9).known_bounds(returned_on, until, once_each) == (30, np.inf)


def test_nobody_has_returned_yet():
    waiting = np.array([3.0, 8.0])
    rows = (waiting, np.full(2, np.inf), np.ones(2))
    assert np.isnan(KaplanMeierQuantile(0.5).evaluate(*rows)[0])
    assert KaplanMeierQuantile(0.5).known_bounds(*rows) == (8, np.inf)


def test_a_quantile_is_read_off_its_own_curve():
    rows = draw_intervals(12)
    exact = draw_intervals(21)
    for estimator, cells in [
        (SurvivalQuantile(0.5), rows),
        (KaplanMeierQuantile(0.5), exact),
        (ValueQuantile(0.5), (SECONDS, SECONDS, COUNTS)),
    ]:
        assert isinstance(estimator, QuantileEstimator)
        value = estimator.evaluate(*cells)[0]
        knots, curve = estimator.curve(*cells)
        at_or_before, after = curve[0][knots <= value], curve[0][knots >= value]
        assert after[0] <= 0.5 + 1e-9
        assert (at_or_before[:-1] >= 0.5 - 1e-9).all()
        assert (np.diff(curve[0]) <= 1e-12).all()


@pytest.mark.parametrize("estimator", ALL, ids=lambda each: type(each).__name__)
def test_one_weighting_of_many_does_not_change_another(estimator):
    values = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    together = estimator.evaluate(values, values, BOTH)
    apart = [estimator.evaluate(values, values, weights)[0] for weights in BOTH]
    assert together.tolist() == pytest.approx(apart, nan_ok=True)


@pytest.mark.parametrize("estimator", ALL, ids=lambda each: type(each).__name__)
def test_nothing_at_all_is_undefined_not_zero(estimator):
    nothing = np.array([])
    value = estimator.evaluate(nothing, nothing, nothing)[0]
    assert value == 0 if isinstance(estimator, Total) else np.isnan(value)


@pytest.mark.parametrize("estimator", [Mean(), Share(), Total(), ValueQuantile(0.5)])
def test_exact_values_are_asked_for_where_only_they_make_sense(estimator):
    with pytest.raises(ValueError, match="exact values"):
        estimator.evaluate(np.array([0.0]), np.array([1.0]), np.ones(1))
