"""A file opened: its header found and its records ready to be read on.

Decides, by evidence or by what the caller says, on the delimiter, the sheet and the header.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from nmt_analytics.errors import UnreadableFileError, UsageError
from nmt_analytics.intake.files.decoding import decode
from nmt_analytics.intake.files.foreign import is_workbook, refuse_foreign
from nmt_analytics.intake.files.headers import (
    IsHeader,
    count_header_rows,
    find_header,
    find_known_header,
    fold_row,
)
from nmt_analytics.intake.files.records import Record, split_lines, split_records
from nmt_analytics.intake.files.workbooks import Sheet, read_sheets

DELIMITERS = (",", ";", "\t", "|")
_N_HEAD = 200


@dataclass(frozen=True)
class Asked:
    """What the caller says about a file instead of leaving it to the evidence."""

    encoding: str | None = None
    delimiter: str | None = None
    header_rows: int | None = None
    skip_rows: int | None = None
    sheet: str | None = None
    is_header: IsHeader | None = None


@dataclass(frozen=True)
class Source:
    """A file opened: its records from the header on, and where they came from.

    For text, encoding and delimiter are given; for a workbook, the sheet and all sheets in use.
    """

    records: Iterable[Record]
    header: list[Record]
    encoding: str = ""
    delimiter: str = ""
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_source(data: bytes, name: str, asked: Asked) -> Source:
    """The file called `name` with the bytes `data`, opened. Raises UnreadableFileError."""
    refuse_foreign(data, name)
    if is_workbook(data):
        return _open_workbook(read_sheets(data, name), name, asked)
    return _open_text(data, name, asked)


def _open_text(data: bytes, name: str, asked: Asked) -> Source:
    decoded = decode(data, name, asked.encoding)
    lines = split_lines(decoded.text)
    first_line = 1 + (asked.skip_rows or 0)
    declared = re.match(r"sep=([,;\t|])[\r\n]", decoded.text)
    if declared and asked.skip_rows is None:
        first_line = 2
    delimiter = asked.delimiter or (declared[1] if declared else None)
    if delimiter is None:
        delimiter = _find_delimiter(lines, first_line, asked)
    elif len(delimiter) != 1 or delimiter in '"\r\n':
        raise UsageError(f'"{delimiter}" cannot be a delimiter. Write one of , ; | or a tab.')
    head = _head(split_records(lines, delimiter, first_line=first_line))
    header = _locate_header(head, name, asked)
    records = split_records(
        lines,
        delimiter,
        first_line=header[0].line,
        n_columns=len(header[0].cells),
    )
    return Source(records, header, decoded.encoding, delimiter, notes=decoded.notes)


def _open_workbook(sheets: list[Sheet], name: str, asked: Asked) -> Source:
    sheet = _choose_sheet(sheets, name, asked)
    records = [Record(row, cells) for row, cells in enumerate(sheet.rows, start=1)]
    records = records[asked.skip_rows or 0 :]
    header = _locate_header(_head(records), name, asked)
    others = [other.name for other in sheets if other is not sheet]
    notes = (f'Only the sheet "{sheet.name}" is read; others: {", ".join(others[:10])}.',)
    return Source(
        records[header[0].line - records[0].line :],
        header,
        sheet=sheet.name,
        sheets=tuple(sheet.name for sheet in sheets),
        notes=notes if others and asked.sheet is None else (),
    )


def _choose_sheet(sheets: list[Sheet], name: str, asked: Asked) -> Sheet:
    """The sheet asked for, else the first whose header the caller recognises, else the first."""
    if asked.sheet is not None:
        for sheet in sheets:
            if sheet.name == asked.sheet:
                return sheet
        names = ", ".join(sheet.name for sheet in sheets[:10])
        raise UnreadableFileError(
            f'{name}: no sheet "{asked.sheet}" with anything in it. Its sheets: {names}.'
        )
    for sheet in sheets:
        head = [fold_row(row) for row in sheet.rows[:_N_HEAD]]
        if find_known_header(head, asked.is_header) is not None:
            return sheet
    return sheets[0]


def _find_delimiter(lines: list[str], first_line: int, asked: Asked) -> str:
    """The delimiter under which the caller recognises the header; else the one under which most
    records are as wide as the header, the wider and the less above it the better.
    """

    def fit(delimiter: str) -> float:
        head = _head(split_records(lines, delimiter, first_line=first_line))
        rows = [fold_row(record.cells) for record in head]
        if find_known_header(rows, asked.is_header) is not None:
            return 1.0
        start = find_header(rows)
        cells = head[start].cells if head else ()
        if len(cells) < 2:
            return 0.0
        below = [record for record in head[start + 1 :] if not record.is_blank]
        n_fitting = sum(abs(len(record.cells) - len(cells)) <= 1 for record in below)
        share = (1 + n_fitting) / (1 + len(below))
        return share * (1 - 1 / len(cells)) / (1 + start)

    return max(DELIMITERS, key=fit)


def _head(records: Iterable[Record]) -> list[Record]:
    return list(islice(records, _N_HEAD))


def _locate_header(head: Sequence[Record], name: str, asked: Asked) -> list[Record]:
    """The header's records among the first of a file."""
    rows = [fold_row(record.cells) for record in head]
    start = find_header(rows, asked.is_header) if asked.skip_rows is None else 0
    n_header_rows = asked.header_rows or count_header_rows(rows[start : start + 3])
    if not any(any(row) for row in rows[start : start + n_header_rows]):
        raise UnreadableFileError(
            f"{name}: no header was found. The first row of the table must hold the column names."
        )
    return list(head[start : start + n_header_rows])
