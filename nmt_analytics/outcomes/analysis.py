"""The one path from the store to publishable numbers: count, estimate, publish.

Everything that a page, a notebook or the command line shows goes through `outcome` or a neighbour
that is built on `count_sessions` (counting.py), and through the door out (disclosure.py).
"""

import math
from dataclasses import replace

from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.counting import Counts, count_sessions
from nmt_analytics.outcomes.disclosure import publish
from nmt_analytics.outcomes.metrics import Metric, find_dimensions, find_metric
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period


def outcome(
    view: View,
    name: str,
    by: str | tuple[str, ...] | list[str] | None = None,
    period: str | Period | None = None,
) -> OutcomeTable:
    """One metric by up to two dimensions in one period, ready to be shown to the audience."""
    return outcome_of(view, find_metric(name), find_dimensions(by), parse_period(period))


def outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    """`outcome` of a metric that is at hand."""
    key = (metric.name, dimensions, period, *view.key)
    return view.store.remember(key, lambda: _outcome_of(view, metric, dimensions, period))


def _outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    counted = count_sessions(view, metric.outcome, dimensions, period)
    rows = [estimate_row(metric, period, counts) for counts in counted]
    if not rows and not dimensions:
        rows = [Row(period.name, (), 0, 0, value=0.0 if metric.is_count else None)]
    return OutcomeTable(
        metric, dimensions, period, publish(rows, metric, view.audience), view.audience
    )


def estimate_row(metric: Metric, period: Period, counts: Counts) -> Row:
    """One cell's estimate with its interval, before the door out."""
    row = Row(period.name, counts.levels, counts.n_sessions, counts.n_clients)
    if metric.is_count:
        count = counts.n_clients if metric.unit == "clients" else counts.n_sessions
        return replace(row, value=float(count))
    found = resampling.estimate(metric.estimate, *counts.cells)
    return replace(
        row,
        value=to_unit(found.value, metric),
        ci_lower=to_unit(found.ci_lower, metric),
        ci_upper=to_unit(found.ci_upper, metric),
        known_lower=to_unit(found.known_lower, metric),
        known_upper=to_unit(found.known_upper, metric),
    )


def to_unit(value: float, metric: Metric) -> float | None:
    """An estimator's number in the metric's unit; None for nan."""
    # Twelve significant digits: below them, sums depend on the order of addition.
    return None if math.isnan(value) else float(f"{value * metric.factor:.12g}")
