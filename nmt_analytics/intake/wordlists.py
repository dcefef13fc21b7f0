"""words.toml read: which headers and answers usually mean which of our columns and words."""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

_KINDS = {
    "relief_holding": "yes_no",
    "pressure_adjusted": "yes_no",
    "previous_relief_holding": "yes_no",
    "stress_level": "level",
    "activity_level": "level",
}


@lru_cache
def _lists() -> dict[str, Any]:
    text = resources.files("nmt_analytics.intake").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


def header_score(ours: str, header: str) -> int:
    """How well a header fits one of our columns: letters that they share, 0: not at all."""
    return _score(_lists()["headers"].get(ours, ()), header)


def formless_score(what: str, header: str) -> int:
    """As `header_score`, for the columns that become none of ours: status and duration."""
    return _score(_lists()["formless"][what], header)


def status_words(what: str) -> tuple[str, ...]:
    """The words of a status (cancelled, no_show) that say that there was no session."""
    return tuple(_lists()["formless"][what])


def _score(patterns: Iterable[str], header: str) -> int:
    folded = " ".join(re.split(r"[\W_]+", header.casefold()))
    whole = header.casefold()
    best = 0
    for pattern in patterns:
        parts = pattern.split("+")
        if all(_stands_in(part, whole) or _stands_in(part, folded) for part in parts):
            best = max(best, sum(map(len, parts)))
    return best


def _stands_in(part: str, text: str) -> bool:
    """Whether a word of `text` starts with `part`; inside of a longer German word it may also."""
    start = r"\b" if len(part) < 5 else ""
    return re.search(start + re.escape(part), text) is not None


def answer_kind(ours: str) -> str:
    """Which list of answers belongs to one of our columns; the column's own name where it has."""
    return _KINDS.get(ours, ours)


def answers_of(kind: str, texts: Iterable[str]) -> dict[str, str]:
    """Their answers → our words, an empty one for an answer that no list knows."""
    known = {
        word: ours for ours, words in _lists()["answers"].get(kind, {}).items() for word in words
    }
    return {text: _look_up(text, known) for text in texts}


def _look_up(text: str, known: dict[str, str]) -> str:
    """Our word for an answer, for the answer before its remark, or for each half of "Yes / Oui"."""
    folded = " ".join(text.casefold().split()).strip(" .!")
    if folded in known:
        return known[folded]
    halves = {known.get(half.strip(), "") for half in folded.split("/")}
    if len(halves) == 1 and "/" in folded:
        return halves.pop()
    before = re.split(r"\s*[,(;:–-]\s+|\s+\(|[,;:]", folded, maxsplit=1)[0]
    return known.get(before, "")
