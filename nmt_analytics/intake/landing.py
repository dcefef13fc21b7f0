"""A file → landed_<table>: our columns as the text that stands in the file, and the line of each.

Plain canonical CSV goes straight through DuckDB; everything else is read and mapped in Python. No
value is interpreted here.
"""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.date_order import DateOrderError
from nmt_analytics.intake.files.headers import refuse_record_as_header
from nmt_analytics.intake.files.plain_csv import count_plain_records
from nmt_analytics.intake.formats import read_table, unopened
from nmt_analytics.intake.mapping import Mapping, name_key, recognise
from nmt_analytics.intake.translation import translate
from nmt_analytics.intake.unknown_files import as_typed, listed, unknown_file
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import make_table, one_value

_LONGEST_HEADER = 1 << 22


@dataclass(frozen=True)
class Source:
    """One file, understood but not yet read into a store."""

    path: Path
    mapping: Mapping
    header: tuple[str, ...]
    n_read: int
    landed: dict[str, tuple[str, ...]]
    """Table → our columns that it gets from this file."""
    arrays: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    """Table → columns of text, with `line`; empty when DuckDB reads the file itself."""
    skipped: dict[str, int] = field(default_factory=dict)
    faults: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def used_columns(self) -> dict[str, str]:
        """Our column → the header(s) that it is read from."""
        return {ours: " + ".join(theirs) for ours, theirs in self.mapping.columns.items()}

    @property
    def dropped_columns(self) -> tuple[str, ...]:
        """Headers of the file that are not read."""
        used = {name_key(name) for name in self.mapping.source_columns}
        return tuple(name for name in self.header if name_key(name) not in used)

    def land(self, connection: Connection) -> None:
        """Make landed_<table> for every table that the file fills."""
        if not self.arrays:
            self._land_plain_csv(connection)
        for name, columns in self.arrays.items():
            texts = [f"{column}::varchar as {column}" for column in self.landed[name]]
            make_table(connection, f"landed_{name}", columns, ", ".join(["line", *texts]))

    def _land_plain_csv(self, connection: Connection) -> None:
        """All text first: a cast straight over read_csv drops rows in silence (duckdb#23818)."""
        (name, ours), *_ = self.landed.items()
        cells = {f"cell_{number}": "VARCHAR" for number, _ in enumerate(self.header)}
        position = {name_key(header): number for number, header in enumerate(self.header)}
        chosen = ", ".join(
            f"cell_{position[name_key(self.mapping.columns[column][0])]} as {column}"
            for column in ours
        )
        connection.execute(
            f"""
            create temp table text_{name} as select {chosen}
            from read_csv($path, columns = $cells, header = true, auto_detect = false,
                delim = ',', quote = '"', escape = '"', nullstr = '', encoding = 'utf-8')
            """,
            {"path": str(self.path), "cells": cells},
        )
        # Rows are kept in the file's order; inside a transaction rowid counts from a large number.
        before = one_value(connection, f"select coalesce(min(rowid), 0) - 2 from text_{name}")
        connection.execute(
            f"create temp view landed_{name} as select rowid - {before} as line, * from text_{name}"
        )


def take_fingerprint(path: Path) -> str:
    """The SHA-256 of the bytes of the file at `path`; raises UnreadableFileError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise unopened(path, fault) from None


def understand(path: Path, mapping: Mapping | None, settings: Settings) -> Source:
    """Which kind of file this is and what it fills; raises UnreadableFileError."""
    header = _first_line(path)
    kind = mapping or recognise(header)
    are_told_apart = len(set(map(name_key, header))) == len(header)
    if kind and kind.takes_text_as_is and are_told_apart:
        n_records = count_plain_records(path, header)
        if n_records is not None:
            landed = _landed_columns(kind, header, path)
            return Source(path, kind, header, n_records, {kind.table: landed})
    return _understand_any(path, mapping, settings)


def _understand_any(path: Path, mapping: Mapping | None, settings: Settings) -> Source:
    options = mapping.read_options if mapping else {"is_header": _is_known_header}
    table = read_table(path, **options)
    kind = mapping or recognise(table.columns)
    if kind is None:
        raise unknown_file(table.columns, path)
    landed = _landed_columns(kind, table.columns, path)
    try:
        translated = translate(table, kind, landed, settings.time_zone)
    except DateOrderError as fault:
        raise UnreadableFileError(
            f"{path.name}, {fault}. Say it once: nmt-analytics map {as_typed(path)} --base "
            f"{kind.name} --accept-guesses with --day-first or --month-first"
        ) from None
    blank = {"blank": table.n_blank} if table.n_blank else {}
    return Source(
        path,
        kind,
        table.columns,
        table.n_records,
        landed={name: tuple(columns)[1:] for name, columns in translated.arrays.items()},
        arrays=translated.arrays,
        skipped={**blank, **translated.skipped},
        faults=tuple(table.faults),
        notes=table.notes,
    )


def _first_line(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_HEADER).removeprefix(b"\xef\xbb\xbf")
    try:
        return tuple(next(csv.reader([line.decode("utf-8").rstrip("\r\n")], strict=True), ()))
    except (UnicodeDecodeError, csv.Error):
        return ()


def _is_known_header(row: tuple[str, ...]) -> bool:
    return recognise(row) is not None


def _landed_columns(kind: Mapping, header: Iterable[str], path: Path) -> tuple[str, ...]:
    """Ours that the file has; raises UnreadableFileError when a needed one is missing."""
    there = {name_key(name) for name in header}
    missing = [name for name in kind.required_columns if name_key(name) not in there]
    if missing:
        refuse_record_as_header(header, path.name)
        raise UnreadableFileError(
            f"{path.name}: the mapping {kind.name} needs columns that are not there: "
            f"{listed(missing)}. There are: {listed(tuple(header))}. Mend the mapping."
        )
    landed = tuple(
        ours
        for ours, theirs in kind.columns.items()
        if any(name_key(name) in there for name in theirs)
    )
    if kind.columns and not landed:
        raise UnreadableFileError(
            f"{path.name}: it has none of the columns that the mapping {kind.name} reads. Name the "
            "mapping of the program that wrote it, or leave --mapping away."
        )
    return landed
