"""What must never leave, by its shape: pseudonyms, moments, rows of single sessions, small cells.

Knows nothing of how a page is made, so that it errs in other places than what it checks.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

AN_ID = "what looks like the pseudonym of a client or a session"
A_MOMENT = "a date or a time of day at which something happened to one client"
ALL_SESSIONS = "as many values in a row as there are sessions or clients"
A_SMALL_CELL = "a number that too few clients stand behind"

MOST_STEPS = 60
"""No axis of ours that only counts (days, hours) has more steps; an index of sessions may have."""
MOST_VALUES = 400
"""Nothing that sums up many sessions is longer without saying what each value stands for."""
FEWEST_VALUES = 20
"""Rows, sparklines and lists of columns are shorter, whatever they hold."""
_ALIKE = 0.9
"""Labels of which so many differ tell rows apart; tables may say a thing twice."""

_UUID_FROM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r":\d\d(?!\d)")
_ISO_BEFORE = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d$")
_WORDS_BEFORE = re.compile(r"(\d{1,2} [A-Z][a-z]+ \d{4}),? \d{1,2}$")
_SLASHES_BEFORE = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}$")
_OBJECTS = ("datetime.date(", "datetime.datetime(", "Timestamp(", "datetime64(", "UUID(")
_FRAME = re.compile(r"(\d+) rows (?:x|×) \d+ columns")
_RUN = re.compile(rf"(?<!\s)(?:\s++[-+]?\d[\d.]*+[,;]?){{{MOST_STEPS}}}")
"""Never tries a blank twice: long blank stretches cost their length, not its square."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_MOMENT = 30

# 2000 to 2100 in seconds, milliseconds, microseconds and nanoseconds since 1970.
_EPOCHS = tuple((9.4e8 * unit, 4.2e9 * unit) for unit in (1, 1e3, 1e6, 1e9))
_DIGITS_OF_NO_COUNT = 17
_FEWEST_DIGITS_OF_AN_EPOCH = 9


@dataclass(frozen=True)
class Expected:
    """What may stand in a release: how few clients, which moments and hashes of its own record.

    `lengths`: how many sessions and clients there are; nothing may have just as many values.
    """

    minimum_clients: int
    rounded_to: int = 1
    own: frozenset[str] = frozenset()
    days: frozenset[str] = frozenset()
    lengths: Collection[int] = ()


@dataclass
class Part:
    """One piece of a file: its texts, its numbers, what was counted wrong in it."""

    where: str
    texts: list[str] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    rows: list[Mapping[str, object]] = field(default_factory=list)
    """Numbers with the clients behind them: n_clients, value and hidden, as results have them."""
    is_too_long: bool = False


def find_leak(part: Part, expected: Expected) -> str | None:
    """What in `part` must not leave, in words that repeat none of it; None when all may."""
    text = "\n".join(dict.fromkeys(part.texts))
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        (AN_ID, lambda: _has_id(text, expected)),
        (A_MOMENT, lambda: _has_moment(text, expected) or _is_epoch(part.numbers)),
        (ALL_SESSIONS, lambda: part.is_too_long or _has_run(text, expected)),
        (A_SMALL_CELL, lambda: any(_is_small(row, expected) for row in part.rows)),
    )
    return next((what for what, is_in in checks if is_in()), None)


def is_suspicious(length: int, expected: Expected) -> bool:
    """Whether so many values could be one for each session or client."""
    return length > MOST_VALUES or (length > FEWEST_VALUES and length in expected.lengths)


