"""What stands in a column, in a few words and without an example out of it.

Counts and shapes only: how many are filled, how many answers differ, and whether they are whole
numbers, yes and no, times, e-mail addresses or words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nmt_analytics.intake.time_formats import find_formats
from nmt_analytics.intake.wordlists import answers_of

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"'?\+?[\d\s()./-]{7,}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?( ?[ap]\.?m\.?)?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_WHOLE = re.compile(r"\+?\d{1,6}")
_SHORT = re.compile(r"[^\W_][\w /-]{0,39}")
_N_LOOKED_AT = 5_000
MOST_CHOICES = 12
"""A closed question has no more different answers than this; above it is free text."""


@dataclass(frozen=True)
class Summary:
    """One column: counts, and what all its cells look like (`kind`)."""

    n_rows: int
    n_filled: int
    n_different: int
    kind: str
    low: int | None = None
    high: int | None = None
    formats: tuple[str, ...] = ()
    """For times: every format that is needed to read them, of both orders where in doubt."""

    def sentence(self) -> str:
        """The column in words, for its owner to recognise it."""
        if not self.n_filled:
            return "empty"
        filled = f"{self.n_filled} of {self.n_rows} filled"
        return f"{filled}, {self._shape()}"

    def _shape(self) -> str:
        match self.kind:
            case "whole_number":
                return self._numbers()
            case "words":
                return f"{self.n_different} different answer{'s' * (self.n_different > 1)}"
            case "text":
                return f"texts, {self.n_different} different"
        return {
            "number": "numbers",
            "yes_no": "yes or no",
            "time": "dates and times",
            "date": "dates",
            "clock": "times of day",
            "email": "e-mail addresses",
            "phone": "telephone numbers",
        }[self.kind]

    def _numbers(self) -> str:
        assert self.low is not None and self.high is not None
        if self.high > 10:
            return "whole numbers, some above 10"
        return f"whole numbers {self.low} to {self.high}"


def summarise(cells: Iterable[str], missing: tuple[str, ...] = ()) -> Summary:
    """The summary of one column's cells; `missing` are the words that stand for an empty one."""
    cells = list(cells)
    filled = [cell for cell in cells if cell and cell not in missing]
    different = list(dict.fromkeys(filled))
    kind, formats = _kind(different[:_N_LOOKED_AT])
    numbers = [int(text) for text in different] if kind == "whole_number" else []
    return Summary(
        n_rows=len(cells),
        n_filled=len(filled),
        n_different=len(different),
        kind=kind,
        low=min(numbers, default=None),
        high=max(numbers, default=None),
        formats=formats,
    )


def _kind(texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The shape that all texts have, and for times their formats."""
    for kind, pattern in _SHAPES.items():
        if texts and all(pattern.fullmatch(text) for text in texts):
            is_yes_no = kind == "whole_number" and set(texts) <= {"0", "1"}
            return ("yes_no" if is_yes_no else kind), ()
    formats = find_formats(texts)
    if formats:
        has_clock = any("%H" in each or "%I" in each for each in formats)
        return ("time" if has_clock else "date"), formats
    return _kind_of_words(texts), ()


_SHAPES = {"whole_number": _WHOLE, "clock": _CLOCK, "number": _NUMBER, "email": _EMAIL}


def _kind_of_words(texts: Sequence[str]) -> str:
    if texts and all(_PHONE.fullmatch(text) for text in texts):
        return "phone"
    is_closed = 0 < len(texts) <= MOST_CHOICES
    if is_closed and all(answers_of("yes_no", texts).values()):
        return "yes_no"
    is_short = bool(texts) and all(_SHORT.fullmatch(text) for text in texts)
    return "words" if is_closed or is_short else "text"
