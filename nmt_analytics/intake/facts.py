"""The only writer of fact tables: adds versions, ends the span of those they supersede.

Facts are never overwritten. The content hash sums up what the store holds true now; whatever order
the files came in, it is the same.
"""

from datetime import datetime

from nmt_analytics.intake.comparison import HISTORY, content_names
from nmt_analytics.schema import FACTS, FOREVER, Column, Table
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import one_value

_MODULUS = 1 << 64
_NOW = f"known_until = timestamp '{FOREVER}'"


def store_arriving(connection: Connection, of: Table, import_id: int, loaded_at: datetime) -> int:
    """Put the new and corrected rows of arriving_<table> into the store.

    What comes back is the change of the store's content sum.
    """
    names = ", ".join(content_names(of))
    arriving = f"arriving_{of.name} where outcome in ('accepted', 'corrected')"
    corrected = f"(select {of.key} from arriving_{of.name} where outcome = 'corrected')"
    superseded = f"{_NOW} and {of.key} in {corrected}"
    change = _content_sum(connection, of, arriving)
    change -= _content_sum(connection, of, f"{of.name} where {superseded}")
    connection.execute(
        f"update {of.name} set known_until = $loaded_at where {superseded}",
        {"loaded_at": loaded_at},
    )
    connection.execute(
        f"insert into {of.name} ({names}, {', '.join(HISTORY)}) "
        f"select {names}, $import_id, $loaded_at, timestamp '{FOREVER}' from {arriving}",
        {"loaded_at": loaded_at, "import_id": import_id},
    )
    return change


def content_hash(connection: Connection) -> str:
    """The content hash of all facts that the store holds true now, counted from scratch."""
    sums = [_content_sum(connection, of, f"{of.name} where {_NOW}") for of in FACTS]
    return format_hash(sum(sums))


def format_hash(total: int) -> str:
    """The content hash as it is written: 16 hexadecimal digits."""
    return f"{total % _MODULUS:016x}"


def _content_sum(connection: Connection, of: Table, rows: str) -> int:
    values = ", '|', ".join(_value(of.column(name)) for name in content_names(of))
    # The lower half of the hash; md5_number_lower would take twice as long for the same number.
    half = f"(md5_number(concat('{of.name}', '|', {values})) >> 64)::hugeint"
    return int(one_value(connection, f"select coalesce(sum({half}), 0) from {rows}"))


def _value(column: Column) -> str:
    """A column's value, to be put together as text; the same in every version of DuckDB."""
    return f"epoch_us({column.name})" if column.type == "TIMESTAMP" else column.name
