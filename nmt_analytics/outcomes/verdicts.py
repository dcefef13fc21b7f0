"""What a promise's verdict is, and the rules that reach it.

A verdict needs the whole 95 % interval on one side, at least 20 clients, and check-ins near
enough to the promised time. Everything else stays "data cannot tell", with what would settle it.
"""

import math
import re
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
            {
                "metric": metric.name,
                "unit": metric.unit,
                "hidden": each.hidden,
            }
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
NO_DIFFERENCE = (0.9, 1.1)
"""A time ratio whose whole interval lies in here counts as no difference worth promising."""
ADJUSTED_PERCENT = 80.0
HALF = 50.0
MORE_CLIENTS = "more answering clients"
MOST_TIMES = 20
"""More clients than so many times those at hand are not asked for by number."""


Judged = tuple[Verdict, str, str]
"""Verdict, why, and what would settle an open one."""
BEFORE_ROUNDING = "judged before the number was rounded to be shared"
REACHES_ACROSS = "the interval reaches across the limit"
TOO_SILENT: Judged = (
    CANNOT_TELL,
    "too many questions about relief were left unanswered",
    "answers of those who fall silent after a session",
)


def against_limits(metric: Metric, row: Row, low: float, high: float | None) -> Judged:
    """The verdict for an interval that should lie at or above `low` (and at or below `high`)."""
    still_open = _open(row) or _undetermined(metric, row, low, high)
    if still_open:
        return still_open
    ci_lower, ci_upper = _interval(row)
    if ci_lower >= low and (high is None or ci_upper <= high):
        return SUPPORTED, "the whole interval keeps the promise", ""
    if ci_upper < low:
        return NOT_SUPPORTED, f"the whole interval lies below {low:g} {metric.unit}", ""
    if high is not None and ci_lower > high:
        return NOT_SUPPORTED, f"longer than promised: above {high:g} {metric.unit}", ""
    limits = [limit for limit in (low, high) if limit is not None]
    return CANNOT_TELL, REACHES_ACROSS, _more_clients(row, limits)


def agree(exact: Judged, shown: Judged) -> Judged:
    """The verdict of the exact number, in words that give away no more than the number shown.

    A number that is rounded to be shared could otherwise lie on the other side of a limit, and the
    exact one's words could tell how many clients there are.
    """
    if exact[0] == shown[0] or shown[0] == CANNOT_TELL:
        return shown
    return exact[0], BEFORE_ROUNDING, MORE_CLIENTS if exact[0] == CANNOT_TELL else ""


def _open(row: Row) -> Judged | None:
    """Why nothing can be judged at all: hidden, too few clients, or no interval."""
    if row.is_hidden:
        return CANNOT_TELL, row.hidden, f"answers of at least {FULL_CLIENTS} clients"
    missing = FULL_CLIENTS - (row.n_clients or 0)
    if missing > 0:
        return CANNOT_TELL, f"only {row.n_clients} clients answered", _missing_clients(missing)
    if row.ci_lower is None or row.ci_upper is None:
        return CANNOT_TELL, "no interval can be computed", MORE_CLIENTS
    return None


def _interval(row: Row) -> tuple[float, float]:
    assert row.ci_lower is not None and row.ci_upper is not None, "see _open"
    return row.ci_lower, row.ci_upper


def _undetermined(metric: Metric, row: Row, low: float, high: float | None) -> Judged | None:
    """Whether the check-in times leave open on which side of a limit the number lies."""
    if row.known_lower is None or row.known_upper is None:
        return None
    straddled = [
        limit
        for limit in (low, high)
        if limit is not None and row.known_lower < limit < row.known_upper
    ]
    if not straddled:
        return None
    when = " and ".join(dict.fromkeys(_check_in_that_settles(metric, each) for each in straddled))
    reason = "your check-ins leave the number open on both sides of the limit"
    return CANNOT_TELL, reason, f"a check-in at {when}"


