"""The store's own books: which files were loaded, whose store it is, what it holds in sum."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from nmt_analytics.errors import SettingsError
from nmt_analytics.intake.evaluation import NOT_YET_HELD, Load
from nmt_analytics.intake.facts import format_hash
from nmt_analytics.intake.landing import Source
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection, Store
from nmt_analytics.store.exchange import one_value


def identify(source: Source, settings: Settings, sha256: str) -> str:
    """What makes a load the same load: the bytes, and everything that decides how they are read."""
    parts = (sha256, source.mapping.source, settings.time_zone, *settings.conditions)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_loaded(load: Load) -> bool:
    """Whether just this was loaded before."""
    store = Store(load.settings.store)
    if not store.exists():
        return False
    found = store.select(_SAME_LOADS, _identities(load))
    store.close()
    return bool(found["n"][0])


def was_loaded_meanwhile(connection: Connection, load: Load) -> bool:
    """Whether another process loaded just this while we waited for our turn."""
    return bool(one_value(connection, _SAME_LOADS, _identities(load)))


_SAME_LOADS = "select count(*) as n from imports where content_hash in ($always, $today)"


def _identities(load: Load) -> dict[str, str]:
    return {"always": load.fingerprint, "today": _of_today(load)}


def _of_today(load: Load) -> str:
    """The identity of a load whose result depends on the day, because of rows in the future."""
    return hashlib.sha256(f"{load.fingerprint} {load.loaded_at:%Y-%m-%d}".encode()).hexdigest()


def after_last_import(connection: Connection, load: Load) -> Load:
    """The load with a moment later than the import before: the moment tells imports apart."""
    last = one_value(connection, "select max(loaded_at) from imports")
    if last is None or last < load.loaded_at:
        return load
    return replace(load, loaded_at=last + timedelta(microseconds=1))


def check_store_is_ours(connection: Connection, load: Load) -> None:
    """Raise SettingsError for a key or time zone other than that of the rows in the store."""
    info = dict(connection.execute("select name, value from store_info").fetchall())
    name = load.settings.store.name
    if info.get("key_id", load.key.id) != load.key.id:
        raise SettingsError(
            f"This is not the key that {name} was filled with (key {info['key_id']}, this is "
            f"{load.key.id}): clients would not be recognised. Put the right key back; nothing "
            "was changed."
        )
    if info.get("time_zone", load.settings.time_zone) != load.settings.time_zone:
        raise SettingsError(
            f"{name} was filled in the time zone {info['time_zone']}; practice.timezone now says "
            f"{load.settings.time_zone}. Set it back, or move the store away and load your exports "
            "again."
        )


def note_import(connection: Connection, load: Load, receipt: Receipt) -> None:
    """Write down the import, its refused records in place of those of the file's last version."""
    depends_on_day = (
        "plausibility.future" in receipt.quarantined or NOT_YET_HELD in receipt.n_skipped
    )
    connection.execute(
        """
        insert into imports values ($import_id, $content_hash, $file_name, $mapping, $table_name,
            $loaded_at, $n_read, $n_accepted, $n_unchanged, $n_corrected, $n_skipped,
            $n_quarantined)
        """,
        {
            "import_id": receipt.import_id,
            "content_hash": _of_today(load) if depends_on_day else load.fingerprint,
            "file_name": receipt.file_name,
            "mapping": receipt.mapping,
            "table_name": ", ".join(receipt.table_names),
            "loaded_at": load.loaded_at,
            "n_read": receipt.n_read,
            "n_accepted": receipt.n_accepted,
            "n_unchanged": receipt.n_unchanged,
            "n_corrected": receipt.n_corrected,
            "n_skipped": sum(receipt.n_skipped.values()),
            "n_quarantined": receipt.n_quarantined,
        },
    )
    connection.execute(
        "delete from quarantine where import_id in "
        "(select import_id from imports "
        "where file_name = $file_name and table_name = $table_name)",
        {"file_name": receipt.file_name, "table_name": ", ".join(receipt.table_names)},
    )
    connection.execute(
        "insert into quarantine "
        "select distinct $import_id, line, column_name, rule, nearest from faults order by all",
        {"import_id": receipt.import_id},
    )


def note_store_info(connection: Connection, load: Load, change: int) -> None:
    """Keep whose store it is, and its content hash with `change` added."""
    held = one_value(connection, "select max(value) from store_info where name = 'content_hash'")
    info = {
        "key_id": load.key.id,
        "time_zone": load.settings.time_zone,
        "content_hash": format_hash(int(held or "0", 16) + change),
    }
    for name, value in info.items():
        connection.execute("delete from store_info where name = $name", {"name": name})
        connection.execute(
            "insert into store_info values ($name, $value)", {"name": name, "value": value}
        )
