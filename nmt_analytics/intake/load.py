"""The one path from a file to the store: read, validate, pseudonymise, compare, apply, receipt."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nmt_analytics.errors import SettingsError, StoreError, UnreadableFileError
from nmt_analytics.intake import comparison, validation
from nmt_analytics.intake.landing import Source, take_fingerprint, understand
from nmt_analytics.intake.mapping import Mapping
from nmt_analytics.intake.pseudonyms import Key, read_key
from nmt_analytics.intake.quarantine import write_quarantine
from nmt_analytics.intake.receipt import N_SHOWN, Problem, Receipt
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection, Store, next_version, rehearsal


@dataclass(frozen=True)
class _Load:
    """One file on its way, and all that its way depends on."""

    source: Source
    settings: Settings
    key: Key
    fingerprint: str
    loaded_at: datetime


def load_file(
    settings: Settings,
    path: Path,
    mapping: Mapping | None = None,
    *,
    loaded_at: datetime | None = None,
    wait_seconds: float = 10,
) -> Receipt:
    """Load one file into the store, whole or not at all; the receipt says what came of it.

    `loaded_at` (default: now) is when the store is to have learned it. Raises UnreadableFileError,
    SettingsError, StoreError or BusyError; then nothing has changed. Refused rows are no error
    here: they wait in quarantine and stand in the receipt.
    """
    load = _begin(settings, path, mapping, loaded_at)
    if not _is_loaded(load):
        with next_version(settings.store, wait_seconds) as connection:
            receipt = _store(connection, load)
    else:
        receipt = _receipt(load.source, already_loaded=True)
    write_quarantine(settings, path.name)
    return receipt


def check_file(settings: Settings, path: Path, mapping: Mapping | None = None) -> Receipt:
    """The receipt that loading the file now would give. Changes nothing."""
    load = _begin(settings, path, mapping, None)
    with rehearsal(settings.store) as connection:
        return _evaluate(connection, load)


def _begin(
    settings: Settings, path: Path, mapping: Mapping | None, loaded_at: datetime | None
) -> _Load:
    key = read_key(settings)
    fingerprint = take_fingerprint(path)
    source = understand(path, mapping, settings, fingerprint)
    if take_fingerprint(path) != fingerprint:
        raise UnreadableFileError(
            f"{path.name} changed while it was read. Wait until it is complete and try again."
        )
    moment = loaded_at or datetime.now(UTC)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return _Load(source, settings, key, _identity(source, settings, fingerprint.sha256), moment)


def _identity(source: Source, settings: Settings, sha256: str) -> str:
    """What makes a load the same load: the bytes, and everything that decides how they are read."""
    parts = (sha256, source.mapping.source, settings.time_zone, *settings.conditions)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _is_loaded(load: _Load) -> bool:
    store = Store(load.settings.store)
    if not store.exists():
        return False
    found = store.select(
        "select count(*) as n from imports where content_hash in ($always, $today)",
        {"always": load.fingerprint, "today": _of_today(load)},
    )
    store.close()
    return bool(found["n"][0])


def _of_today(load: _Load) -> str:
    """The identity of a load whose result depends on the day, because of rows in the future."""
    return hashlib.sha256(f"{load.fingerprint} {load.loaded_at:%Y-%m-%d}".encode()).hexdigest()


def _store(connection: Connection, load: _Load) -> Receipt:
    load = _after_last_import(connection, load)
    _check_store_is_ours(connection, load)
    receipt = _evaluate(connection, load)
    import_id = _value(connection, "select coalesce(max(import_id), 0) + 1 from imports")
    change = sum(
        comparison.apply(connection, of, import_id, load.loaded_at)
        for of in load.source.mapping.fills
    )
    _note_import(connection, load, receipt, import_id)
    _note_content_hash(connection, change)
    return replace(receipt, import_id=import_id)


def _evaluate(connection: Connection, load: _Load) -> Receipt:
    """Everything up to the comparison with the store; writes temporary tables only."""
    source, settings = load.source, load.settings
    source.land(connection)
    validation.prepare(connection, settings, load.loaded_at)
    for line, rule in source.faults:
        connection.execute("insert into faults values ($1, '', $2)", [line, rule])
    for of in source.mapping.fills:
        validation.type_rows(
            connection,
            of,
            source.landed[of.name],
            key=load.key,
            zone_name=settings.time_zone,
            latest=load.loaded_at,
            prefix=source.mapping.id_prefix,
        )
        comparison.refuse_contradictions(connection, of)
    for of in source.mapping.fills:
        comparison.compare(connection, of, source.landed[of.name])
    return _counted(connection, source)


def _counted(connection: Connection, source: Source) -> Receipt:
    names = [of.name for of in source.mapping.fills]
    records = " union all ".join(f"select line, outcome from compared_{name}" for name in names)
    rows = connection.execute(
        f"""
        with ranked as (
            select line, max(case outcome when 'corrected' then 3 when 'accepted' then 2 else 1 end)
                as rank
            from ({records}) group by line
        )
        select rank, count(*) from ranked group by rank
        """
    ).fetchall()
    n_by_rank = dict(rows)
    by_rule = connection.execute(
        "select rule, count(distinct line) from faults group by rule order by rule"
    ).fetchall()
    problems = connection.execute(
        f"select line, column_name, rule from faults order by all limit {N_SHOWN}"
    ).fetchall()
    receipt = _receipt(
        source,
        n_accepted=n_by_rank.get(2, 0),
        n_unchanged=n_by_rank.get(1, 0),
        n_corrected=n_by_rank.get(3, 0),
        n_quarantined=_value(connection, "select count(distinct line) from faults"),
        quarantined=dict(by_rule),
        problems=tuple(Problem(*problem) for problem in problems),
    )
    if not receipt.adds_up:
        raise AssertionError(f"records are not accounted for: {receipt.sentence()}")
    return receipt


def _receipt(source: Source, **counts: object) -> Receipt:
    receipt = Receipt(
        file_name=source.path.name,
        mapping=source.mapping.name,
        table_names=tuple(of.name for of in source.mapping.fills),
        n_read=source.n_read,
        n_skipped=source.skipped,
        used_columns=source.used_columns,
        dropped_columns=source.dropped_columns,
        notes=source.notes,
    )
    return replace(receipt, **counts)  # type: ignore[arg-type]


def _after_last_import(connection: Connection, load: _Load) -> _Load:
    """Imports are told apart by their moment, so that each is later than the one before."""
    last = _value(connection, "select max(loaded_at) from imports")
    if last is None or last < load.loaded_at:
        return load
    return replace(load, loaded_at=last + timedelta(microseconds=1))


def _check_store_is_ours(connection: Connection, load: _Load) -> None:
    """Refuse a key or a time zone other than those of the rows in the store."""
    info = dict(connection.execute("select name, value from store_info").fetchall())
    if info.setdefault("key_id", load.key.id) != load.key.id:
        raise SettingsError(
            f"This is not the key that {load.settings.store.name} was filled with (key "
            f"{info['key_id']}, this is {load.key.id}): clients would not be recognised. "
            "Put the right key back; nothing was changed."
        )
    if info.setdefault("time_zone", load.settings.time_zone) != load.settings.time_zone:
        raise SettingsError(
            f"{load.settings.store.name} was filled in the time zone {info['time_zone']}; "
            f"practice.timezone now says {load.settings.time_zone}. Set it back, or move the store "
            "away and load your exports again."
        )
    for name in ("key_id", "time_zone"):
        _set_info(connection, name, info[name])


def _note_import(connection: Connection, load: _Load, receipt: Receipt, import_id: int) -> None:
    depends_on_day = "plausibility.future" in receipt.quarantined
    connection.execute(
        """
        insert into imports values ($import_id, $content_hash, $file_name, $mapping, $table_name,
            $loaded_at, $n_read, $n_accepted, $n_unchanged, $n_corrected, $n_skipped,
            $n_quarantined)
        """,
        {
            "import_id": import_id,
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
        "(select import_id from imports where file_name = $file_name)",
        {"file_name": receipt.file_name},
    )
    connection.execute(
        "insert into quarantine "
        "select $import_id, line, column_name, rule from faults order by all",
        {"import_id": import_id},
    )


def _note_content_hash(connection: Connection, change: int) -> None:
    held = _value(connection, "select max(value) from store_info where name = 'content_hash'")
    _set_info(connection, "content_hash", comparison.format_hash(int(held or "0", 16) + change))


def _set_info(connection: Connection, name: str, value: str) -> None:
    connection.execute("delete from store_info where name = $name", {"name": name})
    connection.execute(
        "insert into store_info values ($name, $value)", {"name": name, "value": value}
    )


def _value(connection: Connection, sql: str):  # type: ignore[no-untyped-def]
    row = connection.execute(sql).fetchone()
    if row is None:
        raise StoreError("The store gave no answer. Try again.")
    return row[0]
