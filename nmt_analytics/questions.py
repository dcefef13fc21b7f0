"""Every question that a practice answers: one method each, one `Answer` back.

practice.py says of which practice, at which moment, for whom. Nothing here reads a client's row:
every number went through the door out (outcomes/disclosure.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from nmt_analytics.answer import Answer, answered
from nmt_analytics.errors import UsageError
from nmt_analytics.intake.pseudonyms import pseudonym, read_key
from nmt_analytics.names import Names
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
    fates,
    funnel,
    groups,
    guide,
    monitoring,
    per_client,
    returning,
)
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.vocabulary import label

By = str | list[str] | tuple[str, ...] | None
When = str | Period | None


class Questions(Names, ABC):
    """What can be asked of a practice. `period` is 2026Q3, 2026-07, 2026, two dates, or all."""

    @property
    @abstractmethod
    def view(self) -> View:
        """The store, the moment and the audience that the next question is about."""

    @property
    @abstractmethod
    def is_looking_back(self) -> bool:
        """Whether it is seen at an earlier moment than the last load."""

    def overview(self, period: When = None, about: str = "") -> Answer:
        """How many sessions, clients and answers a period holds, and how many were silent.

        `about` heads the page: "Outcomes" when empty, or the one level that counts.
        """
        view = self.view
        return answered(
            description.overview(view, period),
            "present_overview",
            self.settings.name,
            self.settings.local(view.as_of),
            self.audience,
            about or label(view.only[1]),
            bool(about),
            caution.is_silenced(view, "relief_days_median", parse_period(period)),
            caution.is_doubted(view, "relief_days_median", parse_period(period)),
        )

    def at_a_glance(self, period: When = None) -> Answer:
        """The five numbers that open a page: value, change, and the last eight periods."""
        view, when = self.view, parse_period(period)
        runs = [comparison.recent(view, METRICS[name], when) for name in comparison.AT_A_GLANCE]
        tiles = list(zip(comparison.compare_at_a_glance(view, when), runs, strict=True))
        silenced, doubted = (
            [name for name in comparison.AT_A_GLANCE if is_so(view, name, when)]
            for is_so in (caution.is_silenced, caution.is_doubted)
        )
        return answered(tiles, "present_tiles", silenced, doubted)

    def findings(self, period: When = None) -> Answer:
        """What stands out: at most five sentences, the most certain first, and what to ask."""
        view, when = self.view, parse_period(period)
        driven = driving.drivers(view, period)
        return answered(
            [
                change
                for change in comparison.compare_at_a_glance(view, when)
                if not caution.is_silenced(view, change.metric.name, when)
            ],
            "present_findings",
            claims.judge_claims(view, driven, period),
            driven,
            [monitoring.chart(view, metric, "month", period) for metric in monitoring.WATCHED],
            description.data_quality(view, period),
            per_client.each_client_once(view, period),
            caution.silence_of(view, period=period),
        )

    def outcome(self, metric: str, by: By = None, period: When = None) -> Answer:
        """One metric (see `practice.metrics`) by up to two of `practice.dimensions`.

        `outcome("relief_at_7_days", by="condition", period="2026Q3")`. A period, here and in all
        questions: 2026Q3, 2026-07, 2026, two dates (2026-07-01..2026-08-15), or all when left away.
        """
        return answered(
            analysis.outcome(self.view, self.named(metric), by, period), "present_outcome"
        )

    def side_by_side(self, metrics: Sequence[str], period: When = None) -> Answer:
        """Several shares of sessions in one figure, each with its likely range."""
        view = self.view
        named = [self.named(name) for name in ([metrics] if isinstance(metrics, str) else metrics)]
        if not named or any(metric.unit != "%" for metric in named):
            raise UsageError(
                "Only shares stand side by side, on one scale. Name for example: "
                '["relief_at_4_days", "relief_at_7_days"]'
            )
        tables = [analysis.outcome(view, metric, None, period) for metric in named]
        return answered(tables, "present_side_by_side")

    def therapists(self, metric: str = "relief_at_7_days", period: When = None) -> Answer:
        """One share by therapist against the answers behind it, with limits; never a ranking.

        Says only that it is switched off until practice.toml has `show = true` in [therapists].
        Names of practice.toml are for the owner; a shared page numbers therapists.
        """
        if not self.settings.shows_therapists:
            return answered(funnel.switched_off(metric, period), "present_therapists")
        found = funnel.funnel(self.view, metric, period, self._therapist_names())
        return answered(found, "present_therapists")

    def _therapist_names(self) -> dict[str, tuple[str, str]]:
        """By pseudonym, the code of the practice's files and the name that practice.toml gives."""
        codes = self.settings.therapist_names if self.audience == "owner" else {}
        if not codes:
            return {}
        key = read_key(self.settings)
        return {
            str(pseudonym(key, "therapist", code)): (code, name) for code, name in codes.items()
        }

    def relief_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions still relieved, day by day, by at most one dimension."""
        view, when = self.view, parse_period(period)
        silenced = not by and caution.is_silenced(view, "relief_at_14_days", when)
        return answered(curves.curve(view, "relief", by, when), "present_curve", silenced)

    def soreness_curve(self, by: By = None, period: When = None) -> Answer:
        """Share of sessions with lingering soreness, hour by hour, by at most one dimension."""
        return answered(curves.curve(self.view, "soreness", by, period), "present_curve")

    def compare(self, metric: str, period: When = None) -> Answer:
        """One metric in a period against the period before it."""
        return answered(comparison.compare(self.view, self.named(metric), period), "present_change")

    def compare_groups(self, metric: str, by: By, period: When = None) -> Answer:
        """Each group of one dimension against all others: the difference, and if it can be told."""
        return answered(
            groups.compare_groups(self.view, self.named(metric), by, period), "present_groups"
        )

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
        return answered(
            monitoring.chart(self.view, self.named(metric), every, period), "present_control_chart"
        )

    def return_guide(self, by: By = ("condition", "stress_level"), period: When = None) -> Answer:
        """The days by which relief ends, beside the days at which clients really return."""
        return answered(guide.return_guide(self.view, by, period), "present_return_guide")

    def silence(self, day: int = 14, period: When = None) -> Answer:
        """What the sessions without an answer could do to the share still relieved on `day`."""
        return answered(caution.silence_of(self.view, day, period), "present_silence")

    def naive_averages(self, period: When = None) -> Answer:
        """What two simple averages would have said of relief, beside the estimate."""
        return answered(caution.naive_pair(self.view, period), "present_naive_pair")

    def per_client(self, period: When = None) -> Answer:
        """The numbers if each client counted once, beside those per session."""
        return answered(per_client.each_client_once(self.view, period), "present_each_client_once")

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
        """Why the observation of relief ended, and whether coming back goes with that it did.

        The second from the twelve months up to the end of `period`: a quarter holds too few.
        """
        view, when = self.view, parse_period(period)
        back = returning.returning(view, when.twelve_months)
        return answered(description.data_quality(view, when), "present_ends", back)

    def refusals(self) -> Answer:
        """What became of the records: stored, left out, refused by a rule, or without a session."""
        return answered(fates.fates(self.view), "present_refusals")

    def glossary(self) -> Answer:
        """What each number means and whom it counts."""
        return answered(METRICS, "present_glossary")

    def method(self, period: When = None) -> Answer:
        """How the numbers are computed, and what the model of the drivers assumes."""
        return answered(driving.drivers(self.view, period), "present_method")
