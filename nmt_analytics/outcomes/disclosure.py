"""The door out: hides what is too small to show. The unit is the distinct client.

Two audiences: the owner (default) and whoever a page is shared with. See docs/privacy.md and
docs/methods.md. Nothing publishable is made anywhere else.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from nmt_analytics.outcomes.answers import Row, Showing
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.protection import Cell, hide_beside

MINIMUM_CLIENTS = {"owner": 5, "shared": 10}
FULL_CLIENTS = 20
"""From this many clients on, and with an interval narrower than WIDE_POINTS, a number is full."""
WIDE_POINTS = 30.0
ROUNDING = 5
BESIDE_HIDDEN = "hidden: fewer than 5 clients, here or in a group that a total would give back"
"""One reason for both: which of them it is would narrow down how few the few are."""
NOBODY = "nothing recorded"
NOT_TO_BE_SHARED = "hidden: too few clients to be shared, or too much alike"
"""One reason for all: which of them it was would say something about the clients in the cell."""

_ENDS = ("ci_lower", "ci_upper", "known_lower", "known_upper")


def publish(
    cells: Sequence[Row],
    metric: Metric,
    audience: str,
    margins: Sequence[Sequence[Row]] = (),
    held: Collection[int] = (),
) -> tuple[Row, ...]:
    """The rows as the audience may see them, in the same order.

    `margins`: for a grid, the counts by its first and by its second dimension alone. `held`: rows
    to hide beside those that are too small. The owner
    may know that there was nobody at all: no sessions count as 0, and a number that nobody
    answered for is hidden for that reason.
    """
    too_certain = {
        i
        for i, row in enumerate(cells)
        if metric.unit == "%"
        and row.value is not None
        and is_too_certain(row.value, row.n_sessions or 0, audience)
    }
    hidden = hidden_places(cells, audience, margins, too_certain.union(held))
    if audience == "shared":
        return tuple(
            hide(row, NOT_TO_BE_SHARED) if i in hidden else _coarsen(row, metric)
            for i, row in enumerate(cells)
        )
    is_alone = all(_is_small(cells[i], audience) for i in hidden)
    reason = few_clients(audience) if is_alone else BESIDE_HIDDEN
    return tuple(
        _with_showing(row, metric)
        if i not in hidden or (metric.is_count and not row.n_clients)
        else hide(row, reason if row.n_clients else NOBODY, is_alone)
        for i, row in enumerate(cells)
    )


def hidden_places(
    cells: Sequence[Row],
    audience: str,
    margins: Sequence[Sequence[Row]] = (),
    too_certain: Collection[int] = (),
) -> set[int]:
    """Which rows of a breakdown the audience may not see, by their counts and `too_certain`."""
    counted = [
        Cell(row.levels, row.n_sessions or 0, _is_small(row, audience) or i in too_certain)
        for i, row in enumerate(cells)
    ]
    around = [
        [Cell(row.levels, row.n_sessions or 0, _is_small(row, audience)) for row in margin]
        for margin in margins
    ]
    return hide_beside(counted, MINIMUM_CLIENTS[audience], around)


def _is_small(row: Row, audience: str) -> bool:
    return (row.n_clients or 0) < MINIMUM_CLIENTS[audience]


def few_clients(audience: str) -> str:
    """The reason why a cell with too few clients is hidden from the audience."""
    if audience == "shared":
        return NOT_TO_BE_SHARED
    return f"hidden: fewer than {MINIMUM_CLIENTS[audience]} clients"


def publish_counts(
    counts: Sequence[tuple[int, int]], audience: str
) -> tuple[tuple[int | None, str], ...]:
    """Counts of one line, each given with its distinct clients, as (count or None, why hidden)."""
    rows = [Row("", (f"no. {i}",), *each) for i, each in enumerate(counts)]
    hidden = hidden_places(rows, audience)
    is_alone = all(_is_small(rows[i], audience) for i in hidden)
    reason = few_clients(audience) if is_alone or audience == "shared" else BESIDE_HIDDEN
    return tuple(
        (None, reason) if i in hidden else (coarse_count(count, audience), "")
        for i, (count, _) in enumerate(counts)
    )


def coarse_count(count: int, audience: str) -> int:
    """A count as the audience may see it: exact for the owner, to the nearest 5 when shared."""
    return to_five(count) if audience == "shared" else count


def coarse_share(percent: float, n_sessions: int) -> float:
    """A share of sessions computed from rounded counts, in whole percent: no exact count in it."""
    whole = to_five(n_sessions)
    return float(round(100 * to_five(percent / 100 * n_sessions) / whole)) if whole else 0.0


def coarse_number(value: float | None, metric: Metric, audience: str) -> float | None:
    """A number that is no share of counts, as shared: whole, points and ratios with one digit."""
    if value is None or math.isinf(value) or audience != "shared":
        return value
    return round(value, 1 if metric.unit in ("points", "times") else 0)


def to_five(count: float) -> int:
    """A count to the nearest 5."""
    return ROUNDING * round(count / ROUNDING)


def hide(row: Row, reason: str, is_small: bool = False) -> Row:
    """The row without its numbers; for a small one, how many more clients surely suffice.

    Not how many are missing: that would say how many there are.
    """
    more = MINIMUM_CLIENTS["owner"] - bool(row.n_clients)
    needs = more if is_small else None
    return Row(row.period, row.levels, hidden=reason, showing="hidden", needs_clients=needs)


def hidden_as_beside(row: Row, audience: str = "owner") -> Row:
    """A row that is hidden for what others show: a breakdown of all levels, an earlier release."""
    return row if row.is_hidden else hide(row, beside_hidden(audience))


def beside_hidden(audience: str) -> str:
    """The reason why a cell is hidden that is no small one itself."""
    return NOT_TO_BE_SHARED if audience == "shared" else BESIDE_HIDDEN


def is_too_certain(percent: float, n_sessions: int, audience: str) -> bool:
    """Whether a share of 0 % or 100 %, when shared, would say something about every client in it.

    The owner may see it.
    """
    return audience == "shared" and not 0 < coarse_share(percent, n_sessions) < 100


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
