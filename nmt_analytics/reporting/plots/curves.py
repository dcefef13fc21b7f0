"""Curves of the share still relieved (or sore), what was promised, and who is still followed.

One curve carries its band; up to three share a plot with labels at their ends; more become small
multiples on one scale, each with the others in grey.
"""

from collections.abc import Sequence
from typing import Any

from nmt_analytics.outcomes.answers import Curve, CurveTable
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.palette import CATEGORIES
from nmt_analytics.reporting.plots.curve_lines import (
    PROMISED,
    TICKS,
    as_drawn,
    curve_label,
    curve_traces,
    line_points,
    promise_words,
    share_axis,
    time_axis,
)
from nmt_analytics.reporting.wording import number, say

Place = dict[str, Any]

MOST_TOGETHER = 3
HEIGHT, RISK_ROW_HEIGHT, RISK_TOP = 330, 22, 54
COLUMNS, NARROW_COLUMNS, PANEL_HEIGHT = 3, 2, 190
NARROW_NAME = 10.5
"""The size of a panel's name on a phone, so that the longest condition fits above its panel."""


def draw_curve(table: CurveTable) -> Figure:
    """The curves of a table: together in one plot, or as small multiples when there are many."""
    curves = [curve for curve in as_drawn(table).curves if curve.points]
    if len(curves) > MOST_TOGETHER:
        return _draw_panels(table, curves)
    return _draw_together(table, curves)


def _draw_together(table: CurveTable, curves: Sequence[Curve]) -> Figure:
    roles = ["accent"] if len(curves) == 1 else list(CATEGORIES)
    traces: list[Trace] = []
    for curve, role in zip(curves, roles, strict=False):
        traces += curve_traces(table, curve, role)
    below = RISK_ROW_HEIGHT * (len(curves) + 1) + RISK_TOP
    labels = _end_labels(table, curves, roles) if table.by else []
    words = [promise_words(table, curves), _what_falls(table)]
    return figures.draw(
        traces,
        height=HEIGHT + below,
        margin={"l": 44, "r": 96 if table.by else 16, "t": 30, "b": below},
        xaxis=time_axis(table, curves),
        yaxis=share_axis(),
        shapes=[figures.promised(*PROMISED[table.outcome])],
        annotations=[*words, *labels, *_followed(table, curves)],
        narrow={
            "margin.r": 78 if table.by else 12,
            "margin.t": 46,
            "annotations.1.yshift": 18,  # what falls, above what was promised
            "height": HEIGHT - 34 + below,
        },
    )


def _what_falls(table: CurveTable) -> Figure:
    text = say(f"curve.{table.outcome}_value")
    return figures.remark(text, **_at_left(), y=1, yref="paper", yanchor="bottom", yshift=2)


def _at_left() -> Place:
    return {"x": 0, "xref": "paper", "xanchor": "left", "xshift": -40}


def _at_right() -> Place:
    return {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 18}


def _end_labels(table: CurveTable, curves: Sequence[Curve], roles: Sequence[str]) -> list[Figure]:
    """Each curve's name where it ends, moved apart where two ends are close."""
    ends = [(curve.points[-1], curve, role) for curve, role in zip(curves, roles, strict=False)]
    ends.sort(key=lambda end: (end[0].day, end[0].value))
    labels, last_day, free_from = [], -1.0, 0.0
    for point, curve, role in ends:
        height = max(point.value, free_from) if point.day == last_day else point.value
        last_day, free_from = point.day, height + 7
        place: Place = {"x": point.day, "xref": "x", "xanchor": "left", "xshift": 6}
        place |= {"y": height, "yref": "y", "yanchor": "middle"}
        labels.append(figures.remark(curve_label(table, curve), role, **place))
    return labels


