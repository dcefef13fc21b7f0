"""Estimates as a dot and the line of their likely range, one row for each level.

Rows stay in the vocabulary's order. A ring is a number with few clients behind it, a hatched row
a hidden one, a pale line what check-in times leave open.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    axis_title,
    count_in_words,
    estimate_in_words,
    estimate_with_range,
    hidden_briefly,
    in_words,
    is_undetermined,
    levels_label,
    number,
)
from nmt_analytics.vocabulary import (
    PROMISED_HOLD_SECONDS,
    PROMISED_RELIEF_DAYS,
    PROMISED_SORENESS_HOURS,
)

PROMISED = {
    "relief_days_median": PROMISED_RELIEF_DAYS,
    "soreness_hours_median": PROMISED_SORENESS_HOURS,
    "hold_seconds_median": PROMISED_HOLD_SECONDS,
}
ROW_HEIGHT, NARROW_ROW_HEIGHT = 38, 52
CHARACTER, GAP = 7.2, 14
MOST_TICKS = 12
"""About how wide a character is, and the gap between texts and plot, in pixels."""


@dataclass(frozen=True)
class DotRow:
    """One row of a dot plot: what it is called, what is said of it, and its numbers.

    `says` is shown on hovering, `beside` at the right, `beside_briefly` there on a phone.
    `lower` and `upper` are the likely range, `open_lower` and `open_upper` what check-in times
    leave open, None where there is nothing to draw; infinite ends run off the plot.
    """

    label: str
    says: str
    beside: str
    beside_briefly: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    open_lower: float | None = None
    open_upper: float | None = None
    is_few: bool = False
    is_hidden: bool = False
    role: str = "accent"

    @property
    def ends(self) -> tuple[float | None, ...]:
        """Every number that the row draws."""
        return self.value, self.lower, self.upper, self.open_lower, self.open_upper

    @property
    def is_plain(self) -> bool:
        """Whether it may be read without reserve: its words then stand in ink."""
        return not (self.is_few or self.is_hidden or self.role == "context")


def draw_outcome(table: OutcomeTable) -> Figure:
    """One metric by one dimension: a dot and its likely range for each level."""
    metric = table.metric
    rows = [
        outcome_row(row, metric, levels_label(table.by, row.levels) or say("table.all_sessions"))
        for row in table.rows
    ]
    return draw_dots(rows, metric.unit, axis_title(metric), PROMISED.get(metric.name))


def outcome_row(row: Row, metric: Metric, label: str) -> DotRow:
    """A published number as a row that is called `label`."""
    is_open = is_undetermined(row, metric) or row.value is None
    return DotRow(
        label=label,
        says=in_words(row, metric),
        beside=estimate_with_range(row, metric),
        beside_briefly=hidden_briefly(row) if row.is_hidden else estimate_in_words(row, metric),
        value=row.value,
        lower=row.ci_lower,
        upper=row.ci_upper if row.ci_upper is not None or row.ci_lower is None else math.inf,
        open_lower=row.known_lower if is_open else None,
        open_upper=row.known_upper if is_open else None,
        is_few=row.showing == "few clients",
        is_hidden=row.is_hidden,
    )


def draw_dots(
    rows: Sequence[DotRow],
    unit: str,
    title: str,
    promised: tuple[float, float] | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Rows from top to bottom in the order given, on one scale with zero in it (or `limits`)."""
    lowest, highest = limits or scale(
        [row.value for row in rows if row.value is not None],
        [end for row in rows for end in row.ends if end is not None],
        unit,
        promised,
    )
    shapes = [figures.promised(*promised)] if promised else []
    remarks = [remark for index, row in enumerate(rows) for remark in _words(index, row)]
    narrow = _on_a_phone(rows)
    if promised:
        text = say("outcome.promised", range=_promised_in_words(*promised, unit))
        remarks.append(figures.promise_label(*promised, text))
    return figures.draw(
        [*_hatched(rows, lowest, highest), *_lines(rows, highest), *_dots(rows, highest)],
        height=ROW_HEIGHT * len(rows) + 80,
        margin={
            "l": width_of(row.label for row in rows),
            "r": width_of(row.beside for row in rows),
            "t": 28,
            "b": 48,
        },
        xaxis={
            "range": [lowest, highest],
            "tickvals": ticks(unit, lowest, highest),
            "ticksuffix": say("axis.percent") if unit == "%" else "",
            "title": {"text": title},
        },
        yaxis={"range": [len(rows) - 0.5, -0.5], "visible": False},
        shapes=shapes,
        annotations=remarks,
        narrow=narrow,
    )


