"""The one path from a file to the store: read, validate, pseudonymise, compare, apply, receipt."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake import imports
from nmt_analytics.intake.evaluation import Load, empty_receipt, evaluate
from nmt_analytics.intake.facts import store_arriving
from nmt_analytics.intake.landing import take_fingerprint, understand
from nmt_analytics.intake.mapping import Mapping
from nmt_analytics.intake.pseudonyms import read_key
from nmt_analytics.intake.quarantine import write_quarantine
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection, rehearsal
from nmt_analytics.store.exchange import one_value
from nmt_analytics.store.replacing import next_version


def load_file(
    settings: Settings,
    path: Path,
    mapping: Mapping | None = None,
    *,
    loaded_at: datetime | None = None,
    wait_seconds: float = 10,
) -> Receipt:
    """Load one file into the store, whole or not at all; the receipt says what came of it.

    `loaded_at` (default: now; UTC when it names no zone) is when the store is to have learned it.
    Raises UnreadableFileError, SettingsError, StoreError or BusyError; then nothing has changed.
    Refused rows are no error here: they wait in quarantine and stand in the receipt.
    """
    load = _begin(settings, path, mapping, loaded_at)
    if imports.is_loaded(load):
        receipt = replace(empty_receipt(load.source), already_loaded=True)
    else:
        with next_version(settings.store, wait_seconds) as connection:
            receipt = _store(connection, load)
    write_quarantine(settings, path.name)
    return receipt


def check_file(settings: Settings, path: Path, mapping: Mapping | None = None) -> Receipt:
    """The receipt that loading the file now would give. Changes nothing; raises as a load does."""
    load = _begin(settings, path, mapping, None)
    if imports.is_loaded(load):
        return replace(empty_receipt(load.source), already_loaded=True)
    with rehearsal(settings.store) as connection:
        imports.check_store_is_ours(connection, load)
        return evaluate(connection, load)


def _begin(
    settings: Settings, path: Path, mapping: Mapping | None, loaded_at: datetime | None
) -> Load:
    key = read_key(settings)
    fingerprint = take_fingerprint(path)
    source = understand(path, mapping, settings)
    if take_fingerprint(path) != fingerprint:
        raise UnreadableFileError(
            f"{path.name} changed while it was read. Wait until it is complete and try again."
        )
    moment = loaded_at or datetime.now(UTC)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    identity = imports.identify(source, settings, fingerprint)
    return Load(source, settings, key, identity, moment)


def _store(connection: Connection, load: Load) -> Receipt:
    if imports.was_loaded_meanwhile(connection, load):
        return replace(empty_receipt(load.source), already_loaded=True)
    load = imports.after_last_import(connection, load)
    imports.check_store_is_ours(connection, load)
    receipt = evaluate(connection, load)
    import_id = one_value(connection, "select coalesce(max(import_id), 0) + 1 from imports")
    receipt = replace(receipt, import_id=import_id)
    change = sum(
        store_arriving(connection, of, import_id, load.loaded_at)
        for of in load.source.mapping.fills
    )
    imports.note_import(connection, load, receipt)
    imports.note_store_info(connection, load, change)
    return receipt
