"""Numbers that are held back, or shown as they were: too few clients differ from what was shared.

Only for what is shared, and only where a ledger says what was (ledger.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.counting import therapist_names
from nmt_analytics.outcomes.disclosure import hidden_places, publish
from nmt_analytics.outcomes.ledger import Clients, Ledger
from nmt_analytics.outcomes.measures import Outcome
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period

Levels = tuple[str, ...]


@dataclass(frozen=True)
class Behind:
    """What stands behind a row: where the ledger looks for it, and the clients."""

    scope: str
    clients: Clients


def publish_held(
    view: View,
    metric: Metric,
    dimensions: Levels,
    period: Period,
    rows: Sequence[Row],
    margins: Sequence[Sequence[Row]],
) -> tuple[Row, ...]:
    """The rows as the audience may see them; what has to be held is as it was shared before."""
    if view.ledger is None:
        return publish(rows, metric, view.audience, margins)
    behind = _behind(view, view.ledger, metric.outcome, dimensions, period, rows)
    return publish_beside(view.ledger, metric, rows, margins, behind)


def publish_beside(
    ledger: Ledger,
    metric: Metric,
    rows: Sequence[Row],
    margins: Sequence[Sequence[Row]],
    behind: Sequence[Behind],
) -> tuple[Row, ...]:
    """The rows as they may be shared beside all that was; what is shown anew is noted.

    What the total would give back beside a held row is held too.
    """
    held = {i for i, each in enumerate(behind) if ledger.is_held(each.scope, each.clients)}
    published = publish(rows, metric, "shared", margins)
    protected = publish(rows, metric, "shared", margins, held) if held else published
    shown = []
    for row, safe, each in zip(published, protected, behind, strict=True):
        cell = f"{_name(metric)}|{each.scope}|{row.period}"
        if safe.is_hidden and not row.is_hidden:
            ledger.held.add(cell)
            shown.append(ledger.last_shown(cell) or safe)
            continue
        if not row.is_hidden:
            ledger.note(each.scope, each.clients, cell, row)
        shown.append(row)
    return tuple(shown)


def _name(metric: Metric) -> str:
    """The metric's name; of a practice's own also how it is defined, which may change."""
    is_ours = isinstance(metric.outcome, str)
    return metric.name if is_ours else f"{metric.name}: {metric.outcome}"


def held_levels(
    view: View,
    ledger: Ledger,
    outcome: Outcome,
    dimensions: Levels,
    period: Period,
    rows: Sequence[Row],
) -> set[Levels]:
    """The levels of which nothing new may be shared; what is shown of the others is noted."""
    behind = _behind(view, ledger, outcome, dimensions, period, rows)
    held = {i for i, each in enumerate(behind) if ledger.is_held(each.scope, each.clients)}
    hidden = hidden_places(rows, view.audience)
    protected = hidden_places(rows, view.audience, too_certain=held)
    for i, each in enumerate(behind):
        if i in protected - hidden:
            ledger.held.add(f"{outcome}|{each.scope}|{period.name}")
        elif i not in hidden:
            ledger.note(each.scope, each.clients)
    return {rows[i].levels for i in protected}


def _behind(
    view: View,
    ledger: Ledger,
    outcome: Outcome,
    dimensions: Levels,
    period: Period,
    rows: Sequence[Row],
) -> list[Behind]:
    first, second = (*dimensions, "", "")[:2]
    told_by = "return" if outcome == "return" else ""
    columns = ask(
        view, period, "clients_of_levels", outcome=told_by, by_first=first, by_second=second
    )
    names = therapist_names(view) if "therapist" in dimensions else {}
    found: dict[Levels, list[tuple[str, str]]] = {}
    for one, two, client, known in zip(*(c.tolist() for c in columns.values()), strict=True):
        levels = tuple(names.get(each, each) for each in (one, two))[: len(dimensions)]
        found.setdefault(levels, []).append((client, known))
    return [
        Behind(
            "|".join((told_by, ",".join(dimensions), ",".join(row.levels))),
            ledger.hashed(found.get(row.levels, ())),
        )
        for row in rows
    ]
