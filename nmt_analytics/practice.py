"""The object that notebooks ask: publishable numbers, figures and sentences.

    import nmt_analytics as nmt
    practice = nmt.open_practice()
    practice.outcome("relief_days_median", by="condition", period="2026Q3")

Each answer has `.table` (a pandas frame), `.figure()` (Plotly), `.sentence()`, and shows itself
as the last line of a cell. Nothing here reads a client's row: every number went through the
door out (outcomes/disclosure.py).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nmt_analytics.answer import Answer, answered
from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import (
    analysis,
    answer_times,
    before_and_after,
    caution,
    claims,
    comparison,
    curves,
    description,
    driving,
    guide,
    monitoring,
)
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS
from nmt_analytics.outcomes.view import View, find_level, first_and_last_day, last_load
from nmt_analytics.periods import (
    Period,
    latest_complete,
    parse_moment,
    parse_period,
    period_containing,
)
from nmt_analytics.settings import AUDIENCES, Settings, find_practice, read_settings
from nmt_analytics.store.database import Store, store_at
from nmt_analytics.vocabulary import label

if TYPE_CHECKING:
    import pandas


By = str | list[str] | tuple[str, ...] | None
When = str | Period | None


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
    return Practice(read_settings(where), as_of=as_of, loaded_by=loaded_by, audience=audience)


class Practice:
    """One practice's numbers, seen at one moment by one audience."""

    metrics = METRICS
    dimensions = DIMENSIONS

    def __init__(
        self,
        settings: Settings,
        *,
        as_of: str | datetime | None = None,
        loaded_by: str | datetime | None = None,
        audience: str | None = None,
        store: Store | None = None,
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

    def as_of(self, moment: str | datetime) -> Practice:
        """The same practice as it stood at `moment`."""
        return Practice(
            self.settings,
            as_of=moment,
            loaded_by=self.fixed_moments.get("loaded_by"),
            audience=self.audience,
            store=self.store,
            only=self._only,
        )

    def only(self, **level: str) -> Practice:
        """The same practice with the sessions of one level alone: `only(condition="ischemia")`.

        For the owner: shared, a level alone could give back what a breakdown hides beside it.
        Raises UsageError for that, for more than one level, and for a name that is not known.
        """
        chosen = find_level(level, self.settings.conditions)
        if chosen != ("", "") and self.audience == "shared":
            raise UsageError(
                "A page about one level alone is for the owner. Share a breakdown instead: "
                f'outcome(…, by="{chosen[0]}").'
            )
        return Practice(
            self.settings,
            as_of=self.fixed_moments.get("as_of"),
            loaded_by=self.fixed_moments.get("loaded_by"),
            audience=self.audience,
            store=self.store,
            only=chosen,
        )

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
        )

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
        today = _local(self.view.as_of, self.settings).date()
        newest = latest_complete(today - timedelta(days=1), every, starts)
        return newest if newest.from_on <= last_day else period_containing(last_day, every, starts)

    def overview(self, period: When = None, about: str = "") -> Answer:
        """How many sessions, clients and answers a period holds, and how many were silent.

        `about` heads the page: "Outcomes" when empty, or the one level that counts.
        """
        view = self.view
        return answered(
            description.overview(view, period),
            "present_overview",
            self.settings.name,
            _local(view.as_of, self.settings),
            self.audience,
            about or label(self._only[1]),
        )

    def at_a_glance(self, period: When = None) -> Answer:
        """The five numbers that open a page: value, change, and the last eight periods."""
        view, when = self.view, parse_period(period)
        runs = [comparison.recent(view, METRICS[name], when) for name in comparison.AT_A_GLANCE]
        tiles = [
            (comparison.compare(view, name, when), run)
            for name, run in zip(comparison.AT_A_GLANCE, runs, strict=True)
        ]
        return answered(tiles, "present_tiles")

    def findings(self, period: When = None) -> Answer:
        """What stands out: at most five sentences, the most certain first, and what to ask."""
        view = self.view
        driven = driving.drivers(view, period)
        return answered(
            [comparison.compare(view, metric, period) for metric in comparison.AT_A_GLANCE],
            "present_findings",
            claims.judge_claims(view, driven, period),
            driven,
            [monitoring.chart(view, metric, "month", period) for metric in monitoring.WATCHED],
            description.data_quality(view, period),
        )

    def outcome(self, metric: str, by: By = None, period: When = None) -> Answer:
        """One metric (see `practice.metrics`) by up to two of `practice.dimensions`."""
        return answered(analysis.outcome(self.view, metric, by, period), "present_outcome")

    def relief_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions still relieved, day by day, by at most one dimension."""
        return answered(curves.curve(self.view, "relief", by, period), "present_curve")

    def soreness_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions with lingering soreness, hour by hour, by at most one dimension."""
        return answered(curves.curve(self.view, "soreness", by, period), "present_curve")

    def compare(self, metric: str, period: When = None) -> Answer:
        """One metric in a period against the period before it."""
        return answered(comparison.compare(self.view, metric, period), "present_change")

    def drivers(self, period: When = None) -> Answer:
        """What lengthens or shortens relief, each adjusted for the rest: time ratios.

        From all sessions up to the end of `period`; associations, not causes.
        """
        return answered(driving.drivers(self.view, period), "present_drivers")

    def claims(self, period: When = None) -> Answer:
        """Every published promise with its verdict."""
        view = self.view
        table = claims.judge_claims(view, driving.drivers(view, period), period)
        return answered(table, "present_claims")

    def control_chart(self, metric: str, every: str = "month", period: When = None) -> Answer:
        """Is it changing, or is it noise: one metric month by month up to the end of `period`."""
        return answered(monitoring.chart(self.view, metric, every, period), "present_control_chart")

    def return_guide(self, by: By = ("condition", "stress_level"), period: When = None) -> Answer:
        """The days by which relief ends, beside the days at which clients really return."""
        return answered(guide.return_guide(self.view, by, period), "present_return_guide")

    def silence(self, day: int = 14, period: When = None) -> Answer:
        """What the sessions without an answer could do to the share still relieved on `day`."""
        return answered(caution.silence_of(self.view, day, period), "present_silence")

    def naive_averages(self, period: When = None) -> Answer:
        """What two simple averages would have said of relief, beside the estimate."""
        return answered(caution.naive_pair(self.view, period), "present_naive_pair")

    def pain(self, period: When = None) -> Answer:
        """Pain before and after: the whole curve of improvement, and what to expect anyway."""
        return answered(before_and_after.pain_beyond_the_mean(self.view, period), "present_pain")

    def pressure(self, period: When = None) -> Answer:
        """How pressure felt, and whether adjusting it went with a better next session."""
        return answered(before_and_after.pressure_loop(self.view, period), "present_pressure")

    def data_quality(self, period: When = None) -> Answer:
        """Who answers when, and what was loaded and refused."""
        return answered(description.data_quality(self.view, period), "present_data_quality")

    def answer_times(self, period: When = None) -> Answer:
        """When answers came, against the promised times."""
        return answered(answer_times.answer_times(self.view, period), "present_answer_times")

    def endings(self, period: When = None) -> Answer:
        """Why the observation of relief ended, session by session."""
        return answered(description.data_quality(self.view, period), "present_ends")

    def refusals(self) -> Answer:
        """The records that were refused, by the rule that they break."""
        return answered(description.data_quality(self.view), "present_refusals")

    def glossary(self) -> Answer:
        """What each number means and whom it counts."""
        return answered(METRICS, "present_glossary")

    def method(self, period: When = None) -> Answer:
        """How the numbers are computed, and what the model of the drivers assumes."""
        return answered(driving.drivers(self.view, period), "present_method")

    def sql(self, question: str) -> pandas.DataFrame:
        """The rows of one read-only SELECT on the store's tables, for whoever knows SQL."""
        return self.store.frame(question)

    def __repr__(self) -> str:
        return f"Practice({self.settings.name!r})"


def _local(moment: datetime, settings: Settings) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(settings.zone)


__all__ = ["Answer", "Practice", "open_practice"]