def scale(
    values: Sequence[float],
    ends: Iterable[float],
    unit: str,
    promised: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """The ends of an axis: 0 to 100 for shares, else zero, every value and what was promised.

    Likely ranges are drawn whole unless that squeezes the values into less than half of the plot;
    then they run off it with an arrow.
    """
    if unit == "%":
        return 0.0, 100.0
    inside = [0.0, *values, *(promised or ())]
    farthest = 2 * max(abs(each) for each in inside) or 1.0
    reached = [min(max(end, -farthest), farthest) for end in ends]
    low, high = min(*inside, *reached, 0.0), max(*inside, *reached)
    air = 0.06 * (high - low or 1.0)
    return (low - air if low < 0 else 0.0), high + air


def width_of(texts: Iterable[str]) -> int:
    """The margin that the longest of the texts needs, in pixels."""
    return round(CHARACTER * max(map(len, texts), default=0)) + GAP + 8


def _promised_in_words(lower: float, upper: float, unit: str) -> str:
    return say("number.range", lower=number(lower, unit), upper=count_in_words(upper, unit))


def ticks(unit: str, lowest: float, highest: float) -> list[int] | None:
    """Marks where clients are asked, or none of our own (Plotly then chooses)."""
    within = [tick for tick in figures.TICKS.get(unit, ()) if lowest <= tick <= highest]
    return within if 2 < len(within) <= MOST_TICKS else None


def _words(index: int, row: DotRow) -> list[Figure]:
    """The label left of a row, and right of it what is said of its number."""
    place: dict[str, Any] = {"y": index, "yref": "y", "xref": "paper", "yanchor": "middle"}
    role = "ink" if row.is_plain else "quiet"
    return [
        figures.remark(row.label, "ink", x=0, xanchor="right", xshift=-GAP, **place),
        figures.remark(row.beside, role, x=1, xanchor="left", xshift=GAP, **place),
    ]


def _on_a_phone(rows: Sequence[DotRow]) -> Figure:
    """Labels move above their row, and what is said becomes short."""
    changes: Figure = {
        "margin.l": 8,
        "margin.r": 8,
        "height": NARROW_ROW_HEIGHT * len(rows) + 84,
    }
    for index, row in enumerate(rows):
        label, words = f"annotations.{2 * index}", f"annotations.{2 * index + 1}"
        changes |= {f"{label}.xanchor": "left", f"{words}.xanchor": "right"}
        changes |= {f"{label}.xshift": 0, f"{words}.xshift": 0}
        changes |= {f"{label}.yshift": 16, f"{words}.yshift": 16}
        changes[f"{words}.text"] = row.beside_briefly
    return changes


def _hatched(rows: Sequence[DotRow], lowest: float, highest: float) -> list[Trace]:
    hidden = [(index, row) for index, row in enumerate(rows) if row.is_hidden]
    return [
        figures.hatched_bar(index, row.says, lowest, highest, across=True) for index, row in hidden
    ]


def _lines(rows: Sequence[DotRow], highest: float) -> list[Trace]:
    """The pale lines of what is left open below, the likely ranges above."""
    traces = []
    for index, row in enumerate(rows):
        if row.open_lower is not None:
            ends = [row.open_lower, _drawn_end(row.open_upper, highest)]
            traces.append(figures.line(ends, [index, index], "context", 9, opacity=0.3))
    for index, row in enumerate(rows):
        if row.lower is not None:
            ends = [row.lower, _drawn_end(row.upper, highest)]
            width = 1.5 if row.is_few else 3
            traces.append(figures.line(ends, [index, index], row.role, width, opacity=0.75))
    return traces


def _drawn_end(end: float | None, highest: float) -> float:
    return highest if end is None else min(end, highest)


def _dots(rows: Sequence[DotRow], highest: float) -> list[Trace]:
    traces = []
    for index, row in enumerate(rows):
        if row.is_hidden:
            continue
        if row.value is not None:
            ring = figures.open_marker(row.role) if row.is_few else {}
            traces.append(figures.dots([row.value], [index], [row.says], row.role, **ring))
        if any(end is not None and end > highest for end in row.ends):
            arrow = {"symbol": "triangle-right", "size": 9}
            traces.append(figures.dots([highest], [index], [row.says], row.role, **arrow))
    return traces
