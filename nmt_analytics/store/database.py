"""The only module that imports duckdb: open and ask; replacing.py puts the next version in place.

Readers look at the file anew for each question, so an open notebook neither blocks a load nor shows
old numbers.
"""

import contextlib
import secrets
import sys
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np

from nmt_analytics.errors import NoDataError, StoreError
from nmt_analytics.schema import SCHEMA_VERSION, TABLES, create_table_sql
from nmt_analytics.store import faults, files, queries
from nmt_analytics.store.binding import pandas_unseen

_NO_DOWNLOADS = {"autoinstall_known_extensions": "false"}
_NO_EXTENSIONS = {
    **_NO_DOWNLOADS,
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
_NO_LOG = {"checkpoint_threshold": "0b", "auto_checkpoint_skip_wal_threshold": "0"}
"""A commit writes straight into the file: nobody sees that file yet, so a log beside it would only
be one more thing to fail (DuckDB aborts the process when it cannot take back what it logged)."""
_QUESTIONS = {"SELECT", "EXPLAIN"}
_DISK_FAULTS = (duckdb.OperationalError, duckdb.FatalException)
_HOLDS_OPEN = sys.platform != "win32"  # there no load replaces a file that a reader holds open
_ONE_THREAD_BELOW = 20_000_000  # bytes of a store: more threads cost more than they bring
_MOST_REMEMBERED = 2000
_MOST_MEMORY = "3GB"  # for any load and question; DuckDB would take four fifths of the machine
_T = TypeVar("_T")

Columns = dict[str, np.ndarray]
Connection = duckdb.DuckDBPyConnection


@lru_cache(maxsize=8)
def store_at(path: Path) -> "Store":
    """The store in the file `path`; the same object for the same path, so that it remembers."""
    return Store(path)


class Store:
    """Read-only answers from one store file; each question sees the newest file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._seen: tuple[int, int, int] | None = None
        self._prepared: dict[str, object] = {}
        self._memory: dict[Hashable, Any] = {}
        self._lock = threading.RLock()
        self._depth = 0

    def exists(self) -> bool:
        """Whether there is a store at all."""
        return self.path.is_file()

    def query(self, name: str, parameters: Mapping[str, object] | None = None) -> Columns:
        """The columns of queries/<name>.sql as arrays; empty cells are masked."""
        return self.select(queries.text_of(name), parameters)

    def select(self, sql: str, parameters: Mapping[str, object] | None = None) -> Columns:
        """The columns of one SELECT as arrays; empty cells are masked."""
        with self.one_moment(), store_faults(self.path), pandas_unseen():
            return dict(self._open().execute(sql, dict(parameters or {})).fetchnumpy())  # type: ignore[arg-type]

    def frame(self, sql: str) -> Any:
        """The rows of one SELECT as a pandas frame. Nothing in the store or on disk can change.

        Raises StoreError for anything that is no SELECT (or EXPLAIN), or that fails.
        """
        with self.one_moment(), store_faults(self.path), _question_faults():
            connection = self._open()
            kinds = {statement.type.name for statement in connection.extract_statements(sql)}
            if not kinds <= _QUESTIONS:
                raise StoreError("SQL here can only ask: write one SELECT.")
            return connection.execute(sql).df()

    def prepare(self, name: str, parameters: Mapping[str, object]) -> None:
        """Let later queries see queries/<name>.sql as the temporary table <name>, computed once."""
        with self.one_moment(), store_faults(self.path), pandas_unseen():
            if self._prepared.get(name) != dict(parameters):
                sql = queries.text_of(name)
                used = {key: value for key, value in parameters.items() if f"${key}" in sql}
                self._open().execute(f"create or replace temp table {name} as {sql}", used)
                self._prepared[name] = dict(parameters)

    def define(self, name: str, variables: Mapping[str, object]) -> None:
        """Let later queries see queries/<name>.sql as the view <name>, which reads `variables`."""
        with self.one_moment(), store_faults(self.path), pandas_unseen():
            if self._prepared.get(name) != dict(variables):
                self._prepared.pop(name, None)  # some variables could be set and others not
                for key, value in variables.items():
                    self._open().execute(f"set variable {key} = $value", {"value": value})
                sql = queries.text_of(name)
                self._open().execute(f"create or replace temp view {name} as {sql}")
                self._prepared[name] = dict(variables)

    def remember(self, key: Hashable, answer: Callable[[], _T]) -> _T:
        """`answer()`, computed once for each key until the file changes."""
        with self.one_moment():
            if key not in self._memory:
                if len(self._memory) >= _MOST_REMEMBERED:
                    self._memory.clear()
                self._memory[key] = answer()
            return self._memory[key]

    @contextlib.contextmanager
    def one_moment(self) -> Iterator[None]:
        """Keep the file and what was prepared from it for several questions in a row."""
        with self._lock:
            if self._depth == 0:
                with store_faults(self.path):
                    self._look_anew()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not _HOLDS_OPEN and self._depth == 0:
                    self.close()

    def info(self) -> dict[str, str]:
        """The store's facts about itself, such as key_id and content_hash."""
        rows = self.select("select name, value from store_info")
        return dict(zip(rows["name"].tolist(), rows["value"].tolist(), strict=True))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._seen = None, None
            self._prepared, self._memory = {}, {}

    def _look_anew(self) -> None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self.close()
            raise NoDataError(
                f"There is no data yet ({self.path.name} does not exist). "
                "Put your exports into the inbox and run: nmt-analytics load"
            ) from None
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if self._connection is None or seen != self._seen:
            self.close()
            connection = _connect_reader(self.path, stat.st_size)
            try:
                _check_version(connection, self.path)
            except BaseException:
                connection.close()
                raise
            self._connection, self._seen = connection, seen

    def _open(self) -> duckdb.DuckDBPyConnection:
        assert self._connection is not None, "ask inside one_moment()"
        return self._connection


@contextlib.contextmanager
def rehearsal(path: Path) -> Iterator[Connection]:
    """A connection in which a load can be tried: the store's rows are seen, nothing is written.

    The tables of the store are views of the file, or empty when there is none yet.
    """
    overflow = files.overflow_folder(path.with_name(path.name + ".check"))
    with (
        store_faults(path),
        contextlib.closing(_connect_loader(":memory:", overflow)) as connection,
    ):
        if not path.exists():
            for table in TABLES:
                connection.execute(create_table_sql(table))
        else:
            connection.execute(f"attach '{quoted(path)}' as store (read_only)")
            for table in TABLES:
                connection.execute(f"create view {table.name} as from store.{table.name}")
            _check_version(connection, path)
        with pandas_unseen():
            yield connection


def _connect_reader(path: Path, n_bytes: int) -> duckdb.DuckDBPyConnection:
    """A connection that can only ask the file at `path`, as it is now.

    The file is attached: whoever connects to a path that the same process has open gets what was
    there when that was opened, even after a load has replaced it.
    """
    threads = {"threads": "1"} if n_bytes < _ONE_THREAD_BELOW else {}
    # Two readers that put away what does not fit in memory must not meet in one folder.
    overflow = files.overflow_folder(path.with_name(f"{path.name}.{secrets.token_hex(4)}"))
    limits = {"memory_limit": _MOST_MEMORY, "temp_directory": str(overflow)}
    connection = duckdb.connect(":memory:", config={**_NO_EXTENSIONS, **threads, **limits})
    try:
        connection.execute(f"attach '{quoted(path)}' as practice (read_only)")
        connection.execute("use practice")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def quoted(path: Path) -> str:
    """A path inside of quotation marks: attach takes no parameter."""
    return str(path).replace("'", "''")


def connect_writer(path: Path) -> duckdb.DuckDBPyConnection:
    is_new = not path.exists()
    connection = _connect_loader(str(path), files.overflow_folder(path))
    path.chmod(0o600)
    if is_new:
        for table in TABLES:
            connection.execute(create_table_sql(table))
        connection.execute(
            "insert into store_info values ('schema_version', $version)",
            {"version": str(SCHEMA_VERSION)},
        )
    _check_version(connection, path)
    connection.execute("alter table quarantine add column if not exists nearest varchar")
    return connection


def _connect_loader(database: str, overflow_folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection that reads files, in bounded memory: what is more goes to `overflow_folder`.

    On one thread: a second one costs a large load a quarter more processor time.
    """
    limits = {"memory_limit": _MOST_MEMORY, "temp_directory": str(overflow_folder), "threads": "1"}
    connection = duckdb.connect(database, config={**_NO_DOWNLOADS, **_NO_LOG, **limits})
    connection.execute("set enable_progress_bar = false")
    return connection


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        row = connection.execute("select value from store_info where name = 'schema_version'")
        version = (row.fetchone() or ("none",))[0]
    except (duckdb.CatalogException, duckdb.BinderException):
        version = "none"
    if version != str(SCHEMA_VERSION):
        raise faults.other_version(path, version)


@contextlib.contextmanager
def _question_faults() -> Iterator[None]:
    """Say that a question failed without DuckDB's own words, which could quote a row."""
    try:
        yield
    except (duckdb.DataError, duckdb.InvalidInputException, duckdb.NotSupportedError) as fault:
        raise faults.unanswerable(fault) from None


@contextlib.contextmanager
def store_faults(path: Path) -> Iterator[None]:
    """Say in our words what DuckDB or the disk said; never repeat a value out of a row."""
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as fault:
        raise StoreError(f"The question is not valid SQL for this store: {fault}") from None
    except duckdb.PermissionException:
        raise StoreError(
            "That is not allowed here: SQL can read the tables of the store and nothing else."
        ) from None
    except _DISK_FAULTS as fault:
        raise faults.unreadable(path, fault) from fault
    except duckdb.Error as fault:
        if type(fault) is not duckdb.Error:
            raise
        raise faults.unreadable(path, fault) from fault  # what DuckDB 2 says of a damaged file
    except OSError as fault:
        raise faults.unwritable(path, fault) from fault
