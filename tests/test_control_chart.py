"""XmR charts: limits against a published example, each signal by a series made for it."""

import numpy as np
import pytest

from nmt_analytics.outcomes.control_chart import (
    OUTSIDE_LIMIT,
    SEVEN_ON_ONE_SIDE,
    SEVEN_POINT_TREND,
    SIGNALS,
    TWO_OF_THREE_NEAR_LIMIT,
    ControlChart,
    control_chart,
)

NIST_FLOW_RATE = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2."""


def chart_of(values, shown=None, direction="up", bounded=None) -> ControlChart:
    labels = [f"2026-{month + 1:02d}" for month in range(len(values))]
    shown = [True] * len(values) if shown is None else shown
    return control_chart(labels, values, shown, direction, bounded)


def alternating(n, centre=50.0, step=1.0):
    """A quiet process: every moving range is 2 * step, so the limits are 5.32 * step away."""
    return [centre + step * (-1) ** month for month in range(n)]


def months_with(chart, signal):
    return [month for month, found in enumerate(chart.signals) if found == signal]


def test_limits_equal_the_published_example_of_the_nist_handbook():
    chart = chart_of(NIST_FLOW_RATE)

    assert chart.centre == pytest.approx(50.81, abs=1e-9)
    assert np.nanmean(chart.moving_ranges) == pytest.approx(1.8778, abs=5e-5)
    # The handbook uses 3 / 1.128 = 2.6596 where Wheeler and the NHS round to 2.66.
    assert chart.upper_limit == pytest.approx(55.8041, abs=0.001)
    assert chart.lower_limit == pytest.approx(45.8159, abs=0.001)
    assert chart.provisional


def test_twelve_shown_months_make_the_limits_final():
    assert chart_of(alternating(11)).provisional
    assert not chart_of(alternating(12)).provisional
    assert chart_of(alternating(13), shown=[True] * 11 + [False] * 2).provisional


def test_a_quiet_process_gives_no_signal_at_all():
    chart = chart_of(alternating(24))

    assert set(chart.signals) == {None}
    assert set(chart.verdicts) == {None}
    assert chart.upper_limit - chart.centre == pytest.approx(2.66 * 2)


def test_a_month_beyond_a_limit_is_a_signal_on_its_side():
    values = alternating(20)
    values[9] = 90.0
    above = chart_of(values)
    values[9] = 10.0
    below = chart_of(values)

    assert months_with(above, OUTSIDE_LIMIT) == months_with(below, OUTSIDE_LIMIT) == [9]
    assert above.values[9] > above.upper_limit
    assert (above.verdicts[9], below.verdicts[9]) == ("better", "worse")


def test_seven_in_a_row_on_one_side_are_a_signal_and_six_are_not():
    seven = [*alternating(14), 51.2, 50.9, 51.1, 50.8, 51.2, 50.9, 51.1]
    six = seven[:-1]

    found = months_with(chart_of(seven), SEVEN_ON_ONE_SIDE)
    assert found == list(range(14, 21))
    assert months_with(chart_of(six), SEVEN_ON_ONE_SIDE) == []


def test_a_month_exactly_on_the_centre_ends_a_run():
    rising_side = [51.0, 52.0, 51.0, 50.0, 51.0, 52.0, 51.0]
    values = rising_side + [100 - value for value in rising_side]
    chart = chart_of(values)

    assert chart.centre == pytest.approx(50.0)
    assert months_with(chart, SEVEN_ON_ONE_SIDE) == []


def test_seven_months_that_each_rise_are_a_trend_and_six_are_not():
    trend = [48.0, 48.7, 49.4, 50.3, 50.9, 51.5, 52.0]
    seven = alternating(10) + trend + alternating(10)
    six = alternating(11) + trend[1:] + alternating(10)

    # The last of the quiet months (49) lies above the trend's first (48), the next below its last.
    assert months_with(chart_of(seven), SEVEN_POINT_TREND) == list(range(10, 17))
    assert months_with(chart_of([*six[:10], 50.0, *six[11:]]), SEVEN_POINT_TREND) == []


def test_a_falling_trend_is_worse_where_more_is_good_even_above_the_centre():
    falling = [53.0, 52.2, 51.4, 50.6, 49.8, 49.0, 48.2]
    chart = chart_of(alternating(10) + falling + alternating(10))

    trend = months_with(chart, SEVEN_POINT_TREND)
    assert trend == list(range(10, 17))
    assert {chart.verdicts[month] for month in trend} == {"worse"}
    assert chart.values[trend[0]] > chart.centre


def test_two_of_three_near_a_limit_are_a_signal_for_those_two_only():
    values = alternating(24)
    values[9], values[11] = 54.6, 54.6
    chart = chart_of(values)
    near = chart.centre + (chart.upper_limit - chart.centre) * 2 / 3

    assert near < 54.6 < chart.upper_limit
    assert months_with(chart, TWO_OF_THREE_NEAR_LIMIT) == [9, 11]


def test_two_of_three_near_opposite_limits_are_no_signal():
    values = alternating(24)
    values[9], values[10] = 55.5, 44.5
    chart = chart_of(values)

    assert max(chart.values) < chart.upper_limit
    assert months_with(chart, TWO_OF_THREE_NEAR_LIMIT) == []


def test_a_month_with_several_signals_carries_the_first_in_order():
    values = [*alternating(20), 51.5, 51.4, 51.6, 51.5, 51.4, 51.6, 70.0]
    chart = chart_of(values)

    assert chart.signals[20:] == (SEVEN_ON_ONE_SIDE,) * 6 + (OUTSIDE_LIMIT,)
    assert SIGNALS.index(OUTSIDE_LIMIT) < SIGNALS.index(SEVEN_ON_ONE_SIDE)


def test_a_missing_month_is_a_gap_and_not_a_neighbour():
    values = alternating(13)
    values[6] = np.nan
    chart = chart_of(values)

    assert np.isnan(chart.moving_ranges[[0, 6, 7]]).all()
    assert np.isfinite(chart.moving_ranges).sum() == 10
    assert chart.in_limits_computation[6] is False
    assert chart.signals[6] is None


def test_a_gap_breaks_a_run_and_a_trend():
    run = [51.2, 50.9, 51.1, 50.8, 51.2, 50.9, 51.1]
    whole = alternating(14) + run
    broken = [*alternating(14), *run[:3], np.nan, *run[3:]]

    assert months_with(chart_of(whole), SEVEN_ON_ONE_SIDE)
    assert not months_with(chart_of(broken), SEVEN_ON_ONE_SIDE)


def test_a_month_below_the_showing_limit_stays_outside_limits_and_signals():
    values = alternating(14)
    values[5] = 95.0
    shown = [True] * 14
    shown[5] = False
    chart = chart_of(values, shown)
    without = [value for month, value in enumerate(values) if month != 5]

    assert chart.centre == pytest.approx(np.mean(without))
    assert chart.upper_limit == pytest.approx(chart.centre + 2.66 * 2)
    assert chart.signals[5] is None
    assert chart.values[5] == 95.0


def test_limits_of_a_share_stay_within_what_a_share_can_be():
    values = alternating(14, centre=98.0, step=1.5)
    free, held = chart_of(values), chart_of(values, bounded=(0, 100))

    assert free.upper_limit > 100
    assert held.upper_limit == 100
    assert held.lower_limit == free.lower_limit


@pytest.mark.parametrize(
    ("direction", "verdict"), [("up", "better"), ("down", "worse"), (None, None)]
)
def test_better_or_worse_follows_the_direction_that_is_good(direction, verdict):
    values = alternating(20)
    values[9] = 90.0
    chart = chart_of(values, direction=direction)

    assert chart.signals[9] == OUTSIDE_LIMIT
    assert chart.verdicts[9] == verdict


@pytest.mark.parametrize("values", [[], [50.0], [50.0, np.nan, 51.0]])
def test_without_two_neighbouring_months_there_are_no_limits_and_no_signals(values):
    chart = chart_of(values)

    assert np.isnan([chart.centre, chart.lower_limit, chart.upper_limit]).all()
    assert set(chart.signals) <= {None}
    assert chart.provisional


def test_sequences_of_different_length_are_refused():
    with pytest.raises(ValueError, match="one entry per month"):
        control_chart(["2026-01"], [1.0, 2.0], [True, True], None)
