"""Time ratios in words: `32 % shorter (likely 24 to 39)`."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.reporting.phrases import has_phrase, say
from nmt_analytics.reporting.wording import (
    count_in_words,
    first_upper,
    level_in_sentence,
    level_label,
    number,
    range_in_words,
)

_NORMAL = NormalDist()


def ratio_in_words(ratio: TimeRatio) -> str:
    """`Under high stress relief lasts 32 % shorter (likely 24 to 39) than under low stress`."""
    size = say("number.likely", value=size_in_words(ratio.value), range=size_range(ratio))
    sentence = first_upper(say("driver.sentence", where=where(ratio), size=size))
    if not ratio.reference:
        return sentence
    return say(
        "driver.than", sentence=sentence, level=level_in_sentence(ratio.term, ratio.reference)
    )


def size_in_words(value: float) -> str:
    """What a time ratio means: `32 % shorter`, `as long`, `2.4 times as long`."""
    percent = 100 * (value - 1)
    if abs(percent) < 0.5:
        return say("driver.as_long")
    if value >= 2:
        return say("driver.times", n=f"{value:.1f}")
    return say(
        "driver.shorter" if value < 1 else "driver.longer", share=count_in_words(abs(percent), "%")
    )


def size_range(ratio: TimeRatio) -> str:
    """The likely range of a time ratio: `24 to 39`, or `9 % shorter to 14 % longer`."""
    lower, upper = ratio.ci_lower, ratio.ci_upper
    if upper <= 1:
        return range_in_words(100 * (1 - upper), 100 * (1 - lower), "%")
    if lower >= 1 and upper < 2:
        return range_in_words(100 * (lower - 1), 100 * (upper - 1), "%")
    return say("number.range", lower=size_in_words(lower), upper=size_in_words(upper))


def size_range_briefly(ratio: TimeRatio) -> str:
    """The likely range in little room: `24 to 39`, `−20 to +6 %`."""
    if ratio.ci_upper <= 1 or (ratio.ci_lower >= 1 and ratio.ci_upper < 2):
        return size_range(ratio)
    ends = (100 * (end - 1) for end in (ratio.ci_lower, ratio.ci_upper))
    lower, upper = (f"{'+' if end > 0 else ''}{number(end, '%')}" for end in ends)
    return say("number.percent_range", range=say("number.range", lower=lower, upper=upper))


def where(ratio: TimeRatio) -> str:
    """Of which sessions a ratio speaks: `under high stress`, `for each point of severity`."""
    name = f"driver.{ratio.term}_step"
    if not ratio.reference and has_phrase(name):
        return say(name, step=ratio.level.lstrip("+"))
    return level_in_sentence(ratio.term, ratio.level)


def ratio_label(ratio: TimeRatio) -> str:
    """What a row of ratios is called: `Stress high`, `Severity before +1`."""
    name = f"driver.{ratio.term}_label"
    if has_phrase(name):
        return say(name, level=level_label(ratio.term, ratio.level))
    return first_upper(level_label(ratio.term, ratio.level))


def is_certain(ratio: TimeRatio, n_compared: int = 1) -> bool:
    """Whether the interval excludes 1, also when widened for `n_compared` ratios looked at.

    Bonferroni on the log scale, where the interval is symmetric.
    """
    half = (math.log(ratio.ci_upper) - math.log(ratio.ci_lower)) / 2
    widening = _NORMAL.inv_cdf(1 - 0.025 / n_compared) / _NORMAL.inv_cdf(0.975)
    return abs(math.log(ratio.value)) > widening * half


def certainty(ratio: TimeRatio) -> float:
    """How far a ratio lies from 1, in half-widths of its interval."""
    half = (math.log(ratio.ci_upper) - math.log(ratio.ci_lower)) / 2
    return abs(math.log(ratio.value)) / half if half else math.inf


def most_certain(ratios: Sequence[TimeRatio], most: int) -> list[TimeRatio]:
    """At most so many of the ratios that differ from 1 among all that were looked at."""
    found = [ratio for ratio in ratios if is_certain(ratio, len(ratios))]
    return sorted(found, key=certainty, reverse=True)[:most]


def ratio_number(value: float) -> str:
    """The bare ratio as a table writes it: `0.68`."""
    return f"{value:.2f}"
