"""CLAIMS: every published promise, with the rule that judges it. A new promise is one entry.

The rules that reach a verdict are in verdicts.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from nmt_analytics.outcomes.analysis import outcome
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.caution import is_silenced
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.driving import DriversTable, drivers
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.outcomes.verdicts import (
    ADJUSTED_PERCENT,
    CANNOT_TELL,
    HALF,
    MORE_CLIENTS,
    NOT_SUPPORTED,
    NOT_TESTABLE,
    REACHES_ACROSS,
    TOO_SILENT,
    ClaimRow,
    ClaimsTable,
    Judged,
    Verdict,
    against_limits,
    agree,
    below_zero,
    ratio_verdict,
)
from nmt_analytics.outcomes.view import EVERYTHING, View
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.vocabulary import PROMISED_HOLD_SECONDS, PROMISED_RELIEF_DAYS, label


@dataclass(frozen=True)
class Evidence:
    """What promises are judged by: numbers of one period, and the drivers of all time.

    Conditions are judged by the twelve months up to the period's end: in a quarter, too few
    clients of one practice come for each.
    """

    view: View
    period: Period
    drivers: DriversTable

    @property
    def of_the_owner(self) -> "Evidence":
        """The same before anything is rounded to be shared: no verdict may hang on rounding."""
        if self.view.audience == "owner":
            return self
        view = replace(self.view, audience="owner", ledger=None)
        return Evidence(view, self.period, drivers(view, self.period))

    def row(self, metric: str) -> Row:
        """One metric of the period."""
        return outcome(self.view, metric, None, self.period).rows[0]

    def rows_by_condition(self, metric: str) -> dict[str, Row]:
        """One metric of the twelve months up to the period's end, for each condition."""
        table = outcome(self.view, metric, "condition", self.period.twelve_months)
        return {row.levels[0]: row for row in table.rows}

    def about(self, condition: str) -> tuple[View, Period]:
        """The sessions that a condition is judged by; of one level alone, these."""
        view = self.view
        if view.only == EVERYTHING:
            view = replace(view, only=("condition", condition))
        return view, self.period.twelve_months

    def ratio(self, term: str, level: str | None = None) -> TimeRatio | None:
        """One time ratio, or None when there is none."""
        found = (r for r in self.drivers.ratios if r.term == term and level in (None, r.level))
        return next(found, None)

    def why_no_ratio(self, term: str, level: str | None) -> str:
        """Why there is no such time ratio."""
        hidden = (r for r in self.drivers.hidden if r.term == term and level in (None, r.level))
        kept_back = next(hidden, None)
        if kept_back is not None:
            return kept_back.reason
        return self.drivers.refusal or f"{label(term)} is not recorded often enough"


FROM_MILD_TO_SEVERE = 7.0
"""Points of severity from the middle of mild (0-3) to the middle of severe (7-10)."""

Judge = Callable[["Claim", Evidence], list[ClaimRow]]


@dataclass(frozen=True)
class Claim:
    """One published sentence, what it is read to mean, and the rule that judges it."""

    name: str
    promise: str
    means: str
    judge: Judge


def judge_claims(view: View, driven: DriversTable, period: str | Period | None) -> ClaimsTable:
    """Every promise with its verdict for one period (time ratios come from `driven`)."""
    when = parse_period(period)
    evidence = Evidence(view, when, driven)
    rows = [row for claim in CLAIMS.values() for row in claim.judge(claim, evidence)]
    return ClaimsTable(when, tuple(rows))


def _within(metric: str, low: float, high: float | None, *beside: str) -> Judge:
    def judge(claim: Claim, evidence: Evidence) -> list[ClaimRow]:
        rows = evidence.of_the_owner.row(metric), evidence.row(metric)
        judged = agree(*(against_limits(METRICS[metric], row, low, high) for row in rows))
        verdict, reason, settle = _unless_silenced(
            judged, METRICS[metric], evidence.view, evidence.period
        )
        numbers = _numbers(evidence, metric, *beside)
        return [_claim_row(claim, verdict, reason, settle, numbers)]

    return judge


def _at_least(metric: str, least: float, *beside: str) -> Judge:
    return _within(metric, least, None, *beside)


def _below_zero(metric: str) -> Judge:
    def judge(claim: Claim, evidence: Evidence) -> list[ClaimRow]:
        rows = evidence.of_the_owner.row(metric), evidence.row(metric)
        verdict, reason, settle = agree(*map(below_zero, rows))
        return [_claim_row(claim, verdict, reason, settle, _numbers(evidence, metric))]

    return judge


def _ratio_differs(term: str, level: str | None = None, steps: float = 1.0) -> Judge:
    def judge(claim: Claim, evidence: Evidence) -> list[ClaimRow]:
        ratio = evidence.ratio(term, level)
        if ratio is None:
            reason = evidence.why_no_ratio(term, level)
            return [ClaimRow(claim.name, claim.promise, CANNOT_TELL, reason, MORE_CLIENTS)]
        exact = evidence.of_the_owner.ratio(term, level) or ratio
        verdict, reason, settle = agree(*(ratio_verdict(each, steps) for each in (exact, ratio)))
        return [ClaimRow(claim.name, claim.promise, verdict, reason, settle, ratio=ratio)]

    return judge


