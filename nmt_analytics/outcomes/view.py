"""What numbers are computed from: the store at a moment, seen by an audience, session by session.

Every question starts here: `ask` answers a query about what the check-ins tell of the sessions of
a period.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from nmt_analytics.errors import NoDataError, UsageError, unknown_name
from nmt_analytics.outcomes.ledger import Ledger
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Columns, Store
from nmt_analytics.vocabulary import CONDITIONS, LEVELS, MODALITIES, NOT_RECORDED

ONLY = ("condition", "stress_level", "activity_level", "modality", "body_region")
"""The dimensions of which a view can keep one level."""
EVERYTHING = ("", "")
"""No dimension and no level: all sessions count."""


def find_level(
    level: Mapping[str, str],
    conditions: tuple[str, ...],
    regions: Callable[[], tuple[str, ...]],
) -> tuple[str, str]:
    """The one dimension and level that `level` names, checked; two empty texts when it is empty.

    `regions`: those of the body that a practice names (see `regions_known`).
    """
    if not level:
        return EVERYTHING
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
        "body_region": regions() if dimension == "body_region" else (),
    }
    if name not in (*known[dimension], NOT_RECORDED):
        raise unknown_name(dimension, name, known[dimension])
    return dimension, name


@dataclass(frozen=True)
class View:
    """What numbers are computed from and for whom: the store at a moment, and an audience.

    `as_of`: sessions held and answers given up to then count; `loaded_by`: as the store knew
    them then. Both UTC, without zone. `only`: a dimension of ONLY and the one level of it whose
    sessions count; of all sessions when empty. Whether a client came back is judged by all.
    `ledger`: what was shared before, where something is to be shared.
    """

    store: Store
    as_of: datetime
    loaded_by: datetime
    audience: str = "owner"
    conditions: tuple[str, ...] = CONDITIONS
    only: tuple[str, str] = EVERYTHING
    ledger: Ledger | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What an answer that is remembered depends on, beside the question."""
        has_ledger = self.ledger is not None
        return self.as_of, self.loaded_by, self.audience, self.only, has_ledger


def ask(view: View, period: Period, query: str, **parameters: str | int) -> Columns:
    """The rows of queries/<query>.sql about the sessions of a period, asked once for all."""
    key = ("asked", query, *parameters.items(), period, *view.key)
    return view.store.remember(key, lambda: _ask(view, period, query, parameters))


def _ask(view: View, period: Period, query: str, parameters: Mapping[str, str | int]) -> Columns:
    with view.store.one_moment():
        prepare_outcomes(view, period)
        return view.store.query(query, parameters)


def prepare_outcomes(view: View, period: Period) -> None:
    """Let queries see what check-ins tell of each session and, of the period, session_outcomes.

    What they tell is worked out once for all periods.
    """
    moment = {"as_of": view.as_of, "loaded_by": view.loaded_by}
    store = view.store
    store.prepare("notes_joined", moment)
    store.define("sessions_described", moment)
    for table in ("sessions_in_order", "follow_ups_named", "follow_ups_placed"):
        store.prepare(table, moment)
    store.define("follow_ups_linked", {})
    for table in ("sessions_followed", "sessions_fallen_silent"):
        store.prepare(table, moment)
    store.define(
        "session_outcomes",
        {
            "from_on": period.from_on,
            "until_on": period.until_on,
            "only_dimension": view.only[0],
            "only_level": view.only[1],
        },
    )


def regions_known(view: View) -> tuple[str, ...]:
    """The regions of the body by name; what few clients share counts among `other_regions`."""
    key = ("regions", view.as_of, view.loaded_by)
    return view.store.remember(key, lambda: _regions_known(view))


def _regions_known(view: View) -> tuple[str, ...]:
    with view.store.one_moment():
        prepare_outcomes(view, parse_period(None))
        found = view.store.select("select distinct body_region from sessions_followed order by all")
    return tuple(found["body_region"].tolist())


def last_load(store: Store) -> datetime:
    """When the store last learned anything (UTC): no number can know of anything later.

    It stands for "now", so that the same store gives the same numbers on any day.
    """
    return store.remember(("last load",), lambda: _last_load(store))


def _last_load(store: Store) -> datetime:
    loaded_at = store.select("select max(loaded_at) as loaded_at from imports")["loaded_at"]
    if np.ma.is_masked(loaded_at) or not len(loaded_at):
        raise NoDataError("Nothing has been loaded yet. Run: nmt-analytics load")
    return datetime.fromisoformat(str(loaded_at[0].astype("datetime64[us]")))


def first_and_last_day(view: View) -> tuple[date, date]:
    """The local dates of the first and last session known; NoDataError when there is none."""
    key = ("first and last day", view.as_of, view.loaded_by)
    return view.store.remember(key, lambda: _first_and_last_day(view))


def _first_and_last_day(view: View) -> tuple[date, date]:
    days = view.store.query("days_known", {"as_of": view.as_of, "loaded_by": view.loaded_by})
    if np.ma.is_masked(days["last_on"]):
        raise NoDataError(
            "No session is known up to that moment. Name a later one, or load exports that hold "
            "sessions: nmt-analytics load"
        )
    first, last = (
        date.fromisoformat(str(days[name][0].astype("datetime64[D]")))
        for name in ("first_on", "last_on")
    )
    return first, last
