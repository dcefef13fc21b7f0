"""A metric month by month or quarter by quarter, with or without its control limits."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.monitoring import ChartPoint, ControlChartTable
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import scale
from nmt_analytics.reporting.wording import (
    NO_BREAK,
    axis_title,
    hidden_briefly,
    in_words,
    level_label,
)
from nmt_analytics.vocabulary import NOT_RECORDED

HEIGHT = 300
SIGNAL_MARKERS: dict[str, Figure] = {
    "better": {"symbol": "triangle-up", "size": 14},
    "worse": {"symbol": "triangle-down", "size": 14},
    "category_2": {"symbol": "diamond", "size": 12},
}
"""A signal is told by its shape and its words as well as by its colour."""
MOST_LABELS, MOST_LABELS_NARROW = 12, 5


def draw_run(table: OutcomeTable) -> Figure:
    """One metric over the months or quarters of a table; a hidden one is a gap in the line."""
    rows = [row for row in table.rows if row.levels != (NOT_RECORDED,)]
    lowest, highest = _scale(rows, table.metric)
    labels = [level_label(table.by[0], row.levels[0]) for row in rows]
    return _draw(
        [
            *_hatched(rows, lowest, highest),
            *_ranges(rows, highest),
            _line(rows, "accent"),
            *(_dot(place, row, table.metric, "accent") for place, row in _shown(rows)),
        ],
        labels,
        table.metric,
        (lowest, highest),
    )


def draw_control_chart(table: ControlChartTable) -> Figure:
    """Months with their centre and natural limits; signals in the colour of their verdict.

    Months with few clients are grey rings: they are outside the limits' computation.
    """
    rows = [point.row for point in table.points]
    limits = [table.lower_limit, table.upper_limit]
    known = [limit for limit in limits if limit is not None]
    lowest, highest = _scale(rows, table.metric, known)
    labels = [level_label(table.every, row.period) for row in rows]
    drawn = _draw(
        [
            *_hatched(rows, lowest, highest),
            _line([_counted(point) for point in table.points], "context"),
            *(
                _dot(place, point.row, table.metric, _role(point), point.signal)
                for place, point in enumerate(table.points)
                if point.row.value is not None
            ),
        ],
        labels,
        table.metric,
        (lowest, highest),
    )
    drawn["layout"]["shapes"] = [figures.rule("y", each, "context", "dash") for each in known]
    if table.centre is not None:
        drawn["layout"]["shapes"].append(figures.rule("y", table.centre, "context"))
    return drawn


def _counted(point: ChartPoint) -> Row:
    """The point's row, or one without a value where it does not count: the line has a gap there."""
    return point.row if point.in_limits else Row(point.row.period, point.row.levels)


def _role(point: ChartPoint) -> str:
    if not point.in_limits:
        return "context"
    return point.verdict or ("accent" if not point.signal else "category_2")


def _draw(
    traces: list[Trace], labels: Sequence[str], metric: Metric, ends: tuple[float, float]
) -> Figure:
    unit = metric.unit
    above: Figure = {"x": 0, "xref": "paper", "xanchor": "left", "xshift": -40}
    above |= {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 4}
    return figures.draw(
        traces,
        height=HEIGHT,
        margin={"l": 44, "r": 16, "t": 30, "b": 44},
        xaxis={
            "range": [-0.5, len(labels) - 0.5],
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            **_labelled(labels, MOST_LABELS),
        },
        yaxis={
            "range": list(ends),
            "tickvals": list(figures.SHARE_TICKS) if unit == "%" else None,
            "ticksuffix": say("axis.percent") if unit == "%" else "",
            "nticks": 6,
            "zeroline": True,
        },
        annotations=[figures.remark(axis_title(metric), **above)],
        narrow={
            f"xaxis.{name}": value for name, value in _labelled(labels, MOST_LABELS_NARROW).items()
        },
    )


def _labelled(labels: Sequence[str], most: int) -> Figure:
    """At most so many labels, evenly spaced, in two lines each."""
    every = max(1, -(-len(labels) // most))
    places = list(range(len(labels) - 1, -1, -every))[::-1]
    text = [labels[place].replace(NO_BREAK, " ").replace(" ", "<br>") for place in places]
    return {"tickvals": places, "ticktext": text}


def _scale(
    rows: Sequence[Row], metric: Metric, limits: Sequence[float] = ()
) -> tuple[float, float]:
    ends = [end for row in rows for end in (row.ci_lower, row.ci_upper) if end is not None]
    values = [row.value for row in rows if row.value is not None]
    return scale([*values, *limits], [] if limits else ends, metric.unit)


def _shown(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    return [(place, row) for place, row in enumerate(rows) if row.value is not None]


def _line(rows: Sequence[Row], role: str) -> Trace:
    return figures.line(list(range(len(rows))), [row.value for row in rows], role, 1.5)


def _hatched(rows: Sequence[Row], lowest: float, highest: float) -> list[Trace]:
    return [
        figures.hatched_bar(place, hidden_briefly(row), lowest, highest)
        for place, row in enumerate(rows)
        if row.is_hidden
    ]


def _ranges(rows: Sequence[Row], highest: float) -> list[Trace]:
    return [
        figures.line(
            [place, place],
            [row.ci_lower, highest if row.ci_upper is None else min(row.ci_upper, highest)],
            "accent",
            1.5 if row.showing == "few clients" else 3,
            opacity=0.4,
        )
        for place, row in enumerate(rows)
        if row.ci_lower is not None
    ]


def _dot(place: int, row: Row, metric: Metric, role: str, signal: str = "") -> Trace:
    says = in_words(row, metric)
    if signal:
        says = f"{says}; {say(f'signal.{signal}')}"
    if row.showing == "few clients":
        marker = figures.open_marker(role)
    else:
        marker = SIGNAL_MARKERS[role] if signal else {"size": 7}
    return figures.dots([place], [row.value], [says], role, **marker)
