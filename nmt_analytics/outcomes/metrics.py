"""METRICS: every outcome defined once. A new outcome is one entry here.

`outcome` names the column of queries/session_outcomes.sql that holds it for each session (or is
a measure of a practice's own, see own_metrics.py);
`estimate` says how a number comes out of the counted sessions (estimators.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nmt_analytics.errors import UsageError, unknown_name
from nmt_analytics.outcomes.estimators import (
    Estimator,
    KaplanMeierQuantile,
    Mean,
    RestrictedMean,
    Share,
    SurvivalQuantile,
    SurvivalShare,
    Total,
    ValueQuantile,
)
from nmt_analytics.outcomes.measures import Outcome

Direction = Literal["up", "down"] | None

DIMENSIONS = (
    "condition", "stress_level", "activity_level", "severity_band", "pressure_felt",
    "nutrient_shortfall", "modality", "body_region", "therapist", "quarter", "month",
)  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """One outcome: how it is called, what it means, for whom, and how it is estimated."""

    name: str
    label: str
    unit: Literal["sessions", "clients", "%", "days", "hours", "seconds", "points", "times"]
    meaning: str
    population: str
    direction: Direction
    outcome: Outcome
    estimate: Estimator

    @property
    def factor(self) -> float:
        """Estimators give shares between 0 and 1; screens show percent."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def is_count(self) -> bool:
        """Whether it counts sessions or clients and so has no uncertainty of its own."""
        return self.unit in ("sessions", "clients")


LATE_HOURS = 6.0
"""An answer up to so many hours after a question about soreness still tells of that time; days of
relief are whole days and need no such room."""
_ANSWERED_RELIEF = "sessions with at least one answer about relief"
_ANSWERED_SORENESS = "sessions with at least one answer about soreness, sore or not"

