"""How numbers are said: every number format here, every phrase in phrases.toml.

Uncertainty comes in words: "about 9 days (likely 7 to 11)", where likely is always the 95 %
interval. Figures, findings and tables say nothing of their own.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.disclosure import BESIDE_HIDDEN, NOT_TO_BE_SHARED
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.periods import EARLIEST, LATEST, Period, day_in_words, parse_period
from nmt_analytics.reporting.phrases import forms, has_phrase, say
from nmt_analytics.vocabulary import NOT_RECORDED, label

NO_BREAK = "\u00a0"
MINUS = "\u2212"
OPEN_POINTS = 10.0
"""A share that check-in times leave open by more than this is said to be undetermined."""


def count_in_words(n: float, unit: str) -> str:
    """A count or a measured number with its unit: `1 client`, `3,012 sessions`, `2.3 points`."""
    text = number(n, unit)
    one, many = forms(f"units.{unit}")
    return str(one if text == "1" else many).format(n=text).replace(" ", NO_BREAK, 1)


def number(value: float, unit: str) -> str:
    """The bare number as the page writes it: whole, or one decimal for points; `−2.3`."""
    digits = {"points": 1, "times": 2}.get(unit, 0)
    text = f"{value:,.{digits}f}"
    return text.replace("-", MINUS if text.strip("-0.") else "")


def signed(value: float, unit: str) -> str:
    """A change with its sign, which nothing has: `+3`, `−2.3`, `0`."""
    text = number(value, unit)
    sign = "+" if value > 0 and text.strip("0.") else ""
    return say("number.signed", sign=sign, n=text)


def estimate_in_words(row: Row, metric: Metric) -> str:
    """The estimate alone: `about 9 days`, `58 %`, `fell by 2.3 points`, `longer than 21 days`."""
    if row.is_hidden:
        return row.hidden
    if row.value is None:
        return _not_reached(row, metric)
    return value_in_words(row.value, metric)


def value_in_words(value: float, metric: Metric) -> str:
    """One number of a metric: `about 9 days`, `58 %`, `fell by 2.3 points`, `312 sessions`."""
    if metric.is_count:
        return count_in_words(value, metric.unit)
    if metric.name == "pain_change":
        return change_in_words(value, metric.unit)
    if metric.unit == "%":
        return share_in_words(value)
    if metric.unit in ("points", "times"):
        return number(value, metric.unit)
    return _duration(value, metric.unit)


def hidden_briefly(row: Row) -> str:
    """Why a cell is hidden in the few words that fit into it; the table says it in full."""
    briefly = {BESIDE_HIDDEN: "showing.hidden_beside", NOT_TO_BE_SHARED: "showing.hidden"}
    return say(briefly[row.hidden]) if row.hidden in briefly else row.hidden


def estimate_with_range(row: Row, metric: Metric) -> str:
    """The estimate with its likely range in brackets, for places with little room."""
    if row.is_hidden:
        return hidden_briefly(row)
    estimate, likely = estimate_in_words(row, metric), range_beside(row, metric)
    return say("number.bracketed", value=estimate, range=likely) if likely else estimate


def in_words(row: Row, metric: Metric) -> str:
    """A cell as a person says it: `about 9 days (likely 7 to 11)`, or why it is hidden."""
    return remarked(estimate_and_likely(row, metric), *remarks(row, metric))


def estimate_and_likely(row: Row, metric: Metric) -> str:
    """`about 9 days (likely 7 to 11)`, without what has to be remarked about it."""
    estimate = estimate_in_words(row, metric)
    likely = range_beside(row, metric)
    return say("number.likely", value=estimate, range=likely) if likely else estimate


def range_beside(row: Row, metric: Metric) -> str:
    """The likely range as it stands beside the number; empty where it rounds to the number."""
    likely = likely_range(row, metric)
    is_same = row.value is not None and likely == number(abs(row.value), metric.unit)
    return "" if is_same else likely


def likely_range(row: Row, metric: Metric) -> str:
    """The 95 % interval without its unit: `7 to 11`, `9 or longer`; empty where there is none."""
    if row.is_hidden or metric.is_count or row.ci_lower is None or math.isinf(row.ci_lower):
        return ""
    if metric.name == "pain_change" and row.ci_upper is not None:
        return change_range(row.ci_lower, row.ci_upper, metric.unit)
    return range_in_words(row.ci_lower, row.ci_upper, metric.unit)


def open_range(row: Row, metric: Metric) -> str:
    """Between which ends the check-in times leave the number open; empty where they do not."""
    if row.is_hidden or row.known_lower is None or row.known_lower == row.known_upper:
        return ""
    return range_in_words(row.known_lower, row.known_upper, metric.unit)


def is_undetermined(row: Row, metric: Metric) -> bool:
    """Whether check-in times leave open more than chance does: more clients would not help."""
    lower, upper = row.known_lower, row.known_upper
    if row.is_hidden or metric.is_count or row.value is None or lower is None or upper is None:
        return False
    if metric.unit == "%":
        return upper - lower > OPEN_POINTS
    if row.ci_lower is None or math.isinf(upper):
        return False
    return lower < row.ci_lower - 0.5 or upper > _end(row.ci_upper) + 0.5


def remarks(row: Row, metric: Metric) -> list[str]:
    """What has to be said beside the number: few clients, what check-ins cannot tell."""
    said = []
    if row.showing == "few clients":
        said.append(say("showing.few"))
    if row.showing == "wide interval":
        said.append(say("showing.wide"))
    if is_undetermined(row, metric) and row.known_lower is not None:
        said.append(cannot_tell(row.known_lower, _end(row.known_upper), metric.unit))
    return said


def cannot_tell(lower: float, upper: float, unit: str) -> str:
    """`your check-ins cannot tell 4 from 6 days`."""
    return say("showing.undetermined", lower=number(lower, unit), upper=count_in_words(upper, unit))


def settling_day(row: Row, metric: Metric) -> str:
    """The further check-in that would narrow what is left open: `day 9`, `hour 24`."""
    lower, upper = row.known_lower, _end(row.known_upper)
    if lower is None or math.isinf(upper):
        return ""
    unit = "hours" if "soreness" in metric.name else "days"
    when = getattr(metric.estimate, "at", (lower + upper) / 2)
    return say(f"period.on_{unit.removesuffix('s')}", n=number(when, unit))


def remarked(text: str, *remarks: str) -> str:
    """`text; remark; remark`."""
    for remark in remarks:
        text = say("showing.with_remark", text=text, remark=remark)
    return text


def clients_missing(row: Row) -> str:
    """How many more answering clients the number needs, in words; empty where it needs none."""
    if not row.needs_clients:
        return ""
    phrase = "showing.needs_to_show" if row.is_hidden else "showing.needs_for_full"
    return say(phrase, clients=count_in_words(row.needs_clients, "clients"))


def share_in_words(percent: float) -> str:
    """`58 %`; never 0 % for something that happened, nor 100 % for something that did not."""
    if 0 < percent < 0.5:
        return say("number.under_one_percent")
    if 99.5 < percent < 100:
        return say("number.over_99_percent")
    return count_in_words(percent, "%")


def change_in_words(value: float, unit: str) -> str:
    """`fell by 2.3 points`, `rose by 8 %`; `did not move` when it rounds to nothing."""
    size = count_in_words(abs(value), unit)
    if number(abs(value), unit) == number(0, unit):
        return say("number.did_not_move")
    return say("number.fell_by" if value < 0 else "number.rose_by", value=size)


def change_range(lower: float, upper: float, unit: str) -> str:
    """An interval of a change: `2.0 to 2.6`, or both directions when it holds zero."""
    if lower < 0 < upper:
        return say("number.fall_to_rise", lower=number(-lower, unit), upper=number(upper, unit))
    near, far = sorted((abs(lower), abs(upper)))
    return range_in_words(near, far, unit)


def range_in_words(lower: float, upper: float | None, unit: str) -> str:
    """`7 to 11`, `9 or longer` when the upper end is open, `9` when both ends round to it."""
    first = number(lower, unit)
    if upper is None or math.isinf(upper):
        return say("number.any_length" if first == "0" else "number.or_longer", lower=first)
    last = number(upper, unit)
    return first if first == last else say("number.range", lower=first, upper=last)


def period_in_words(period: Period) -> str:
    """`July to September 2026`, `the time up to 30 September 2026`, `all time`."""
    if period.from_on > EARLIEST:
        return period.in_words
    if period.until_on == LATEST:
        return say("period.all")
    return say("period.until", day=day_in_words(period.until_on))


def moment_in_words(moment: datetime) -> str:
    """`21 October 2026`, with the time of day unless it is the day's last moment."""
    day = day_in_words(moment)
    return day if (moment.hour, moment.minute) == (23, 59) else f"{day}, {moment:%H:%M}"


