"""Any export file → a table of text: every cell as it stands, every record accounted for.

Knows encodings, delimiters, header rows and workbooks; knows nothing of our columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.decoding import decode
from nmt_analytics.intake.headers import (
    IsHeader,
    count_header_rows,
    find_header,
    fold_row,
    name_columns,
)
from nmt_analytics.intake.plain_csv import is_plain_csv
from nmt_analytics.intake.records import Record, head_records, split_lines, split_records
from nmt_analytics.intake.workbooks import read_sheets

__all__ = ["Layout", "TextTable", "is_plain_csv", "read_table", "sniff_layout"]

DELIMITERS = (",", ";", "\t", "|")
N_HEAD = 200
TOO_MANY_CELLS = "record.too_many_cells"
TOO_FEW_CELLS = "record.too_few_cells"


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: encoding, delimiter or sheet, header and columns; no rows.

    Lines are 1-based; for a workbook they are sheet rows. `notes` are sentences for the reader.
    """

    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    header_line: int
    n_header_rows: int
    sheet: str | None
    sheets: tuple[str, ...]
    skipped_above: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextTable:
    """A file as text: one row per record below the header, each cell exactly as in the file.

    `lines[i]` is the physical line (or sheet row) on which `rows[i]` starts. `faults` are records
    that are no table rows, as (line, rule). `n_records` is the number of physical records below
    the header: rows, faults and blank ones together.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    faults: list[tuple[int, str]]
    encoding: str
    delimiter: str
    header_line: int
    n_header_rows: int
    sheet: str | None
    skipped_above: int
    n_blank: int
    notes: tuple[str, ...] = ()

    @property
    def n_records(self) -> int:
        """How many physical records stand below the header."""
        return len(self.rows) + len(self.faults) + self.n_blank


def read_table(
    path: Path | str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_rows: int | None = None,
    skip_rows: int | None = None,
    sheet: str | None = None,
    is_header: IsHeader | None = None,
) -> TextTable:
    """The table of text in the file at `path`, laid out as its bytes show or as the caller says.

    `skip_rows` counts physical lines (or sheet rows) above the header; `is_header` recognises the
    header among the first rows, and the sheet that holds one. Raises UnreadableFileError.
    """
    path = Path(path)
    data = path.read_bytes()
    if data.startswith(b"PK"):
        return _read_workbook(data, header_rows, skip_rows, sheet, is_header)
    decoded = decode(data, encoding)
    lines = split_lines(decoded.text)
    if not lines:
        raise UnreadableFileError(f"{path.name}: the file is empty. Export it again.")
    first_line = 1 + (skip_rows or 0)
    delimiter = delimiter or _find_delimiter(lines, first_line, is_header)
    head = head_records(lines, delimiter, first_line=first_line, n=N_HEAD)
    start, n_header_rows = _locate_header(head, header_rows, skip_rows, is_header)
    n_columns = len(head[start].cells)
    records = list(
        split_records(lines, delimiter, first_line=head[start].line, n_columns=n_columns)
    )
    return _lay_out(
        records,
        n_header_rows,
        decoded.encoding,
        delimiter,
        None,
        start + (skip_rows or 0),
        decoded.notes,
    )


def sniff_layout(path: Path | str, *, is_header: IsHeader | None = None) -> Layout:
    """How the file at `path` is laid out. Raises UnreadableFileError."""
    table = read_table(path, is_header=is_header)
    return Layout(
        table.columns,
        table.encoding,
        table.delimiter,
        table.header_line,
        table.n_header_rows,
        table.sheet,
        (),
        table.skipped_above,
        table.notes,
    )


def _read_workbook(
    data: bytes,
    header_rows: int | None,
    skip_rows: int | None,
    sheet_name: str | None,
    is_header: IsHeader | None,
) -> TextTable:
    sheets = read_sheets(data)
    sheet = next(sheet for sheet in sheets if sheet_name in (None, sheet.name))
    records = [Record(line, cells) for line, cells in enumerate(sheet.rows, start=1)]
    records = records[skip_rows or 0 :]
    start, n_header_rows = _locate_header(records[:N_HEAD], header_rows, skip_rows, is_header)
    return _lay_out(
        records[start:], n_header_rows, "", "", sheet.name, start + (skip_rows or 0), ()
    )


def _find_delimiter(lines: list[str], first_line: int, is_header: IsHeader | None) -> str:
    def fit(delimiter: str) -> tuple[float, int]:
        head = head_records(lines, delimiter, first_line=first_line, n=N_HEAD)
        start, _ = _locate_header(head, None, None, is_header)
        width = len(head[start].cells)
        below = [record for record in head[start + 1 :] if not record.is_blank]
        n_fitting = sum(len(record.cells) == width for record in below)
        share = (1 + n_fitting) / (1 + len(below))
        return (share if width > 1 else 0.0, width)

    return max(DELIMITERS, key=fit)


def _locate_header(
    head: Sequence[Record],
    header_rows: int | None,
    skip_rows: int | None,
    is_header: IsHeader | None,
) -> tuple[int, int]:
    rows = [record.cells for record in head]
    start = find_header(rows, is_header) if skip_rows is None else 0
    folded = [fold_row(row) for row in rows[start : start + 3]]
    return start, header_rows or count_header_rows(folded)


def _lay_out(  # noqa: PLR0917
    records: list[Record],
    n_header_rows: int,
    encoding: str,
    delimiter: str,
    sheet: str | None,
    skipped_above: int,
    notes: tuple[str, ...],
) -> TextTable:
    header = [fold_row(record.cells) for record in records[:n_header_rows]]
    width = max(len(row) for row in header)
    below = records[n_header_rows:]
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    faults: list[tuple[int, str]] = []
    n_blank = 0
    for record in below:
        if record.is_blank:
            n_blank += 1
        elif record.fault:
            faults.append((record.line, record.fault))
        elif len(record.cells) < width:
            faults.append((record.line, TOO_FEW_CELLS))
        elif any(record.cells[width:]):
            faults.append((record.line, TOO_MANY_CELLS))
        else:
            rows.append(record.cells[:width])
            lines.append(record.line)
    columns = name_columns(header)
    if not header[0][-1] and not any(row[-1] for row in [*header, *rows]) and width > 1:
        columns = columns[:-1]
        rows = [row[:-1] for row in rows]
    return TextTable(
        columns,
        rows,
        lines,
        faults,
        encoding,
        delimiter,
        records[0].line,
        n_header_rows,
        sheet,
        skipped_above,
        n_blank,
        notes,
    )