def _each_condition(*metrics: str) -> Judge:
    def judge(claim: Claim, evidence: Evidence) -> list[ClaimRow]:
        exact, shown = (
            {metric: each.rows_by_condition(metric) for metric in metrics}
            for each in (evidence.of_the_owner, evidence)
        )
        return [
            _condition_row(
                claim,
                condition,
                [(METRICS[name], shown[name].get(condition, _NOBODY)) for name in metrics],
                [exact[name].get(condition, _NOBODY) for name in metrics],
                evidence,
            )
            for condition in evidence.view.conditions
            if condition != "other"
        ]

    return judge


def _unless_silenced(judged: Judged, metric: Metric, view: View, period: Period) -> Judged:
    """A verdict stays open where silent sessions leave its number too open.

    Where the interval leaves it open as well, more clients of whom most are silent would not help.
    """
    verdict, reason, _ = judged
    if verdict == CANNOT_TELL and reason != REACHES_ACROSS:
        return judged
    return TOO_SILENT if is_silenced(view, metric.name, period) else judged


def _not_testable(claim: Claim, _: Evidence) -> list[ClaimRow]:
    reason = "check-ins ask how a client feels; this needs a measurement in the body"
    return [ClaimRow(claim.name, claim.promise, NOT_TESTABLE, reason)]


_NOBODY = Row("", (), hidden="no answers", showing="hidden")


def _condition_row(
    claim: Claim,
    condition: str,
    numbers: list[tuple[Metric, Row]],
    exact: list[Row],
    evidence: Evidence,
) -> ClaimRow:
    judged = [
        _unless_silenced(
            agree(*(against_limits(metric, each, HALF, None) for each in (own, row))),
            metric,
            *evidence.about(condition),
        )
        for (metric, row), own in zip(numbers, exact, strict=True)
    ]
    verdicts = [verdict for verdict, _, _ in judged]
    if NOT_SUPPORTED in verdicts:
        decisive = verdicts.index(NOT_SUPPORTED)
    elif CANNOT_TELL in verdicts:
        decisive = verdicts.index(CANNOT_TELL)
    else:
        decisive = 0
    verdict, reason, settle = judged[decisive]
    return _claim_row(claim, verdict, reason, settle, tuple(numbers), level=condition)


def _numbers(evidence: Evidence, *metrics: str) -> tuple[tuple[Metric, Row], ...]:
    return tuple((METRICS[metric], evidence.row(metric)) for metric in metrics)


def _claim_row(
    claim: Claim,
    verdict: Verdict,
    reason: str,
    settle: str,
    rows: tuple[tuple[Metric, Row], ...],
    level: str = "",
) -> ClaimRow:
    return ClaimRow(claim.name, claim.promise, verdict, reason, settle, level, rows)


_ALL = (
    Claim(
        "soreness_gone",
        "Lingering soreness is gone within 24 to 36 hours",
        "after more than half of the sessions no soreness is left 36 hours later",
        _at_least("soreness_gone_by_36_hours", HALF, "soreness_gone_by_24_hours"),
    ),
    Claim(
        "relief_lasts",
        "Treated muscles stay more relaxed for 4 to 14 days",
        "half of the sessions lose relief between day 4 and day 14",
        _within(
            "relief_days_median", *PROMISED_RELIEF_DAYS, "relief_at_4_days", "relief_at_14_days"
        ),
    ),
    Claim(
        "pressure_held",
        "Pressure is held about 30 seconds per point",
        "the middle hold lies within 20 to 40 seconds",
        _within("hold_seconds_median", *PROMISED_HOLD_SECONDS, "hold_in_range"),
    ),
    Claim(
        "varies_with_stress",
        "How long relief lasts depends on stress",
        "relief at high stress lasts longer or shorter than at low stress",
        _ratio_differs("stress_level", "high"),
    ),
    Claim(
        "varies_with_activity",
        "How long relief lasts depends on activity",
        "relief at high activity lasts longer or shorter than at low activity",
        _ratio_differs("activity_level", "high"),
    ),
    Claim(
        "varies_with_severity",
        "How long relief lasts depends on how bad it was before",
        "relief lasts longer or shorter the more severe it was before, from mild to severe",
        _ratio_differs("severity_before", steps=FROM_MILD_TO_SEVERE),
    ),
    Claim(
        "pressure_adjusted",
        "Pressure is adjusted when it is too strong or too mild",
        "of the sessions felt too strong or too light, at least 80 % were adjusted",
        _at_least("pressure_adjusted_when_not_right", ADJUSTED_PERCENT),
    ),
    Claim(
        "good_pain",
        "Discomfort turns into relief during a session",
        "pain right after the session is lower than before it",
        _below_zero("pain_change"),
    ),
    Claim(
        "relieves_condition",
        "It relieves each of the named conditions",
        "pain falls clearly, and relief lasts past day 4, after at least half of the sessions",
        _each_condition("pain_responders", "relief_at_4_days"),
    ),
    Claim("lactic_acid", "It disperses lactic acid", "lactic acid in the muscle", _not_testable),
    Claim("blood_flow", "It improves blood flow", "blood flow in the tissue", _not_testable),
    Claim("nutrients", "It delivers nutrients", "nutrients in the muscle", _not_testable),
)

CLAIMS: dict[str, Claim] = {claim.name: claim for claim in _ALL}
