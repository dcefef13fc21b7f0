"""A workbook to write sessions and check-ins down by hand, which loads as it is.

Headers are our column names; drop-downs, number ranges and dates are checked by the spreadsheet.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nmt_analytics.errors import UsageError
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS, Column, Table
from nmt_analytics.settings import Settings

N_ROWS = 5_000
"""So many rows are checked while they are typed; more can be written all the same."""

_LEFT_OUT = {"session_id", "follow_up_id", "source"}
"""Numbers that software gives; by hand a session is known by client and start."""
_YES_NO = ("yes", "no")
_ABOUT = (
    "How to fill this in",
    "Sessions: one row for each treatment. client_id and started_at are needed, all else is worth",
    "having. client_id is your own name or number for the client: the same each time, in both",
    "sheets. It is turned into a pseudonym when the file is loaded and is never stored.",
    "Check-ins: one row each time you asked a client how it is going; leave answered_at and the",
    "answers empty when no answer came: silence counts too. relief_holding: are the treated",
    "muscles still more relaxed than before the session? Ask after 24 and 36 hours and on days",
    "4, 7, 14 and 21.",
    "Dates and times are those of the practice, written YYYY-MM-DD HH:MM.",
    "A click on a cell says what belongs there. Do not rename the headers or the sheets.",
    "Save the file in the practice's inbox and run: nmt-analytics run. Go on writing in the same",
    "file: rows that were loaded before are recognised, changed ones are corrected.",
)


def write_template(settings: Settings, path: Path) -> Path:
    """Write the workbook to `path`, with the practice's own conditions in its drop-downs.

    Raises UsageError when there is a file already, or it cannot be written.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - a quarter of a second that only this needs

    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path} must end in .xlsx, as in sessions.xlsx.")
    if path.exists():
        raise UsageError(f"{path} exists already and is not overwritten. Name another file.")
    book = Workbook()
    lists = book.create_sheet("Lists")
    lists.sheet_state = "hidden"
    first = book.worksheets[0]
    first.title = "Sessions"
    _fill(first, SESSIONS, lists, settings)
    _fill(book.create_sheet("Check-ins", 1), FOLLOW_UPS, lists, settings)
    _explain(book.create_sheet("Notes", 2))
    try:
        book.save(path)
    except OSError as fault:
        raise UsageError(
            f"{path} could not be written ({fault.strerror}). Name another folder."
        ) from None
    return path


def template_columns(of: Table) -> list[Column]:
    """The columns of a table that are written down by hand."""
    return [column for column in of.file_columns if column.name not in _LEFT_OUT]


def _fill(sheet: Any, of: Table, lists: Any, settings: Settings) -> None:
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for number, column in enumerate(template_columns(of), start=1):
        letter = get_column_letter(number)
        header = sheet.cell(1, number, column.name)
        header.font = Font(bold=True)
        header.fill = PatternFill("solid", fgColor="DCE6F1")
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 2)
        if column.type == "TIMESTAMP":
            sheet.column_dimensions[letter].number_format = "yyyy-mm-dd hh:mm"
        elif column.is_identifier:
            sheet.column_dimensions[letter].number_format = "@"  # a number would lose its zeros
        rule = _validation(column, f"{letter}2", lists, settings)
        rule.add(f"{letter}2:{letter}{N_ROWS + 1}")
        sheet.add_data_validation(rule)
    sheet.freeze_panes = "A2"


def _validation(column: Column, first_cell: str, lists: Any, settings: Settings) -> Any:
    """What the spreadsheet checks in one column, with what to write there."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    condition = _condition(column, first_cell, lists, settings)
    rule = DataValidation(allow_blank=True, **condition)
    rule.promptTitle, rule.prompt = column.name, _prompt(column)
    rule.errorTitle, rule.error = column.name, f"Expected: {_prompt(column)}"
    rule.showInputMessage = rule.showErrorMessage = True
    return rule


def _condition(column: Column, first_cell: str, lists: Any, settings: Settings) -> dict[str, Any]:
    words = _words(column, settings)
    if words:
        return {"type": "list", "formula1": _listed(lists, column.name, words)}
    if column.type == "TIMESTAMP":
        # A date alone would be midnight, and soreness and relief would last hours too long.
        is_between = f"{first_cell}>=DATE(1990,1,1),{first_cell}<DATE(2100,1,1)"
        has_time = f"MOD({first_cell},1)>0"
        return {"type": "custom", "formula1": f"AND({is_between},{has_time})"}
    if column.low is not None:
        limits = {"formula1": str(column.low), "formula2": str(column.high)}
        return {"type": "whole", "operator": "between", **limits}
    length = {"operator": "between", "formula1": "1", "formula2": "40"}
    return {"type": "textLength", **length}


def _words(column: Column, settings: Settings) -> tuple[str, ...]:
    if column.type == "BOOLEAN":
        return _YES_NO
    return settings.conditions if column.extendable else column.words


def _listed(lists: Any, name: str, words: Iterable[str]) -> str:
    """Put a drop-down's words on the hidden sheet; where they stand, as a formula."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    column = lists.max_column + 1
    cells = [name, *words]
    for row, text in enumerate(cells, start=1):
        lists.cell(row, column, text)
    letter = get_column_letter(column)
    return f"Lists!${letter}$2:${letter}${len(cells)}"


def _prompt(column: Column) -> str:
    if column.type == "TIMESTAMP":
        return f"{column.meaning}: YYYY-MM-DD HH:MM"
    if column.low is not None:
        return f"{column.meaning}: a whole number from {column.low} to {column.high}"
    if column.is_identifier:
        return column.meaning.replace("pseudonym of", "your own name or number for")
    return column.meaning


def _explain(sheet: Any) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415

    for row, line in enumerate(_ABOUT, start=1):
        sheet.cell(row, 1, line)
    sheet["A1"].font = Font(bold=True)
    sheet.column_dimensions["A"].width = 100
