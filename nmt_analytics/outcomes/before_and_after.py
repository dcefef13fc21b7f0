"""Pain beyond the mean, and pressure beyond the share: what stands beside the simple numbers."""

from dataclasses import dataclass, replace

import numpy as np

from nmt_analytics.outcomes import pain
from nmt_analytics.outcomes.analysis import estimate_row, kept_back, outcome_of
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.counting import Counts
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS, hidden_as_beside, publish
from nmt_analytics.outcomes.estimators import Share
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Columns


@dataclass(frozen=True)
class PainTable:
    """The whole curve of improvement, and what would be expected without any effect.

    `responders`: (points, percent of sessions whose pain fell by at least that much).
    `n_low_baseline`: sessions with pain under 4 before, which pain_responders leaves out; None
    where too few clients had one. `expected` is the change in points that regression to the mean
    alone would bring, `paired` the same from each client's own ratings at other times; None with
    `reason` where they cannot be estimated.
    """

    period: Period
    change: Row
    responders: tuple[tuple[int, float], ...] = ()
    expected: float | None = None
    paired: float | None = None
    reliability: float | None = None
    reason: str = ""
    n_low_baseline: int | None = None


@dataclass(frozen=True)
class PressureTable:
    """How the pressure felt, whether it was adjusted, and whether the next session felt right.

    `after_adjusting`, `after_not_adjusting`: of sessions not felt right, the share of the same
    client's next sessions that were not felt right either.
    """

    period: Period
    felt: tuple[tuple[str, Row], ...]
    after_adjusting: Row
    after_not_adjusting: Row


NOT_RIGHT_AGAIN = Metric(
    "pressure_not_right_again",
    "pressure not right again",
    "%",
    "of the next sessions of the same client, the share whose pressure was not right again",
    "sessions felt too light or too strong that have a next one",
    "down",
    "",
    Share(),
)


NO_SESSION = "no such sessions"
BUCKETS_OF_CLIENTS = "with more than 1,000 clients they are counted in groups, not one by one"


def pain_beyond_the_mean(view: View, period: str | Period | None = None) -> PainTable:
    """The responder curve and the change to be expected without any effect."""
    when = parse_period(period)
    table = PainTable(when, outcome_of(view, METRICS["pain_change"], (), when).rows[0])
    if table.change.is_hidden or view.audience != "owner":
        return table
    with view.store.one_moment():
        rated = ask(view, when, "pain_counts")
        elsewhere = ask(view, when, "pain_elsewhere_counts")
    before, after, n = _filled(rated["before"]), _filled(rated["after"]), rated["n"]
    points, shares = pain.responder_curve(before, after, n.astype(float))
    is_low = (before < pain.LOWEST_BASELINE) & ~np.isnan(after)
    n_clients_low = len(np.unique(rated["bucket"][is_low]))
    table = replace(
        table,
        responders=tuple((int(x), 100 * float(y)) for x, y in zip(points, shares, strict=True)),
        n_low_baseline=(
            int(n[is_low].sum()) if n_clients_low >= MINIMUM_CLIENTS[view.audience] else None
        ),
    )
    if len(np.unique(rated["bucket"][~np.isnan(before + after)])) < (table.change.n_clients or 0):
        return replace(table, reason=BUCKETS_OF_CLIENTS)
    return _with_expected(table, before, rated, elsewhere)


def _with_expected(
    table: PainTable, before: np.ndarray, rated: Columns, elsewhere: Columns
) -> PainTable:
    found = pain.expected_without_effect(
        np.repeat(before, rated["n"]),
        np.repeat(rated["bucket"], rated["n"]),
        np.repeat(_filled(elsewhere["pain"]), elsewhere["n"]),
        np.repeat(elsewhere["bucket"], elsewhere["n"]),
    )
    if found.reason:
        return replace(table, reason=found.reason)
    paired = None if np.isnan(found.paired) else found.paired
    return replace(table, expected=found.value, paired=paired, reliability=found.reliability)


def pressure_loop(view: View, period: str | Period | None = None) -> PressureTable:
    """How pressure felt by level, and whether adjusting it went with a better next session."""
    when = parse_period(period)
    felt = outcome_of(view, METRICS["sessions"], ("pressure_felt",), when)
    counts = ask(view, when, "pressure_next_counts")
    rows = (
        _published(_next_sessions(counts, was_adjusted), when, view.audience)
        for was_adjusted in (1, 0)
    )
    if kept_back(view, "session", (), when):
        rows = (hidden_as_beside(row, view.audience) for row in rows)
    after_adjusting, after_not_adjusting = rows
    return PressureTable(
        when,
        tuple((row.levels[0], row) for row in felt.rows),
        after_adjusting,
        after_not_adjusting,
    )


def _published(cells: Counts, period: Period, audience: str) -> Row:
    """One of the two numbers, each by itself: their total is shown nowhere."""
    if not cells.n_sessions:
        return Row(period.name, cells.levels, hidden=NO_SESSION, showing="hidden")
    (row,) = publish([estimate_row(NOT_RIGHT_AGAIN, period, cells)], NOT_RIGHT_AGAIN, audience)
    return row


def _next_sessions(counts: Columns, was_adjusted: int) -> Counts:
    """The next sessions after pressure was adjusted or not: 1 where it was not right again."""
    rows = counts["was_adjusted"] == was_adjusted
    bucket, n = counts["bucket"][rows].astype(np.int64), counts["n"][rows].astype(float)
    again = counts["not_right_again"][rows].astype(float)
    level = "adjusted" if was_adjusted else "not adjusted"
    return Counts((level,), len(np.unique(bucket)), int(n.sum()), bucket, again, again, n)


def _filled(column: np.ndarray) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
