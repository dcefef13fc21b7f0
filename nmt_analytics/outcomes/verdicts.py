"""What a promise's verdict is, and the rules that reach it.

A verdict needs the whole 95 % interval on one side, at least 20 clients, and check-ins near
enough to the promised time. Everything else stays "data cannot tell", with what would settle it.
"""

from dataclasses import dataclass
from typing import Literal

from nmt_analytics.outcomes.answers import NUMBERS, Row
from nmt_analytics.outcomes.disclosure import FULL_CLIENTS
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.periods import Period

Verdict = Literal[
    "supported",
    "not supported",
    "data cannot tell",
    "not testable with this kind of data",
]


@dataclass(frozen=True)
class ClaimRow:
    """One published promise and what the period's data say of it.

    `rows` are the numbers it was judged by, with their metric; `ratio` the time ratio where one
    decides. `reason` says why the verdict is what it is, `settle` what would settle an open one.
    """

    claim: str
    promise: str
    verdict: Verdict
    reason: str
    settle: str = ""
    level: str = ""
    rows: tuple[tuple[Metric, Row], ...] = ()
    ratio: TimeRatio | None = None


@dataclass(frozen=True)
class ClaimsTable:
    """Every published promise with its verdict, in the order of the registry."""

    period: Period
    rows: tuple[ClaimRow, ...]

    columns = (
        "claim", "promise", "condition", "verdict", "metric", "unit", "period", *NUMBERS,
        "hidden", "reason", "settle",
    )  # fmt: skip

    def records(self) -> list[dict[str, object]]:
        """One dictionary per promise and number behind it; a promise without one has one row."""
        return [record for row in self.rows for record in self._records_of(row)]

    def _records_of(self, row: ClaimRow) -> list[dict[str, object]]:
        told = {
            "claim": row.claim,
            "promise": row.promise,
            "condition": row.level,
            "verdict": row.verdict,
            "period": self.period.name,
            "reason": row.reason,
            "settle": row.settle,
        }
        empty = {"metric": "", "unit": "", "hidden": ""} | dict.fromkeys(NUMBERS)
        numbers: list[dict[str, object]] = [
            {"metric": metric.name, "unit": metric.unit, "hidden": each.hidden}
            | {name: getattr(each, name) for name in NUMBERS}
            for metric, each in row.rows
        ]
        if row.ratio is not None:
            numbers.append(
                empty
                | {
                    "metric": f"time_ratio_{row.ratio.term}",
                    "unit": "times",
                    "n_sessions": row.ratio.n_sessions,
                    "n_clients": row.ratio.n_clients,
                    "value": row.ratio.value,
                    "ci_lower": row.ratio.ci_lower,
                    "ci_upper": row.ratio.ci_upper,
                }
            )
        return [told | each for each in numbers or [empty]]


SUPPORTED: Verdict = "supported"
NOT_SUPPORTED: Verdict = "not supported"
CANNOT_TELL: Verdict = "data cannot tell"
NOT_TESTABLE: Verdict = "not testable with this kind of data"
UNDETERMINED_POINTS = 10.0
NO_DIFFERENCE = (0.9, 1.1)
"""A time ratio whose whole interval lies in here counts as no difference worth promising."""
ADJUSTED_PERCENT = 80.0
HALF = 50.0


Judged = tuple[Verdict, str, str]
"""Verdict, why, and what would settle an open one."""


def against_limits(metric: Metric, row: Row, low: float, high: float | None) -> Judged:
    """The verdict for an interval that should lie at or above `low` (and at or below `high`)."""
    still_open = _open(row) or _undetermined(metric, row, low, high)
    if still_open:
        return still_open
    ci_lower, ci_upper = row.ci_lower or 0.0, row.ci_upper if row.ci_upper is not None else 0.0
    if ci_lower >= low and (high is None or ci_upper <= high):
        return SUPPORTED, "the whole interval keeps the promise", ""
    if ci_upper < low:
        return NOT_SUPPORTED, f"the whole interval lies below {low:g} {metric.unit}", ""
    if high is not None and ci_lower > high:
        return NOT_SUPPORTED, f"longer than promised: above {high:g} {metric.unit}", ""
    return CANNOT_TELL, "the interval reaches across the limit", _more_clients(row, low, high)


