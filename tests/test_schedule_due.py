"""What is due: periods, waits, missed ones, with a clock that the test sets."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from factories import make_practice, session

from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import page_folder
from nmt_analytics.schedule.due import plans

LOADED = datetime(2026, 10, 25, 6)


def practice(folder: Path, days: list[str], extra: str = "", **options: str) -> Practice:
    sessions = [
        session(number, client_id=f"C{number % 7}", started_at=f"{day} 10:00", ended_at=None)
        for number, day in enumerate(days, start=1)
    ]
    return Practice(make_practice(folder, sessions, loaded_at=LOADED, extra=extra, **options))


def names(found: Practice, now: datetime) -> list[str]:
    today = now.date()
    return [plan.period.name for plan in plans(found, now) if plan.is_due(today)]


def has_page(found: Practice, period: str, report: str = "quarterly_outcomes") -> None:
    """Leaves what a page of that period leaves behind, as far as plans look at it."""
    folder = page_folder(found.settings, report, period)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"period": period}), encoding="utf-8")


QUARTERS = ["2026-01-15", "2026-05-02", "2026-08-20", "2026-09-28"]


def test_a_quarter_is_due_when_the_wait_for_late_answers_is_over(tmp_path: Path) -> None:
    found = practice(tmp_path, QUARTERS)

    assert names(found, datetime(2026, 10, 21, 12)) == ["2026Q2"]
    assert names(found, datetime(2026, 10, 22, 12)) == ["2026Q3"]


def test_a_quarter_whose_end_the_data_have_not_seen_is_not_due(tmp_path: Path) -> None:
    found = practice(tmp_path, QUARTERS)

    assert names(found, datetime(2027, 3, 1, 12)) == ["2026Q3"]


def test_a_machine_that_slept_through_two_quarters_catches_up(tmp_path: Path) -> None:
    found = practice(tmp_path, QUARTERS)

    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q3"]
    has_page(found, "2026Q1")
    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q1", "2026Q2", "2026Q3"]
    has_page(found, "2026Q3")
    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q3"]


def test_pages_of_another_kind_of_period_leave_no_gap_to_fill(tmp_path: Path) -> None:
    found = practice(tmp_path, QUARTERS)
    has_page(found, "2026-01")

    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q3"]


def test_a_period_without_sessions_has_no_page(tmp_path: Path) -> None:
    found = practice(tmp_path, ["2026-01-15", "2026-08-20", "2026-09-28"])
    has_page(found, "2026Q1")

    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q1", "2026Q3"]


def test_weeks_that_wait_for_three_weeks_are_due_all_the_same(tmp_path: Path) -> None:
    text = '[[report]]\nname = "data_quality"\nevery = "week"\n'
    days = ["2026-09-09", "2026-09-16", "2026-09-23", "2026-09-30", "2026-10-07", "2026-10-14"]
    found = practice(tmp_path, days, extra=text)

    waiting = [plan.period.name for plan in plans(found, datetime(2026, 10, 24, 12))]
    assert names(found, datetime(2026, 10, 24, 12)) == ["2026-09-21..2026-09-27"]
    assert waiting == [
        "2026-09-21..2026-09-27",
        "2026-09-28..2026-10-04",
        "2026-10-05..2026-10-11",
        "2026-10-12..2026-10-18",
    ]


def test_periods_before_the_first_session_have_no_page(tmp_path: Path) -> None:
    found = practice(tmp_path, ["2026-08-20", "2026-09-28"])

    has_page(found, "2025Q4")
    assert names(found, datetime(2026, 11, 1, 6)) == ["2026Q3"]


def test_a_fiscal_year_starting_in_february_has_its_own_quarters(tmp_path: Path) -> None:
    text = (
        "year_starts = 2\n"
        '[[report]]\nname = "quarterly_outcomes"\nevery = "quarter"\nwait_days = 0\n'
    )
    found = practice(tmp_path, QUARTERS, extra=text)

    assert names(found, datetime(2026, 10, 24, 12)) == ["2026-05-01..2026-07-31"]


@pytest.mark.parametrize(
    ("zone", "is_due"), [("Pacific/Auckland", True), ("America/Los_Angeles", False)]
)
def test_the_day_is_the_practices_own_day(tmp_path: Path, zone: str, is_due: bool) -> None:
    text = '[[report]]\nname = "data_quality"\nevery = "month"\nwait_days = 31\n'
    found = practice(tmp_path, QUARTERS, extra=text, time_zone=zone)
    # 12:00 UTC on 31 October is 1 November in Auckland and still October in Los Angeles.
    now = datetime(2026, 10, 31, 12)

    today = date(2026, 11, 1) if is_due else date(2026, 10, 31)
    due = {plan.period.name: plan.is_due(today) for plan in plans(found, now)}
    assert due["2026-09"] is is_due


def test_a_leap_day_ends_its_month(tmp_path: Path) -> None:
    text = '[[report]]\nname = "data_quality"\nevery = "month"\nwait_days = 0\n'
    sessions = [session(1, started_at="2024-02-29 10:00", ended_at=None)]
    loaded = datetime(2024, 3, 1, 6)
    found = Practice(make_practice(tmp_path, sessions, loaded_at=loaded, extra=text))

    assert names(found, datetime(2024, 2, 29, 23)) == []
    assert names(found, datetime(2024, 3, 1, 6)) == ["2024-02"]
