"""The one path from the store to publishable numbers: count, estimate, publish.

Everything that a page, a notebook or the command line shows goes through `outcome` or a
neighbour that is built on `count_sessions`, and through the door out (disclosure.py).
"""

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from nmt_analytics.errors import NoDataError, UsageError, unknown_name
from nmt_analytics.outcomes import resampling
from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.disclosure import publish
from nmt_analytics.outcomes.metrics import Metric, find_dimensions, find_metric
from nmt_analytics.outcomes.npmle import Floats, Integers
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Store
from nmt_analytics.vocabulary import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    NOT_RECORDED,
    NUTRIENT_SHORTFALLS,
    PRESSURE_FELT,
    SEVERITY_BANDS,
)

ONLY = ("condition", "stress_level", "activity_level", "modality", "body_region")
"""The dimensions of which a view can keep one level."""


def find_level(level: Mapping[str, str], conditions: tuple[str, ...]) -> tuple[str, str]:
    """The one dimension and level that `level` names, checked; two empty texts when it is empty."""
    if not level:
        return "", ""
    if len(level) > 1:
        raise UsageError("One level at a time: name one dimension.")
    ((dimension, name),) = level.items()
    if dimension not in ONLY:
        raise unknown_name("dimension with levels to choose", dimension, ONLY)
    known = {
        "condition": conditions,
        "stress_level": LEVELS,
        "activity_level": LEVELS,
        "modality": MODALITIES,
    }
    if dimension in known and name not in (*known[dimension], NOT_RECORDED):
        raise unknown_name(dimension, name, known[dimension])
    return dimension, name


