"""The object that notebooks ask: one practice, seen at one moment by one audience.

    import nmt_analytics as nmt
    practice = nmt.open_practice()
    practice.outcome("relief_days_median", by="condition", period="2026Q3")

What can be asked stands in questions.py. Each answer has `.table` (a pandas frame), `.figure()`
(Plotly), `.sentence()`, and shows itself as the last line of a cell.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmt_analytics.answer import Answer
from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.ledger import Ledger, ledger_at, ledger_beside
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.view import (
    View,
    find_level,
    first_and_last_day,
    last_load,
    regions_known,
)
from nmt_analytics.periods import (
    Period,
    latest_complete,
    parse_moment,
    parse_period,
    period_containing,
)
from nmt_analytics.questions import Questions
from nmt_analytics.settings import Settings, find_practice, read_settings
from nmt_analytics.settings_checks import AUDIENCES
from nmt_analytics.store.database import Store, store_at

if TYPE_CHECKING:
    import pandas

    from nmt_analytics.exploring.panel import Panel


def open_practice(
    folder: str | Path | None = None,
    *,
    as_of: str | datetime | None = None,
    loaded_by: str | datetime | None = None,
    audience: str | None = None,
) -> Practice:
    """The practice whose practice.toml lies in `folder`, or in this folder or above it.

    `as_of`: count only what had happened by then; `loaded_by`: count only what had been loaded
    by then (a date means its end, in the practice's time zone). `audience`: "owner" or "shared".
    Opens read-only. Raises SettingsError when there is no practice's folder.
    """
    where = find_practice() if folder is None else Path(folder)
    practice = Practice(read_settings(where), as_of=as_of, loaded_by=loaded_by, audience=audience)
    if "IPython" in sys.modules:
        from nmt_analytics.exploring import greeting  # noqa: PLC0415 - only a notebook is greeted

        greeting.greet(practice)
    return practice


class Practice(Questions):
    """One practice's numbers, seen at one moment by one audience.

    Ask it `outcome`, `relief_curve`, `drivers`, `claims` and so on; `metrics`, `dimensions`,
    `measures`, `claims_list` and `tables` list the names. explore.ipynb has an example of each.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        as_of: str | datetime | None = None,
        loaded_by: str | datetime | None = None,
        audience: str | None = None,
        store: Store | None = None,
        own: dict[str, Metric] | None = None,
        only: tuple[str, str] = ("", ""),
    ) -> None:
        self.settings = settings
        self.store = store or store_at(settings.store)
        self.audience = audience or settings.audience
        if self.audience not in AUDIENCES:
            raise UsageError(f'"{self.audience}" is no audience. Write owner or shared.')
        self._as_of = parse_moment(as_of or None, settings.zone)
        self._loaded_by = parse_moment(loaded_by or None, settings.zone)
        self._only = only
        self._own = {} if own is None else own

    def as_of(self, moment: str | datetime) -> Practice:
        """The same practice as it stood at `moment`: `practice.as_of("2026-06-30")`.

        Sessions held and answers given after it do not count. A date means the end of that day.
        """
        return self._seen(as_of=moment)

    def only(self, **level: str) -> Practice:
        """The same practice with the sessions of one level alone: `only(condition="ischemia")`.

        For the owner: shared, a level alone could give back what a breakdown hides beside it.
        Raises UsageError for that, for more than one level, and for a name that is not known.
        """
        chosen = find_level(level, self.settings.conditions, lambda: regions_known(self.view))
        if chosen != ("", "") and self.audience == "shared":
            raise UsageError(
                "A page about one level alone is for the owner. Share a breakdown instead: "
                f'outcome(…, by="{chosen[0]}").'
            )
        return self._seen(only=chosen)

    def _seen(self, **changed: Any) -> Practice:
        """The same practice with something changed; what was counted once stays known."""
        kept: dict[str, Any] = {"loaded_by": None, "as_of": None} | self.fixed_moments
        kept |= {"audience": self.audience, "only": self._only, "own": self._own}
        return Practice(self.settings, store=self.store, **(kept | changed))

    @property
    def view(self) -> View:
        """The store, the moment and the audience that the next question is about."""
        newest = last_load(self.store)
        return View(
            self.store,
            as_of=self._as_of or newest,
            loaded_by=self._loaded_by or newest,
            audience=self.audience,
            conditions=self.settings.conditions,
            only=self._only,
            ledger=self.ledger,
        )

    @property
    def ledger(self) -> Ledger | None:
        """What was shared before, for numbers that are to be shared; None for the owner's."""
        if self.audience != "shared":
            return None
        return ledger_at(ledger_beside(self.settings.store))

    @property
    def fixed_moments(self) -> dict[str, str]:
        """The moments that were asked for (as_of, loaded_by), as text with their offset."""
        asked = {"as_of": self._as_of, "loaded_by": self._loaded_by}
        return {
            name: moment.replace(tzinfo=UTC).isoformat()
            for name, moment in asked.items()
            if moment is not None
        }

    def first_day(self) -> date:
        """The local date of the first session known."""
        return first_and_last_day(self.view)[0]

    def last_day(self) -> date:
        """The local date of the last session known."""
        return first_and_last_day(self.view)[1]

    def latest_period(self, every: str = "quarter") -> Period:
        """The latest week, month, quarter or year that was over at this moment, with sessions."""
        starts, last_day = self.settings.year_starts, self.last_day()
        today = self.settings.local(self.view.as_of).date()
        newest = latest_complete(today - timedelta(days=1), every, starts)
        return newest if newest.from_on <= last_day else period_containing(last_day, every, starts)

    def periods(self, every: str = "quarter") -> list[Period]:
        """The weeks, months, quarters or years with sessions, the latest first."""
        first_day, found = self.first_day(), [self.latest_period(every)]
        while found[-1].from_on > first_day:
            found.append(found[-1].previous)
        return found

    def twelve_months(self, period: str | Period | None = None) -> Period:
        """The twelve months up to a period's end: what breakdowns need, for lack of clients."""
        return parse_period(period).twelve_months

    @property
    def is_looking_back(self) -> bool:
        """Whether it is seen at an earlier moment than the last load."""
        return self._as_of is not None

    def panel(self) -> Panel:
        """Menus for outcome, breakdowns, period and comparison, with the answer below them."""
        from nmt_analytics.exploring.panel import Panel  # noqa: PLC0415 - widgets are slow to load

        quarters = self.periods()
        return Panel(self, [quarters[0].twelve_months, *quarters])

    def file(self, name: str) -> Path:
        """Where to save something of one's own: a path in reports/explored, which is made.

        That folder stays out of version control, as everything made from the data does.
        """
        folder = self.settings.reports / "explored"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def sql(self, question: str) -> pandas.DataFrame:
        """The rows of one read-only SELECT on the store's `tables`, for whoever knows SQL.

        With count(distinct client_id) as n_clients in it; rows of too few clients are left out.
        Raises UsageError for an earlier moment or one level alone, which do not reach the tables.
        """
        if self.fixed_moments or self._only[1]:
            raise UsageError(
                "SQL reads the whole store. Ask practice.sql(…) of the practice as it was opened, "
                "and write the moment or level into the question: where local_on <= '2026-06-30'"
            )
        from nmt_analytics.outcomes.own_sql import ask_in_sql  # noqa: PLC0415

        return ask_in_sql(self.view, question)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from nmt_analytics.exploring.greeting import card_mime  # noqa: PLC0415

        return card_mime(self)

    def __repr__(self) -> str:
        return f"Practice({self.settings.name!r})"


__all__ = ["Answer", "Practice", "open_practice"]
