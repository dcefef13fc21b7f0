"""Small practices for tests: rows with defaults, written as canonical files and really loaded."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import parse_mapping
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.schema import FOLLOW_UPS, SESSION_NOTES, SESSIONS, Table
from nmt_analytics.settings import Settings, read_settings
from nmt_analytics.store.database import Store

ROOT = Path(__file__).parents[1]

LOADED_AT = datetime(2026, 10, 25, 6, 0)
"""When the factories' files are loaded (UTC), unless a test says otherwise."""
KEY = "00" * 31 + "01"

Row = Mapping[str, object]


def session(number: int = 1, **values: object) -> dict[str, object]:
    """Session S<number> of client C<number>: an hour on 2026-07-01 from 10:00 local time."""
    return {
        "session_id": f"S{number}",
        "client_id": f"C{number}",
        "started_at": "2026-07-01 10:00",
        "ended_at": "2026-07-01 11:00",
        **values,
    }


def follow_up(number: int = 1, **values: object) -> dict[str, object]:
    """Check-in F<number> of session S<number>, asked and answered a day after the session."""
    return {
        "follow_up_id": f"F{number}",
        "session_id": f"S{number}",
        "asked_at": "2026-07-02 11:00",
        "answered_at": "2026-07-02 11:00",
        **values,
    }


def note(number: int = 1, **values: object) -> dict[str, object]:
    """Note N<number> about client C<number>, written down on 2026-07-01 at 11:05."""
    return {
        "note_id": f"N{number}",
        "client_id": f"C{number}",
        "noted_at": "2026-07-01 11:05",
        **values,
    }


def days_after(days: float, moment: str = "2026-07-01 11:00") -> str:
    """The local time `days` after `moment`, as canonical files write it."""
    later = datetime.fromisoformat(moment) + timedelta(days=days)
    return later.isoformat(sep=" ", timespec="minutes")


def empty_practice(folder: Path, time_zone: str = "UTC", extra: str = "") -> Settings:
    """The settings of a new practice in `folder`, with a key and nothing loaded.

    `extra` are further lines of practice.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "practice.toml").write_text(
        f'[practice]\nname = "A practice of tests"\ntimezone = "{time_zone}"\n{extra}\n',
        encoding="utf-8",
    )
    (folder / "practice.key").write_text(KEY + "\n", encoding="ascii")
    return read_settings(folder)


def make_practice(
    folder: Path,
    sessions: Sequence[Row] = (),
    follow_ups: Sequence[Row] = (),
    session_notes: Sequence[Row] = (),
    *,
    time_zone: str = "UTC",
    loaded_at: datetime = LOADED_AT,
    extra: str = "",
) -> Settings:
    """A practice in `folder` with these rows written as canonical files and loaded.

    Fails when a row is refused: a test that wants that calls `load_file` itself.
    """
    settings = empty_practice(folder, time_zone, extra)
    for of, rows in (
        (SESSIONS, sessions),
        (SESSION_NOTES, session_notes),
        (FOLLOW_UPS, follow_ups),
    ):
        if rows:
            path = write_rows(folder / "data" / "inbox" / f"{of.name}.csv", of, rows)
            receipt = load_file(settings, path, loaded_at=loaded_at)
            assert receipt.n_quarantined == 0, "\n".join(receipt.lines())
    return settings


def load_text(
    folder: Path, text: str, mapping: str, *, time_zone: str = "UTC", extra: str = ""
) -> tuple[Settings, Receipt]:
    """A new practice into which a file with this text was loaded through this mapping."""
    practice = empty_practice(folder, time_zone, extra)
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    kind = parse_mapping(mapping, name="test", where="test.toml")
    return practice, load_file(practice, path, kind, loaded_at=LOADED_AT)


def example_practice(folder: Path, extra: str = "") -> Settings:
    """The example practice of the checkout in `folder`, loaded at LOADED_AT.

    `extra` are further lines of its practice.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    toml = (ROOT / "practice.toml").read_text(encoding="utf-8")
    (folder / "practice.toml").write_text(f"{toml}\n{extra}", encoding="utf-8")
    for part in ("data/example", "notebooks"):
        shutil.copytree(ROOT / part, folder / part)
    settings = read_settings(folder)
    for name in ("sessions.csv", "follow_ups.csv"):
        assert load_file(settings, settings.inbox / name, loaded_at=LOADED_AT).n_quarantined == 0
    return settings


def copied(settings: Settings, folder: Path) -> Settings:
    """The same practice in another folder: made once, changed by each test for itself."""
    shutil.copytree(settings.folder, folder, dirs_exist_ok=True)
    return read_settings(folder)


def ask_store(settings: Settings, sql: str) -> Any:
    """The rows of one SELECT on a practice's store, as a frame."""
    store = Store(settings.store)
    try:
        return store.frame(sql)
    finally:
        store.close()


def quiet(_: str) -> None:
    """Progress that nobody watches."""


def write_rows(path: Path, of: Table, rows: Sequence[Row]) -> Path:
    """Write rows as the canonical file of one table; yes/no for booleans, None as empty."""
    names = [column.name for column in of.file_columns]
    for row in rows:
        unknown = set(row) - set(names)
        assert not unknown, f"{of.name} has no {unknown}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[_text(row.get(name)) for name in names] for row in rows])
    return path


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return str(value)
