"""Each group against all others: the difference with its interval, and whether it can be told.

Differences are jackknifed themselves, so that a client on both sides counts once. Tests sum their
scores by client (group_tests.py) and are adjusted for how many groups are looked at.
"""

from dataclasses import dataclass, replace

import numpy as np

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.analysis import is_held, kept_back, outcome_of, to_unit
from nmt_analytics.outcomes.answers import SEEN_BELOW, Row
from nmt_analytics.outcomes.counting import Counts, count_sessions
from nmt_analytics.outcomes.disclosure import FULL_CLIENTS, coarse_number, hidden_as_beside
from nmt_analytics.outcomes.group_tests import benjamini_hochberg, holm, score_test
from nmt_analytics.outcomes.metrics import Metric, find_dimensions, find_metric
from nmt_analytics.outcomes.resampling import Cells
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.vocabulary import NOT_RECORDED

PRE_NAMED = ("stress_level", "activity_level", "severity_band", "pressure_felt")
"""Dimensions of a few levels, named beforehand: adjusted by Holm; all others are a screen."""
FEW_CLIENTS = f"fewer than {FULL_CLIENTS} clients in it or in the others"
NOT_REACHED = "not reached in it or in the others"


@dataclass(frozen=True)
class GroupDifference:
    """One level against all other recorded levels, in the metric's unit.

    `difference` is this level minus the others. `p_value` is adjusted for the number of groups
    compared. `reason` says why nothing is compared; all numbers are then None.
    """

    level: str
    row: Row
    difference: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    known_lower: float | None = None
    known_upper: float | None = None
    p_value: float | None = None
    reason: str = ""

    @property
    def is_seen(self) -> bool:
        """Whether the data tell this group from the others: its interval and its test say so."""
        if self.p_value is None or self.ci_lower is None or self.ci_upper is None:
            return False
        return self.p_value < SEEN_BELOW and not self.ci_lower <= 0 <= self.ci_upper


@dataclass(frozen=True)
class GroupsTable:
    """One metric's groups of one dimension, each against all others of the same period."""

    metric: Metric
    by: str
    period: Period
    rows: tuple[GroupDifference, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `records`."""
        return (
            "metric", "unit", "period", self.by, "n_sessions", "n_clients", "value", "ci_lower",
            "ci_upper", "known_lower", "known_upper", "p_value", "hidden",
        )  # fmt: skip

    def records(self) -> list[dict[str, object]]:
        """One dictionary for each group; `value` is the difference from all others."""
        return [
            {
                "metric": f"{self.metric.name}: difference from the others",
                "unit": "points" if self.metric.unit == "%" else self.metric.unit,
                "period": self.period.name,
                self.by: each.level,
                "n_sessions": None if each.reason else each.row.n_sessions,
                "n_clients": None if each.reason else each.row.n_clients,
                "value": each.difference,
                "ci_lower": each.ci_lower,
                "ci_upper": each.ci_upper,
                "known_lower": each.known_lower,
                "known_upper": each.known_upper,
                "p_value": each.p_value,
                "hidden": each.reason,
            }
            for each in self.rows
        ]

    @property
    def compared(self) -> tuple[GroupDifference, ...]:
        """The groups that have a difference."""
        return tuple(each for each in self.rows if not each.reason)


def compare_groups(
    view: View,
    name: str | Metric,
    by: str | tuple[str, ...] | list[str] | None,
    period: str | Period | None = None,
) -> GroupsTable:
    """Each level of one dimension against all its other levels, in one period.

    Raises UsageError for more than one dimension, and for counts, ratios and days until the next
    session.
    """
    metric, dimensions, when = find_metric(name), find_dimensions(by), parse_period(period)
    if len(dimensions) != 1:
        raise UsageError("Groups are compared by one dimension at a time. Name one.")
    if metric.is_count or metric.outcome == "return" or metric.unit == "times":
        raise UsageError(f"Groups are not compared by {metric.name}. Name another metric.")
    rows = outcome_of(view, metric, dimensions, when).rows
    if view.ledger is not None and (
        is_held(view, metric.outcome, when) or kept_back(view, metric.outcome, dimensions, when)
    ):  # every difference is from all others: one group that is held holds them all
        rows = tuple(hidden_as_beside(row, view.audience) for row in rows)
    published = {row.levels[0]: row for row in rows}
    counted = [
        counts
        for counts in count_sessions(view, metric.outcome, dimensions, when)
        if counts.levels[0] != NOT_RECORDED
    ]
    found = [_compare(view, metric, counts, counted, published) for counts in counted]
    return GroupsTable(metric, dimensions[0], when, tuple(_adjusted(found, dimensions[0])))


def _compare(
    view: View, metric: Metric, own: Counts, counted: list[Counts], published: dict[str, Row]
) -> GroupDifference:
    level, row = own.levels[0], published[own.levels[0]]
    others = _together([counts for counts in counted if counts is not own])
    if row.is_hidden:
        return GroupDifference(level, row, reason=row.hidden)
    if min(own.n_clients, len(np.unique(others[0]))) < FULL_CLIENTS:
        return GroupDifference(level, row, reason=FEW_CLIENTS)
    found = resampling.estimate_difference(metric.estimate, own.cells, others)
    if np.isnan(found.value):
        return GroupDifference(level, row, reason=NOT_REACHED)
    is_own = np.repeat([1, 0], [len(own.n), len(others[0])])
    bucket, lower, upper, n = _joined(own.cells, others)
    test = score_test(bucket, is_own, lower, upper, n)
    difference, ci_lower, ci_upper, known_lower, known_upper = (
        coarse_number(to_unit(each, metric), metric, view.audience)
        for each in (
            found.value, found.ci_lower, found.ci_upper, found.known_lower, found.known_upper
        )
    )  # fmt: skip
    return GroupDifference(
        level,
        row,
        difference,
        ci_lower,
        ci_upper,
        known_lower,
        known_upper,
        None if np.isnan(test.p_value) else test.p_value,
    )


def _adjusted(found: list[GroupDifference], dimension: str) -> list[GroupDifference]:
    """The same with p-values adjusted for all groups that were compared."""
    tested = [each for each in found if each.p_value is not None]
    adjust = holm if dimension in PRE_NAMED else benjamini_hochberg
    p_values = adjust(np.array([each.p_value for each in tested], dtype=float))
    adjusted = dict(zip((each.level for each in tested), p_values.tolist(), strict=True))
    return [replace(each, p_value=adjusted.get(each.level)) for each in found]


def _together(counted: list[Counts]) -> Cells:
    """The cells of several groups as those of one."""
    nothing = np.zeros(0)
    cells: Cells = (nothing.astype(np.int64), nothing, nothing, nothing)
    for counts in counted:
        cells = _joined(cells, counts.cells)
    return cells


def _joined(one: Cells, other: Cells) -> Cells:
    return (
        np.concatenate([one[0], other[0]]),
        np.concatenate([one[1], other[1]]),
        np.concatenate([one[2], other[2]]),
        np.concatenate([one[3], other[3]]),
    )
