"""The door out: hides what is too small to show. The unit is the distinct client.

Two audiences: the owner (default) and whoever a page is shared with. See docs/privacy.md and
docs/methods.md. Nothing publishable is made anywhere else.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nmt_analytics.outcomes.answers import Row, Showing
from nmt_analytics.outcomes.metrics import Metric

MINIMUM_CLIENTS = {"owner": 5, "shared": 10}
FULL_CLIENTS = 20
"""From this many clients on, and with an interval narrower than WIDE_POINTS, a number is full."""
WIDE_POINTS = 30.0
ROUNDING = 5
BESIDE_HIDDEN = "hidden, so that a total beside it does not give a smaller cell back"
NOBODY = "nothing recorded"
NOT_TO_BE_SHARED = "hidden: too few clients to be shared, or too much alike"
"""One reason for all: which of them it was would say something about the clients in the cell."""

_ENDS = ("ci_lower", "ci_upper", "known_lower", "known_upper")


def publish(cells: Sequence[Row], metric: Metric, audience: str) -> tuple[Row, ...]:
    """The rows as the audience may see them, in the same order.

    The owner may know that there was nobody at all: no sessions count as 0, and a number that
    nobody answered for is hidden for that reason.
    """
    minimum = MINIMUM_CLIENTS[audience]
    too_small = {i for i, row in enumerate(cells) if (row.n_clients or 0) < minimum}
    if audience == "shared":
        too_certain = {i for i, row in enumerate(cells) if _is_too_certain(row, metric)}
        hidden = _with_complement(cells, too_small | too_certain)
        return tuple(
            _hide(row, NOT_TO_BE_SHARED) if i in hidden else _coarsen(row, metric)
            for i, row in enumerate(cells)
        )
    if metric.is_count:
        too_small -= {i for i, row in enumerate(cells) if not row.n_clients}
    hidden = _with_complement(cells, too_small)
    return tuple(
        _hide(row, BESIDE_HIDDEN if i not in too_small else _too_small(row), minimum)
        if i in hidden
        else _with_showing(row, metric)
        for i, row in enumerate(cells)
    )


def _too_small(row: Row) -> str:
    return few_clients("owner") if row.n_clients else NOBODY


def few_clients(audience: str) -> str:
    """The reason why a cell with too few clients is hidden from the audience."""
    if audience == "shared":
        return NOT_TO_BE_SHARED
    return f"hidden: fewer than {MINIMUM_CLIENTS[audience]} clients"


def publish_counts(
    counts: Sequence[tuple[int, int]], audience: str
) -> tuple[tuple[int | None, str], ...]:
    """Counts of one line, each given with its distinct clients, as (count or None, why hidden)."""
    minimum = MINIMUM_CLIENTS[audience]
    cells = [Row("", (str(i),), n_clients=n_clients) for i, (_, n_clients) in enumerate(counts)]
    too_small = {i for i, (_, n_clients) in enumerate(counts) if n_clients < minimum}
    hidden = _with_complement(cells, too_small)
    published: list[tuple[int | None, str]] = []
    for i, (count, _) in enumerate(counts):
        if i in too_small:
            published.append((None, few_clients(audience)))
        elif i in hidden:
            published.append((None, NOT_TO_BE_SHARED if audience == "shared" else BESIDE_HIDDEN))
        else:
            published.append((coarse_count(count, audience), ""))
    return tuple(published)


def coarse_count(count: int, audience: str) -> int:
    """A count as the audience may see it: exact for the owner, to the nearest 5 when shared."""
    return to_five(count) if audience == "shared" else count


def coarse_share(percent: float, n_sessions: int) -> float:
    """A share of sessions computed from rounded counts, in whole percent: no exact count in it."""
    whole = to_five(n_sessions)
    return float(round(100 * to_five(percent / 100 * n_sessions) / whole)) if whole else 0.0


def coarse_number(value: float | None, metric: Metric, audience: str) -> float | None:
    """A number that is no share of counts: shared in whole units, points with one digit."""
    if value is None or math.isinf(value) or audience != "shared":
        return value
    return round(value, 1 if metric.unit == "points" else 0)


def to_five(count: float) -> int:
    """A count to the nearest 5."""
    return ROUNDING * round(count / ROUNDING)


def _with_complement(rows: Sequence[Row], hidden: set[int]) -> set[int]:
    """`hidden` and the further rows to hide, until no line has exactly one hidden cell.

    Next goes the smallest cell of the line; one that stands alone in its other line goes last,
    since the total of that line would give it back.
    """
    lines = list(_lines(rows))
    alone = {line[0] for line in lines if len(line) == 1}
    hidden = set(hidden)
    changed = True
    while changed:
        changed = False
        for line in lines:
            shown = [i for i in line if i not in hidden]
            if len(line) - len(shown) == 1 and shown:
                hidden.add(min(shown, key=lambda i: (i in alone, rows[i].n_clients or 0, i)))
                changed = True
    return hidden


def _lines(rows: Sequence[Row]) -> Iterator[list[int]]:
    """The rows that add up to a total: all of them, and each row and column of a grid."""
    if not rows or not rows[0].levels:
        return
    if len(rows[0].levels) == 1:
        yield list(range(len(rows)))
        return
    for kept in range(len(rows[0].levels)):
        for level in dict.fromkeys(row.levels[kept] for row in rows):
            yield [i for i, row in enumerate(rows) if row.levels[kept] == level]


def _hide(row: Row, reason: str, minimum: int = 0) -> Row:
    missing = minimum - (row.n_clients or 0)
    return Row(
        row.period,
        row.levels,
        hidden=reason,
        showing="hidden",
        needs_clients=missing if missing > 0 else None,
    )


def _is_too_certain(row: Row, metric: Metric) -> bool:
    """Whether a share of 0 % or 100 % would say something about every client in it."""
    if metric.unit != "%" or row.value is None:
        return False
    return not 0 < coarse_share(row.value, row.n_sessions or 0) < 100


def _coarsen(row: Row, metric: Metric) -> Row:
    """Counts to the nearest 5, shares from such counts in whole percent, times in whole units."""
    n_clients, n_sessions = to_five(row.n_clients or 0), to_five(row.n_sessions or 0)
    coarse = _with_showing(replace(row, n_clients=n_clients, n_sessions=n_sessions), metric)
    if metric.is_count:
        return replace(coarse, value=float(n_clients if metric.unit == "clients" else n_sessions))
    missing = coarse.needs_clients
    rounded = {name: _rounded(getattr(row, name), row, metric) for name in ("value", *_ENDS)}
    return replace(
        coarse,
        needs_clients=None if missing is None else max(ROUNDING, to_five(missing)),
        **rounded,  # type: ignore[arg-type]
    )


def _rounded(value: float | None, row: Row, metric: Metric) -> float | None:
    if value is not None and metric.unit == "%":
        return coarse_share(value, row.n_sessions or 0)
    return coarse_number(value, metric, "shared")


def _with_showing(row: Row, metric: Metric) -> Row:
    showing, missing = _showing(row, metric)
    return replace(row, showing=showing, needs_clients=missing)


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
