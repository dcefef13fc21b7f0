"""Metrics of a practice's own, which go the same way as ours: counted, estimated, hidden."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.estimators import Mean, Ratio, Share
from nmt_analytics.outcomes.measures import (
    NUMBERS,
    WORDS,
    Condition,
    Measure,
    read_column,
    read_condition,
    read_conditions,
    read_difference,
)
from nmt_analytics.outcomes.metrics import METRICS, Metric

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DIRECTIONS = {"": None, "up": "up", "down": "down"}
_BREAKDOWNS = {name: name for name in WORDS} | {"severity_before": "severity_band"}
"""Columns that say of what kind a session is, and the dimension that they are told by."""
_ONE_OF = 'Say one of mean_of, share_of and ratio_of. For example: mean_of="hold_seconds"'


def define_metric(
    name: str,
    *,
    mean_of: str | None = None,
    share_of: str | None = None,
    ratio_of: Sequence[str] | None = None,
    among: str | Sequence[str] | None = None,
    label: str = "",
    better: str = "",
    conditions: Iterable[str] = (),
) -> Metric:
    """A metric over columns of measures.NUMBERS; see `Practice.define` for what can be written.

    `conditions`: the practice's words for what was treated. Raises UsageError for whatever is
    none of the fixed columns, comparisons and words.
    """
    if not _NAME.fullmatch(name) or name in METRICS:
        raise UsageError(
            f'"{name}" cannot be the name of a metric of your own: it is taken, or not made of '
            "small letters, digits and _."
        )
    if better not in _DIRECTIONS:
        raise UsageError('better is "up", "down", or left away.')
    kinds = [each for each in (mean_of, share_of, ratio_of) if each is not None]
    if len(kinds) != 1:
        raise UsageError(_ONE_OF)
    chosen = read_conditions(among, conditions)
    if mean_of is not None:
        made = _mean(mean_of, chosen)
    elif share_of is not None:
        made = _share(share_of, read_condition(share_of, conditions), chosen)
    else:
        made = _ratio(ratio_of or (), chosen)
    if among:
        made["population"] += f", and {among if isinstance(among, str) else ' and '.join(among)}"
    shown = label or name.replace("_", " ")
    return Metric(name=name, label=shown, direction=_DIRECTIONS[better], **made)  # type: ignore[arg-type]


def _share(text: str, condition: Condition, among: tuple[Condition, ...]) -> dict[str, Any]:
    dimension = _BREAKDOWNS.get(condition.column)
    if dimension:
        # The share of one level times all sessions is the count that the breakdown may hide.
        raise UsageError(
            f"How many sessions are of each {dimension} is a breakdown, which hides what is too "
            f'small: outcome("sessions", by="{dimension}")'
        )
    return {
        "unit": "%",
        "meaning": f"share of sessions with {text}",
        "population": f"sessions with {condition.column} recorded",
        "outcome": Measure(share=condition, among=among),
        "estimate": Share(),
    }


def _mean(text: str, among: tuple[Condition, ...]) -> dict[str, Any]:
    value, minus = read_difference(text)
    unit = NUMBERS[value][0]
    return {
        "unit": unit,
        "meaning": f"{'share of sessions with' if unit == '%' else 'mean of'} {text}",
        "population": f"sessions with {' and '.join(filter(None, (value, minus)))} recorded",
        "outcome": Measure(value, minus, among=among),
        "estimate": Share() if unit == "%" else Mean(),
    }


def _ratio(columns: Sequence[str], among: tuple[Condition, ...]) -> dict[str, Any]:
    if isinstance(columns, str) or len(columns) != 2:
        raise UsageError('A ratio is of two columns: ratio_of=["pain_after", "pain_before"]')
    above, below = map(read_column, columns)
    return {
        "unit": "times",
        "meaning": f"sum of {above} divided by sum of {below}",
        "population": f"sessions with {above} and {below} recorded",
        "outcome": Measure(above, over=below, among=among),
        "estimate": Ratio(),
    }
