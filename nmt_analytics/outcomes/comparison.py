"""This period against the one before it, and the run of periods before that."""

from dataclasses import replace
from math import erfc, isinf, sqrt
from statistics import NormalDist

import numpy as np

from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.analysis import is_held, outcome_of, to_unit
from nmt_analytics.outcomes.answers import Change, Row
from nmt_analytics.outcomes.counting import count_run, count_sessions
from nmt_analytics.outcomes.disclosure import FULL_CLIENTS, NOT_TO_BE_SHARED, coarse_number
from nmt_analytics.outcomes.group_tests import holm
from nmt_analytics.outcomes.metrics import Metric, find_metric
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period

AT_A_GLANCE = (
    "relief_days_median",
    "relief_at_4_days",
    "soreness_gone_by_36_hours",
    "pain_change",
    "follow_up_response",
)
"""The five numbers that open a page, each with its change and its last eight periods."""
NOT_PUBLISHED = "hidden: too few clients in one of the two periods"
FEW_CLIENTS = f"fewer than {FULL_CLIENTS} clients in one of the two periods"
NOT_REACHED = "not reached in one of the two periods"
_TWO_SIDED = NormalDist().inv_cdf(0.975)


def compare(view: View, name: str | Metric, period: str | Period | None = None) -> Change:
    """The metric in `period` against the same kind of period just before it.

    The difference is this minus previous; its interval leaves out one client at a time from both
    periods at once, so that a client who came in both counts once. Raises UsageError for all
    sessions, before which there is nothing.
    """
    metric, this = find_metric(name), parse_period(period)
    before = this.previous
    row, previous = (outcome_of(view, metric, (), each).rows[0] for each in (this, before))
    change = Change(metric, row, previous)
    reason = _reason_not_to_compare(row, previous)
    if any(is_held(view, metric.outcome, each) for each in (this, before)):
        reason = NOT_TO_BE_SHARED
    if reason:
        return replace(change, reason=reason)
    if metric.is_count:
        return replace(change, difference=_plain_difference(row, previous))
    return _with_difference(view, change, this, before)


def compare_at_a_glance(view: View, period: Period) -> list[Change]:
    """The five numbers that open a page against the period before.

    They are a few comparisons named beforehand, so a change is seen only where it still is after
    Holm's adjustment: else one page in five would announce a change that is none.
    """
    changes = [compare(view, name, period) for name in AT_A_GLANCE]
    compared = [at for at, change in enumerate(changes) if change.ci_lower is not None]
    adjusted = holm(np.array([_p_value(changes[at]) for at in compared]))
    for at, p_value in zip(compared, adjusted, strict=True):
        changes[at] = replace(changes[at], p_value=float(p_value))
    return changes


def _p_value(change: Change) -> float:
    """How often chance alone would bring such a difference: 0.05 where zero ends the interval.

    By the normal curve (no side has fewer than 20 clients); the half of the interval that faces
    zero tells how uncertain the difference is, as the two halves differ.
    """
    difference = change.difference or 0.0
    near = change.ci_lower if difference > 0 else change.ci_upper
    if difference == 0 or near is None or isinf(near):
        return 1.0
    half = abs(difference - near)
    return erfc(_TWO_SIDED * abs(difference) / half / sqrt(2)) if half else 0.0


def recent(view: View, metric: Metric, period: Period, n_periods: int = 8) -> tuple[Row, ...]:
    """The metric in the last `n_periods` periods up to `period`, oldest first."""
    periods = [period]
    while len(periods) < n_periods:
        periods.insert(0, periods[0].previous)
    count_run(view, metric.outcome, periods)
    return tuple(outcome_of(view, metric, (), each).rows[0] for each in periods)


def _reason_not_to_compare(row: Row, previous: Row) -> str:
    if row.is_hidden or previous.is_hidden:
        return NOT_PUBLISHED
    if min(row.n_clients or 0, previous.n_clients or 0) < FULL_CLIENTS:
        return FEW_CLIENTS
    if row.value is None or previous.value is None:
        return NOT_REACHED
    return ""


def _plain_difference(row: Row, previous: Row) -> float:
    return (row.value or 0.0) - (previous.value or 0.0)


def _with_difference(view: View, change: Change, this: Period, before: Period) -> Change:
    metric = change.metric
    first, second = (
        count_sessions(view, metric.outcome, (), each)[0].cells for each in (this, before)
    )
    found = resampling.estimate_difference(metric.estimate, first, second)
    return replace(
        change,
        difference=_plain_difference(change.row, change.previous),
        ci_lower=coarse_number(to_unit(found.ci_lower, metric), metric, view.audience),
        ci_upper=coarse_number(to_unit(found.ci_upper, metric), metric, view.audience),
    )
