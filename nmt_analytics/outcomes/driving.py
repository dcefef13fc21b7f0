"""What lengthens or shortens relief: the model's rows from the store, its ratios for the page."""

import re
from dataclasses import dataclass, replace

import numpy as np

from nmt_analytics.outcomes.analysis import kept_back
from nmt_analytics.outcomes.disclosure import (
    MINIMUM_CLIENTS,
    few_clients,
    to_five,
)
from nmt_analytics.outcomes.drivers import (
    BEYOND_THE_MODEL,
    NETWORK_SESSIONS,
    DriverFit,
    TimeRatio,
    fit_drivers,
)
from nmt_analytics.outcomes.resampling import MAX_GROUPS
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Columns

REFERENCES = {
    "condition": "muscle_spasm",
    "stress_level": "low",
    "activity_level": "low",
    "nutrient_shortfall": "none",
}
NUMERIC = ("severity_before", "hold_seconds")
TOO_FEW = "too few clients answered about relief"
OF_A_PART = (
    "The model is fitted on a part of the clients, chosen by their pseudonyms alone: more of them "
    "would not make the ratios surer than the model itself."
)


@dataclass(frozen=True)
class HiddenRatio:
    """A level whose time ratio is not shown, and why."""

    term: str
    level: str
    reference: str
    reason: str


@dataclass(frozen=True)
class DriversTable:
    """Time ratios adjusted for each other; `refusal` says why there are none.

    A ratio of 0.68 at high stress: relief lasts 0.68 times as long as at low stress. `fit` holds
    the method, the notes and the sensitivity to other distributions, of what is shown.
    """

    period: Period
    ratios: tuple[TimeRatio, ...]
    n_sessions: int | None
    n_clients: int | None
    fit: DriverFit | None
    refusal: str = ""
    notes: tuple[str, ...] = ()
    hidden: tuple[HiddenRatio, ...] = ()

    columns = (
        "term", "level", "reference", "unit", "period", "n_sessions", "n_clients", "value",
        "ci_lower", "ci_upper", "hidden",
    )  # fmt: skip

    def records(self) -> list[dict[str, object]]:
        """One dictionary per time ratio, with the sessions and clients behind its level."""
        common = {"unit": "times", "period": self.period.name}
        numbers = ("n_sessions", "n_clients", "value", "ci_lower", "ci_upper")
        shown = [
            _level_of(ratio)
            | common
            | {name: getattr(ratio, name) for name in numbers}
            | {"hidden": ""}
            for ratio in self.ratios
        ]
        return shown + [
            _level_of(each) | common | dict.fromkeys(numbers) | {"hidden": each.reason}
            for each in self.hidden
        ]


def _level_of(ratio: TimeRatio | HiddenRatio) -> dict[str, object]:
    return {"term": ratio.term, "level": ratio.level, "reference": ratio.reference}


def drivers(view: View, period: str | Period | None = None) -> DriversTable:
    """Time ratios from all sessions up to the end of `period`: a quarter alone is too little."""
    until = parse_period(period).history
    key = ("drivers", until, *view.key)
    return view.store.remember(key, lambda: _drivers(view, until))


def _drivers(view: View, until: Period) -> DriversTable:
    counted = ask(view, until, "clients_counted")
    n_clients, n_sessions = int(counted["n_clients"][0]), int(counted["n_sessions"][0])
    is_open = not kept_back(view, "relief", (), until)
    if n_clients < MINIMUM_CLIENTS[view.audience] or not is_open:
        return DriversTable(until, (), None, None, None, TOO_FEW)
    n_groups = groups_to_fit(n_sessions)
    rows = ask(view, until, "driver_counts", n_groups=n_groups)
    if n_groups < MAX_GROUPS:
        n_clients, n_sessions = len(np.unique(rows["bucket"])), int(rows["n"].sum())
    fit = _fit(rows, n_clients)
    if n_groups < MAX_GROUPS:
        # By chance the part may hold fewer sessions than what the first of these is said from.
        fit = replace(fit, notes=[*dict.fromkeys((*fit.notes, BEYOND_THE_MODEL)), OF_A_PART])
    return _published(fit, until, n_sessions, n_clients, view.audience)


def groups_to_fit(n_sessions: int) -> int:
    """How many of the 500 groups of clients hold about NETWORK_SESSIONS of so many sessions.

    Intervals of more are narrower than the model's own error, and combinations of drivers would
    grow with the practice. Groups are made of pseudonyms alone, so those of a few are a random
    sample of the clients.
    """
    return max(1, min(MAX_GROUPS, MAX_GROUPS * NETWORK_SESSIONS // max(1, n_sessions)))


def _fit(rows: Columns, n_clients: int) -> DriverFit:
    return fit_drivers(
        rows["lower"],
        rows["upper"],
        rows["n"],
        rows["bucket"],
        {term: rows[term] for term in REFERENCES},
        {term: np.ma.filled(rows[term].astype(float), np.nan) for term in NUMERIC},
        REFERENCES,
        n_clients=n_clients,
    )


def _published(
    fit: DriverFit, period: Period, n_sessions: int, n_clients: int, audience: str
) -> DriversTable:
    """The fit's ratios whose level has enough clients to be shown."""
    # The owner's levels are pooled until they are large enough, and shared counts are rounded by
    # more than a hidden one could be had from the others: no further level needs hiding.
    enough = MINIMUM_CLIENTS[audience]
    shown = [ratio for ratio in fit.terms if ratio.n_clients >= enough]
    hidden = tuple(
        HiddenRatio(ratio.term, ratio.level, ratio.reference, few_clients(audience))
        for ratio in fit.terms
        if ratio.n_clients < enough
    )
    if audience == "shared":
        shown = [_coarsen(ratio) for ratio in shown]
        n_sessions, n_clients = to_five(n_sessions), to_five(n_clients)
        fit = _without_counts(fit)
    return DriversTable(
        period,
        tuple(shown),
        n_sessions,
        n_clients,
        _fit_of_shown(fit, shown, n_sessions, n_clients),
        fit.refusal or "",
        tuple(fit.notes),
        hidden,
    )


def _coarsen(ratio: TimeRatio) -> TimeRatio:
    return replace(
        ratio,
        n_sessions=to_five(ratio.n_sessions),
        n_clients=to_five(ratio.n_clients),
        **{name: round(getattr(ratio, name), 2) for name in ("value", "ci_lower", "ci_upper")},
    )


def _without_counts(fit: DriverFit) -> DriverFit:
    """The fit without the sentences that name exact counts of sessions or clients."""
    has_number = re.compile(r"\d").search
    refusal = TOO_FEW if fit.refusal and has_number(fit.refusal) else fit.refusal
    return replace(fit, refusal=refusal, notes=[note for note in fit.notes if not has_number(note)])


def _fit_of_shown(
    fit: DriverFit, shown: list[TimeRatio], n_sessions: int, n_clients: int
) -> DriverFit:
    """The fit without the coefficients, from which a hidden ratio could be read."""
    levels = {(ratio.term, ratio.level) for ratio in shown}
    sensitivity = {
        name: replace(other, ratios={key: x for key, x in other.ratios.items() if key in levels})
        for name, other in fit.sensitivity.items()
    }
    return replace(
        fit,
        terms=shown,
        names=(),
        coefficients=np.zeros(0),
        covariance=np.zeros((0, 0)),
        sensitivity=sensitivity,
        n_sessions=n_sessions,
        n_clients=n_clients,
    )