def _followed(table: CurveTable, curves: Sequence[Curve]) -> list[Figure]:
    """The numbers still followed below the axis, one line for each curve."""
    place: Place = {"yref": "paper", "y": 0, "yanchor": "top"}
    heading = say(f"curve.at_risk_{table.outcome}")
    shown = [figures.remark(heading, **_at_left(), yshift=-RISK_TOP, **place)]
    for row, curve in enumerate(curves, start=1):
        below: Place = {"yshift": -RISK_TOP - RISK_ROW_HEIGHT * row} | place
        for point in curve.points:
            if point.day in TICKS[table.outcome]:
                n = number(point.n_at_risk, "sessions")
                shown.append(figures.remark(n, x=point.day, xref="x", **below))
        if table.by:
            name = curve_label(table, curve)
            shown.append(figures.remark(name, **_at_right(), **below))
    return shown


def _draw_panels(table: CurveTable, curves: Sequence[Curve]) -> Figure:
    traces: list[Trace] = []
    layout: Figure = {"shapes": [], "annotations": []}
    narrow: Figure = {}
    for index, curve in enumerate(curves):
        number_of_axis = str(index + 1) if index else ""
        axes = {"xaxis": f"x{number_of_axis}", "yaxis": f"y{number_of_axis}"}
        others = [each for each in curves if each is not curve]
        lines = [figures.line(*line_points(each.points), "context", 1) for each in others]
        traces += [each | axes | {"opacity": 0.45} for each in lines]
        traces += [each | axes for each in curve_traces(table, curve, "accent")]
        _place_panel(layout, narrow, table, curves, index, number_of_axis)
    return figures.draw(
        traces,
        height=PANEL_HEIGHT * _rows(len(curves), COLUMNS) + 60,
        margin={"l": 44, "r": 12, "t": 30, "b": 26},
        narrow=narrow | {"height": PANEL_HEIGHT * _rows(len(curves), NARROW_COLUMNS) + 60},
        **layout,
    )


def _rows(n_panels: int, columns: int) -> int:
    return -(-n_panels // columns)


def _place_panel(
    layout: Figure,
    narrow: Figure,
    table: CurveTable,
    curves: Sequence[Curve],
    index: int,
    axis: str,
) -> None:
    """Adds one panel's axes, promised band and name, and where they move on a phone."""
    across, up = _domains(index, len(curves), COLUMNS)
    is_left = index % COLUMNS == 0
    layout[f"xaxis{axis}"] = time_axis(table, curves) | {
        "domain": across,
        "anchor": f"y{axis}",
        "title": {"text": ""},
    }
    layout[f"yaxis{axis}"] = share_axis() | {
        "domain": up,
        "anchor": f"x{axis}",
        "showticklabels": is_left,
    }
    promised = figures.promised(*PROMISED[table.outcome])
    layout["shapes"].append(promised | {"xref": f"x{axis}", "yref": f"y{axis} domain"})
    layout["annotations"].append(_name_above(curve_label(table, curves[index]), across[0], up[1]))
    across, up = _domains(index, len(curves), NARROW_COLUMNS)
    narrow |= {
        f"xaxis{axis}.domain": across,
        f"yaxis{axis}.domain": up,
        f"yaxis{axis}.showticklabels": index % NARROW_COLUMNS == 0,
        f"annotations.{index}.x": across[0],
        f"annotations.{index}.y": up[1],
        f"annotations.{index}.font.size": NARROW_NAME,
    }


def _name_above(name: str, left: float, top: float) -> Figure:
    place: Place = {"x": left, "xref": "paper", "xanchor": "left"}
    place |= {"y": top, "yref": "paper", "yanchor": "bottom", "yshift": 2}
    return figures.remark(name, "ink", **place)


def _domains(index: int, n_panels: int, columns: int) -> tuple[list[float], list[float]]:
    """Where panel `index` stands across and up the figure, in shares of its size."""
    rows = _rows(n_panels, columns)
    row, column = divmod(index, columns)
    width, height = (1 - 0.05 * (columns - 1)) / columns, 1 / rows
    left, bottom = column * (width + 0.05), 1 - (row + 1) * height
    return [left, left + width], [bottom + 0.06 * height, bottom + 0.8 * height]
