"""Periods and moments as people write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nmt_analytics.errors import UsageError
from nmt_analytics.periods import (
    ALL,
    Period,
    latest_complete,
    parse_moment,
    parse_period,
    period_containing,
)

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "name", "from_on", "until_on"),
    [
        ("2026Q3", "2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        (" 2026q1 ", "2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", "2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-07", "2026-07", date(2026, 7, 1), date(2026, 7, 31)),
        ("2024-02", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026", "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-07-01..2026-08-15", None, date(2026, 7, 1), date(2026, 8, 15)),
        ("2026-07-01 .. 2026-07-01", "2026-07-01..2026-07-01", date(2026, 7, 1), date(2026, 7, 1)),
    ],
)
def test_a_period_is_written_in_four_ways(
    text: str, name: str | None, from_on: date, until_on: date
) -> None:
    assert parse_period(text) == Period(name or text, from_on, until_on)


def test_no_period_means_all_sessions() -> None:
    assert parse_period(None) is parse_period("all") is ALL
    period = parse_period("2026Q3")
    assert parse_period(period) is period


@pytest.mark.parametrize(
    "text",
    [
        *("", "Q3", "2026Q5", "2026-13", "2026-00", "0000", "summer", "26Q3"),
        *("2026-07-01..", "2026-02-30..2026-03-01", "2026-08-01..2026-07-01"),
    ],
)
def test_what_is_no_period_is_answered_with_the_forms_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"2026Q3.*2026-07.*2026.*2026-07-01\.\.2026-08-15"):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "previous"),
    [
        ("2026Q3", "2026Q2"),
        ("2026Q1", "2025Q4"),
        ("2026-03", "2026-02"),
        ("2026-01", "2025-12"),
        ("2026", "2025"),
        ("2026-07-01..2026-07-10", "2026-06-21..2026-06-30"),
        ("2026-07-01..2026-07-01", "2026-06-30..2026-06-30"),
    ],
)
def test_the_period_before_is_of_the_same_kind(text: str, previous: str) -> None:
    period, before = parse_period(text), parse_period(text).previous
    assert before == parse_period(previous)
    assert before.until_on + timedelta(days=1) == period.from_on


@pytest.mark.parametrize("period", [ALL, parse_period("2026Q3").history])
def test_nothing_lies_before_all_sessions(period: Period) -> None:
    with pytest.raises(UsageError, match="Name a period, such as 2026Q3"):
        _ = period.previous


def test_the_history_of_a_period_ends_with_it() -> None:
    history = parse_period("2026Q3").history
    assert (history.name, history.from_on) == ("up to 2026-09-30", ALL.from_on)
    assert history.until_on == date(2026, 9, 30)
    assert history.history == history
    assert ALL.history is ALL


@pytest.mark.parametrize(
    ("day", "every", "name"),
    [
        (date(2026, 9, 30), "quarter", "2026Q3"),
        (date(2026, 10, 1), "quarter", "2026Q4"),
        (date(2026, 2, 28), "month", "2026-02"),
        (date(2026, 6, 1), "year", "2026"),
        (date(2027, 1, 1), "week", "2026-12-28..2027-01-03"),
        (date(2026, 7, 6), "week", "2026-07-06..2026-07-12"),
        (date(2026, 7, 5), "week", "2026-06-29..2026-07-05"),
    ],
)
def test_every_day_lies_in_one_week_month_quarter_and_year(
    day: date, every: str, name: str
) -> None:
    period = period_containing(day, every)
    assert period == parse_period(name)
    assert period.from_on <= day <= period.until_on


@pytest.mark.parametrize("every", ["week", "month", "quarter", "year"])
def test_periods_of_a_kind_follow_each_other_without_gap_or_overlap(every: str) -> None:
    period = period_containing(date(2023, 11, 15), every)
    for _ in range(40):
        following = period_containing(period.until_on + timedelta(days=1), every)
        assert following.from_on == period.until_on + timedelta(days=1)
        if every != "week":
            assert following.previous == period
        period = following


def test_the_latest_complete_period_is_over_on_that_day() -> None:
    assert latest_complete(date(2026, 9, 30), "quarter").name == "2026Q3"
    assert latest_complete(date(2026, 9, 29), "quarter").name == "2026Q2"
    assert latest_complete(date(2026, 7, 5), "week").name == "2026-06-29..2026-07-05"
    assert latest_complete(date(2026, 7, 4), "week").name == "2026-06-22..2026-06-28"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026Q3", "July to September 2026"),
        ("2026-07", "July 2026"),
        ("2026", "2026"),
        ("2026-05-01..2026-07-31", "May to July 2026"),
        ("2025-10-01..2026-09-30", "October 2025 to September 2026"),
        ("2026-07-01..2026-08-09", "1 Jul 2026 to 9 Aug 2026"),
        (None, "all sessions"),
    ],
)
def test_a_period_is_said_in_words(text: str | None, words: str) -> None:
    assert parse_period(text).in_words == words


@pytest.mark.parametrize(
    ("text", "twelve_months"),
    [
        ("2026Q3", "2025-10-01..2026-09-30"),
        ("2026Q4", "2026"),
        ("2024-02", "2023-03-01..2024-02-29"),
        ("2026-07-01..2026-08-15", "2025-08-16..2026-08-15"),
        ("2026", "2026"),
        ("2024-01-01..2026-03-31", "2024-01-01..2026-03-31"),
        (None, "all"),
    ],
)
def test_twelve_months_end_with_the_period_and_never_hold_less_than_it(
    text: str | None, twelve_months: str
) -> None:
    assert parse_period(text).twelve_months.name == twelve_months


# --- moments -------------------------------------------------------------------------------------


def test_a_date_means_the_end_of_that_day_in_the_zone_of_the_practice() -> None:
    assert parse_moment("2026-09-30", NEW_YORK) == datetime(2026, 10, 1, 3, 59, 59, 999999)
    assert parse_moment(date(2026, 9, 30), BERLIN) == datetime(2026, 9, 30, 21, 59, 59, 999999)


def test_a_day_on_which_the_clocks_change_ends_when_it_ends() -> None:
    # Clocks go back on 2026-11-01 in New York: that day ends in winter time.
    assert parse_moment("2026-11-01", NEW_YORK) == datetime(2026, 11, 2, 4, 59, 59, 999999)
    assert parse_moment("2026-10-31", NEW_YORK) == datetime(2026, 11, 1, 3, 59, 59, 999999)


@pytest.mark.parametrize(
    "written",
    [
        "2026-09-30 18:00",
        "2026-09-30T18:00",
        "2026-09-30T18:00:00-04:00",
        "2026-10-01T00:00:00+02:00",
        datetime(2026, 9, 30, 18, 0),
        datetime(2026, 9, 30, 22, 0, tzinfo=UTC),
    ],
)
def test_a_moment_is_local_unless_it_says_otherwise(written: str | datetime) -> None:
    assert parse_moment(written, NEW_YORK) == datetime(2026, 9, 30, 22, 0)


def test_no_moment_stays_none() -> None:
    assert parse_moment(None, NEW_YORK) is None


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "30.09.2026", "2026Q3"])
def test_what_is_no_moment_is_answered_with_the_forms_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"2026-09-30: the end of that day"):
        parse_moment(text, NEW_YORK)


@pytest.mark.parametrize(
    ("day", "every", "year_starts", "name"),
    [
        (date(2026, 5, 9), "quarter", 1, "2026Q2"),
        (date(2026, 5, 9), "quarter", 4, "2026Q2"),
        (date(2026, 5, 9), "quarter", 2, "2026-05-01..2026-07-31"),
        (date(2026, 1, 9), "quarter", 2, "2025-11-01..2026-01-31"),
        (date(2026, 3, 31), "year", 4, "2025-04-01..2026-03-31"),
        (date(2026, 4, 1), "year", 4, "2026-04-01..2027-03-31"),
        (date(2024, 2, 29), "month", 4, "2024-02"),
        (date(2026, 12, 31), "year", 1, "2026"),
    ],
)
def test_a_practices_year_may_start_in_any_month(
    day: date, every: str, year_starts: int, name: str
) -> None:
    found = period_containing(day, every, year_starts)

    assert found.name == name
    assert found.from_on <= day <= found.until_on
    assert parse_period(name) == found


@pytest.mark.parametrize("every", ["week", "month", "quarter", "year"])
@pytest.mark.parametrize("year_starts", range(1, 13))
def test_periods_follow_each_other_without_gap_or_overlap(every: str, year_starts: int) -> None:
    period = period_containing(date(2026, 3, 1), every, year_starts)

    for _ in range(30):
        before = period.previous
        assert before.until_on == period.from_on - timedelta(days=1)
        assert before == period_containing(before.from_on, every, year_starts)
        period = before