@dataclass(frozen=True)
class View:
    """What numbers are computed from and for whom: the store at a moment, and an audience.

    `as_of`: sessions held and answers given up to then count; `loaded_by`: as the store knew
    them then. Both UTC, without zone. `only`: a dimension of ONLY and the one level of it whose
    sessions count; of all sessions when empty. Whether a client came back is judged by all.
    """

    store: Store
    as_of: datetime
    loaded_by: datetime
    audience: str = "owner"
    conditions: tuple[str, ...] = CONDITIONS
    only: tuple[str, str] = ("", "")

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What an answer that is remembered depends on, beside the question."""
        return self.as_of, self.loaded_by, self.audience, self.only


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


def outcome(
    view: View,
    name: str,
    by: str | tuple[str, ...] | list[str] | None = None,
    period: str | Period | None = None,
) -> OutcomeTable:
    """One metric by up to two dimensions in one period, ready to be shown to the audience."""
    return outcome_of(view, find_metric(name), find_dimensions(by), parse_period(period))


def outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    """`outcome` of a metric that is at hand."""
    key = (metric.name, dimensions, period, *view.key)
    return view.store.remember(key, lambda: _outcome_of(view, metric, dimensions, period))


def _outcome_of(
    view: View, metric: Metric, dimensions: tuple[str, ...], period: Period
) -> OutcomeTable:
    counted = count_sessions(view, metric.outcome, dimensions, period)
    rows = [estimate_row(metric, period, counts) for counts in counted]
    if not rows and not dimensions:
        rows = [Row(period.name, (), 0, 0, value=0.0 if metric.is_count else None)]
    return OutcomeTable(
        metric, dimensions, period, publish(rows, metric, view.audience), view.audience
    )


def count_sessions(
    view: View, outcome_name: str, dimensions: tuple[str, ...], period: Period
) -> list[Counts]:
    """The narrow waist: sessions counted by level, bucket of clients and interval.

    One `Counts` for each combination of levels that occurs, in the vocabulary's order. All that
    follows costs the same for a thousand sessions or a hundred million.
    """
    first, second = (*dimensions, "", "")[:2]
    with view.store.one_moment():
        prepare_outcomes(view, period)
        columns = view.store.query(
            "interval_counts", {"outcome": outcome_name, "by_first": first, "by_second": second}
        )
        names = _therapist_names(view) if "therapist" in dimensions else {}
    counted = list(_split(columns, len(dimensions)))
    counted.sort(key=lambda counts: _position(view, dimensions, counts.levels, names))
    return [
        replace(counts, levels=tuple(names.get(level, level) for level in counts.levels))
        for counts in counted
    ]


def prepare_outcomes(view: View, period: Period) -> None:
    """Let queries see sessions_in_order, follow_ups_linked and, of the period, session_outcomes.

    What check-ins tell of each session is worked out once for all periods.
    """
    moment = {"as_of": view.as_of, "loaded_by": view.loaded_by}
    view.store.prepare("sessions_in_order", moment)
    view.store.prepare("follow_ups_linked", moment)
    view.store.prepare("sessions_followed", moment, uses=("as_of",))
    view.store.prepare(
        "session_outcomes",
        {
            "from_on": period.from_on,
            "until_on": period.until_on,
            "only_dimension": view.only[0],
            "only_level": view.only[1],
            **moment,
        },
        uses=("from_on", "until_on", "only_dimension", "only_level"),
    )


def last_load(store: Store) -> datetime:
    """When the store last learned anything (UTC): no number can know of anything later.

    It stands for "now", so that the same store gives the same numbers on any day.
    """
    loaded_at = store.select("select max(loaded_at) as loaded_at from imports")["loaded_at"]
    if np.ma.is_masked(loaded_at) or not len(loaded_at):
        raise NoDataError("Nothing has been loaded yet. Run: nmt-analytics load")
    return datetime.fromisoformat(str(loaded_at[0].astype("datetime64[us]")))


def first_and_last_day(view: View) -> tuple[date, date]:
    """The local dates of the first and last session known; NoDataError when there is none."""
    with view.store.one_moment():
        view.store.prepare("sessions_in_order", {"as_of": view.as_of, "loaded_by": view.loaded_by})
        days = view.store.select(
            "select min(local_on) as first_on, max(local_on) as last_on from sessions_in_order"
        )
    if np.ma.is_masked(days["last_on"]):
        raise NoDataError("No session has been loaded yet. Run: nmt-analytics load")
    first, last = (
        date.fromisoformat(str(days[name][0].astype("datetime64[D]")))
        for name in ("first_on", "last_on")
    )
    return first, last


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
            n_clients=int(columns["n_clients"][start]),
            n_sessions=int(columns["n_sessions"][start]),
            bucket=np.asarray(columns["bucket"][rows], dtype=np.int64),
            lower=np.asarray(columns["lower"][rows], dtype=float),
            upper=np.asarray(columns["upper"][rows], dtype=float),
            n=np.asarray(columns["n"][rows], dtype=float),
        )


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


def _therapist_names(view: View) -> dict[str, str]:
    """A name for the report in place of each therapist's pseudonym, by order of first session."""
    rows = view.store.query("therapists", {"loaded_by": view.loaded_by})
    return {
        pseudonym: f"therapist {number}"
        for number, pseudonym in enumerate(rows["therapist"].tolist(), start=1)
    }


def _position(
    view: View, dimensions: tuple[str, ...], levels: tuple[str, ...], names: dict[str, str]
) -> tuple[tuple[int, str], ...]:
    """Where a combination of levels stands: in the vocabulary's order, else by name."""
    orders = {
        "condition": view.conditions,
        "stress_level": LEVELS,
        "activity_level": LEVELS,
        "severity_band": SEVERITY_BANDS,
        "pressure_felt": PRESSURE_FELT,
        "nutrient_shortfall": NUTRIENT_SHORTFALLS,
        "modality": MODALITIES,
        "therapist": tuple(names),
    }
    return tuple(
        (_index(orders.get(dimension, ()), level), level)
        for dimension, level in zip(dimensions, levels, strict=True)
    )


def _index(order: tuple[str, ...], level: str) -> int:
    if level == NOT_RECORDED:
        return 10_000
    return order.index(level) if level in order else 1_000
