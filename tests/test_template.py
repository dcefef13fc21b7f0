"""The workbook to fill in by hand: what it asks for is what loads, as it is."""

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import LOADED_AT, ask_store, empty_practice

from nmt_analytics.errors import UsageError
from nmt_analytics.intake.own_mappings import load_all
from nmt_analytics.intake.quarantine import quarantine_file
from nmt_analytics.intake.template import template_columns, write_template
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

SESSION = {
    "client_id": "007",
    "started_at": datetime(2026, 7, 1, 10),
    "ended_at": datetime(2026, 7, 1, 11),
    "condition": "frozen_shoulder",
    "stress_level": "high",
    "pressure_adjusted": "yes",
    "hold_seconds": 30,
}
CHECK_IN = {
    "client_id": "007",
    "asked_at": datetime(2026, 7, 2, 11),
    "answered_at": datetime(2026, 7, 2, 12, 30),
    "relief_holding": "no",
    "soreness": 2,
}


@pytest.fixture
def practice(tmp_path: Path) -> Settings:
    extra = '[vocabulary]\nextra_conditions = ["frozen_shoulder"]'
    return empty_practice(tmp_path, "Europe/Berlin", extra)


def fill_in(path: Path, sheet: str, *rows: dict[str, Any]) -> None:
    """Write rows below the header of one sheet, as a person would."""
    book = openpyxl.load_workbook(path)
    header = [cell.value for cell in book[sheet][1]]
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            book[sheet].cell(number, header.index(name) + 1, value)
    book.save(path)


def ask(practice: Settings, sql: str) -> list[list[str]]:
    return ask_store(practice, sql).astype(str).values.tolist()


def test_what_is_filled_in_loads_as_sessions_and_check_ins(practice: Settings) -> None:
    path = write_template(practice, practice.folder / "book.xlsx")
    fill_in(path, "Sessions", SESSION)
    fill_in(path, "Check-ins", CHECK_IN)
    receipts = load_all(practice, path, loaded_at=LOADED_AT)
    assert [receipt.table_names for receipt in receipts] == [("sessions",), ("follow_ups",)]
    assert [receipt.n_accepted for receipt in receipts] == [1, 1]
    assert ask(
        practice,
        """
        select started_at, ended_at, condition, stress_level, pressure_adjusted, hold_seconds,
            answered_at, relief_holding, soreness
        from sessions join follow_ups using (client_id)
        """,
    ) == [
        [
            "2026-07-01 08:00:00",
            "2026-07-01 09:00:00",
            "frozen_shoulder",
            "high",
            "True",
            "30",
            "2026-07-02 10:30:00",
            "False",
            "2",
        ]
    ]


def test_the_same_workbook_goes_on_being_filled_in(practice: Settings) -> None:
    path = write_template(practice, practice.folder / "book.xlsx")
    fill_in(path, "Sessions", SESSION)
    load_all(practice, path, loaded_at=LOADED_AT)
    later = {**SESSION, "started_at": datetime(2026, 7, 8, 10), "ended_at": None}
    fill_in(path, "Sessions", {**SESSION, "stress_level": "low"}, later)
    sessions, check_ins = load_all(practice, path, loaded_at=LOADED_AT)
    assert (sessions.n_corrected, sessions.n_accepted) == (1, 1)
    assert check_ins.n_read == 0


def test_refused_rows_of_both_sheets_are_told_apart_until_they_are_mended(
    practice: Settings,
) -> None:
    path = write_template(practice, practice.folder / "book.xlsx")
    fill_in(path, "Sessions", {**SESSION, "stress_level": "hihg"})
    fill_in(path, "Check-ins", {**CHECK_IN, "soreness": 11})
    load_all(practice, path, loaded_at=LOADED_AT)
    listed = quarantine_file(practice, path.name).read_text(encoding="utf-8").splitlines()
    assert listed[1].startswith("2,follow_ups.soreness,conformance.range,")
    assert listed[2].startswith("2,sessions.stress_level,conformance.word,")
    assert "Write one of low, moderate, high" in listed[2]
    fill_in(path, "Sessions", SESSION)
    load_all(practice, path, loaded_at=LOADED_AT)
    (left,) = quarantine_file(practice, path.name).read_text(encoding="utf-8").splitlines()[1:]
    assert left.startswith("2,soreness,") or left.startswith("2,follow_ups.soreness,")
    fill_in(path, "Check-ins", CHECK_IN)
    load_all(practice, path, loaded_at=LOADED_AT)
    assert not quarantine_file(practice, path.name).exists()


def test_an_empty_workbook_loads_as_nothing(practice: Settings) -> None:
    path = write_template(practice, practice.folder / "book.xlsx")
    assert [receipt.n_read for receipt in load_all(practice, path, loaded_at=LOADED_AT)] == [0, 0]


@pytest.mark.parametrize(("sheet", "of"), [("Sessions", SESSIONS), ("Check-ins", FOLLOW_UPS)])
def test_every_column_says_what_belongs_there_and_is_checked(
    sheet: str, of: Any, practice: Settings
) -> None:
    book = openpyxl.load_workbook(write_template(practice, practice.folder / "book.xlsx"))
    columns = template_columns(of)
    assert [cell.value for cell in book[sheet][1]] == [column.name for column in columns]
    rules = {rule.promptTitle: rule for rule in book[sheet].data_validations.dataValidation}
    assert set(rules) == {column.name for column in columns}
    for column in columns:
        rule = rules[column.name]
        assert rule.prompt and rule.showInputMessage and rule.showErrorMessage
        assert len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32
        if column.type == "TIMESTAMP":
            first = str(rule.sqref).partition(":")[0]
            assert rule.type == "custom"
            assert rule.formula1.endswith(f",MOD({first},1)>0)")  # a date alone is midnight
            assert book[sheet][f"{first[:-1]}1"].value == column.name
        elif column.words or column.type == "BOOLEAN":
            assert rule.type == "list"


def test_a_drop_down_holds_the_words_of_its_column_and_the_practices_own(
    practice: Settings,
) -> None:
    book = openpyxl.load_workbook(write_template(practice, practice.folder / "book.xlsx"))
    rules = {rule.promptTitle: rule for rule in book["Sessions"].data_validations.dataValidation}
    for name, words in (
        ("condition", practice.conditions),
        ("stress_level", SESSIONS.column("stress_level").words),
        ("pressure_adjusted", ("yes", "no")),
    ):
        sheet, _, cells = rules[name].formula1.replace("$", "").partition("!")
        assert tuple(row[0].value for row in book[sheet][cells]) == words
    assert book["Lists"].sheet_state == "hidden"
    assert "client_id" in " ".join(str(row[0].value) for row in book["Notes"].iter_rows())


def test_a_workbook_is_never_overwritten_and_has_its_right_name(practice: Settings) -> None:
    path = write_template(practice, practice.folder / "book.xlsx")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write_template(practice, path)
    assert path.read_bytes() == before
    with pytest.raises(UsageError, match=r"must end in \.xlsx"):
        write_template(practice, practice.folder / "book.csv")
    with pytest.raises(UsageError, match="could not be written"):
        write_template(practice, practice.folder / "nowhere" / "book.xlsx")
