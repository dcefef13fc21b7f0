"""The object that notebooks ask: publishable numbers, figures and sentences.

    import nmt_analytics as nmt
    practice = nmt.open_practice()
    practice.outcome("relief_days_median", by="condition", period="2026Q3")

Each answer has `.table` (a pandas frame), `.figure()` (Plotly), `.sentence()`, and shows itself
as the last line of a cell. Nothing here reads a client's row: every number went through the
door out (outcomes/disclosure.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import (
    analysis,
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
from nmt_analytics.outcomes.analysis import View
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS
from nmt_analytics.periods import Period, latest_complete, parse_moment, period_containing
from nmt_analytics.settings import AUDIENCES, Settings, find_practice, read_settings
from nmt_analytics.store.database import Store, store_at

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

    from nmt_analytics.reporting.bundle import Bundle

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


@dataclass(frozen=True, repr=False)
class Answer:
    """One answer of a practice: `data` (plain values), and how it is shown."""

    data: Any
    _present: Callable[[Any], Bundle]

    @property
    def bundle(self) -> Bundle:
        """What a page shows of it."""
        return self._present(self.data)

    @property
    def table(self) -> pandas.DataFrame:
        """A tidy pandas frame: one row per number, with its counts, interval, unit and hidden."""
        import pandas  # noqa: PLC0415 - costs a second; the command line does not need it

        if hasattr(self.data, "records"):
            return pandas.DataFrame(self.data.records(), columns=list(self.data.columns))
        return pandas.DataFrame(_flat(self.bundle))

    def figure(self) -> Figure:
        """A Plotly figure; UsageError when this answer has none."""
        from nmt_analytics.reporting import figures  # noqa: PLC0415 - imports Plotly

        drawn = self.bundle.figure
        if drawn is None:
            raise UsageError("This answer is a table or a sentence; it has no figure.")
        return figures.to_plotly(drawn)

    def sentence(self) -> str:
        """The answer in one plain sentence."""
        bundle = self.bundle
        return " ".join(filter(None, (bundle.title, bundle.sentence)))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.bundle.to_mime()

    def __repr__(self) -> str:
        return self.sentence()


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
    ) -> None:
        self.settings = settings
        self.store = store or store_at(settings.store)
        self.audience = audience or settings.audience
        if self.audience not in AUDIENCES:
            raise UsageError(f'"{self.audience}" is no audience. Write owner or shared.')
        self._as_of = parse_moment(as_of or None, settings.zone)
        self._loaded_by = parse_moment(loaded_by or None, settings.zone)

    def as_of(self, moment: str | datetime) -> Practice:
        """The same practice as it stood at `moment`."""
        return Practice(
            self.settings,
            as_of=moment,
            loaded_by=self.fixed_moments.get("loaded_by"),
            audience=self.audience,
            store=self.store,
        )

    @property
    def view(self) -> View:
        """The store, the moment and the audience that the next question is about."""
        last_load = analysis.last_load(self.store)
        return View(
            self.store,
            as_of=self._as_of or last_load,
            loaded_by=self._loaded_by or last_load,
            audience=self.audience,
            conditions=self.settings.conditions,
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
        return analysis.first_and_last_day(self.view)[0]

    def last_day(self) -> date:
        """The local date of the last session known."""
        return analysis.first_and_last_day(self.view)[1]

    def latest_period(self, every: str = "quarter") -> Period:
        """The latest week, month, quarter or year that was over at this moment, with sessions."""
        starts, last_day = self.settings.year_starts, self.last_day()
        today = _local(self.view.as_of, self.settings).date()
        newest = latest_complete(today - timedelta(days=1), every, starts)
        return newest if newest.from_on <= last_day else period_containing(last_day, every, starts)

    def overview(self, period: When = None) -> Answer:
        """How many sessions, clients and answers a period holds, and how many were silent."""
        view = self.view
        return _answer(
            description.overview(view, period),
            lambda data, show: show.present_overview(
                data, self.settings.name, _local(view.as_of, self.settings), self.audience
            ),
        )

    def outcome(self, metric: str, by: By = None, period: When = None) -> Answer:
        """One metric (see `practice.metrics`) by up to two of `practice.dimensions`."""
        return _answer(
            analysis.outcome(self.view, metric, by, period),
            lambda data, show: show.present_outcome(data),
        )

    def relief_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions still relieved, day by day, by at most one dimension."""
        return _answer(
            curves.curve(self.view, "relief", by, period),
            lambda data, show: show.present_curve(data),
        )

    def soreness_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions with lingering soreness, hour by hour, by at most one dimension."""
        return _answer(
            curves.curve(self.view, "soreness", by, period),
            lambda data, show: show.present_curve(data),
        )

    def compare(self, metric: str, period: When = None) -> Answer:
        """One metric in a period against the period before it."""
        return _answer(
            comparison.compare(self.view, metric, period),
            lambda data, show: show.present_change(data),
        )

    def drivers(self, period: When = None) -> Answer:
        """What lengthens or shortens relief, each adjusted for the rest: time ratios.

        From all sessions up to the end of `period`; associations, not causes.
        """
        return _answer(
            driving.drivers(self.view, period), lambda data, show: show.present_drivers(data)
        )

    def claims(self, period: When = None) -> Answer:
        """Every published promise with its verdict."""
        view = self.view
        table = claims.judge_claims(view, driving.drivers(view, period), period)
        return _answer(table, lambda data, show: show.present_claims(data))

    def control_chart(self, metric: str, every: str = "month", period: When = None) -> Answer:
        """Is it changing, or is it noise: one metric month by month up to the end of `period`."""
        return _answer(
            monitoring.chart(self.view, metric, every, period),
            lambda data, show: show.present_control_chart(data),
        )

    def return_guide(self, by: By = ("condition", "stress_level"), period: When = None) -> Answer:
        """The days by which relief ends, beside the days at which clients really return."""
        return _answer(
            guide.return_guide(self.view, by, period),
            lambda data, show: show.present_return_guide(data),
        )

    def silence(self, day: int = 14, period: When = None) -> Answer:
        """What the sessions without an answer could do to the share still relieved on `day`."""
        return _answer(
            caution.silence_of(self.view, day, period),
            lambda data, show: show.present_silence(data),
        )

    def naive_averages(self, period: When = None) -> Answer:
        """What two simple averages would have said of relief, beside the estimate."""
        return _answer(
            caution.naive_pair(self.view, period),
            lambda data, show: show.present_naive_pair(data),
        )

    def pain(self, period: When = None) -> Answer:
        """Pain before and after: the whole curve of improvement, and what to expect anyway."""
        return _answer(
            before_and_after.pain_beyond_the_mean(self.view, period),
            lambda data, show: show.present_pain(data),
        )

    def pressure(self, period: When = None) -> Answer:
        """How pressure felt, and whether adjusting it went with a better next session."""
        return _answer(
            before_and_after.pressure_loop(self.view, period),
            lambda data, show: show.present_pressure(data),
        )

    def data_quality(self, period: When = None) -> Answer:
        """Who answers when, and what was loaded and refused."""
        return _answer(
            description.data_quality(self.view, period),
            lambda data, show: show.present_data_quality(data),
        )

    def sql(self, question: str) -> pandas.DataFrame:
        """The rows of one read-only SELECT on the store's tables, for whoever knows SQL."""
        return self.store.frame(question)

    def __repr__(self) -> str:
        return f"Practice({self.settings.name!r})"


def _answer(data: Any, present: Callable[[Any, Any], Bundle]) -> Answer:
    def show(value: Any) -> Bundle:
        from nmt_analytics.reporting import presentation  # noqa: PLC0415 - only when shown

        return present(value, presentation)

    return Answer(data, show)


def _flat(bundle: Bundle) -> list[dict[str, object]]:
    numbers = (
        "metric",
        "unit",
        "period",
        "n_sessions",
        "n_clients",
        "value",
        "ci_lower",
        "ci_upper",
        "known_lower",
        "known_upper",
        "hidden",
    )
    return [
        dict(result.levels) | {name: getattr(result, name) for name in numbers}
        for result in bundle.results
    ]


def _local(moment: datetime, settings: Settings) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(settings.zone)


__all__ = ["Answer", "Practice", "open_practice"]
