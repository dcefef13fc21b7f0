"""Any export file → a table of text: every cell as it stands, every record accounted for.

What a reader gets lives here; how a file is opened, in sources.py. Knows nothing of our columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.files.foreign import is_workbook
from nmt_analytics.intake.files.headers import IsHeader, fold_row, name_columns
from nmt_analytics.intake.files.sources import Asked, Source, open_source

TOO_MANY_CELLS = "record.too_many_cells"
TOO_FEW_CELLS = "record.too_few_cells"
_HEAD_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file is laid out: encoding and delimiter, or sheet; header and columns; no rows.

    Lines are 1-based; in a workbook they are sheet rows, and encoding and delimiter are empty.
    `skipped_above` counts physical lines above the header; `sheets` are the sheets with anything
    in them; `notes` are sentences for the file's owner.
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


@dataclass(frozen=True, kw_only=True)
class TextTable(Layout):
    """A file as text: one row per record below the header, each cell exactly as in the file.

    `lines[i]` is the physical line (or sheet row) on which `rows[i]` starts. `faults` are records
    that are no table rows, as (line, rule). `n_records` is the number of physical records below
    the header: rows, faults and blank ones together.
    """

    rows: list[tuple[str, ...]]
    lines: list[int]
    faults: list[tuple[int, str]]
    n_blank: int
    name: str = ""
    """The file's base name."""

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

    `skip_rows` counts physical lines (or sheet rows) above the header; `is_header` gets the folded
    cells of one record and recognises the header among the first 200, and the sheet that holds it.
    Raises UnreadableFileError when there is no table, UsageError for an option that cannot be.
    """
    asked = Asked(encoding, delimiter, header_rows, skip_rows, sheet, is_header)
    path = Path(path)
    data = _read_bytes(path)
    return replace(_collect(open_source(data, path.name, asked)), name=path.name)


def sniff_layout(
    path: Path | str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_rows: int | None = None,
    skip_rows: int | None = None,
    sheet: str | None = None,
    is_header: IsHeader | None = None,
) -> Layout:
    """How the file at `path` is laid out, from its first megabyte; arguments as in read_table.

    The encoding is that of the whole file only when the file is no longer than that.
    """
    asked = Asked(encoding, delimiter, header_rows, skip_rows, sheet, is_header)
    path = Path(path)
    table = _collect(open_source(_read_bytes(path, _HEAD_BYTES), path.name, asked))
    return Layout(**{field.name: getattr(table, field.name) for field in fields(Layout)})


def _read_bytes(path: Path, n_head: int | None = None) -> bytes:
    """The file's bytes; of a text file longer than `n_head`, when given, the lines within it."""
    try:
        with path.open("rb") as file:
            data = file.read(-1 if n_head is None else n_head)
            if len(data) == n_head:
                data = data + file.read() if is_workbook(data) else _whole_lines(data)
    except OSError as fault:
        raise unopened(path, fault) from None
    if not data.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise UnreadableFileError(f"{path.name}: the file is empty. Export it again.")
    return data


def unopened(path: Path, fault: OSError) -> UnreadableFileError:
    """The error for a file that the system does not open, with what its owner can do."""
    if isinstance(fault, IsADirectoryError):
        return UnreadableFileError(f"{path}: this is a folder. Name a file in it.")
    if isinstance(fault, FileNotFoundError):
        return UnreadableFileError(f"{path}: there is no such file. Check the name.")
    return UnreadableFileError(
        f"{path.name}: the file could not be opened ({fault.strerror}). Close it in other "
        "programs and check that you may read it."
    )


def _whole_lines(data: bytes) -> bytes:
    """`data` up to its last line end; UTF-16, whose characters have zero bytes, as it is."""
    end = 1 + max(data.rfind(b"\n"), data.rfind(b"\r"))
    return data[:end] if end and b"\0" not in data else data


def _collect(source: Source) -> TextTable:
    """Read to the end, sorting records into rows, faults and blank ones.

    Columns at the right end that have neither a name nor a cell are commas without meaning.
    """
    header = [fold_row(record.cells) for record in source.header]
    width = max(len(row) for row in header)
    n_named = max(_n_used(row) for row in header)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    faults: list[tuple[int, str]] = []
    n_blank = 0
    for line, cells, fault in islice(source.records, len(header), None):
        if fault:
            faults.append((line, fault))
        elif not any(cells):
            n_blank += 1
        elif len(cells) < n_named:
            faults.append((line, TOO_FEW_CELLS))
        elif len(cells) > width and any(cells[width:]):
            faults.append((line, TOO_MANY_CELLS))
        else:
            rows.append(cells if len(cells) == width else (*cells, *[""] * width)[:width])
            lines.append(line)
    while width > n_named and not any(row[width - 1] for row in rows):
        width -= 1
    if width < max(len(row) for row in header):
        rows = [row[:width] for row in rows]
    return TextTable(
        columns=name_columns([row[:width] for row in header]),
        rows=rows,
        lines=lines,
        faults=faults,
        encoding=source.encoding,
        delimiter=source.delimiter,
        header_line=source.header[0].line,
        n_header_rows=len(header),
        sheet=source.sheet,
        skipped_above=source.header[0].line - 1,
        n_blank=n_blank,
        sheets=source.sheets,
        notes=source.notes,
    )


def _n_used(row: Sequence[str]) -> int:
    """How many cells `row` has up to its last one that is not empty."""
    return max((index for index, cell in enumerate(row, start=1) if cell), default=0)
