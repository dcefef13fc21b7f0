"""What lengthens or shortens relief: the model's rows from the store, its ratios for the page."""

from dataclasses import dataclass

import numpy as np

from nmt_analytics.outcomes.analysis import View, prepare_outcomes
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.outcomes.drivers import DriverFit, TimeRatio, fit_drivers
from nmt_analytics.periods import EARLIEST, Period, parse_period
from nmt_analytics.store.database import Columns

REFERENCES = {
    "condition": "muscle_spasm",
    "stress_level": "low",
    "activity_level": "low",
    "nutrient_shortfall": "none",
}
NUMERIC = ("severity_before", "hold_seconds")


@dataclass(frozen=True)
class DriversTable:
    """Time ratios adjusted for each other; `refusal` says why there are none.

    A ratio of 0.68 at high stress: relief lasts 0.68 times as long as at low stress. `fit` holds
    the method, the notes and the sensitivity to other distributions.
    """

    period: Period
    ratios: tuple[TimeRatio, ...]
    n_sessions: int | None
    n_clients: int | None
    fit: DriverFit | None
    refusal: str = ""
    notes: tuple[str, ...] = ()

    columns = (
        "term", "level", "reference", "unit", "period", "n_sessions", "n_clients", "value",
        "ci_lower", "ci_upper", "hidden",
    )  # fmt: skip

    def records(self) -> list[dict[str, object]]:
        """One dictionary per time ratio, with the sessions and clients behind its level."""
        return [
            {
                "term": ratio.term,
                "level": ratio.level,
                "reference": ratio.reference,
                "unit": "times",
                "period": self.period.name,
                "n_sessions": ratio.n_sessions,
                "n_clients": ratio.n_clients,
                "value": ratio.value,
                "ci_lower": ratio.ci_lower,
                "ci_upper": ratio.ci_upper,
                "hidden": "",
            }
            for ratio in self.ratios
        ]


def drivers(view: View, period: str | Period | None = None) -> DriversTable:
    """Time ratios from all sessions up to the end of `period`: a quarter alone is too little."""
    when = parse_period(period)
    until = Period(f"up to {when.until_on}" if period else "all", EARLIEST, when.until_on)
    key = ("drivers", until, view.as_of, view.loaded_by, view.audience)
    return view.store.remember(key, lambda: _drivers(view, until))


def _drivers(view: View, until: Period) -> DriversTable:
    with view.store.one_moment():
        prepare_outcomes(view, until)
        rows = view.store.query("driver_counts")
        counted = view.store.query("clients_counted")
    n_clients, n_sessions = int(counted["n_clients"][0]), int(counted["n_sessions"][0])
    if n_clients < MINIMUM_CLIENTS[view.audience]:
        refusal = f"fewer than {MINIMUM_CLIENTS[view.audience]} clients answered about relief"
        return DriversTable(until, (), None, None, None, refusal)
    return _published(_fit(rows, n_clients), until, n_sessions, n_clients, view.audience)


def _fit(rows: Columns, n_clients: int) -> DriverFit:
    return fit_drivers(
        rows["lower"],
        rows["upper"],
        rows["n"],
        rows["bucket"],
        {term: np.asarray(rows[term], dtype=str) for term in REFERENCES},
        {term: np.ma.filled(rows[term].astype(float), np.nan) for term in NUMERIC},
        REFERENCES,
        n_clients=n_clients,
    )


def _published(
    fit: DriverFit, period: Period, n_sessions: int, n_clients: int, audience: str
) -> DriversTable:
    """The fit's ratios whose level has enough clients to be shown."""
    if fit.refusal is not None:
        return DriversTable(period, (), n_sessions, n_clients, fit, fit.refusal, tuple(fit.notes))
    minimum = MINIMUM_CLIENTS[audience]
    shown = tuple(ratio for ratio in fit.terms if ratio.n_clients >= minimum)
    return DriversTable(period, shown, n_sessions, n_clients, fit, "", tuple(fit.notes))
