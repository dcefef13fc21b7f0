"""Plain sentences from publishable numbers: the takeaway of a table, a curve, a change.

Only numbers shown in full are compared, and a difference is claimed only where likely ranges
lie apart; otherwise there is too little data to tell.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

from nmt_analytics.outcomes.answers import Change, Curve, CurveTable, OutcomeTable, Row
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.phrases import has_phrase, say
from nmt_analytics.reporting.wording import (
    count_in_words,
    estimate_and_likely,
    estimate_in_words,
    first_upper,
    level_in_sentence,
    period_in_words,
    remarked,
    remarks,
    share_in_words,
)
from nmt_analytics.vocabulary import (
    NOT_RECORDED,
    PROMISED_RELIEF_DAYS,
    PROMISED_SORENESS_HOURS,
)

ORDERED = ("stress_level", "activity_level", "severity_band")
"""Dimensions whose first and last level say what a sentence needs."""
OVER_TIME = ("month", "quarter")
_NORMAL = NormalDist()


def say_outcome(table: OutcomeTable) -> str:
    """The takeaway of one metric in a sentence without its full stop."""
    if not table.by:
        return say_row(table.rows[0], table.metric)
    if len(table.by) == 2:
        first, second = (say(f"dimension.{name}").lower() for name in table.by)
        return say("outcome.grid", topic=topic(table.metric), first=first, second=second)
    return _say_breakdown(table, table.by[0])


def topic(metric: Metric) -> str:
    """What a metric is about, as a heading: `How long relief lasts`."""
    name = f"metric.{metric.name}.topic"
    return say(name) if has_phrase(name) else first_upper(metric.label)


def say_value(metric: Metric, value: str) -> str:
    """A metric's number in a sentence: `Relief lasts about 9 days`."""
    name = f"metric.{metric.name}.says"
    if not has_phrase(name):
        return f"{first_upper(metric.label)}: {value}"
    return first_upper(say(name, value=value))


def say_row(row: Row, metric: Metric) -> str:
    """A number in a sentence, then what has to be remarked: `58 % are …; few clients`."""
    return remarked(say_value(metric, estimate_and_likely(row, metric)), *remarks(row, metric))


def who_counts(counted: Row | TimeRatio) -> str:
    """Who stands behind a number: `312 sessions of 118 clients`."""
    return say(
        "highlight.evidence",
        sessions=count_in_words(counted.n_sessions or 0, "sessions"),
        clients=count_in_words(counted.n_clients or 0, "clients"),
    )


def _say_breakdown(table: OutcomeTable, dimension: str) -> str:
    if dimension in OVER_TIME:
        return say("outcome.over_time", topic=topic(table.metric), across=say(f"over.{dimension}"))
    full = [row for row in table.shown if _is_comparable(row)]
    words = {"topic": topic(table.metric), "across": say(f"across.{dimension}")}
    if len(full) < 2:
        return say("outcome.too_few", **words)
    if dimension in ORDERED and are_apart([full[0], full[-1]]):
        return _say_ends(table.metric, dimension, full[0], full[-1])
    if not are_apart(full):
        return say("outcome.cannot_compare", **words)
    lowest, highest = sorted(full, key=lambda row: row.value or 0.0)[:: len(full) - 1]
    return say(
        "outcome.range",
        lowest=estimate_in_words(lowest, table.metric),
        highest=estimate_in_words(highest, table.metric),
        **words,
    )


def _is_comparable(row: Row) -> bool:
    """Whether a row may be held against others: shown in full, recorded, with both ends known."""
    return (
        row.showing == "full"
        and row.levels != (NOT_RECORDED,)
        and None not in (row.value, row.ci_lower, row.ci_upper)
    )


def are_apart(rows: Sequence[Row]) -> bool:
    """Whether some two of the rows differ by more than the screening of all pairs would bring.

    Two 95 % intervals that do not touch are rarer than one pair in twenty without any difference;
    among many pairs they are not, so the intervals are widened to a Bonferroni level for the
    number of pairs.
    """
    n_pairs = len(rows) * (len(rows) - 1) // 2
    needed = _NORMAL.inv_cdf(1 - 0.025 / n_pairs)
    # Two equal intervals that just touch are 1.96 * sqrt(2) standard errors apart.
    widening = max(1.0, needed / (_NORMAL.inv_cdf(0.975) * 2**0.5))
    return any(_are_apart(*pair, widening) for pair in combinations(rows, 2))


def _are_apart(one: Row, other: Row, widening: float) -> bool:
    low, high = sorted((one, other), key=lambda row: row.value or 0.0)
    upper = _widened(low.value, low.ci_upper, widening)
    return upper < _widened(high.value, high.ci_lower, widening)


def _widened(value: float | None, end: float | None, widening: float) -> float:
    if value is None or end is None:
        return float("nan")
    return value + widening * (end - value)


def _say_ends(metric: Metric, dimension: str, first: Row, last: Row) -> str:
    return say(
        "outcome.two_levels",
        says=say_value(metric, estimate_in_words(first, metric)),
        first_level=level_in_sentence(dimension, first.levels[0]),
        last=estimate_in_words(last, metric),
        last_level=level_in_sentence(dimension, last.levels[0]),
    )


def say_curve(table: CurveTable) -> str:
    """The takeaway of a curve: its shares at both ends of what was promised."""
    topic_of_curve = say(f"curve.{table.outcome}_topic")
    if table.by:
        dimension = say(f"dimension.{table.by[0]}").lower()
        return say("curve.topic_by", topic=topic_of_curve, dimension=dimension)
    first_at, last_at = (
        PROMISED_RELIEF_DAYS if table.outcome == "relief" else PROMISED_SORENESS_HOURS
    )
    first, last = (share_at(table.curves[0], at) for at in (first_at, last_at))
    if first is None or last is None:
        return topic_of_curve
    if table.outcome == "soreness":
        first, last = 100 - first, 100 - last
    return say(
        f"curve.{table.outcome}",
        first=share_in_words(first),
        first_at=first_at,
        last=share_in_words(last),
        last_at=last_at,
    )


def share_at(curve: Curve, time: float) -> float | None:
    """The share of a curve at a day or hour, in percent; None where it is not drawn."""
    return next((point.value for point in curve.points if point.day == time), None)


def say_change(change: Change) -> str:
    """This period and the one before it in a sentence without its full stop."""
    now = say_row(change.row, change.metric)
    if change.reason:
        return say("change.sentence_not_compared", now=now, reason=change.reason)
    return say(
        "change.sentence_seen" if _is_said(change) else "change.sentence_none",
        now=now,
        period=first_upper(period_in_words(parse_period(change.previous.period))),
        previous=estimate_in_words(change.previous, change.metric),
    )


def _is_said(change: Change) -> bool:
    """Whether a difference may be told: it is seen, or counted without any chance."""
    return change.metric.is_count or change.is_seen


def change_since(change: Change) -> str:
    """`before: 52 %`, or that no change can be shown, or why none is compared."""
    if change.reason:
        return say("change.not_compared", reason=change.reason)
    previous = estimate_in_words(change.previous, change.metric)
    return say("change.seen" if _is_said(change) else "change.none", previous=previous)
