"""Measures of one's own: what is averaged over which sessions, from a fixed set of columns.

A measure is read into columns, comparisons and values, which reach the store as parameters of
queries/measure_counts.sql. No text of a caller's ever becomes SQL.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from nmt_analytics import vocabulary
from nmt_analytics.errors import UsageError, unknown_name

Unit = Literal["points", "seconds", "%"]

NUMBERS: dict[str, tuple[Unit, str]] = {
    "severity_before": ("points", "how bad spasms or cramps were before the session, 0 to 10"),
    "pain_before": ("points", "pain before the session, 0 to 10"),
    "pain_after": ("points", "pain right after the session, 0 to 10"),
    "hold_seconds": ("seconds", "sustained pressure per point"),
    "recommend": ("points", "latest answer to 'would you recommend us', 0 to 10"),
    "hold_in_range": ("%", "pressure was held 20 to 40 seconds: yes or no"),
    "pressure_right": ("%", "the pressure felt right: yes or no"),
    "pressure_adjusted_when_not_right": (
        "%",
        "pressure was adjusted, of sessions felt too light or too strong: yes or no",
    ),
    "flare_up": ("%", "pain within 72 hours was 2 points above before: yes or no"),
    "pain_responder": ("%", "pain of 4 or more fell by 30 % and 2 points: yes or no"),
    "soreness_any": ("%", "sore at a check-in within 48 hours: yes or no"),
}
"""The columns that can be averaged or compared: their unit and meaning; yes is 1 and no is 0."""

WORDS: dict[str, tuple[str, ...]] = {**vocabulary.WORDS, "condition": (), "body_region": ()}
"""The columns that hold a word, with the words that they hold where those are fixed."""

_CONDITION = re.compile(r"\s*(\w+)\s*(!=|<=|>=|==|=|<|>)\s*(.+?)\s*")
_YES_OR_NO = {"yes": 1.0, "no": 0.0}


@dataclass(frozen=True)
class Condition:
    """One comparison of a column with a number, or with a word (`word` is '' for a number)."""

    column: str
    comparison: str
    number: float = 0.0
    word: str = ""


@dataclass(frozen=True)
class Measure:
    """What is averaged: a column, a difference, a share, or the ratio of two sums; over whom."""

    value: str = ""
    minus: str = ""
    over: str = ""
    share: Condition | None = None
    among: tuple[Condition, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of queries/measure_counts.sql but for the dimensions."""
        held = [(each, True) for each in self.among]
        held += [(self.share, False)] if self.share else []
        return {
            "value": self.value,
            "minus": self.minus,
            "over": self.over,
            "columns": [each.column for each, _ in held],
            "comparisons": [each.comparison for each, _ in held],
            "numbers": [each.number for each, _ in held],
            "words": [each.word for each, _ in held],
            "is_among": [is_among for _, is_among in held],
        }


Outcome = str | Measure
"""What is counted: a column of queries/session_outcomes.sql, or a measure of one's own."""


def read_column(name: str) -> str:
    """The name of a column that can be averaged; UsageError with the nearest one."""
    if name.strip() not in NUMBERS:
        raise unknown_name("column to average", name.strip(), tuple(NUMBERS))
    return name.strip()


def read_difference(text: str) -> tuple[str, str]:
    """`a - b` as two columns of one unit, `a` as one and ''."""
    first, sign, second = text.partition("-")
    if not sign:
        return read_column(first), ""
    one, other = read_column(first), read_column(second)
    if NUMBERS[one][0] != NUMBERS[other][0] or NUMBERS[one][0] == "%":
        raise UsageError(f"{one} and {other} are not two numbers of one unit: no difference.")
    return one, other


def read_conditions(
    texts: str | Sequence[str] | None, conditions: Iterable[str]
) -> tuple[Condition, ...]:
    """Every condition, all of which a session has to meet."""
    given = [texts] if isinstance(texts, str) else texts or []
    return tuple(read_condition(text, conditions) for text in given)


def read_condition(text: str, conditions: Iterable[str]) -> Condition:
    """`pain_before >= 5` or `stress_level = high`; UsageError says how to write it.

    `conditions`: the practice's own words for what was treated.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise UsageError(f'"{text}" is no condition. Write for example: pain_before >= 5')
    column, comparison, value = found[1], found[2].replace("==", "="), found[3].strip("\"'")
    if column in NUMBERS:
        return Condition(column, comparison, number=_number(text, value))
    if column not in WORDS:
        raise unknown_name("column", column, (*NUMBERS, *WORDS))
    if comparison not in ("=", "!="):
        raise UsageError(f"{column} holds words, which are = or !=. Write: {column} = {value}")
    known = tuple(conditions) if column == "condition" else WORDS[column]
    if known and value not in (*known, vocabulary.NOT_RECORDED):
        raise unknown_name(column, value, known)
    return Condition(column, comparison, word=value)


def _number(text: str, value: str) -> float:
    try:
        return _YES_OR_NO[value] if value in _YES_OR_NO else float(value)
    except ValueError:
        raise UsageError(
            f'"{text}": after the sign comes a number, or yes or no. Write for example: '
            "pain_before >= 5"
        ) from None