def _open(row: Row) -> Judged | None:
    """Why nothing can be judged at all: hidden, too few clients, or no interval."""
    if row.is_hidden:
        return CANNOT_TELL, row.hidden, f"answers of at least {FULL_CLIENTS} clients"
    missing = FULL_CLIENTS - (row.n_clients or 0)
    if missing > 0:
        return CANNOT_TELL, f"only {row.n_clients} clients answered", f"{missing} more clients"
    if row.ci_lower is None or row.ci_upper is None:
        return CANNOT_TELL, "no interval can be computed", "more answering clients"
    return None


def _undetermined(metric: Metric, row: Row, low: float, high: float | None) -> Judged | None:
    """Whether the check-in times leave open on which side of a limit the number lies."""
    if row.known_lower is None or row.known_upper is None:
        return None
    wide = row.known_upper - row.known_lower > (UNDETERMINED_POINTS if metric.unit == "%" else 0)
    straddled = [
        limit
        for limit in (low, high)
        if limit is not None and row.known_lower < limit < row.known_upper
    ]
    if not wide or not straddled:
        return None
    when = _check_in_that_settles(metric, straddled[0])
    return CANNOT_TELL, "your check-ins leave the number open on both sides of the limit", when


def _check_in_that_settles(metric: Metric, limit: float) -> str:
    name = metric.name
    for marker, unit in (("_days", "day"), ("_hours", "hour")):
        head = name.removesuffix(marker)
        if head != name and head.rsplit("_", 1)[-1].isdigit():
            return f"a check-in at {unit} {head.rsplit('_', 1)[-1]}"
    return f"a check-in at {'hour' if metric.unit == 'hours' else 'day'} {limit:g}"


def _more_clients(row: Row, low: float, high: float | None) -> str:
    """About how many clients would move the limit out of the interval, if the number stays."""
    value, n_clients = row.value, row.n_clients or 0
    ci_lower, ci_upper = row.ci_lower, row.ci_upper
    limits = [limit for limit in (low, high) if limit is not None]
    if value is None or ci_lower is None or ci_upper is None or ci_upper == float("inf"):
        return "more answering clients"
    limit = min(limits, key=lambda each: abs(each - value))
    distance = abs(value - limit)
    reach = (ci_upper - value) if limit > value else (value - ci_lower)
    if distance == 0 or reach <= distance:
        return "more answering clients"
    needed = n_clients * ((reach / distance) ** 2 - 1)
    if needed > 20 * n_clients:
        return "the number is too close to the limit for any practice to tell"
    return f"about {max(5, 5 * round(needed / 5))} more answering clients"


def below_zero(row: Row) -> Judged:
    """The verdict for an interval that should lie below 0."""
    still_open = _open(row)
    if still_open:
        return still_open
    if (row.ci_upper or 0.0) < 0:
        return SUPPORTED, "the whole interval lies below 0", ""
    if (row.ci_lower or 0.0) >= 0:
        return NOT_SUPPORTED, "the whole interval lies at or above 0", ""
    return CANNOT_TELL, "the interval reaches across 0", _more_clients(row, 0.0, None)


def ratio_verdict(ratio: TimeRatio) -> Judged:
    """The verdict for a promise that something makes a difference."""
    if ratio.ci_upper < 1 or ratio.ci_lower > 1:
        return SUPPORTED, "the interval of the time ratio excludes 1", ""
    if ratio.ci_lower >= NO_DIFFERENCE[0] and ratio.ci_upper <= NO_DIFFERENCE[1]:
        return NOT_SUPPORTED, "the time ratio lies within 0.9 to 1.1", ""
    return CANNOT_TELL, "the interval of the time ratio includes 1", "more answering clients"
