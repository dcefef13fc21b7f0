"""The door out for questions in SQL: only sums over enough clients come back.

The rule can be said in one sentence: each row says in `n_clients` how many distinct clients stand
behind it, and rows of too few are left out. Checked on DuckDB's own reading of the question.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from nmt_analytics.errors import StoreError, UsageError
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.disclosure import beside_hidden, hidden_places
from nmt_analytics.outcomes.view import View

if TYPE_CHECKING:
    import pandas as pd

COUNTED = "n_clients"
WITHOUT_CLIENTS = ("imports", "quarantine")
"""Tables that say what was loaded and refused, and nothing of a client."""
_PLAIN = (str, bool, int, float, Decimal, date, type(None))
_NEEDS_CLIENTS = (
    "A question about sessions or check-ins has to say how many clients stand behind each row, so "
    f"that rows of too few can be left out. Add: count(distinct client_id) as {COUNTED}. The "
    "columns of each table: describe sessions"
)


def ask_in_sql(view: View, question: str) -> pd.DataFrame:
    """The rows of one SELECT that enough clients stand behind, and why others are not there.

    Where rows are left out, the last row says so in `hidden` and has no numbers. Raises UsageError
    for a page that is shared, StoreError for what is no SELECT, cannot be answered, or would show
    single clients.
    """
    if view.audience == "shared":
        raise UsageError(
            "SQL is for the owner: what is shared has to be rounded and held beside what was "
            "shared before. Share an answer of the practice, such as practice.outcome(…)."
        )
    tree = _read(view, question)
    found = view.store.frame(question)
    if not _is_about_clients(tree):
        return found
    if not _counts_clients(tree):
        raise StoreError(_NEEDS_CLIENTS)
    _refuse_single_values(found)
    return _without_small_rows(found, view.audience)


def _read(view: View, question: str) -> dict[str, Any]:
    """The question as DuckDB reads it. Raises StoreError for what is not one SELECT."""
    answer = view.store.select(
        "select json_serialize_sql($question::varchar) as tree", {"question": question}
    )
    tree: dict[str, Any] = json.loads(str(answer["tree"][0]))
    if tree["error"]:
        view.store.frame(question)  # which says what is wrong with it
    statements = tree.get("statements", ())
    if len(statements) != 1:
        raise StoreError("SQL here can only ask: write one SELECT.")
    node: dict[str, Any] = statements[0]["node"]
    return node


def _is_about_clients(tree: dict[str, Any]) -> bool:
    """Whether rows are read of any table that is not about files alone."""
    source = tree.get("from_table", {})
    if source.get("type") == "SHOW_REF" and source.get("show_type") == "DESCRIBE":
        return False
    tables = [node for node in _nodes(tree) if node.get("type") in ("BASE_TABLE", "TABLE_FUNCTION")]
    return any(each.get("table_name") not in WITHOUT_CLIENTS for each in tables)


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part:
        if isinstance(each, dict | list):
            yield from _nodes(each)


def _counts_clients(tree: dict[str, Any]) -> bool:
    """Whether a column `n_clients` is a count of distinct client_id: then rows are groups."""
    columns = tree.get("select_list", ())
    if any(node.get("function_name") == "unnest" for node in _nodes(columns)):
        return False  # it makes rows of a group again
    return any(
        column.get("alias") == COUNTED
        and column.get("function_name") == "count"
        and column.get("class") == "FUNCTION"
        and column.get("distinct")
        and _columns_in(column.get("children") or column.get("arguments")) == ["client_id"]
        for column in columns
    )


def _columns_in(arguments: Any) -> list[str]:
    """The columns that a function is given, by name; DuckDB 2 wraps its arguments."""
    given = [node for node in _nodes(arguments) if "class" in node]
    return [(each.get("column_names") or ("",))[-1] for each in given]


def _refuse_single_values(found: pd.DataFrame) -> None:
    """Pseudonyms, moments and lists in a row are of single clients, however many are in it."""
    for name in found.columns:
        values = found[name]
        if values.dtype.kind == "M":
            is_plain = bool((values.dropna() == values.dropna().dt.normalize()).all())
        else:
            is_plain = values.dtype != object or all(map(_is_plain, values))
        if not is_plain:
            raise StoreError(
                f"The column {name} holds ids, times of day or lists, which are of single clients. "
                "Count, average or group them; days are in local_on."
            )


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN) and not isinstance(value, datetime)


def _without_small_rows(found: pd.DataFrame, audience: str) -> pd.DataFrame:
    """The rows that may be seen; those that their sum would give back are left out with them."""
    import pandas as pd  # noqa: PLC0415 - only frames need it

    counts = [int(n) for n in found[COUNTED]]
    rows = [Row("", (str(i),) if len(counts) > 1 else (), n, n) for i, n in enumerate(counts)]
    hidden = hidden_places(rows, audience)
    is_shown = np.array([i not in hidden for i in range(len(counts))], dtype=bool)
    shown = found[is_shown].assign(hidden="")
    if not hidden:
        return shown
    reason = f"{len(hidden)} of {len(counts)} rows {beside_hidden(audience)}"
    said = pd.DataFrame({name: [None] for name in found.columns} | {"hidden": [reason]})
    return pd.concat([shown, said.astype(dict.fromkeys(found.columns, object))], ignore_index=True)