_ALL = (
    Metric(
        "sessions",
        "sessions",
        "sessions",
        "sessions held in the period",
        "all sessions",
        None,
        "session",
        Total(),
    ),
    Metric(
        "clients",
        "clients",
        "clients",
        "different clients with a session in the period",
        "all sessions",
        None,
        "session",
        Total(),
    ),
    Metric(
        "follow_up_response",
        "check-ins answered",
        "%",
        "share of the check-ins asked that were answered",
        "check-ins whose asking is recorded",
        "up",
        "check_in",
        Share(),
    ),
    Metric(
        "relief_days_median",
        "days of relief (half of sessions)",
        "days",
        "the day by which half of the sessions have lost relief",
        _ANSWERED_RELIEF,
        "up",
        "relief",
        SurvivalQuantile(0.5),
    ),
    Metric(
        "relief_days_q25",
        "days until a quarter lost relief",
        "days",
        "the day by which a quarter of the sessions have lost relief",
        _ANSWERED_RELIEF,
        "up",
        "relief",
        SurvivalQuantile(0.25),
    ),
    Metric(
        "relief_days_mean_28",
        "average days of relief in the first 28",
        "days",
        "days with relief among the 28 days after a session, on average",
        _ANSWERED_RELIEF,
        "up",
        "relief",
        RestrictedMean(28),
    ),
    *(
        Metric(
            f"relief_at_{day}_days",
            f"still relieved at the day-{day} check-in",
            "%",
            f"share of sessions whose relief lasts longer than {day} days",
            _ANSWERED_RELIEF,
            "up",
            "relief",
            SurvivalShare(day),
        )
        for day in (4, 7, 14)
    ),
    Metric(
        "soreness_any",
        "sore within 48 hours",
        "%",
        "share of sessions after which the client was sore at any check-in within 48 hours",
        "sessions with an answer about soreness within 48 hours",
        "down",
        "soreness_any",
        Share(),
    ),
    *(
        Metric(
            f"soreness_gone_by_{hours}_hours",
            f"soreness gone by {hours} hours",
            "%",
            f"share of sessions with no lingering soreness {hours} hours later",
            _ANSWERED_SORENESS,
            "up",
            "soreness",
            SurvivalShare(hours, gone=True, late=LATE_HOURS),
        )
        for hours in (24, 36)
    ),
    Metric(
        "soreness_hours_median",
        "hours of soreness (half of sessions)",
        "hours",
        "the hour by which soreness is gone after half of the sessions",
        _ANSWERED_SORENESS,
        "down",
        "soreness",
        SurvivalQuantile(0.5, late=LATE_HOURS),
    ),
    Metric(
        "pain_change",
        "change in pain",
        "points",
        "pain right after the session minus pain before it, on average (0-10)",
        "sessions with pain rated before and after",
        "down",
        "pain_change",
        Mean(),
    ),
    Metric(
        "pain_responders",
        "pain fell clearly",
        "%",
        "share of sessions with a fall in pain of at least 30 % and 2 points",
        "sessions with pain of 4 or more before, rated again after",
        "up",
        "pain_responder",
        Share(),
    ),
    Metric(
        "flare_ups",
        "flare-ups",
        "%",
        "share of sessions with a pain answer within 72 hours at least 2 points above pain before",
        "sessions with pain before and a pain answer within 72 hours",
        "down",
        "flare_up",
        Share(),
    ),
    Metric(
        "hold_seconds_median",
        "seconds of pressure per point (half of sessions)",
        "seconds",
        "the middle value of the seconds that pressure was held per point",
        "sessions with the hold recorded",
        None,
        "hold_seconds",
        ValueQuantile(0.5),
    ),
    Metric(
        "hold_in_range",
        "held 20 to 40 seconds",
        "%",
        "share of sessions with pressure held 20 to 40 seconds per point",
        "sessions with the hold recorded",
        "up",
        "hold_in_range",
        Share(),
    ),
    Metric(
        "pressure_felt_right",
        "pressure felt right",
        "%",
        "share of sessions in which the pressure felt right to the client",
        "sessions with the pressure felt recorded",
        "up",
        "pressure_right",
        Share(),
    ),
    Metric(
        "pressure_adjusted_when_not_right",
        "pressure adjusted when not right",
        "%",
        "of the sessions felt too light or too strong, the share in which pressure was adjusted",
        "sessions felt too light or too strong, with adjusting recorded",
        "up",
        "pressure_adjusted_when_not_right",
        Share(),
    ),
    Metric(
        "return_days_median",
        "days until the next session (half of sessions)",
        "days",
        "the day by which half of the clients have come back",
        "all sessions; those without a next one count up to the last day known",
        None,
        "return",
        KaplanMeierQuantile(0.5),
    ),
    Metric(
        "recommend_mean",
        "would recommend",
        "points",
        "latest answer to 'would you recommend us' (0-10), on average",
        "sessions with an answer",
        "up",
        "recommend",
        Mean(),
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

SILENT = Metric(
    "sessions_without_answer",
    "sessions without any answer",
    "%",
    "share of sessions after which no check-in was answered at all",
    "all sessions",
    "down",
    "silent",
    Share(),
)
"""Stands beside every outcome; not a metric of its own on the command line."""


def find_metric(name: str | Metric) -> Metric:
    """The metric called `name`, or itself; UsageError with the nearest name when there is none."""
    if isinstance(name, Metric):
        return name
    if name not in METRICS:
        raise unknown_name("metric", name, tuple(METRICS))
    return METRICS[name]


def find_dimensions(by: str | Iterable[str] | None) -> tuple[str, ...]:
    """At most two dimensions to break a number down by; UsageError when one is unknown."""
    named = by if isinstance(by, Iterable) else [by] if by else ()
    names = map(str, named.split(",") if isinstance(named, str) else named)
    chosen = tuple(name.strip() for name in names if name.strip())
    for name in chosen:
        if name not in DIMENSIONS:
            raise unknown_name("dimension", name, DIMENSIONS)
    if len(chosen) > 2:
        raise UsageError("A number can be broken down by two dimensions at most.")
    if len(set(chosen)) < len(chosen):
        raise UsageError(f'"{chosen[0]}" is named twice. Name two different dimensions.')
    return chosen
