"""The narrow waist: sessions counted by level, bucket of clients and interval.

All that follows works on these counts and costs the same for a thousand sessions or a hundred
million.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nmt_analytics.outcomes.likelihood.npmle import Floats, Integers
from nmt_analytics.outcomes.measures import Measure, Outcome
from nmt_analytics.outcomes.view import EVERYTHING, View, prepare_outcomes
from nmt_analytics.periods import Period
from nmt_analytics.vocabulary import WORDS, place_in

FEWEST_LEFT_OUT = 5
"""The fewest clients that a condition may leave out of a cell: as few as may be shown (only the
owner may set conditions)."""


@dataclass(frozen=True)
class Counts:
    """The sessions of one cell, counted by bucket of clients and interval (lower, upper]."""

    levels: tuple[str, ...]
    n_clients: int
    n_sessions: int
    bucket: Integers
    lower: Floats
    upper: Floats
    n: Floats

    @property
    def cells(self) -> tuple[Integers, Floats, Floats, Floats]:
        """What the estimators take: bucket, lower, upper, n."""
        return self.bucket, self.lower, self.upper, self.n


def count_sessions(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> list[Counts]:
    """The sessions of a period that have an outcome, counted.

    One `Counts` for each combination of levels that occurs, in the vocabulary's order.
    """
    key = _key_of_counts(view, outcome, dimensions, period)
    return view.store.remember(key, lambda: _count(view, outcome, dimensions, period))


def count_run(view: View, outcome: Outcome, periods: Sequence[Period]) -> None:
    """Count a run of periods, the oldest first, in one pass: each then finds its own counts.

    Quarters and months of the calendar; other periods are counted when they are asked for.
    """
    (kind, *others) = {period.kind for period in periods}
    if others or kind not in ("quarter", "month"):
        return
    whole = Period("", periods[0].from_on, periods[-1].until_on)
    counted = {
        counts.levels[0]: replace(counts, levels=())
        for counts in count_sessions(view, outcome, (kind,), whole)
    }
    for period in periods:
        found = [counted[period.name]] if period.name in counted else []
        view.store.remember(_key_of_counts(view, outcome, (), period), partial(list, found))


def _key_of_counts(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> tuple[Hashable, ...]:
    return "counts", outcome, dimensions, period, *view.key


def _count(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> list[Counts]:
    if view.only != EVERYTHING and len(dimensions) < 2 and view.only[0] not in dimensions:
        return _count_one_level(view, outcome, dimensions, period)
    first, second = (*dimensions, "", "")[:2]
    with view.store.one_moment():
        prepare_outcomes(view, period)
        columns = view.store.query(*_question(outcome, {"by_first": first, "by_second": second}))
        names = therapist_names(view) if "therapist" in dimensions else {}
    counted = list(_split(columns, len(dimensions)))
    counted.sort(key=lambda counts: _position(view, dimensions, counts.levels, names))
    return [
        replace(counts, levels=tuple(names.get(level, level) for level in counts.levels))
        for counts in counted
    ]


def _question(outcome: Outcome, by: dict[str, str]) -> tuple[str, dict[str, object]]:
    """The query that counts an outcome, and its parameters."""
    if isinstance(outcome, Measure):
        return "measure_counts", {**by, **outcome.parameters}
    return "interval_counts", {**by, "outcome": outcome}


def _count_one_level(
    view: View, outcome: Outcome, dimensions: tuple[str, ...], period: Period
) -> list[Counts]:
    """Count all levels at once and take one: the pages about the others find theirs counted."""
    dimension, level = view.only
    whole = replace(view, only=EVERYTHING)
    counted = count_sessions(whole, outcome, (dimension, *dimensions), period)
    return [
        replace(counts, levels=counts.levels[1:]) for counts in counted if counts.levels[0] == level
    ]


def _split(columns: dict[str, np.ndarray], n_dimensions: int) -> Iterator[Counts]:
    """The query's rows, which come ordered by levels, as one `Counts` per combination."""
    first, second = columns["first_level"], columns["second_level"]
    if len(first) == 0:
        return
    starts = np.flatnonzero(
        np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])])
    )
    for start, end in zip(starts, [*starts[1:], len(first)], strict=True):
        rows = slice(start, end)
        yield Counts(
            levels=(str(first[start]), str(second[start]))[:n_dimensions],
            n_clients=_clients_to_protect(columns, int(start)),
            n_sessions=int(columns["n_sessions"][start]),
            bucket=np.asarray(columns["bucket"][rows], dtype=np.int64),
            lower=np.asarray(columns["lower"][rows], dtype=float),
            upper=np.asarray(columns["upper"][rows], dtype=float),
            n=np.asarray(columns["n"][rows], dtype=float),
        )


def _clients_to_protect(columns: dict[str, np.ndarray], at: int) -> int:
    """The clients of a cell; fewer when its conditions leave fewer out than may be shown.

    Those few would be what lies between this number and the one without conditions.
    """
    n_clients = int(columns["n_clients"][at])
    left_out = int(columns["n_clients_left_out"][at]) if "n_clients_left_out" in columns else 0
    return left_out if 0 < left_out < FEWEST_LEFT_OUT else n_clients


def therapist_names(view: View) -> dict[str, str]:
    """What pages call each therapist, by pseudonym: numbered in the order of first sessions."""
    rows = view.store.query("therapists", {"loaded_by": view.loaded_by})
    return {
        pseudonym: f"therapist {number}"
        for number, pseudonym in enumerate(rows["therapist"].tolist(), start=1)
    }


def _position(
    view: View, dimensions: tuple[str, ...], levels: tuple[str, ...], names: dict[str, str]
) -> tuple[tuple[int, str], ...]:
    """Where a combination of levels stands: in the vocabulary's order, else by name."""
    orders = WORDS | {"condition": view.conditions, "therapist": tuple(names)}
    return tuple(
        (place_in(orders.get(dimension, ()), level), level)
        for dimension, level in zip(dimensions, levels, strict=True)
    )
