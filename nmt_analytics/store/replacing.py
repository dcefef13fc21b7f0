"""The store replaced as a whole: the next file is built beside the live one and moved into place.

Readers never see half a load, and a load that stops anywhere leaves the old store.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from nmt_analytics.errors import StoreError
from nmt_analytics.schema import TABLES
from nmt_analytics.store import files
from nmt_analytics.store.binding import pandas_unseen
from nmt_analytics.store.database import Connection, connect_writer, store_faults


@contextlib.contextmanager
def next_version(path: Path, wait_seconds: float = 10) -> Iterator[Connection]:
    """A connection to the next version of the store, inside one transaction.

    When the block ends well the new file is checked, flushed to disk and moved into place, and
    the one it replaces is kept as `<name>.previous`. When it raises, nothing has changed.
    Raises BusyError when another load holds the store, StoreError when it cannot be written.
    """
    building = path.with_name(path.name + ".next")
    with store_faults(path), files.writer_lock(path, wait_seconds):
        try:
            files.remove(building)
            if path.exists():
                files.copy_private(path, building)
            with contextlib.closing(connect_writer(building)) as connection:
                _read_all(connection)
                connection.execute("begin")
                with pandas_unseen():
                    yield connection
                connection.execute("commit")
                _check_tables(connection, path)
            files.flush(building)
            files.keep_previous(path)
            building.replace(path)
        finally:
            files.sweep(building)
        files.confirm_replacement(path)


def _read_all(connection: Connection) -> None:
    """Fail now when a part of the file is damaged: afterwards it is the only version kept."""
    for table in TABLES:
        connection.execute(f"select bit_xor(hash(t)) from {table.name} as t").fetchall()


def _check_tables(connection: Connection, path: Path) -> None:
    found = connection.execute("select table_name from duckdb_tables()").fetchall()
    missing = [table.name for table in TABLES if (table.name,) not in found]
    if missing:
        raise StoreError(f"{path.name}: tables are missing after the load: {', '.join(missing)}.")
