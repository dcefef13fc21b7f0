"""The one path from the store to publishable numbers: count, estimate, publish.

Everything that a page, a notebook or the command line shows goes through `outcome` or a neighbour
that is built on `count_sessions` (counting.py), and through the door out (disclosure.py).
"""

import math
from dataclasses import replace

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.counting import Counts, count_sessions
from nmt_analytics.outcomes.disclosure import hidden_as_beside, hidden_places
from nmt_analytics.outcomes.holding import held_levels, publish_held
from nmt_analytics.outcomes.measures import Outcome
from nmt_analytics.outcomes.metrics import Metric, find_dimensions, find_metric
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period


def outcome(
    view: View,
    name: str | Metric,
    by: str | tuple[str, ...] | list[str] | None = None,
    period: str | Period | None = None,
) -> OutcomeTable:
    """One metric by up to two dimensions in one period, ready to be shown to the audience."""
    return outcome_of(view, find_metric(name), find_dimensions(by), parse_period(period))


def outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    """`outcome` of a metric that is at hand."""
    key = (metric, dimensions, period, *view.key)
    return view.store.remember(key, lambda: _outcome_of(view, metric, dimensions, period))


def _outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    counted = count_sessions(view, metric.outcome, dimensions, period)
    rows = [estimate_row(metric, period, counts) for counts in counted]
    if not rows and not dimensions:
        rows = [Row(period.name, (), 0, 0, value=0.0 if metric.is_count else None)]
    margins = margins_of(view, metric.outcome, dimensions, period)
    published = publish_held(view, metric, dimensions, period, rows, margins)
    beside = hidden_beside_others(view, metric.outcome, dimensions, period)
    published = tuple(hidden_as_beside(row) if row.levels in beside else row for row in published)
    return OutcomeTable(metric, dimensions, period, published, view.audience)


def margins_of(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> list[list[Row]]:
    """The counts by each dimension of a grid alone, for the door out; nothing for a line."""
    if len(dimensions) < 2:
        return []
    return [count_rows(view, outcome, (each,), period) for each in dimensions]


def count_rows(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> list[Row]:
    """Rows that hold counts alone, before the door out."""
    return [
        Row(period.name, counts.levels, counts.n_sessions, counts.n_clients)
        for counts in count_sessions(view, outcome, dimensions, period)
    ]


def kept_back(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> set[tuple[str, ...]]:
    """The levels of which an answer that is no metric may show nothing, small ones apart.

    For the owner those that a breakdown of all levels hides; for others those that are held.
    """
    if view.ledger is not None:
        rows = count_rows(view, outcome, dimensions, period)
        return held_levels(view, view.ledger, outcome, dimensions, period, rows)
    return hidden_beside_others(view, outcome, dimensions, period)


def is_held(view: View, outcome: Outcome, period: Period) -> bool:
    """Whether nothing new of all sessions may be shared, since too few clients differ."""
    return view.ledger is not None and bool(kept_back(view, outcome, (), period))


def hidden_beside_others(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> set[tuple[str, ...]]:
    """For a view of one level: what the breakdown that it is a slice of hides there.

    Pages about one level each, laid side by side, are that breakdown. So each hides what the
    whole would hide. Raises UsageError where the whole would have more than two dimensions.
    """
    dimension, level = view.only
    if not dimension or dimension in dimensions:
        return set()
    if len(dimensions) > 1:
        raise UsageError(
            f"One {dimension} alone is broken down by one dimension at a time: what is hidden "
            "beside the other ones could not be told otherwise."
        )
    whole, by = replace(view, only=("", "")), (dimension, *dimensions)
    rows = count_rows(whole, outcome, by, period)
    hidden = hidden_places(rows, view.audience, margins_of(whole, outcome, by, period))
    return {rows[i].levels[1:] for i in hidden if rows[i].levels[0] == level}


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
