"""The pieces of every plot of curves: lines, bands, axes and words of one curve."""

from collections.abc import Sequence
from dataclasses import replace

from nmt_analytics.outcomes.answers import Curve, CurvePoint, CurveTable
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    levels_label,
    number,
    range_in_words,
    share_in_words,
)
from nmt_analytics.vocabulary import NOT_RECORDED, PROMISED_RELIEF_DAYS, PROMISED_SORENESS_HOURS

PROMISED = {"relief": PROMISED_RELIEF_DAYS, "soreness": PROMISED_SORENESS_HOURS}
TICKS = {"relief": (0, 4, 7, 14, 21, 28), "soreness": (0, 24, 36, 48, 72, 96)}
KNOTS = {"relief": (1, 2, *TICKS["relief"]), "soreness": TICKS["soreness"]}
"""The times at which clients are asked. Between them answers do not determine the curve: it is
drawn straight, instead of following the few who happened to answer late."""
FEWEST_FOLLOWED = 5
"""A curve ends where fewer sessions are still followed: beyond, its steps are single clients."""

OPEN_POINTS = 50
"""Where more is lost up to the first check-in, how it was lost is not drawn as if it were known."""


def as_drawn(table: CurveTable) -> CurveTable:
    """The table with each curve's points at check-in times, up to where too few are followed.

    A curve with too few points for a line has none; sessions whose level is not recorded have no
    curve.
    """
    return replace(
        table,
        curves=tuple(
            replace(curve, points=_drawn_points(curve, KNOTS[table.outcome]))
            for curve in table.curves
            if NOT_RECORDED not in curve.levels
        ),
    )


def _drawn_points(curve: Curve, knots: Sequence[int]) -> tuple[CurvePoint, ...]:
    points = tuple(
        point for point in curve.points if point.day in knots and point.n_at_risk >= FEWEST_FOLLOWED
    )
    return points if len(points) > 1 else ()


def time_axis(table: CurveTable, curves: Sequence[Curve]) -> Figure:
    """The axis of days or hours, as long as the longest curve."""
    last = _last_time(curves)
    ticks = [tick for tick in TICKS[table.outcome] if tick <= last]
    return {
        "range": [0, last * 1.01],
        "tickvals": ticks,
        "title": {"text": say(f"curve.{table.outcome}_axis")},
        "showgrid": False,
        "showline": True,
    }


def _last_time(curves: Sequence[Curve]) -> float:
    return max((curve.points[-1].day for curve in curves), default=1)


def share_axis() -> Figure:
    """The axis of shares, 0 to 100 % in every plot."""
    return {
        "range": [0, 102],
        "tickvals": list(figures.SHARE_TICKS),
        "ticksuffix": say("axis.percent"),
        "zeroline": True,
    }


def promise_words(table: CurveTable, curves: Sequence[Curve]) -> Figure:
    """What was promised, above its band; ending with it where the band is at the plot's end."""
    lower, upper = PROMISED[table.outcome]
    text = say(f"curve.promised_{table.outcome}", range=range_in_words(lower, upper, table.unit))
    words = figures.promise_label(lower, upper, text)
    if upper > 0.75 * _last_time(curves):
        words |= {"x": upper, "xanchor": "right"}
    return words


def starts_open(curve: Curve) -> bool:
    """Whether most is lost before anybody is asked."""
    return curve.points[0].value - curve.points[1].value > OPEN_POINTS


def curve_traces(table: CurveTable, curve: Curve, role: str) -> list[Trace]:
    """One curve in its likely range; dotted up to the first check-in where that is open."""
    if not starts_open(curve):
        return [_band(curve.points, role), _line(table, curve, curve.points, role)]
    told = curve.points[1:]
    line = _line(table, curve, told, role) | {"mode": "lines+markers"}
    unasked = figures.line(*line_points(curve.points[:2]), role, 1.5)
    unasked["line"] |= {"dash": "dot"}
    return [_band(told, role), line, unasked]


def _line(table: CurveTable, curve: Curve, points: Sequence[CurvePoint], role: str) -> Trace:
    """The line through points of a curve, told in words; lighter where few clients are behind."""
    is_few = curve.showing == "few clients"
    return figures.line(*line_points(points), role, 1.5 if is_few else 2.5) | {
        "text": [point_in_words(table, point) for point in points],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverinfo": "all",
        "opacity": 0.6 if is_few else 1,
    }


def line_points(points: Sequence[CurvePoint]) -> tuple[list[float], list[float]]:
    """The x and y of a line through the points."""
    return [point.day for point in points], [_rounded(point.value) for point in points]


def _band(points: Sequence[CurvePoint], role: str) -> Trace:
    """The likely range around the points of a curve."""
    lower = [_rounded(point.ci_lower) for point in points]
    upper = [_rounded(point.ci_upper) for point in points]
    return figures.band([point.day for point in points], lower, upper, role)


def _rounded(share: float) -> float:
    return round(share, 2)


def point_in_words(table: CurveTable, point: CurvePoint) -> str:
    """`day 7: 58 % still relieved`."""
    return say(
        f"curve.hover_{table.outcome}",
        at=number(point.day, table.unit),
        value=share_in_words(point.value),
    )


def curve_label(table: CurveTable, curve: Curve) -> str:
    """What a curve is called: its level, or all."""
    return levels_label(table.by, curve.levels) or say("table.all_sessions")
