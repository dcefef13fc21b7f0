"""Practices with little or nothing to show get a short page that says so once and what to do."""

import shutil
from pathlib import Path

import pytest
from factories import quiet
from page_reading import read_page

from nmt_analytics import open_practice, schedule, simulation
from nmt_analytics.founding import found_practice
from nmt_analytics.settings import read_settings

PERIOD = "2026Q3"


def page_of(folder: Path, n_sessions: int, *, told: tuple[str, ...] = ("sessions", "follow_ups")):
    """The quarterly page of so many sessions, most of them in the quarter; `told`: which files."""
    found_practice(folder, time_zone="America/New_York")
    settings = read_settings(folder)
    made = simulation.simulate(n_sessions, 5, years=1, n_clients=max(1, n_sessions // 3))
    if told == ("sessions",):
        # Nobody is asked at the next session either.
        made.sessions["previous_relief_holding"] = None
    simulation.write(made, folder / "made")
    for name in told:
        shutil.copy(folder / "made" / f"{name}.csv", settings.inbox)
    practice = open_practice(folder)
    schedule.load_files(settings, None, None, progress=quiet)
    return read_page(schedule.make_report(practice, "quarterly_outcomes", progress=quiet))


def boxes(page) -> int:
    return sum("empty" in (each.get("class") or "").split() for each in page.all_of("div"))


def figures(page) -> int:
    return sum(each.get("class") == "plot" for each in page.all_of("div"))


@pytest.mark.parametrize("n_sessions", [3, 8, 25])
def test_a_page_with_too_few_clients_is_short_and_says_what_to_do(tmp_path, n_sessions):
    page = page_of(tmp_path, n_sessions)
    text = " ".join(page.text)

    assert figures(page) <= 3 * (n_sessions == 25)  # what a whole year has five clients for
    assert boxes(page) <= 6
    assert text.count("hidden: fewer than 5 clients") <= 12
    assert text.count("What you could do") == 1
    assert "What cannot be shown yet" in text
    assert "nmt-analytics report quarterly_outcomes --period 20" in text


def test_a_page_without_follow_ups_shows_what_sessions_tell_and_asks_for_check_ins(tmp_path):
    page = page_of(tmp_path, 400, told=("sessions",))
    text = " ".join(page.text).replace("\u00a0", " ")

    assert "no check-in has been answered, so how long relief lasts cannot be known" in text
    assert "Nobody is asked how long relief lasts" in text
    assert "Pain fell by" in text
    assert "still relieved and followed" not in "".join(page.data)
    assert 1 <= boxes(page) <= 5
    assert "docs/check-in-form.md" in text


def test_check_ins_alone_make_a_page_too(tmp_path):
    """Nothing is known of the sessions that they are about, so there is nothing to show."""
    found_practice(tmp_path, time_zone="America/New_York")
    settings = read_settings(tmp_path)
    simulation.write(simulation.simulate(60, 5, years=1), tmp_path / "made")
    shutil.copy(tmp_path / "made" / "follow_ups.csv", settings.inbox)
    schedule.load_files(settings, None, None, progress=quiet)
    made = schedule.make_report(
        open_practice(tmp_path), "quarterly_outcomes", PERIOD, progress=quiet
    )
    text = " ".join(read_page(made).text)

    assert "No session was held in July to September 2026" in text
