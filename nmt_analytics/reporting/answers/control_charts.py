"""Is it changing: control charts of months with their limits and signals in words."""

from collections.abc import Sequence

from nmt_analytics.outcomes.monitoring import ChartPoint, ControlChartTable
from nmt_analytics.reporting.answers.evidence import cells_of, count_result, result_of
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.runs import draw_control_chart
from nmt_analytics.reporting.wording import (
    first_upper,
    in_words,
    level_label,
    listed,
    number,
    value_in_words,
)

COLUMNS = ("period", "n_sessions", "n_clients", "value", "likely", "signal")
RECENT = 3
"""A signal among the last three points is news; an older one is told as what it is."""


def present_control_chart(table: ControlChartTable) -> Bundle:
    """One metric month by month with its natural limits and signals."""
    name = table.metric.name.replace("_", "-")
    if not any(point.in_limits for point in table.points):
        return Bundle(
            kind="empty",
            title=say("chart.none_title", topic=topic(table.metric), across=_across(table)),
            sentence=say("chart.none"),
            anchor=f"{name}-chart",
            why="too_few",
        )
    return Bundle(
        kind="figure",
        title=say_control_chart(table),
        caption=_caption(table),
        anchor=f"{name}-chart",
        figure=draw_control_chart(table),
        alt=say(
            "outcome.alt_run",
            n=len(table.points),
            across=_across(table),
            cells=listed(_point_in_words(point, table) for point in table.points),
        ),
        table=_numbers(table),
        results=(
            *(result_of(point.row, table.metric) for point in table.points),
            *_limits(table),
        ),
    )


def _across(table: ControlChartTable) -> str:
    return say(f"across.{table.every}")


def say_control_chart(table: ControlChartTable) -> str:
    """The latest signal of a chart in a sentence, or that none was seen."""
    words = {"topic": topic(table.metric)}
    latest = _latest_signal(table)
    if latest is None:
        n_months = sum(point.in_limits for point in table.points)
        return say(f"chart.steady_{table.every}", n=n_months, **words)
    verdict = latest.verdict or "changed"
    return say(
        "chart.signal" if recent_signal(table) else "chart.old_signal",
        verdict=say(f"chart.{verdict}"),
        signal=say(f"signal.{latest.signal}"),
        period=_point_label(latest, table),
        **words,
    )


def _latest_signal(table: ControlChartTable) -> ChartPoint | None:
    """The last point with a signal, or None."""
    return next((point for point in reversed(table.points) if point.signal), None)


def recent_signal(table: ControlChartTable) -> ChartPoint | None:
    """The latest signal among the last few points: what is news."""
    return next((point for point in reversed(table.points[-RECENT:]) if point.signal), None)


def _point_label(point: ChartPoint, table: ControlChartTable) -> str:
    """`Jul 2026`, `Q3 2026`."""
    return level_label(table.every, point.row.period)


def _point_in_words(point: ChartPoint, table: ControlChartTable) -> str:
    value = in_words(point.row, table.metric)
    text = say("outcome.alt_cell", level=_point_label(point, table), value=value)
    return f"{text} ({say(f'signal.{point.signal}')})" if point.signal else text


def _caption(table: ControlChartTable) -> str:
    said = [say("chart.caption", across=_across(table))]
    if table.centre is not None and table.lower_limit is not None and table.upper_limit is not None:
        said.append(
            say(
                "chart.limits",
                centre=value_in_words(table.centre, table.metric),
                lower=number(table.lower_limit, table.metric.unit),
                upper=number(table.upper_limit, table.metric.unit),
            )
        )
    if table.is_provisional:
        said.append(say("chart.provisional"))
    if any(point.row.showing == "few clients" for point in table.points):
        said.append(say("chart.few"))
    return " ".join(said)


def _numbers(table: ControlChartTable) -> Table:
    return Table(
        columns=COLUMNS,
        labels=(
            say(f"dimension.{table.every}"),
            say("table.sessions"),
            say("table.clients"),
            first_upper(table.metric.label),
            say("table.likely"),
            say("chart.signal_label"),
        ),
        rows=tuple(_line(point, table) for point in table.points),
        numeric=("n_sessions", "n_clients"),
    )


def _line(point: ChartPoint, table: ControlChartTable) -> tuple[Cell | str, ...]:
    signal = Cell(say(f"signal.{point.signal}"), point.verdict) if point.signal else ""
    cells = cells_of(point.row, table.metric) | {
        "period": _point_label(point, table),
        "signal": "" if point.row.is_hidden else signal,
    }
    return tuple(cells[name] for name in COLUMNS)


def _limits(table: ControlChartTable) -> list[Result]:
    """The centre and the natural limits, each as a result."""
    limits = {
        "centre": table.centre,
        "lower_limit": table.lower_limit,
        "upper_limit": table.upper_limit,
    }
    n_months = sum(point.in_limits for point in table.points)
    period = _whole_period(table.points)
    unit = table.metric.unit
    counted = count_result(f"{table.metric.name}: {table.every}s", "count", period, n_months)
    return [counted] + [
        Result(f"{table.metric.name}: {name}", unit, period, value, shown=number(value, unit))
        for name, value in limits.items()
        if value is not None
    ]


def _whole_period(points: Sequence[ChartPoint]) -> str:
    return f"{points[0].row.period} to {points[-1].row.period}"
