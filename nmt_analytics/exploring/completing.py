"""The Tab key inside quotes: the names that a practice knows, and the words of its levels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from nmt_analytics.outcomes.measures import WORDS

if TYPE_CHECKING:
    from nmt_analytics.names import Names

_BEGUN = re.compile(r"""[(\[,=]\s*["'](\w*)$""")
"""A word that was begun after an opening quote, where an argument stands."""
_OURS = "nmt_analytics"


def complete_names(shell: Any, practice: Names) -> None:
    """Let a shell's Tab key complete the names of the practice that was opened last."""
    from IPython.core.completer import (  # noqa: PLC0415 - only where it runs
        SimpleCompletion,
        context_matcher,
    )

    @context_matcher(identifier=_OURS)
    def match_names(context: Any) -> dict[str, Any]:
        fitting = names_at(context.text_until_cursor, practice)
        return {
            "completions": [SimpleCompletion(name, type="name") for name in fitting],
            # Names of files are of use only where no name of ours was begun.
            "suppress": bool(fitting and context.token),
        }

    matchers = shell.Completer.custom_matchers
    matchers[:] = [each for each in matchers if getattr(each, "matcher_identifier", "") != _OURS]
    matchers.append(match_names)


def names_at(line: str, practice: Names) -> list[str]:
    """The names that fit where a line ends, within an opened quote; else none."""
    begun = _BEGUN.search(line)
    return [name for name in _names(practice) if name.startswith(begun[1])] if begun else []


def _names(practice: Names) -> Iterator[str]:
    known: list[Iterable[str]] = [practice.metrics, practice.dimensions, practice.measures]
    yield from dict.fromkeys(chain(*known, practice.settings.conditions, *WORDS.values()))
