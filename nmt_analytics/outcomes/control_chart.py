"""Is it changing, or is it noise: XmR charts of months.

Arrays in, one `ControlChart` out. Which months may be shown is decided elsewhere (`shown`); the
words for the signals are reporting's affair.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Direction = Literal["up", "down"]
Verdict = Literal["better", "worse"]

NATURAL_LIMIT = 2.66
"""3 / 1.128: three sigma, sigma being the mean moving range of two points over d2 (Wheeler)."""
NEAR_LIMIT = 2 / 3
RUN_LENGTH = 7
PROVISIONAL_BELOW = 12

OUTSIDE_LIMIT = "outside_limit"
SEVEN_ON_ONE_SIDE = "seven_on_one_side"
SEVEN_POINT_TREND = "seven_point_trend"
TWO_OF_THREE_NEAR_LIMIT = "two_of_three_near_limit"
SIGNALS = (OUTSIDE_LIMIT, SEVEN_ON_ONE_SIDE, SEVEN_POINT_TREND, TWO_OF_THREE_NEAR_LIMIT)
"""In order of precedence: a point that earns several carries the first."""


@dataclass(frozen=True)
class ControlChart:
    """One row per month: what a chart draws and what its sentence says.

    `values`, `moving_ranges` (nan where there is no neighbour), `signals` (one of SIGNALS or
    None), `in_limits_computation` and `verdicts` ("better", "worse" or None) have one entry per
    label. `centre` and the limits are nan when no two neighbouring months are shown.
    `provisional`: fewer than 12 months stand behind the limits.
    """

    labels: tuple[str, ...]
    values: Array
    centre: float
    lower_limit: float
    upper_limit: float
    moving_ranges: Array
    signals: tuple[str | None, ...]
    in_limits_computation: tuple[bool, ...]
    provisional: bool
    verdicts: tuple[Verdict | None, ...]


def control_chart(
    labels: Sequence[str],
    values: ArrayLike,
    shown: ArrayLike,
    direction: Direction | None,
    bounded: tuple[float, float] | None = None,
) -> ControlChart:
    """An XmR chart of consecutive months, with limits, named signals and verdicts.

    `values` is (months,) in the metric's unit, nan for a missing month; `shown` is (months,)
    bool, False below the showing limit. A month that is missing or not shown is a gap: it enters
    neither the limits nor a moving range, and it breaks runs. `direction` is the side that is
    good, None for neither; `bounded` holds the limits within what the metric can reach, such as
    (0, 100). Rules in the order of SIGNALS. Source: Wheeler, Understanding Variation (1993); NHS
    England, Making data count.

    Raises ValueError when the three sequences differ in length.
    """
    measured = np.asarray(values, dtype=float)
    counted = np.asarray(shown, dtype=bool) & np.isfinite(measured)
    if not len(labels) == len(measured) == len(counted):
        raise ValueError("labels, values and shown must have one entry per month")
    moving_ranges = _moving_ranges(measured, counted)
    centre, reach = _centre_and_reach(measured, counted, moving_ranges)
    lower, upper = _held_within(bounded, centre - reach, centre + reach)
    signals, sides = _first_signals(np.where(counted, measured - centre, np.nan), reach)
    return ControlChart(
        labels=tuple(labels),
        values=measured,
        centre=centre,
        lower_limit=lower,
        upper_limit=upper,
        moving_ranges=moving_ranges,
        signals=signals,
        in_limits_computation=tuple(counted.tolist()),
        provisional=int(counted.sum()) < PROVISIONAL_BELOW,
        verdicts=tuple(_verdict(side, direction) for side in sides),
    )


def _moving_ranges(values: Array, counted: Flags) -> Array:
    """|this month - the month before|, nan where either is a gap."""
    ranges = np.full(len(values), np.nan)
    neighbours = counted[1:] & counted[:-1]
    ranges[1:][neighbours] = np.abs(np.diff(values))[neighbours]
    return ranges


def _centre_and_reach(values: Array, counted: Flags, moving_ranges: Array) -> tuple[float, float]:
    known = moving_ranges[np.isfinite(moving_ranges)]
    if len(known) == 0:
        return np.nan, np.nan
    return float(values[counted].mean()), NATURAL_LIMIT * float(known.mean())


def _held_within(
    bounded: tuple[float, float] | None, lower: float, upper: float
) -> tuple[float, float]:
    if bounded is None:
        return lower, upper
    return float(np.maximum(lower, bounded[0])), float(np.minimum(upper, bounded[1]))


def _first_signals(
    deviations: Array, reach: float
) -> tuple[tuple[str | None, ...], tuple[int, ...]]:
    """The first signal of each month, and its side: +1 above or rising, -1 below or falling.

    `deviations` from the centre are nan at gaps. A side of 0 is no signal.
    """
    rules: dict[str, Callable[[Array], NDArray[np.intp]]] = {
        OUTSIDE_LIMIT: lambda run: _sides_beyond(run, reach),
        SEVEN_ON_ONE_SIDE: _sides_of_long_runs,
        SEVEN_POINT_TREND: _directions_of_trends,
        TWO_OF_THREE_NEAR_LIMIT: lambda run: _sides_of_two_in_three(run, reach),
    }
    names: list[str | None] = [None] * len(deviations)
    sides = [0] * len(deviations)
    for stretch in _stretches_without_gap(deviations):
        for name in SIGNALS:
            for month, side in zip(stretch, rules[name](deviations[stretch]), strict=True):
                if side and names[month] is None:
                    names[month], sides[month] = name, int(side)
    return tuple(names), tuple(sides)


def _stretches_without_gap(deviations: Array) -> list[NDArray[np.intp]]:
    months = np.flatnonzero(np.isfinite(deviations))
    if len(months) == 0:
        return []
    return np.split(months, np.flatnonzero(np.diff(months) > 1) + 1)


def _sides_beyond(deviations: Array, distance: float) -> NDArray[np.intp]:
    return np.where(np.abs(deviations) > distance, np.sign(deviations), 0).astype(np.intp)


def _sides_of_long_runs(deviations: Array) -> NDArray[np.intp]:
    """Every point of a run of seven or more on one side; a point on the centre ends the run."""
    sides = np.sign(deviations).astype(np.intp)
    flagged = np.zeros_like(sides)
    for window in _windows(len(sides), RUN_LENGTH):
        if abs(sides[window].sum()) == RUN_LENGTH:
            flagged[window] = sides[window]
    return flagged


def _directions_of_trends(deviations: Array) -> NDArray[np.intp]:
    """Every point of seven or more that each rise, or each fall, from the one before."""
    steps = np.sign(np.diff(deviations)).astype(np.intp)
    flagged = np.zeros(len(deviations), dtype=np.intp)
    for window in _windows(len(deviations), RUN_LENGTH):
        within = steps[window.start : window.stop - 1]
        if abs(within.sum()) == RUN_LENGTH - 1:
            flagged[window] = within[0]
    return flagged


def _sides_of_two_in_three(deviations: Array, reach: float) -> NDArray[np.intp]:
    """The points beyond two thirds of the way to a limit, where two of three are, on one side."""
    sides = _sides_beyond(deviations, NEAR_LIMIT * reach)
    flagged = np.zeros_like(sides)
    for window in _windows(len(sides), 3):
        for side in (-1, 1):
            near = sides[window] == side
            if near.sum() >= 2:
                flagged[window] = np.where(near, side, flagged[window])
    return flagged


def _windows(length: int, width: int) -> Iterator[slice]:
    return (slice(start, start + width) for start in range(length - width + 1))


def _verdict(side: int, direction: Direction | None) -> Verdict | None:
    if side == 0 or direction is None:
        return None
    good_side = 1 if direction == "up" else -1
    return "better" if side == good_side else "worse"
