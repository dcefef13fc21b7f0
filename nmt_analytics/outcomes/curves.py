"""Relief and soreness over time, as publishable curves."""

from dataclasses import replace
from typing import Literal

import numpy as np

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.analysis import count_rows, kept_back, margins_of
from nmt_analytics.outcomes.answers import Curve, CurvePoint, CurveTable, Row
from nmt_analytics.outcomes.counting import Counts, count_sessions
from nmt_analytics.outcomes.disclosure import (
    MINIMUM_CLIENTS,
    coarse_share,
    hidden_as_beside,
    publish,
    to_five,
)
from nmt_analytics.outcomes.metrics import LATE_HOURS, METRICS, find_dimensions
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period

_DAYS = tuple(range(29))
_HOURS = tuple(range(0, 97, 2))


def curve(
    view: View,
    outcome: Literal["relief", "soreness"],
    by: str | tuple[str, ...] | list[str] | None = None,
    period: str | Period | None = None,
) -> CurveTable:
    """Share of sessions still relieved by day 0-28 (or sore by hour 0-96), one curve per level.

    A curve ends where too few clients are still followed. For `shared` it has no points at which
    all sessions, or none, are still relieved (but for its start). Raises UsageError for more
    than one dimension.
    """
    dimensions, when = find_dimensions(by), parse_period(period)
    if len(dimensions) > 1:
        raise UsageError(
            "Curves are drawn by one dimension. Ask for a share by two: "
            f'outcome("relief_at_7_days", by={list(dimensions)})'
        )
    counted = count_sessions(view, outcome, dimensions, when)
    doors = _doors(view, outcome, dimensions, when)
    times = _DAYS if outcome == "relief" else _HOURS
    curves = tuple(
        _draw(counts, row, times, view.audience) for counts, row in zip(counted, doors, strict=True)
    )
    return CurveTable(outcome, "days" if outcome == "relief" else "hours", dimensions, when, curves)


def _doors(
    view: View, outcome: Literal["relief", "soreness"], dimensions: tuple[str, ...], period: Period
) -> list[Row]:
    """The counts behind each curve as they may be shown: whether its door is open."""
    rows = publish(
        count_rows(view, outcome, dimensions, period),
        METRICS["relief_at_7_days" if outcome == "relief" else "soreness_gone_by_36_hours"],
        view.audience,
        margins_of(view, outcome, dimensions, period),
    )
    beside = kept_back(view, outcome, dimensions, period)
    return [hidden_as_beside(row, view.audience) if row.levels in beside else row for row in rows]


def _draw(counts: Counts, row: Row, times: tuple[int, ...], audience: str) -> Curve:
    """The curve where the door is open, else the reason why there is none."""
    if row.is_hidden:
        return Curve(row.levels, hidden=row.hidden, showing="hidden")
    late = LATE_HOURS if times == _HOURS else 0.0
    found = resampling.estimate_curve(*counts.cells, np.array(times, dtype=float), late)
    shares = np.column_stack(
        [found.value, found.ci_lower, found.ci_upper, found.known_lower, found.known_upper]
    )
    at_risk = np.round(found.n_at_risk).astype(int).tolist()
    points = [
        _point(day, shares[at].tolist(), at_risk[at])
        for at, day in enumerate(times)
        if not np.isnan(shares[at, 0])
        and _clients_followed(counts, day) >= MINIMUM_CLIENTS[audience]
    ]
    if audience == "shared":
        points = _coarse(points, counts.n_sessions)
    return Curve(row.levels, row.n_sessions, row.n_clients, tuple(points), showing=row.showing)


def _clients_followed(counts: Counts, time: float) -> int:
    """The clients with a session that is known, or may be, relieved at that time."""
    is_followed = (counts.lower >= time) | ((counts.upper > time) & np.isfinite(counts.upper))
    return len(np.unique(counts.bucket[is_followed]))


def _point(day: int, shares: list[float], n_at_risk: int) -> CurvePoint:
    value, ci_lower, ci_upper, known_lower, known_upper = (
        float(f"{100 * share:.12g}") for share in shares
    )
    return CurvePoint(day, value, ci_lower, ci_upper, known_lower, known_upper, n_at_risk)


def _coarse(points: list[CurvePoint], n_sessions: int) -> list[CurvePoint]:
    """The points that may be shared, from rounded counts."""
    shares = ("value", "ci_lower", "ci_upper", "known_lower", "known_upper")
    rounded = [
        replace(
            point,
            n_at_risk=to_five(point.n_at_risk),
            **{name: coarse_share(getattr(point, name), n_sessions) for name in shares},
        )
        for point in points
    ]
    return [point for point in rounded if point.day == 0 or 0 < point.value < 100]
