"""Workbooks become text as a person would type it, or are refused with the way out."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.files.workbooks import cell_text
from nmt_analytics.intake.formats import read_table, sniff_layout

few_examples = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Rows = Sequence[Sequence[object]]
EMPTY_VALUE = re.compile(rb"<v\s*/>|<v></v>")


def workbook_with(folder: Path, name: str = "Export.xlsx", **sheets: Rows) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet: Worksheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(folder / name)
    return folder / name


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts changed."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts[name] = change(archive.read(name)) if name == part else archive.read(name)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  as it is\n", "  as it is\n"),
        ("", ""),
        (5.0, "5"),
        (-0.0, "0"),
        (3.4, "3.4"),
        (0.1 + 0.2, "0.3"),
        (12345678901, "12345678901"),
        (999999999999999.0, "999999999999999"),
        (1.00521e18, "1.00521E+18"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.datetime(2026, 7, 1, 9, 5), "2026-07-01 09:05:00"),
        (dt.datetime(2026, 12, 31, 23, 59, 59, 999_999), "2027-01-01 00:00:00"),
        (dt.datetime(2026, 7, 1, 9, 5, 0, 400), "2026-07-01 09:05:00"),
        (dt.date(2026, 7, 1), "2026-07-01"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30), "1 day, 6:00:00"),
        (float("nan"), "NAN"),
    ],
)
def test_a_cell_reads_as_a_person_would_type_it(value: object, text: str) -> None:
    assert cell_text(value) == text  # type: ignore[arg-type]


def test_real_cells_arrive_as_text_with_their_sheet_rows(tmp_path: Path) -> None:
    rows: Rows = [
        ["client", "started", "pain", "held"],
        ["c1", dt.datetime(2026, 7, 1, 9, 30), 7, True],
        ["c2", dt.datetime(2026, 7, 2), 3.5, None],
        [None, None, None, None],
        ["c3", dt.datetime(2026, 7, 3, 18), 0, False],
    ]
    table = read_table(workbook_with(tmp_path, Sheet=rows))
    assert table.columns == ("client", "started", "pain", "held")
    assert table.rows == [
        ("c1", "2026-07-01 09:30:00", "7", "TRUE"),
        ("c2", "2026-07-02 00:00:00", "3.5", ""),
        ("c3", "2026-07-03 18:00:00", "0", "FALSE"),
    ]
    assert (table.lines, table.n_blank, table.n_records) == ([2, 3, 5], 1, 4)
    assert (table.sheet, table.sheets, table.notes) == ("Sheet", ("Sheet",), ())
    assert (table.encoding, table.delimiter) == ("", "")


def test_a_column_of_days_stays_a_column_of_days(tmp_path: Path) -> None:
    rows: Rows = [["day", "n"], [dt.date(2026, 7, 1), 1], [dt.date(2026, 7, 2), 2]]
    table = read_table(workbook_with(tmp_path, Sheet=rows))
    assert table.rows == [("2026-07-01", "1"), ("2026-07-02", "2")]


def test_title_rows_above_the_header_are_skipped(tmp_path: Path) -> None:
    titles: Rows = [["Customers Report"], [], ["Quiet Hands"], ["From", "2026-07-01"], []]
    rows = [*titles, ["Name", "Since", "Visits", "Paid"], ["x", "2026", 3, "$1,234.56"]]
    table = read_table(workbook_with(tmp_path, Sheet=rows))
    assert table.columns == ("Name", "Since", "Visits", "Paid")
    assert (table.header_line, table.skipped_above, table.lines) == (6, 5, [7])


def test_a_table_that_starts_away_from_the_corner_keeps_its_rows(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet["C4"], sheet["D4"], sheet["C5"], sheet["D5"] = "a", "b", 1, 2
    workbook.save(tmp_path / "f.xlsx")
    table = read_table(tmp_path / "f.xlsx")
    assert (table.columns, table.rows) == (("Column 1", "Column 2", "a", "b"), [("", "", "1", "2")])
    assert (table.header_line, table.lines) == (4, [5])


def test_two_header_rows_with_gaps_are_joined(tmp_path: Path) -> None:
    rows: Rows = [
        ["Respondent ID", "Start Date", "Where is it tight?", None, None],
        [None, None, "Neck", "Back", "Other (please specify)"],
        [1, dt.datetime(2026, 7, 1, 9), "Neck", None, None],
    ]
    table = read_table(workbook_with(tmp_path, Sheet=rows))
    assert table.columns == (
        "Respondent ID",
        "Start Date",
        "Where is it tight? - Neck",
        "Where is it tight? - Back",
        "Where is it tight? - Other (please specify)",
    )
    assert table.rows == [("1", "2026-07-01 09:00:00", "Neck", "", "")]


def test_the_first_sheet_with_anything_in_it_is_read_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    path = workbook_with(
        tmp_path, Empty=[], First=[["a", "b"], [1, 2]], Second=[["c", "d"], [3, 4]]
    )
    table = read_table(path)
    assert (table.sheet, table.sheets) == ("First", ("First", "Second"))
    assert '"First"' in table.notes[0]
    assert "Second" in table.notes[0]
    assert sniff_layout(path).sheets == ("First", "Second")


def test_the_sheet_is_the_one_asked_for_or_the_one_with_the_known_header(tmp_path: Path) -> None:
    path = workbook_with(tmp_path, First=[["a", "b"], [1, 2]], Second=[["c", "d"], [3, 4]])
    assert read_table(path, sheet="Second").rows == [("3", "4")]
    assert read_table(path, is_header=lambda cells: "c" in cells).sheet == "Second"
    with pytest.raises(UnreadableFileError, match=r'no sheet "Third".*First, Second'):
        read_table(path, sheet="Third")


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    path = workbook_with(tmp_path, Lists=[["low"], ["high"]], Sessions=[["a", "b"], [1, 2]])
    workbook = openpyxl.load_workbook(path)
    workbook.active = workbook["Sessions"]
    workbook["Lists"].sheet_state = "hidden"
    workbook.save(path)
    assert read_table(path).sheets == ("Sessions",)


def test_a_remark_right_of_the_table_keeps_its_row(tmp_path: Path) -> None:
    path = workbook_with(tmp_path, S=[["a", "b"], [1, 2], [3, 4, None, "remark"]])
    table = read_table(path)
    assert table.columns == ("a", "b", "Column 3", "Column 4")
    assert table.rows == [("1", "2", "", ""), ("3", "4", "", "remark")]


def test_a_workbook_without_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"^Export\.xlsx: no visible sheet"):
        read_table(workbook_with(tmp_path, A=[], B=[]))


def test_formulas_without_values_are_refused_and_those_with_values_read(tmp_path: Path) -> None:
    path = workbook_with(tmp_path, S=[["a", "b"], [1, "=A2+1"], [2, "=A3+1"]])
    with pytest.raises(UnreadableFileError, match="2 cells hold a formula"):
        read_table(path)
    rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v></v>", b"<v>9</v>").replace(b"<v />", b"<v>9</v>"),
    )
    assert read_table(path).rows == [("1", "9"), ("2", "9")]


def test_a_cell_at_the_far_corner_is_refused_before_it_takes_the_memory(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "a"
    workbook.active["XFD1048576"] = "lost"
    workbook.save(tmp_path / "far.xlsx")
    with pytest.raises(UnreadableFileError, match="far outside its table"):
        read_table(tmp_path / "far.xlsx")


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"content.xml": "", "mimetype": "application/vnd.oasis"}, "OpenDocument"),
        ({"Index/Document.iwa": ""}, "Numbers"),
        ({"xl/workbook.bin": ""}, "xlsb"),
        ({"word/document.xml": ""}, "Word"),
        ({"a.csv": "x", "b.csv": "y"}, "zip archive with 2 files"),
        ({"xl/workbook.xml": "<nonsense"}, "damaged"),
    ],
)
def test_other_zip_files_are_refused_by_what_they_are(
    tmp_path: Path, parts: dict[str, str], says: str
) -> None:
    path = tmp_path / "file.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(UnreadableFileError, match=says):
        read_table(path)


@few_examples
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), keep=st.booleans())
def test_a_damaged_workbook_is_a_table_or_an_error_with_advice(
    tmp_path: Path, place: int, byte: int, keep: bool
) -> None:
    data = bytearray(workbook_with(tmp_path, S=[["a", "b"], [1, "x"], [2, "y"]]).read_bytes())
    place %= len(data)
    data[place] = byte
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(data if keep else data[:place])
    try:
        table = read_table(path)
    except UnreadableFileError as error:
        assert str(error).startswith("damaged.xlsx: ")
        return
    assert table.n_records == len(table.rows) + table.n_blank


text_cell = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6
).filter(lambda text: not text.startswith("=") and "_x" not in text and (text.strip() or not text))
"""Neither formulas nor escapes; cells of blanks alone are empty cells to the reader."""


@few_examples
@given(st.lists(st.lists(text_cell, min_size=3, max_size=3).filter(any), max_size=5))
def test_any_text_in_cells_reads_back_identical(tmp_path: Path, rows: list[list[str]]) -> None:
    path = workbook_with(tmp_path, S=[["Start", "Client", "Note"], *rows])
    table = read_table(path, is_header=lambda cells: cells[0] == "Start")
    assert table.rows == [tuple(row) for row in rows]


def test_reading_needs_no_file_of_its_own_beside_the_workbook(tmp_path: Path) -> None:
    path = workbook_with(tmp_path, S=[["a", "b"], [1, 2]])
    read_table(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert zipfile.is_zipfile(io.BytesIO(path.read_bytes()))
