"""What leaves this folder: publishable numbers as plain values, each cell shown or hidden.

A hidden cell has no numbers at all, only the reason; it is never 0 and never blank.
"""

from dataclasses import dataclass, field
from typing import Literal

from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.periods import Period

Showing = Literal["full", "few clients", "wide interval", "hidden"]


SEEN_BELOW = 0.05
"""What is seen may be chance in one of twenty cases at most."""
NUMBERS = (
    "n_sessions",
    "n_clients",
    "value",
    "ci_lower",
    "ci_upper",
    "known_lower",
    "known_upper",
)


@dataclass(frozen=True)
class Row:
    """One publishable cell. Shares are in percent, durations in the metric's unit.

    `value` is None where the data never reach it (a median that half of the sessions outlast);
    `ci_upper` and `known_upper` may be infinite ("or longer"). In a hidden row every number is
    None and `hidden` says why. `needs_clients`: how many more answering clients it would take
    to show the number in full, where that is known.
    """

    period: str
    levels: tuple[str, ...]
    n_sessions: int | None = None
    n_clients: int | None = None
    value: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    known_lower: float | None = None
    known_upper: float | None = None
    hidden: str = ""
    showing: Showing = "full"
    needs_clients: int | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether the door out keeps this cell back."""
        return self.hidden != ""


@dataclass(frozen=True)
class OutcomeTable:
    """One metric by zero, one or two dimensions in one period; rows in the vocabulary's order."""

    metric: Metric
    by: tuple[str, ...]
    period: Period
    rows: tuple[Row, ...]
    audience: str = "owner"
    notes: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `records`, in order; they are a contract with whoever reads the csv."""
        return ("metric", "unit", "period", *self.by, *NUMBERS, "hidden")

    def records(self) -> list[dict[str, object]]:
        """One dictionary per row with the keys `columns`; numbers of hidden rows are None."""
        return [
            {"metric": self.metric.name, "unit": self.metric.unit, "period": row.period}
            | dict(zip(self.by, row.levels, strict=True))
            | {name: getattr(row, name) for name in NUMBERS}
            | {"hidden": row.hidden}
            for row in self.rows
        ]

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows that are not hidden."""
        return tuple(row for row in self.rows if not row.is_hidden)


@dataclass(frozen=True)
class CurvePoint:
    """S(day) in percent with its 95 % interval, the ends the data leave open, sessions at risk."""

    day: float
    value: float
    ci_lower: float
    ci_upper: float
    known_lower: float
    known_upper: float
    n_at_risk: int


@dataclass(frozen=True)
class Curve:
    """One curve of sessions still relieved; no points and a reason when it is hidden."""

    levels: tuple[str, ...]
    n_sessions: int | None = None
    n_clients: int | None = None
    points: tuple[CurvePoint, ...] = ()
    hidden: str = ""
    showing: Showing = "full"


@dataclass(frozen=True)
class CurveTable:
    """Share of sessions still relieved (or sore) by day (or hour), by at most one dimension."""

    outcome: Literal["relief", "soreness"]
    unit: Literal["days", "hours"]
    by: tuple[str, ...]
    period: Period
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class Change:
    """One metric in this period against the period before; in the metric's unit.

    `difference` (this minus previous) has its own interval, in which a client of both periods
    counts once. `p_value` is adjusted for the other changes that are looked at beside this one, and
    None where it is looked at alone. `reason` says why nothing is compared; the difference is None
    then.
    """

    metric: Metric
    row: Row
    previous: Row
    difference: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    reason: str = ""
    p_value: float | None = None

    @property
    def is_seen(self) -> bool:
        """Whether the data show a change: its interval excludes zero, also among the others."""
        if self.ci_lower is None or self.ci_upper is None:
            return False
        is_apart = self.ci_lower > 0 or self.ci_upper < 0
        return is_apart and (self.p_value is None or self.p_value < SEEN_BELOW)

    @property
    def is_better(self) -> bool | None:
        """Whether a change that is seen is for the better; None without direction or change."""
        if not self.is_seen or self.metric.direction is None or self.difference is None:
            return None
        return (self.difference > 0) == (self.metric.direction == "up")


@dataclass(frozen=True)
class Overview:
    """What a period holds: counts, answers and silence, before any outcome."""

    period: Period
    sessions: Row
    clients: Row
    response: Row
    silent: Row
    """Share of sessions (in percent) without any answer at all."""
    relief: Row
    """Median days that relief lasts."""


@dataclass(frozen=True)
class CheckInDay:
    """How many check-ins were asked about `hours` after the session, and how many answered."""

    hours: int
    n_asked: int | None
    n_answered: int | None
    hidden: str = ""


@dataclass(frozen=True)
class Records:
    """What became of all records that were loaded: counts, of the refused ones by rule."""

    n_read: int
    n_stored: int
    n_skipped: int
    refused: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unlinked:
    """Notes and check-ins that were stored, and those that have found no session so far."""

    n_notes: int
    n_notes_unlinked: int
    n_notes_between_sessions: int
    """As near to two sessions of that day: nobody can say which one they are about."""
    n_check_ins: int
    n_check_ins_unlinked: int
    n_answers_before_session: int = 0
    """Answered before the session that they name was over, so not used."""


@dataclass(frozen=True)
class Fates(Records):
    """What became of all records, up to whether notes and check-ins have found their session."""

    unlinked: Unlinked


@dataclass(frozen=True)
class DataQuality(Records):
    """Who answers when in a period, beside the records."""

    period: Period
    check_ins: tuple[CheckInDay, ...]
    n_contradictions: int | None
    ended: tuple[tuple[str, int | None], ...]
    """Why the observation of relief ended (relief_ended, returned, lost, not_yet_over)."""
