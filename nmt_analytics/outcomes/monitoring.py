"""Is it changing? One metric month by month, as a control chart of publishable points."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

import numpy as np

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.analysis import outcome_of
from nmt_analytics.outcomes.answers import NUMBERS, Row
from nmt_analytics.outcomes.control_chart import control_chart
from nmt_analytics.outcomes.metrics import Metric, find_metric
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period, period_containing

WATCHED = ("relief_at_7_days", "soreness_gone_by_36_hours", "pain_change", "follow_up_response")
"""The measures that a page watches month by month."""


@dataclass(frozen=True)
class ChartPoint:
    """One month of a control chart; `signal` and `verdict` are empty where there is none."""

    row: Row
    in_limits: bool
    signal: str = ""
    verdict: Literal["", "better", "worse"] = ""


@dataclass(frozen=True)
class ControlChartTable:
    """One metric month by month with its natural limits; None where they cannot be computed."""

    metric: Metric
    every: str
    points: tuple[ChartPoint, ...]
    centre: float | None
    lower_limit: float | None
    upper_limit: float | None
    is_provisional: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `records`."""
        limits = ("centre", "lower_limit", "upper_limit", "signal", "verdict")
        return ("metric", "unit", "period", *NUMBERS, "hidden", *limits)

    def records(self) -> list[dict[str, object]]:
        """One dictionary per month."""
        return [
            {"metric": self.metric.name, "unit": self.metric.unit, "period": point.row.period}
            | {name: getattr(point.row, name) for name in NUMBERS}
            | {
                "hidden": point.row.hidden,
                "centre": self.centre,
                "lower_limit": self.lower_limit,
                "upper_limit": self.upper_limit,
                "signal": point.signal,
                "verdict": point.verdict,
            }
            for point in self.points
        ]


def chart(
    view: View, name: str | Metric, every: str = "month", period: str | Period | None = None
) -> ControlChartTable:
    """The metric by month (or quarter) from the first session up to the end of `period`.

    Points below the showing limit are gaps: outside the limits' computation and unsignalled.
    """
    metric = find_metric(name)
    dimension, until = _dimension(every), parse_period(period).history
    rows = {row.levels[0]: row for row in outcome_of(view, metric, (dimension,), until).rows}
    points = [rows.get(month, _gap(month)) for month in _without_gaps(sorted(rows), every)]
    return _charted(metric, every, [_named(row) for row in points])


def _charted(metric: Metric, every: str, rows: list[Row]) -> ControlChartTable:
    found = control_chart(
        [row.period for row in rows],
        np.array([np.nan if row.value is None else row.value for row in rows]),
        np.array([row.showing in ("full", "wide interval") for row in rows]),
        metric.direction,
        (0.0, 100.0) if metric.unit == "%" else None,
    )
    points = tuple(
        ChartPoint(row, in_limits, signal or "", verdict or "")
        for row, in_limits, signal, verdict in zip(
            rows, found.in_limits_computation, found.signals, found.verdicts, strict=True
        )
    )
    limits = (found.centre, found.lower_limit, found.upper_limit)
    centre, lower, upper = (None if np.isnan(each) else float(each) for each in limits)
    return ControlChartTable(metric, every, points, centre, lower, upper, found.provisional)


def _dimension(every: str) -> str:
    if every not in ("month", "quarter"):
        raise UsageError(f'A control chart runs by month or quarter, not by "{every}".')
    return every


def _without_gaps(names: list[str], every: str) -> list[str]:
    """Every month from the first to the last, so that a missing one is seen as a gap."""
    if not names:
        return []
    present, last = parse_period(names[0]), parse_period(names[-1])
    run = [present]
    while run[-1].until_on < last.until_on:
        run.append(period_containing(run[-1].until_on + timedelta(days=1), every))
    return [each.name for each in run]


def _gap(name: str) -> Row:
    return Row(name, (name,), hidden="no sessions", showing="hidden")


def _named(row: Row) -> Row:
    return replace(row, period=row.levels[0], levels=())
