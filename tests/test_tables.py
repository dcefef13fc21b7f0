"""Every number of a page as csv and xlsx; nothing in them can become a formula."""

import csv
from dataclasses import asdict

import pytest
from openpyxl import load_workbook

from nmt_analytics.reporting.bundle import Result
from nmt_analytics.reporting.tables import MEANINGS, write_results_csv, write_results_xlsx


def result(section="Relief", metric="relief_at_4_days", value=58.0, **more):
    defaults = {"unit": "%", "period": "2026Q3", "n_sessions": 312, "n_clients": 118}
    return asdict(Result(metric=metric, value=value, section=section, **(defaults | more)))


RESULTS = [
    result(ci_lower=49.5, ci_upper=67.25, levels={"condition": "muscle_spasm"}, shown="58 %"),
    result(value=-2.3125, metric="pain_change", unit="points", section="Pain"),
    result(value=None, n_sessions=None, n_clients=None, hidden="fewer than 5 clients"),
    result(value=1 / 3, levels={"stress_level": "high", "condition": "ischemia"}),
]
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.fixture
def read_csv(tmp_path):
    def read(results):
        write_results_csv(tmp_path / "results.csv", results)
        with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture
def read_xlsx(tmp_path):
    def read(results, about=None):
        write_results_xlsx(tmp_path / "results.xlsx", results, about or {}, "A title")
        return load_workbook(tmp_path / "results.xlsx")

    return read


def test_a_csv_has_one_row_for_each_number_in_the_order_of_the_page(read_csv):
    rows = read_csv(RESULTS)

    assert list(rows[0]) == [
        *("section", "metric", "unit", "period", "condition", "stress_level"),
        *("n_sessions", "n_clients", "value", "ci_lower", "ci_upper"),
        *("known_lower", "known_upper", "hidden", "shown"),
    ]
    assert [row["metric"] for row in rows] == [each["metric"] for each in RESULTS]
    assert [row["value"] for row in rows] == ["58", "-2.3125", "", "0.3333333333"]
    assert (rows[0]["ci_lower"], rows[0]["ci_upper"]) == ("49.5", "67.25")
    assert (rows[3]["condition"], rows[3]["stress_level"]) == ("ischemia", "high")


def test_a_number_and_its_unit_stay_on_one_line_in_every_file(read_csv, read_xlsx):
    shown = "about 9\xa0days"
    assert [row["shown"] for row in read_csv([result(shown=shown)])] == [shown]
    book = read_xlsx([result(shown=shown)])
    assert shown in [cell for sheet in book for row in sheet.values for cell in row]


def test_a_hidden_number_is_empty_in_every_column_and_says_why(read_csv):
    hidden = read_csv(RESULTS)[2]
    numbers = ("n_sessions", "n_clients", "value", "ci_lower", "ci_upper", "known_lower")

    assert [hidden[name] for name in numbers] == [""] * len(numbers)
    assert hidden["hidden"] == "fewer than 5 clients"


def test_numbers_that_differ_in_the_last_digit_only_are_written_alike(read_csv):
    first, second = read_csv([result(value=0.1 + 0.2), result(value=0.3)])

    assert first["value"] == second["value"] == "0.3"


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula_in_a_csv_and_negative_numbers_stay_numbers(read_csv, text):
    row = read_csv([result(shown=text, value=-1.5, levels={"region": text})])[0]

    assert row["shown"] == row["region"] == f"'{text.strip()}"
    assert float(row["value"]) == -1.5


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula_in_a_workbook(read_xlsx, text):
    book = read_xlsx([result(shown=text, levels={"region": text})], {"Period": text})
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]

    assert sum(cell.value == text.strip() for cell in cells) == 3
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n"}


def test_a_workbook_has_a_sheet_for_each_section_with_the_same_numbers_as_the_csv(
    read_xlsx, read_csv
):
    book = read_xlsx(RESULTS, {"Period": "2026Q3"})
    listed = read_csv(RESULTS)

    assert book.sheetnames == ["About", "Relief", "Pain"]
    for section in ("Relief", "Pain"):
        head, *rows = book[section].iter_rows(values_only=True)
        values = [row[head.index("value")] for row in rows]
        expected = [row["value"] for row in listed if row["section"] == section]
        assert [None if text == "" else pytest.approx(float(text)) for text in expected] == values


def test_the_first_sheet_says_what_the_workbook_and_its_columns_are(read_xlsx):
    sheet = read_xlsx(RESULTS, {"Period": "2026Q3"})["About"]
    said = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}

    assert said["A title"] is None
    assert said["Period"] == "2026Q3"
    assert MEANINGS.items() <= said.items()


def test_sheets_are_ready_to_read_and_print(read_xlsx):
    sheet = read_xlsx(RESULTS)["Relief"]
    head = sheet["A1"]

    assert (head.font.bold, sheet.freeze_panes) == (True, "B2")
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.page_setup.orientation == "landscape"
    formats = {cell.number_format for row in sheet.iter_rows(min_row=2) for cell in row}
    assert {"#,##0", "#,##0.0##"} <= formats


def test_names_of_sheets_fit_excel_and_stay_different(read_xlsx):
    long = "What lengthens or shortens relief, and by how much"
    sections = ["About", "a/b: [c]?", long, long + "!", "'quoted'", ""]
    names = read_xlsx([result(section=each) for each in sections]).sheetnames

    assert len(names) == len({name.lower() for name in names}) == len(sections) + 1
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_no_numbers_at_all_still_give_files(read_xlsx, read_csv):
    assert read_csv([]) == []
    assert read_xlsx([]).sheetnames == ["About"]
