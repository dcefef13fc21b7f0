"""Small ways into a connection and out of it: arrays as a table, an answer that is one value."""

from collections.abc import Mapping
from typing import Any

from nmt_analytics.store.database import Columns, Connection


def make_table(connection: Connection, name: str, columns: Columns, values: str = "*") -> None:
    """Make the temporary table `name` of the arrays, or of the SQL expressions `values` on them."""
    connection.register("arrays", columns)
    connection.execute(f"create or replace temp table {name} as select {values} from arrays")
    connection.unregister("arrays")


def one_value(
    connection: Connection, sql: str, parameters: Mapping[str, object] | None = None
) -> Any:
    """The single value that a query answers with."""
    row = connection.execute(sql, dict(parameters or {})).fetchone()
    assert row is not None, sql
    return row[0]
