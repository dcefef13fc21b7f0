"""Forgetting a client: every row goes, and no later file brings the client back.

What stays is a keyed hash of the pseudonym and of those of the client's sessions. Only with the
practice's key, and only whoever has the identifier at hand, can tell that this client was there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from nmt_analytics.errors import NoDataError, SettingsError
from nmt_analytics.intake.comparison import leave_out
from nmt_analytics.intake.facts import content_hash
from nmt_analytics.intake.pseudonyms import (
    Key,
    client_pseudonyms,
    pseudonym,
    pseudonym_sql,
    read_key,
)
from nmt_analytics.schema import FACTS, FOLLOW_UPS, TABLES, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection, Store
from nmt_analytics.store.replacing import next_version
from nmt_analytics.store.rewriting import rewritten

FORGOTTEN = "forgotten"
CLIENT_WAS_FORGOTTEN = "client was forgotten"
_AS_TYPED = (
    "Write it as your exports do, in the column that is read as client_id; where several columns "
    "make it, with + between them, Ann + Abel."
)

_ROWS = """
with rows as (
    select 'sessions' as kind, import_id from sessions where client_id = $client
    union all
    select 'session_notes', import_id from session_notes where client_id = $client
    union all
    select 'follow_ups', import_id from follow_ups where client_id = $client
        or session_id in (select session_id from sessions where client_id = $client)
)
select kind, file_name, count(*) as n from rows join imports using (import_id)
group by kind, file_name order by kind, file_name
"""


@dataclass(frozen=True)
class Traces:
    """What the store holds of one client: rows by table, and the files that brought them."""

    client: UUID
    n_rows: dict[str, int]
    file_names: tuple[str, ...]


def find_traces(settings: Settings, identifier: str) -> Traces:
    """What the store holds of the client whom the practice calls `identifier`.

    Raises NoDataError when it holds nothing, SettingsError when the key is not that of the store.
    """
    key = read_key(settings)
    store = Store(settings.store)
    try:
        _check_key(key, store.info(), settings)
        found = [_traces(store, client) for client in client_pseudonyms(key, identifier)]
    finally:
        store.close()
    known = next((traces for traces in found if traces.n_rows), None)
    if known is None:
        raise NoDataError(f"Nobody is known by that identifier; nothing was changed. {_AS_TYPED}")
    return known


def _traces(store: Store, client: UUID) -> Traces:
    rows = store.select(_ROWS, {"client": client})
    n_rows: dict[str, int] = {}
    for kind, n in zip(rows["kind"].tolist(), rows["n"].tolist(), strict=True):
        n_rows[kind] = n_rows.get(kind, 0) + n
    return Traces(client, n_rows, tuple(dict.fromkeys(rows["file_name"].tolist())))


def forget_rows(settings: Settings, traces: Traces, wait_seconds: float = 10) -> None:
    """Write the store anew without the client; the version before it is not kept.

    Raises BusyError or StoreError; then everything is as it was.
    """
    key = read_key(settings)
    with rewritten(settings.store, wait_seconds) as connection:
        connection.execute(
            "create temp table gone as select distinct session_id from present.sessions "
            "where client_id = $client",
            {"client": traces.client},
        )
        for of in TABLES:
            kept = _kept(of)
            parameters = {"client": traces.client} if "$client" in kept else {}
            connection.execute(f"insert into {of.name} from present.{of.name} {kept}", parameters)
        _mark(connection, key, traces.client)
        connection.execute("drop table gone")
        connection.execute(
            "update store_info set value = $hash where name = 'content_hash'",
            {"hash": content_hash(connection)},
        )


def let_return(settings: Settings, identifier: str, wait_seconds: float = 10) -> None:
    """Take in again what arrives of a client who was forgotten; the earlier sessions stay out.

    Raises NoDataError when nobody of that identifier was forgotten, BusyError, StoreError, or
    SettingsError when the key is not that of the store.
    """
    key = read_key(settings)
    store = Store(settings.store)
    try:
        _check_key(key, store.info(), settings)
    finally:
        store.close()
    marks = [_mark_of(key, client)[1] for client in client_pseudonyms(key, identifier)]
    with next_version(settings.store, wait_seconds) as connection:
        gone = connection.execute(
            "delete from store_info where name = ? and value in (?, ?) returning name",
            (FORGOTTEN, *marks),
        ).fetchall()
        if not gone:
            raise NoDataError(
                f"Nobody of that identifier was forgotten; nothing was changed. {_AS_TYPED}"
            )


def leave_out_forgotten(connection: Connection, key: Key, tables: Sequence[Table]) -> int:
    """Take records of forgotten clients out of what is arriving; how many comes back."""
    marks = "select value from store_info where name = $name"
    if not connection.execute(marks, {"name": FORGOTTEN}).fetchall():
        return 0
    mark = pseudonym_sql(FORGOTTEN, "id::varchar")
    ids = " union ".join(
        f"select {column} as id from arriving_{of.name}" for of in tables for column in _owners(of)
    )
    connection.execute(
        f"create temp table of_the_forgotten as select id from ({ids}) where id is not null "
        f"and {mark}::varchar in ({marks})",
        {**key.sql_parameters(), "name": FORGOTTEN},
    )
    lines = " union ".join(
        f"select line from arriving_{of.name} where {column} in (from of_the_forgotten)"
        for of in tables
        for column in _owners(of)
    )
    return leave_out(connection, tables, lines)


def _owners(of: Table) -> tuple[str, ...]:
    """The columns of a fact table that say whose row it is."""
    return tuple(each.name for each in of.columns if each.name in ("client_id", "session_id"))


def _kept(of: Table) -> str:
    """The rows of a table that stay, as the end of a SELECT."""
    if of == FOLLOW_UPS:
        return (
            "where client_id is distinct from $client "
            "and (session_id is null or session_id not in (from gone))"
        )
    if of in FACTS:
        return "where client_id <> $client"
    return "where name <> 'schema_version'" if of.name == "store_info" else ""


def _mark(connection: Connection, key: Key, client: UUID) -> None:
    """Remember whom not to take in again, as keyed hashes of pseudonyms."""
    sessions = connection.execute("select session_id from gone").fetchall()
    marks = [_mark_of(key, each) for each in (client, *(session for (session,) in sessions))]
    connection.executemany("insert into store_info values (?, ?)", sorted(marks))


def _mark_of(key: Key, identity: UUID) -> tuple[str, str]:
    """The line of store_info by which a forgotten client or session is known again."""
    return FORGOTTEN, str(pseudonym(key, FORGOTTEN, str(identity)))


def _check_key(key: Key, info: dict[str, str], settings: Settings) -> None:
    if info.get("key_id", key.id) != key.id:
        raise SettingsError(
            f"This is not the key that {settings.store.name} was filled with (key "
            f"{info['key_id']}, this is {key.id}). Put the right key back; nothing was changed."
        )
