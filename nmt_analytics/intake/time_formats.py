"""Which of the usual formats of dates and times a column is written in."""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from nmt_analytics.intake.mapping_parts import Times
from nmt_analytics.intake.times import parse_time
from nmt_analytics.intake.zones import with_offset

_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d. %B %Y",
)
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%H:%M:%S.%f")
_WITH_CLOCK = tuple(
    date + joint + clock + zone
    for zone, date, joint, clock in product(("", " %z", "%z"), _DATES, (" ", ", ", "T"), _CLOCKS)
)
_FORMATS = (*_WITH_CLOCK, *_DATES)
_MOST_STRANGE = 0.1
_OFFSET = re.compile(r"(?<=[\d\s])(?:[+-]\d{2}:?\d{2}|Z)$")
_ZONE = "±"


def find_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """The formats that read at least nine of ten `texts`; empty when they are no dates.

    Formats of both orders of day and month where a text fits both.
    """
    found: list[str] = []
    n_strange = 0
    for text in texts:
        if found and _fits(text, tuple(found)):
            continue
        fitting = _fitting(text)
        found += fitting
        n_strange += not fitting
        if n_strange > _MOST_STRANGE * len(texts):
            return ()
    return tuple(found)


def _fitting(text: str) -> list[str]:
    return [pattern for pattern in _by_shape().get(_shape(text), ()) if _fits(text, (pattern,))]


@lru_cache
def _by_shape() -> dict[str, list[str]]:
    """The formats by the shape of what they read: to try each on each text would take seconds."""
    found: dict[str, list[str]] = defaultdict(list)
    for pattern in _FORMATS:
        shape = re.sub(r"%[YymdHIMSf]", "9", pattern.replace("T", "A"))
        found[re.sub(r"%[Bbp]", "A", shape).replace("%z", _ZONE)].append(pattern)
    return dict(found)


def _shape(text: str) -> str:
    """A text with 9 for every number, A for every word and ± for its offset."""
    zoned = _OFFSET.sub(_ZONE, with_offset(text)) if ":" in text else text
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d+", "9", zoned))


def _fits(text: str, formats: tuple[str, ...]) -> bool:
    return parse_time(text, Times(formats=formats, time_of_day="12:00")) is not None