def is_axis(values: Sequence[object]) -> bool:
    """Whether values say what others beside them are about: levels, months, days after a session.

    Numbers do up to MOST_STEPS, in rising order; texts when they differ and are no numbers.
    """
    if all(isinstance(each, str) for each in values):
        labels = {str(each) for each in values}
        return len(labels) >= _ALIKE * len(values) and not any(map(_is_number, labels))
    steps = [each for each in values if isinstance(each, int | float)]
    if len(steps) < len(values):
        return False
    if len(steps) > 1 and steps == steps[::-1]:
        steps = steps[: (len(steps) + 1) // 2]  # there and back: the outline of a band
    is_rising = all(after > before for before, after in pairwise(steps))
    return len(steps) <= MOST_STEPS and is_rising


def _is_number(label: str) -> bool:
    return label.strip("#. ").isdigit() and not _YEAR.fullmatch(label)


def _has_id(text: str, expected: Expected) -> bool:
    """Whether a whole or shortened pseudonym stands in the text, as hexadecimal or as a number."""
    return any(
        _UUID_FROM.match(text, found.start()) or _is_id(found[0], text, found, expected)
        for found in _HEX.finditer(text)
    )


def _is_id(word: str, text: str, found: re.Match[str], expected: Expected) -> bool:
    if word.isalpha() or word in expected.own:
        return False
    if len(word) < _DIGITS_OF_NO_COUNT:
        is_colour = text[found.start() - 1 : found.start()] == "#"
        return not (word.isdigit() or is_colour or _is_inside_a_word(text, found))
    return not (word.isdigit() and _is_inside_a_word(text, found))


def _is_inside_a_word(text: str, found: re.Match[str]) -> bool:
    """Whether letters, digits or a decimal point go on before or after what was found."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return any(each.isalnum() or each == "." for each in (before, after))


def _has_moment(text: str, expected: Expected) -> bool:
    days = (each for each in _DAY.finditer(text) if not _is_span(text, each))
    return (
        any(each[0] not in expected.days for each in days)
        or any(_tells_a_moment(text, each, expected) for each in _CLOCK.finditer(text))
        or any(each in text for each in _OBJECTS)
        or _is_epoch(float(each[0]) for each in _HEX.finditer(text) if _may_be_epoch(text, each))
    )


def _is_span(text: str, day: re.Match[str]) -> bool:
    """Whether a day is one of the two that name a period, 2026-07-01..2026-08-15."""
    return text[day.end() : day.end() + 2] == ".." or text[day.start() - 2 : day.start()] == ".."


def _tells_a_moment(text: str, minutes: re.Match[str], expected: Expected) -> bool:
    """Whether the `:30` is of a date with a time of day that is none of the record's."""
    before = text[max(minutes.start() - _LONGEST_MOMENT, 0) : minutes.start()]
    if _SLASHES_BEFORE.search(before):
        return True
    if iso := _ISO_BEFORE.search(before):
        return iso[0].replace("T", " ") + minutes[0] not in expected.own
    words = _WORDS_BEFORE.search(before)
    return words is not None and not _is_own_day(words[1], expected)


def _may_be_epoch(text: str, found: re.Match[str]) -> bool:
    return (
        found[0].isdigit()
        and len(found[0]) > _FEWEST_DIGITS_OF_AN_EPOCH
        and not _is_inside_a_word(text, found)
    )


def _is_own_day(words: str, expected: Expected) -> bool:
    """Whether `5 July 2026` is one of the record's days, or next to it in another time zone."""
    try:
        day = datetime.strptime(words, "%d %B %Y").date()
    except ValueError:
        return True  # no month: no date
    near = (day + timedelta(days=step) for step in (-1, 0, 1))
    return any(each.isoformat() in expected.days for each in near)


def _is_epoch(numbers: Iterable[float]) -> bool:
    values = np.abs(np.asarray(list(numbers), dtype=float))
    return any(bool(((values > low) & (values < high)).any()) for low, high in _EPOCHS)


def _has_run(text: str, expected: Expected) -> bool:
    lengths = [int(number) for number in _FRAME.findall(text)] if " rows " in text else []
    return any(n > MOST_VALUES or n in expected.lengths for n in lengths) or bool(_RUN.search(text))


def _is_small(row: Mapping[str, object], expected: Expected) -> bool:
    """Whether a number of a results file is one that the door out would not have let pass."""
    clients = row.get("n_clients")
    if row.get("hidden"):
        return clients is not None or row.get("value") is not None
    if not isinstance(clients, int | float):
        return False
    is_nobody = clients == 0 and expected.rounded_to == 1
    return (clients < expected.minimum_clients and not is_nobody) or bool(
        clients % expected.rounded_to
    )


def days_of(texts: Iterable[str]) -> frozenset[str]:
    """The days, as text, that stand anywhere in `texts` in ISO's form."""
    return frozenset(day for text in texts for day in _DAY.findall(text))
