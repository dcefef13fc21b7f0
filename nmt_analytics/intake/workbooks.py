"""XLSX → rows of text, every cell as a person would type it."""

import datetime as dt
import io
from dataclasses import dataclass

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

CellValue = str | bool | int | float | dt.date | dt.datetime | dt.time | dt.timedelta

_EXACT_INTEGERS = 1e15
"""Spreadsheets keep 15 digits; a longer number has lost its end and is shown as 1.01E+18."""


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: its name and its rows from sheet row 1 on, all of the same width."""

    name: str
    rows: list[tuple[str, ...]]


def read_sheets(data: bytes) -> list[Sheet]:
    """The visible worksheets of an XLSX file that are not empty, in their order."""
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
    """Cells as text; a column with times of day shows midnight too, which the reader drops."""
    timed = {
        index for row in rows for index, value in enumerate(row) if isinstance(value, dt.datetime)
    }
    return [
        tuple(cell_text(value, with_time=index in timed) for index, value in enumerate(row))
        for row in rows
    ]


def cell_text(value: CellValue, *, with_time: bool = False) -> str:
    """One cell as text: ISO dates and times, whole numbers without ".0", TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return f"{value + dt.timedelta(microseconds=500_000):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d} 00:00:00" if with_time else f"{value:%Y-%m-%d}"
    return str(value)


def _number_text(value: float) -> str:
    if value == int(value) and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    return f"{value:.15G}"
