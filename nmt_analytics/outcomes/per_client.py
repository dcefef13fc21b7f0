"""The numbers if each client counted once, beside those per session.

Numbers are per session, so clients who come often count more. Where those differ from the others,
the two ways of counting part.
"""

from dataclasses import dataclass

import numpy as np

from nmt_analytics.outcomes.analysis import estimate_row, is_held, outcome_of
from nmt_analytics.outcomes.answers import NUMBERS, Row
from nmt_analytics.outcomes.counting import Counts
from nmt_analytics.outcomes.disclosure import hidden_as_beside, publish
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period

COMPARED = (
    "relief_days_median",
    "relief_at_4_days",
    "relief_at_7_days",
    "relief_at_14_days",
    "soreness_any",
    "soreness_gone_by_36_hours",
    "pain_change",
    "pain_responders",
    "flare_ups",
)
APART_POINTS = 5.0
"""Percentage points from which on the two ways of counting are said to differ."""


@dataclass(frozen=True)
class ClientsRow:
    """One metric counted by session, and with each client counted once."""

    metric: Metric
    per_session: Row
    per_client: Row

    @property
    def points_apart(self) -> float:
        """Percentage points between two shares with enough clients; 0 for all other numbers."""
        one, other = self.per_session, self.per_client
        if self.metric.unit != "%" or {one.showing, other.showing} & {"few clients", "hidden"}:
            return 0.0
        return abs((one.value or 0.0) - (other.value or 0.0))

    @property
    def are_apart(self) -> bool:
        """Whether the two ways of counting differ by more than APART_POINTS."""
        return self.points_apart > APART_POINTS


@dataclass(frozen=True)
class ClientsTable:
    """Each metric in both ways of counting, in the order of COMPARED."""

    period: Period
    rows: tuple[ClientsRow, ...]

    columns = ("metric", "counted", "unit", "period", *NUMBERS, "hidden")

    def records(self) -> list[dict[str, object]]:
        """Two dictionaries for each metric: counted per session, counted per client."""
        return [
            {
                "metric": each.metric.name,
                "counted": counted,
                "unit": each.metric.unit,
                "period": row.period,
                "hidden": row.hidden,
            }
            | {name: getattr(row, name) for name in NUMBERS}
            for each in self.rows
            for counted, row in (("per session", each.per_session), ("per client", each.per_client))
        ]


def each_client_once(view: View, period: str | Period | None = None) -> ClientsTable:
    """The metrics of COMPARED, counted by session and with each client counted once.

    A client's sessions with an answer share a weight of one. Confidence as everywhere, by leaving
    out clients.
    """
    when = parse_period(period)
    return ClientsTable(when, tuple(_compare(view, METRICS[name], when) for name in COMPARED))


def _compare(view: View, metric: Metric, period: Period) -> ClientsRow:
    per_session = outcome_of(view, metric, (), period).rows[0]
    if per_session.is_hidden:
        return ClientsRow(metric, per_session, per_session)
    row = estimate_row(metric, period, _weigh_clients(view, metric, period))
    # The same clients stand behind both, so the same door opens or stays shut.
    (row,) = publish([row], metric, view.audience)
    if is_held(view, metric.outcome, period):
        row = hidden_as_beside(row, view.audience)
    return ClientsRow(metric, per_session, row)


def _weigh_clients(view: View, metric: Metric, period: Period) -> Counts:
    found = ask(view, period, "client_counts", outcome=str(metric.outcome))
    n = found["n"].astype(float)
    weights = n / found["n_of_client"]
    return Counts(
        levels=(),
        n_clients=round(float(weights.sum())),
        n_sessions=int(n.sum()),
        bucket=np.asarray(found["bucket"], dtype=np.int64),
        lower=np.asarray(found["lower"], dtype=float),
        upper=np.asarray(found["upper"], dtype=float),
        n=weights,
    )
