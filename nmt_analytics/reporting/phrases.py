"""Every phrase by its name, from phrases.toml: the one place where words come from."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def say(phrase: str, **values: object) -> str:
    """The phrase of phrases.toml called `phrase` (`area.name`), with its {names} filled in."""
    return str(_phrase(phrase)).format(**values)


def has_phrase(phrase: str) -> bool:
    """Whether there is a phrase of that name, for words that only some metrics have."""
    area, _, name = phrase.rpartition(".")
    return name in _area(area)


def forms(phrase: str) -> list[str]:
    """The forms of a phrase that has one for one thing and one for many."""
    return list(_phrase(phrase))


def entries(area: str) -> list[tuple[str, str]]:
    """The phrases of an area that is a list of terms and texts, in the order of the file."""
    return [(each["term"], each["text"]) for each in _phrases()[area]]


def _phrase(phrase: str) -> Any:
    area, _, name = phrase.rpartition(".")
    return _area(area)[name]


def _area(path: str) -> Mapping[str, Any]:
    area: Mapping[str, Any] = _phrases()
    for name in path.split("."):
        area = area.get(name, {})
    return area


@cache
def _phrases() -> Mapping[str, Any]:
    return tomllib.loads((files(__package__) / "phrases.toml").read_text(encoding="utf-8"))


def reason_in_words(reason: str) -> str:
    """A reason that the statistics give, in an owner's words where there are any."""
    return str(_area("reason").get(reason, reason))