def asked_time(hours: int) -> str:
    """When a check-in is asked after the session: `36 h` up to two days, `day 4` beyond."""
    if hours <= 48:
        return say("quality.hours", n=hours)
    return say("period.on_day", n=hours // 24)


def level_label(dimension: str, level: str) -> str:
    """A level as a table or an axis writes it: `muscle spasm`, `Jul 2026`, `Q3 2026`."""
    if dimension == "month" and level != NOT_RECORDED:
        return f"{parse_period(level).from_on:%b %Y}"
    if dimension == "quarter" and level != NOT_RECORDED:
        return f"Q{level[-1]}{NO_BREAK}{level[:4]}"
    return label(level)


def short_level(dimension: str, level: str) -> str:
    """A level that stands beside others without its dimension's name: `high stress`."""
    name = f"short_level.{dimension}"
    if level == NOT_RECORDED or not has_phrase(name):
        return level_label(dimension, level)
    return say(name, level=level_label(dimension, level))


def levels_label(dimensions: Sequence[str], levels: Sequence[str]) -> str:
    """One or two levels as a row is called: `Muscle spasm, high stress`; empty without any."""
    name = level_label if len(levels) == 1 else short_level
    return first_upper(", ".join(map(name, dimensions, levels)))


def level_in_sentence(dimension: str, level: str) -> str:
    """A level as a sentence goes on: `under high stress`, `for muscle spasm`."""
    if level == NOT_RECORDED:
        return say("level.not_recorded")
    return say(f"level.{dimension}", level=level_label(dimension, level))


def count_or_none(n: int) -> str:
    """`7`, or `none` for 0."""
    return number(n, "sessions") if n else say("number.none")


def axis_title(metric: Metric) -> str:
    """What an axis of this metric counts: `days`, `share of sessions`."""
    name = f"metric.{metric.name}.axis"
    if has_phrase(name):
        return say(name)
    unit = "share" if metric.unit == "%" else metric.unit
    return say(f"axis.{unit}")


def listed(texts: Iterable[str]) -> str:
    """`a; b; c`, for text alternatives."""
    return "; ".join(texts)


def first_upper(text: str) -> str:
    """`text` with a capital letter at its start, as a title or a sentence begins."""
    return text[:1].upper() + text[1:]


def _not_reached(row: Row, metric: Metric) -> str:
    if row.known_lower is None:
        return say("number.not_known")
    if not row.known_lower:
        return say("number.unknown_time")
    return say("number.longer_than", value=count_in_words(row.known_lower, metric.unit))


def _duration(value: float, unit: str) -> str:
    if value < 0.5:
        return say("number.under_one", unit=say(f"number.{unit.removesuffix('s')}"))
    return say("number.about", value=count_in_words(value, unit))


def _end(upper: float | None) -> float:
    return math.inf if upper is None else upper
