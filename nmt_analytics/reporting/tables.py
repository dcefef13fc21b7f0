"""Writes the numbers of a page as files: results.csv and results.xlsx.

Text in both is safe to open in a spreadsheet: nothing in it is ever taken for a formula.
"""

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmt_analytics.printable import printable
from nmt_analytics.reporting.phrases import say

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

Result = Mapping[str, Any]

_FIRST = ("metric", "unit", "period")
_COUNTS = ("n_sessions", "n_clients")
_NUMBERS = (*_COUNTS, "value", "ci_lower", "ci_upper", "known_lower", "known_upper")
_LAST = (*_NUMBERS, "hidden", "shown")

MEANINGS = {
    "metric": "which outcome; docs/methods.md defines each",
    "unit": "unit of value and of its limits",
    "period": "sessions that were held in this period",
    "n_sessions": "sessions behind the number",
    "n_clients": "different clients behind the number",
    "value": "the estimate, unrounded; empty where it may not or cannot be said",
    "ci_lower": "lower end of the 95 % interval; empty also where it is open",
    "ci_upper": "upper end of the 95 % interval; empty also where it is open",
    "known_lower": "least value that the check-in times allow",
    "known_upper": "greatest value that the check-in times allow",
    "hidden": "why there is no number, where there is none",
    "shown": "how the page writes it",
}


def write_results_csv(path: Path, results: Sequence[Result]) -> None:
    """One row for each number: section, metric, unit, period, a column for each dimension, numbers.

    UTF-8 with a byte-order mark, so that a spreadsheet opens it rightly.
    """
    dimensions = _dimensions(results)
    columns = ("section", *_FIRST, *dimensions, *_LAST)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for result in results:
            writer.writerow([_csv_text(value) for value in _row(result, columns)])


def write_results_xlsx(
    path: Path, results: Sequence[Result], about: Mapping[str, str], title: str
) -> None:
    """A workbook: a sheet `About` and one formatted sheet for each section, in order."""
    from openpyxl import Workbook  # noqa: PLC0415 - a quarter of a second that only pages need

    workbook = Workbook()
    _write_about(workbook, about, title, MEANINGS)
    sections: dict[str, list[Result]] = {}
    for result in results:
        sections.setdefault(result["section"], []).append(result)
    names = {"about"}
    for section, rows in sections.items():
        sheet = workbook.create_sheet(_sheet_name(section, names))
        columns = (*_FIRST, *_dimensions(rows), *_LAST)
        _write_rows(sheet, columns, [_row(result, columns) for result in rows])
    workbook.save(path)


def write_records_csv(
    path: Path, columns: Sequence[str], records: Iterable[Mapping[str, object]]
) -> None:
    """One row for each record, in these columns; UTF-8 with a byte-order mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_csv_text(_finite(row[name])) for name in columns] for row in records)


def write_records_xlsx(
    path: Path, columns: Sequence[str], records: Iterable[Mapping[str, object]], title: str
) -> None:
    """A workbook: what the columns mean, and one formatted sheet of the records."""
    from openpyxl import Workbook  # noqa: PLC0415

    workbook = Workbook()
    _write_about(workbook, {}, title, {name: meaning_of(name) for name in columns})
    rows = [[_finite(record[name]) for name in columns] for record in records]
    _write_rows(workbook.create_sheet("Numbers"), columns, rows)
    workbook.save(path)


def meaning_of(column: str) -> str:
    """What a column of an answer's table means."""
    return MEANINGS.get(column) or say(f"column.{column}")


def _finite(value: Any) -> Any:
    """Neither file has infinity: an open end is empty."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_about(
    workbook: "Workbook", about: Mapping[str, str], title: str, meanings: Mapping[str, str]
) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415

    sheet: Worksheet = workbook.active
    sheet.title = "About"
    _put(sheet, 1, 1, title).font = Font(bold=True, size=14)
    at = 3
    for key, value in about.items():
        _put(sheet, at, 1, key)
        _put(sheet, at, 2, value)
        at += 1
    _put(sheet, at + 1, 1, "Columns of the other sheets").font = Font(bold=True)
    for row, (column, meaning) in enumerate(meanings.items(), start=at + 2):
        _put(sheet, row, 1, column)
        _put(sheet, row, 2, meaning)
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 90
    sheet.sheet_view.showGridLines = False


def _write_rows(sheet: "Worksheet", columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for at, column in enumerate(columns, start=1):
        head = _put(sheet, 1, at, column.replace("_", " "))
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", start_color="0F5F63")
        head.alignment = Alignment(horizontal="right" if column in _NUMBERS else "left")
    for row, values in enumerate(rows, start=2):
        for at, value in enumerate(values, start=1):
            if value is None or value == "":
                continue  # a cell that holds nothing still costs time
            cell = _put(sheet, row, at, value)
            if isinstance(value, float):
                cell.number_format = "#,##0.0##"
            elif isinstance(value, int):
                cell.number_format = "#,##0"
    for at, column in enumerate(columns, start=1):
        texts = [each[at - 1] for each in rows if isinstance(each[at - 1], str)]
        longest = max(map(len, (column, *texts)))
        sheet.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, 10), 60)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _put(sheet: "Worksheet", row: int, column: int, value: Any) -> Any:
    """Writes a cell; text stays text, whatever it begins with."""
    cell: Any = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = _one_line(value)
        cell.data_type = "s"
        cell.quotePrefix = cell.value.startswith(_FORMULA)
    else:
        cell.value = value
    return cell


_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a formula can begin with, and how some keyboards write it."""


def _csv_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return never_a_formula(value)
    # Ten digits: more than any estimate carries, fewer than two threads may sum differently.
    return str(value) if isinstance(value, int) else format(value, ".10g")


def never_a_formula(text: str) -> str:
    """The text in one line, as a cell of a csv that no spreadsheet reckons with."""
    line = _one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _one_line(text: str) -> str:
    """`text` without tabs, line ends and what cannot be printed, which cells cannot hold."""
    return printable(re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip())


def _row(result: Result, columns: Iterable[str]) -> list[Any]:
    levels = result["levels"]
    return [result[name] if name in result else levels.get(name) for name in columns]


def _dimensions(results: Iterable[Result]) -> list[str]:
    """The dimensions of the results' levels, in order of first appearance."""
    return list(dict.fromkeys(name for result in results for name in result["levels"]))


def _sheet_name(section: str, taken: set[str]) -> str:
    """`section` as Excel takes it: 31 characters, none of []:*?/\\, none twice."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", section).strip("' ")[:31].rstrip() or "Numbers"
    name, count = plain, 1
    while name.lower() in taken:
        count += 1
        name = f"{plain[: 30 - len(str(count))]} {count}"
    taken.add(name.lower())
    return name
