"""XLSX → rows of text, every cell as a person would type it."""

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from nmt_analytics.errors import UnreadableFileError

CellValue = str | bool | int | float | dt.date | dt.datetime | dt.time | dt.timedelta

_EXACT_INTEGERS = 1e15
"""Spreadsheets keep 15 digits; a longer number has lost its end and is shown as 1.01E+18."""

_MOST_CELLS = 100_000_000
_FORMULA_WITHOUT_VALUE = re.compile(
    rb'<c\b(?![^>]*\bt="str")[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_ROW_NUMBER = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_CELL_COLUMN = re.compile(rb'<c r="([A-Z]+)\d')


_DAMAGE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What the readers of zip and xml raise on bytes that are not as they should be."""


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: its name and its rows from sheet row 1 on, all of the same width."""

    name: str
    rows: list[tuple[str, ...]]


def read_sheets(data: bytes, name: str) -> list[Sheet]:
    """The visible worksheets that are not empty of the XLSX file called `name`, in their order.

    Raises UnreadableFileError for a damaged file, for formulas whose values were never computed,
    and for a workbook without any text.
    """
    try:
        _refuse_unusable(data, name)
        sheets = _read_visible(data)
    except PasswordError:
        raise UnreadableFileError(
            f"{name}: the workbook is password-protected. Remove the password in Excel and save it."
        ) from None
    except _DAMAGE:
        raise _damaged(name) from None
    except BaseException as error:  # the reader is in Rust; its panics are no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from None
    if not sheets:
        raise UnreadableFileError(
            f"{name}: no visible sheet of the workbook holds anything. Export it again."
        )
    return sheets


def cell_text(value: CellValue, *, with_time: bool = False) -> str:
    """One cell as text: ISO dates and times, whole numbers without ".0", TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return _to_seconds(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00" if with_time else value.isoformat()
    return str(value)


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name}: the workbook is damaged. Open it in Excel and save it under a new name, "
        "or export it again."
    )


def _read_visible(data: bytes) -> list[Sheet]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    sheets = [
        Sheet(name, _as_text(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)))
        for name in names
    ]
    return [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]


def _as_text(rows: list[list[CellValue]]) -> list[tuple[str, ...]]:
    """Cells as text; in a column of times midnight is a time too, which the reader drops."""
    timed = {
        index for row in rows for index, value in enumerate(row) if isinstance(value, dt.datetime)
    }
    return [
        tuple(cell_text(value, with_time=index in timed) for index, value in enumerate(row))
        for row in rows
    ]


def _to_seconds(value: dt.datetime) -> dt.datetime:
    """`value` to the nearest second: spreadsheets keep times as fractions of a day."""
    return value.replace(microsecond=0) + dt.timedelta(seconds=value.microsecond >= 500_000)


def _number_text(value: float) -> str:
    if abs(value) < _EXACT_INTEGERS and value == int(value):
        return str(int(value))
    return f"{value:.15G}"


def _refuse_unusable(data: bytes, name: str) -> None:
    """Raise for what the reader would pass over in silence, or could not hold in memory."""
    n_uncomputed = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            if not re.match(r"xl/worksheets/[^/]+\.xml$", member):
                continue
            xml = archive.read(member)
            if _n_cells(xml) > _MOST_CELLS:
                raise UnreadableFileError(
                    f"{name}: a sheet uses cells far outside its table. Copy the table to a new "
                    "workbook and save that."
                )
            if b"<f" in xml:
                n_uncomputed += len(_FORMULA_WITHOUT_VALUE.findall(xml))
    if n_uncomputed:
        raise UnreadableFileError(
            f"{name}: {n_uncomputed} cells hold a formula whose value was never computed. Open the "
            "workbook in Excel or LibreOffice and save it, so that the values are stored."
        )


def _n_cells(xml: bytes) -> int:
    """How many cells the rectangle spans that holds all cells of a sheet."""
    n_rows = max((int(number) for number in _ROW_NUMBER.findall(xml[-100_000:])), default=0)
    if n_rows * 16_384 <= _MOST_CELLS:
        return n_rows
    columns = set(_CELL_COLUMN.findall(xml))
    return n_rows * max((_column_number(letters) for letters in columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
