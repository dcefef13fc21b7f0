"""A store written anew, so that no byte of what is left out remains in the file.

DuckDB keeps the bytes of deleted rows in its file; copying what stays into a fresh one does not.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from nmt_analytics.store import files
from nmt_analytics.store.database import Connection, connect_writer, quoted, store_faults


@contextlib.contextmanager
def rewritten(path: Path, wait_seconds: float = 10) -> Iterator[Connection]:
    """A connection to an empty store that takes the place of the one at `path`, in a transaction.

    In it the present store is attached as `present`, to be read. When the block ends well the new
    file is moved into place and no earlier version is kept; when it raises, or is killed, the
    store is as it was. Raises BusyError when a load is at work, StoreError when the disk does not
    let us.
    """
    building = path.with_name(path.name + ".next")
    with store_faults(path), files.writer_lock(path, wait_seconds):
        try:
            files.remove(building)
            with contextlib.closing(connect_writer(building)) as connection:
                connection.execute(f"attach '{quoted(path)}' as present (read_only)")
                connection.execute("begin")
                yield connection
                connection.execute("commit")
                connection.execute("detach present")
                connection.execute("checkpoint")
            files.flush(building)
            # First, so that whoever is stopped here still finds the client and forgets again.
            files.remove(files.previous_version(path))
            building.replace(path)
        finally:
            files.sweep(building)
        files.confirm_replacement(path)
