"""The share of sessions in which pain fell by at least so many points, as a falling line."""

from collections.abc import Sequence

from nmt_analytics.outcomes.before_and_after import PainTable
from nmt_analytics.outcomes.pain import RESPONSE_POINTS
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.curve_lines import share_axis
from nmt_analytics.reporting.wording import count_in_words, number, share_in_words


def draw_responders(table: PainTable) -> Figure:
    """The share whose pain fell by at least so many points, for every number of points.

    Upright lines: the usual mark of much improved, the average fall, and the fall that would be
    expected without any effect.
    """
    points = [each for each, _ in table.responders]
    shares = [round(share, 2) for _, share in table.responders]
    says = [threshold_in_words(*each) for each in table.responders]
    marks = [(float(RESPONSE_POINTS), "pain.much_improved", "promise_ink", "right", 2)]
    if table.change.value is not None and table.change.value < 0:
        marks.append((-table.change.value, "pain.average", "accent", "left", 2))
    if table.expected is not None and table.expected < 0:
        marks.append((-table.expected, "pain.by_itself", "quiet", "left", 20))
    return figures.draw(
        [
            figures.line(points, shares, "accent"),
            figures.dots(points, shares, says, "accent", size=8),
        ],
        height=340,
        margin={"l": 44, "r": 16, "t": 52, "b": 48},
        xaxis={
            "range": [-0.2, max(points) + 0.2],
            "tickvals": points,
            "title": {"text": say("pain.axis")},
            "showgrid": False,
            "showline": True,
        },
        yaxis=share_axis(),
        shapes=[figures.rule("x", at, role, "dot") for at, _, role, _, _ in marks],
        annotations=[_mark(*mark) for mark in marks],
        narrow={"margin.t": 68} | _staggered(marks),
    )


def _staggered(marks: Sequence[tuple[object, ...]]) -> Figure:
    """On a phone each mark's words stand right of their line, in a row of their own."""
    narrow: Figure = {}
    for index in range(len(marks)):
        narrow |= {
            f"annotations.{index}.xanchor": "left",
            f"annotations.{index}.xshift": 4,
            f"annotations.{index}.yshift": 2 + 17 * index,
        }
    return narrow


def _mark(at: float, phrase: str, role: str, side: str, yshift: int) -> Figure:
    """The words at an upright line, on its left or right, in one of two rows above the plot."""
    return figures.remark(
        say(phrase, n=number(at, "points")),
        role,
        x=at,
        xref="x",
        xanchor=side,
        xshift=4 if side == "left" else -4,
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=yshift,
    )


def threshold_in_words(points: int, share: float) -> str:
    """`2 points or more: 68 %`."""
    fall = count_in_words(points, "whole_points")
    return say("pain.threshold", points=fall, share=share_in_words(share))
