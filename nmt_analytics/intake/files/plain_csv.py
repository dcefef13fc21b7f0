"""Is a CSV file so plain that DuckDB may read it directly? Answered by scanning bytes.

Plain: UTF-8, comma, LF or CRLF throughout, one header row, no quoted line breaks, no ragged or
blank records, quoting as RFC 4180 wants it. Then line = row number + 1. In doubt the answer is no.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nmt_analytics.intake.files.headers import count_header_rows, fold_row

_CHUNK_BYTES = 1024 * 1024
_LONGEST_LINE = 131_072
"""The csv module's longest cell; DuckDB's longest line is 2 MB."""

_COMMA, _QUOTE, _LF = ord(","), ord('"'), ord("\n")
_NO_MARKS = bytes(set(range(256)) - {_COMMA, _QUOTE, _LF})
_Bytes = npt.NDArray[np.uint8]


def count_plain_records(path: Path | str, header: Sequence[str]) -> int | None:
    """How many records stand below the header; None when the file is not plain (see above).

    Plain is only a file whose first line is exactly `header`. None for one that is not there.
    """
    try:
        return _count(Path(path), list(header))
    except OSError:
        return None


def _count(path: Path, header: list[str]) -> int | None:
    lines = _first_bytes(path).split(b"\n")
    line_end = b"\r\n" if lines[0].endswith(b"\r") else b"\n"
    if not _has_header(lines, header):
        return None
    n_lines = 0
    for block in _whole_lines(path, line_end):
        n_regular = _count_regular_lines(block, line_end, len(header))
        if n_regular is None:
            return None
        n_lines += n_regular
    return n_lines - 1


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4 * _LONGEST_LINE).removeprefix(codecs.BOM_UTF8)


def _whole_lines(path: Path, line_end: bytes) -> Iterator[bytes]:
    """The file in blocks of whole lines, the last line ended if it is not."""
    with path.open("rb") as file:
        while block := file.read(_CHUNK_BYTES):
            if not block.endswith(b"\n"):
                block += file.readline(_LONGEST_LINE)
            yield block if block.endswith(b"\n") else block + line_end


def _has_header(lines: list[bytes], header: list[str]) -> bool:
    """Whether the first of `lines` is `header` and the next ones are no more header rows."""
    try:
        rows = list(csv.reader([line.decode("utf-8").rstrip("\r") for line in lines[:3]]))
    except (UnicodeDecodeError, csv.Error):
        return False
    return bool(rows) and rows[0] == header and count_header_rows([fold_row(r) for r in rows]) == 1


def _is_clean(block: bytes, line_end: bytes) -> bool:
    """Whether a block is UTF-8 without NUL and all its lines end in `line_end`."""
    if line_end == b"\n" and b"\r" in block:
        return False
    if line_end == b"\r\n":
        n_pairs = block.count(b"\r\n")
        if block.count(b"\r") != n_pairs or block.count(b"\n") != n_pairs:
            return False
    if b"\0" in block:
        return False
    try:
        return block.isascii() or bool(block.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _with_line_feeds(block: bytes) -> bytes:
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block


def _count_regular_lines(block: bytes, line_end: bytes, n_columns: int) -> int | None:
    """How many lines a block has; None unless all are clean text of `n_columns` cells, quoted well,
    and none is blank or too long.
    """
    if not _is_clean(block, line_end):
        return None
    block = _with_line_feeds(block)
    if _has_long_line(block) or _has_blank_line(block, n_columns):
        return None
    marks = _unquoted_marks(block) if b'"' in block else block.translate(None, _NO_MARKS)
    line = b"," * (n_columns - 1) + b"\n"
    n_lines = len(marks or b"") // n_columns
    return n_lines if marks == line * n_lines else None


def _unquoted_marks(block: bytes) -> bytes | None:
    """The commas and line ends outside quotes, in order; None when the quoting is not plain."""
    array: _Bytes = np.frombuffer(block, dtype=np.uint8)
    if not _is_well_quoted(array):
        return None
    marks = np.frombuffer(block.translate(None, _NO_MARKS), dtype=np.uint8)
    is_quote = marks == _QUOTE
    is_quoted = np.cumsum(is_quote) % 2 == 1
    if bool((is_quoted & (marks == _LF)).any()):
        return None
    return marks[~is_quoted & ~is_quote].tobytes()


def _has_long_line(block: bytes) -> bool:
    """Whether some line may be longer than is safe: half of that without a line end."""
    half = _LONGEST_LINE // 2
    return any(
        block.find(b"\n", start, start + half) < 0 for start in range(0, len(block) - half, half)
    )


def _is_well_quoted(array: _Bytes) -> bool:
    """Whether quotes open only at the start of a cell and close only at its end."""
    quotes = np.flatnonzero(array == _QUOTE)
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, array[opening - 1], _LF)
    after = array[closing + 1]
    opens_well = (before == _COMMA) | (before == _LF)
    opens_well[1:] |= opening[1:] == closing[:-1] + 1
    closes_well = (after == _COMMA) | (after == _LF) | (after == _QUOTE)
    return bool(opens_well.all() and closes_well.all())


def _has_blank_line(block: bytes, n_columns: int) -> bool:
    """Whether some line holds nothing but commas (and empty quotes), which is no record."""
    blank = b"\n" + b"," * (n_columns - 1) + b"\n"
    if block.startswith(blank[1:]) or blank in block:
        return True
    if b'""' not in block:
        return False
    return any(
        all(cell in {b"", b'""'} for cell in line.split(b","))
        for line in block.split(b"\n")[:-1]
        if line[:1] in b'",'
    )
