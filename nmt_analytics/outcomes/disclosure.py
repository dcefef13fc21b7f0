"""The door out: hides what is too small to show. The unit is the distinct client.

Two audiences: the owner (default) and whoever a page is shared with. See docs/privacy.md and
docs/methods.md. Nothing publishable is made anywhere else.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nmt_analytics.outcomes.answers import Row, Showing
from nmt_analytics.outcomes.metrics import Metric

MINIMUM_CLIENTS = {"owner": 5, "shared": 10}
FULL_CLIENTS = 20
"""From this many clients on, and with an interval narrower than WIDE_POINTS, a number is full."""
WIDE_POINTS = 30.0
ROUNDING = 5
BESIDE_HIDDEN = "hidden, so that a total beside it does not give a smaller cell back"
TOO_CERTAIN = "hidden: 0 % or 100 % would say something about every client in it"


def publish(cells: Sequence[Row], metric: Metric, audience: str) -> tuple[Row, ...]:
    """The rows as the audience may see them, in the same order."""
    hidden = _too_small(cells, audience)
    beside = _complementary(cells, hidden)
    return tuple(
        _publish_row(row, metric, audience, index in hidden, index in beside)
        for index, row in enumerate(cells)
    )


def _too_small(rows: Sequence[Row], audience: str) -> set[int]:
    minimum = MINIMUM_CLIENTS[audience]
    return {index for index, row in enumerate(rows) if (row.n_clients or 0) < minimum}


def _complementary(rows: Sequence[Row], hidden: set[int]) -> set[int]:
    """The further rows to hide so that no line of the table has exactly one hidden cell."""
    beside: set[int] = set()
    lines = list(_lines(rows))
    changed = True
    while changed:
        changed = False
        for line in lines:
            kept_back = [index for index in line if index in hidden or index in beside]
            shown = [index for index in line if index not in hidden and index not in beside]
            if len(kept_back) == 1 and shown:
                beside.add(min(shown, key=lambda index: (rows[index].n_clients or 0, index)))
                changed = True
    return beside


def _lines(rows: Sequence[Row]) -> Iterable[list[int]]:
    """The rows that add up to a total: all of them, and each row and column of a grid."""
    if not rows or not rows[0].levels:
        return
    dimensions = range(len(rows[0].levels))
    if len(dimensions) == 1:
        yield list(range(len(rows)))
        return
    for kept in dimensions:
        for level in dict.fromkeys(row.levels[kept] for row in rows):
            yield [index for index, row in enumerate(rows) if row.levels[kept] == level]


def _publish_row(row: Row, metric: Metric, audience: str, small: bool, beside: bool) -> Row:
    minimum = MINIMUM_CLIENTS[audience]
    if small:
        missing = minimum - (row.n_clients or 0) if audience == "owner" else None
        return _hide(row, f"hidden: fewer than {minimum} clients", missing)
    if beside:
        return _hide(row, BESIDE_HIDDEN, None)
    if audience == "shared":
        row = _coarsen(row, metric)
        if row.is_hidden:
            return row
    showing, missing = _showing(row, metric)
    return replace(row, showing=showing, needs_clients=missing)


def _hide(row: Row, reason: str, missing: int | None) -> Row:
    return Row(row.period, row.levels, hidden=reason, showing="hidden", needs_clients=missing)


def _coarsen(row: Row, metric: Metric) -> Row:
    """Counts to the nearest 5, shares to whole percent; a certain share hides itself."""
    if metric.unit == "%" and row.value is not None and not 0.5 <= row.value < 99.5:
        return _hide(row, TOO_CERTAIN, None)
    digits = 0 if metric.unit in ("%", "days", "hours", "seconds") else 1
    numbers = {
        name: _rounded(getattr(row, name), digits)
        for name in ("value", "ci_lower", "ci_upper", "known_lower", "known_upper")
    }
    n_clients, n_sessions = _to_five(row.n_clients), _to_five(row.n_sessions)
    if metric.is_count:
        numbers["value"] = float((n_clients if metric.unit == "clients" else n_sessions) or 0)
    return replace(row, n_clients=n_clients, n_sessions=n_sessions, **numbers)  # type: ignore[arg-type]


def _rounded(value: float | None, digits: int) -> float | None:
    return value if value is None or math.isinf(value) else round(value, digits)


def _to_five(count: int | None) -> int | None:
    return None if count is None else ROUNDING * round(count / ROUNDING)


def _showing(row: Row, metric: Metric) -> tuple[Showing, int | None]:
    """How strongly the number may be shown, and how many more clients would show it in full."""
    n_clients = row.n_clients or 0
    if metric.is_count:
        return "full", None
    if n_clients < FULL_CLIENTS:
        return "few clients", FULL_CLIENTS - n_clients
    if metric.unit == "%" and row.ci_lower is not None and row.ci_upper is not None:
        width = row.ci_upper - row.ci_lower
        if width >= WIDE_POINTS:
            # An interval narrows with the square root of the clients behind it.
            return "wide interval", math.ceil(n_clients * ((width / WIDE_POINTS) ** 2 - 1)) + 1
    return "full", None
