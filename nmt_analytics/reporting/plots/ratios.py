"""Time ratios as dots on both sides of "as long", on a logarithmic scale."""

import math
from collections.abc import Sequence

from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots
from nmt_analytics.reporting.ratio_words import (
    is_certain,
    ratio_in_words,
    ratio_label,
    size_in_words,
    size_range_briefly,
)
from nmt_analytics.reporting.wording import MINUS

AXIS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""The marks that the axis may have: as long, and so many times as long."""


def draw_ratios(ratios: Sequence[TimeRatio]) -> Figure:
    """Dots on a logarithmic scale, on which half as long and twice as long are as far away."""
    rows = [_dot_row(ratio) for ratio in ratios]
    ends = [end for row in rows for end in row.ends if end is not None]
    reach = 1.08 * max([*(abs(end) for end in ends), math.log(1.6)])
    shown = _marks(reach)
    figure = draw_dots(rows, "ratio", say("driver.axis"), limits=(-reach, reach))
    figure["layout"]["xaxis"] |= {
        "tickvals": [round(math.log(ratio), 4) for ratio in shown],
        "ticktext": [_tick(ratio) for ratio in shown],
        "tickangle": 0,
    }
    figure["layout"]["shapes"].append(figures.rule("x", 0))
    return figure


def _marks(reach: float) -> list[float]:
    """The marks of AXIS within `reach`, from the middle outwards those that have room."""
    shown = [1.0]
    for ratio in sorted(AXIS, key=lambda each: abs(math.log(each))):
        nearest = min(abs(math.log(ratio / other)) for other in shown)
        if abs(math.log(ratio)) <= reach and nearest >= reach / 6:
            shown.append(ratio)
    return sorted(shown)


def _tick(ratio: float) -> str:
    """A mark of the axis: `−25 %`, `as long`, `+50 %`, `× 2`."""
    if ratio == 1:
        return say("driver.as_long")
    if ratio >= 2:
        return say("driver.tick_times", n=f"{ratio:.0f}")
    return say("driver.tick", sign=MINUS if ratio < 1 else "+", n=f"{abs(100 * (ratio - 1)):.0f}")


def _dot_row(ratio: TimeRatio) -> DotRow:
    size = size_in_words(ratio.value)
    return DotRow(
        label=ratio_label(ratio),
        says=ratio_in_words(ratio),
        beside=say("number.bracketed", value=size, range=size_range_briefly(ratio)),
        beside_briefly=size,
        value=math.log(ratio.value),
        lower=math.log(ratio.ci_lower),
        upper=math.log(ratio.ci_upper),
        role="accent" if is_certain(ratio) else "context",
    )
