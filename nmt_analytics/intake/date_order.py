"""Day first or month first? Decided once for a whole column by what stands in it, never guessed.

A mapping may name formats of both orders. A column in which some number is above 12 shows which
one holds; where none is, the owner must say it.
"""

from collections.abc import Iterable
from dataclasses import replace

from nmt_analytics.intake.mapping_parts import DATE_ORDERS, Times
from nmt_analytics.intake.times import parse_time


class DateOrderError(Exception):
    """A column's dates do not show their order; the message says what was found, not the values."""


def order_of(pattern: str) -> str:
    """day_first or month_first for a format whose digits alone do not tell, else nothing."""
    day, month = pattern.find("%d"), pattern.find("%m")
    year = max(pattern.find("%Y"), pattern.find("%y"))
    if day < 0 or month < 0 or year < min(day, month):
        return ""
    return "day_first" if day < month else "month_first"


def decide_order(texts: Iterable[str], times: Times) -> Times:
    """`times` with formats of one order of day and month: the one said, or that `texts` show.

    Raises DateOrderError when the texts fit both orders, or neither.
    """
    if not {order_of(pattern) for pattern in times.formats}.issuperset(DATE_ORDERS):
        return times
    by_order = {order: _only(times, order) for order in DATE_ORDERS}
    if times.date_order:
        return by_order[times.date_order]
    read = [
        {order: parse_time(text, each) for order, each in by_order.items()} for text in set(texts)
    ]
    doubtful = [moments for moments in read if any(moments.values())]
    fitting = [order for order in DATE_ORDERS if all(each[order] for each in doubtful)]
    if not fitting:
        raise DateOrderError("some dates have the day first and some the month")
    if len(fitting) == 2 and any(len(set(each.values())) > 1 for each in doubtful):
        raise DateOrderError("no date in it shows whether the day or the month comes first")
    return by_order[fitting[0]]


def order_shown(texts: Iterable[str], times: Times) -> str:
    """The order that `texts` must be read in; nothing where it makes no difference.

    Raises DateOrderError as `decide_order` does.
    """
    texts = set(texts)
    decided = decide_order(texts, times)
    orders = {order_of(pattern) for pattern in decided.formats} - {""}
    if decided == times or not orders:
        return ""
    order = orders.pop()
    other = _only(times, next(each for each in DATE_ORDERS if each != order))
    is_needed = any(parse_time(text, decided) != parse_time(text, other) for text in texts)
    return order if is_needed else ""


def _only(times: Times, order: str) -> Times:
    kept = tuple(each for each in times.formats if order_of(each) in ("", order))
    return replace(times, formats=kept)