def _check_in_that_settles(metric: Metric, limit: float) -> str:
    """`day 4` for a share at day 4 or a median against 4 days, `hour 36` for one at 36 hours."""
    named = re.search(r"_(\d+)_(day|hour)s$", metric.name)
    if named:
        return f"{named[2]} {named[1]}"
    return f"{'hour' if metric.unit == 'hours' else 'day'} {limit:g}"


def _more_clients(row: Row, limits: list[float]) -> str:
    """About how many clients would move the limits out of the interval, if the number stays."""
    interval = _interval(row)
    if row.value is None or math.isinf(interval[1]):
        return MORE_CLIENTS
    return _clients_in_words(row.n_clients or 0, _narrowing(row.value, interval, limits))


def _narrowing(value: float, interval: tuple[float, float], limits: list[float]) -> float:
    """How many times narrower the interval must get to have none of the limits in it."""
    ci_lower, ci_upper = interval
    times = [1.0]
    for limit in limits:
        distance = abs(value - limit)
        reach = ci_upper - value if limit > value else value - ci_lower
        times.append(reach / distance if distance > 0 else math.inf)
    return max(times)


def _clients_in_words(n_clients: int, narrowing: float) -> str:
    # An interval narrows with the square root of the clients behind it.
    times = narrowing**2
    if times > 1 + MOST_TIMES:
        return (
            f"more than {MOST_TIMES * n_clients} {MORE_CLIENTS}: the number is close to the limit"
        )
    return f"about {max(5, 5 * round(n_clients * (times - 1) / 5))} {MORE_CLIENTS}"


def below_zero(row: Row) -> Judged:
    """The verdict for an interval that should lie below 0."""
    still_open = _open(row)
    if still_open:
        return still_open
    ci_lower, ci_upper = _interval(row)
    if ci_upper < 0:
        return SUPPORTED, "the whole interval lies below 0", ""
    if ci_lower >= 0:
        return NOT_SUPPORTED, "the whole interval lies at or above 0", ""
    return CANNOT_TELL, "the interval reaches across 0", _more_clients(row, [0.0])


def ratio_verdict(ratio: TimeRatio, steps: float = 1.0) -> Judged:
    """The verdict for a promise that something makes a difference.

    `steps`: over how many steps of a number it is judged, since a step alone can be too small for
    a difference that is worth promising over the whole range.
    """
    missing = FULL_CLIENTS - ratio.n_clients
    if missing > 0:
        return CANNOT_TELL, f"only {ratio.n_clients} clients answered", _missing_clients(missing)
    if ratio.ci_upper < 1 or ratio.ci_lower > 1:
        return SUPPORTED, "the interval of the time ratio excludes 1", ""
    low, high = (end ** (1 / steps) for end in NO_DIFFERENCE)
    if ratio.ci_lower >= low and ratio.ci_upper <= high:
        return NOT_SUPPORTED, "the time ratio lies within 0.9 to 1.1", ""
    settle = _clients_in_words(ratio.n_clients, _narrowing_of_ratio(ratio, low, high))
    return CANNOT_TELL, "the interval of the time ratio includes 1", settle


def _narrowing_of_ratio(ratio: TimeRatio, no_less: float, no_more: float) -> float:
    """How many times narrower its interval must get to exclude 1, or to lie within two limits."""
    # On the log scale, where the interval is symmetric.
    value, ci_lower, ci_upper, low, high = (
        math.log(each) for each in (ratio.value, ratio.ci_lower, ratio.ci_upper, no_less, no_more)
    )
    narrowing = _narrowing(value, (ci_lower, ci_upper), [0.0])
    if low < value < high:
        narrowing = min(narrowing, _narrowing(value, (ci_lower, ci_upper), [low, high]))
    return narrowing


def _missing_clients(missing: int) -> str:
    return f"{missing} more answering {'client' if missing == 1 else 'clients'}"
