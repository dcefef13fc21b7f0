"""Delimited text → physical records, each with the line it starts on.

The csv module reads the cells; this module adds what it lacks: the line of every record, and a way
back when a quotation mark is never closed, so that one bad line does not swallow the rest.
"""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

UNCLOSED_QUOTE = "record.unclosed_quote"
STRAY_QUOTE = "record.stray_quote"


class Record(NamedTuple):
    """One physical record: the 1-based line it starts on, its cells or its fault."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it at all."""
        return not self.fault and not any(self.cells)


def split_lines(text: str) -> list[str]:
    """The physical lines of `text` with their ends: LF, CRLF or bare CR, and nothing else."""
    return list(io.StringIO(text, newline=""))


def split_records(
    lines: list[str], delimiter: str, *, first_line: int = 1, n_columns: int | None = None
) -> Iterator[Record]:
    """Records of the physical `lines` from the 1-based `first_line` on, in order.

    A quotation mark that opens a cell and is not closed as RFC 4180 wants it makes a fault of its
    line alone, and reading goes on at the next line. With `n_columns` known, so does a record over
    several lines each of which is a whole record of that width when read alone.
    """
    start = first_line - 1
    while start < len(lines):
        reader = csv.reader(
            map(lines.__getitem__, range(start, len(lines))), delimiter=delimiter, strict=True
        )
        resume = len(lines)
        used = 0
        try:
            for cells in reader:
                n_lines = reader.line_num - used
                if n_lines > 1 and _swallows_rows(
                    lines[start + used : start + used + n_lines], cells, delimiter, n_columns
                ):
                    yield Record(start + used + 1, (), UNCLOSED_QUOTE)
                    resume = start + used + 1
                    break
                yield Record(start + used + 1, tuple(cells))
                used = reader.line_num
        except csv.Error:
            within_one_line = reader.line_num - used <= 1 and not _is_left_open(
                lines[start + used], delimiter
            )
            yield Record(start + used + 1, (), STRAY_QUOTE if within_one_line else UNCLOSED_QUOTE)
            resume = start + used + 1
        start = resume


def _is_left_open(line: str, delimiter: str) -> bool:
    """Whether a quotation mark opened in `line` is still open at its end."""
    return _cells_alone(line, delimiter) is None and bool(_cells_closed(line, delimiter))


def _swallows_rows(
    lines: list[str], cells: list[str], delimiter: str, n_columns: int | None
) -> bool:
    """Whether a well-formed record over several lines rather is a row with an unclosed quote.

    Line breaks cut a note in pieces; rows that were swallowed are whole. So: each line alone has
    the table's width, or the record has the wrong width and a later line the right one. Two columns
    are too few to tell.
    """
    if n_columns is None or n_columns < 3:
        return False
    if len(cells) != n_columns:
        return any(_width_alone(line, delimiter) == n_columns for line in lines[1:])
    may_be_whole = all(line.count(delimiter) + 1 >= n_columns for line in lines)
    return may_be_whole and all(_width_alone(line, delimiter) == n_columns for line in lines)


def _width_alone(line: str, delimiter: str) -> int:
    """How many cells a line has alone, a quotation mark left open counting as a letter."""
    cells = _cells_alone(line, delimiter)
    if cells is not None:
        return len(cells)
    cells = _cells_closed(line, delimiter)
    return len(cells) + cells[-1].count(delimiter) if cells else line.count(delimiter) + 1


def _cells_alone(line: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _cells_closed(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line whose last one was opened by a quotation mark, that mark now closed."""
    return _cells_alone(line.rstrip("\r\n") + '"', delimiter)
