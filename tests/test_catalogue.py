"""Every report has its notebook; the index shows what is there, what is missing, what failed."""

import json
import re
from pathlib import Path

import pytest
from page_reading import ReadPage, policy_hash, render_fixture

from nmt_analytics.errors import UsageError
from nmt_analytics.reporting.catalogue import (
    FAILED,
    MISSING,
    READY,
    REPORTS,
    find_report,
    page_folder,
    read_entries,
    write_index,
)
from nmt_analytics.reporting.record import failure_note
from nmt_analytics.settings_checks import PERIODS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def fail(page_practice, report, period, reason="cell 3 failed"):
    out = page_folder(page_practice, report, period)
    out.parent.mkdir(parents=True, exist_ok=True)
    failure_note(out).write_text(json.dumps({"reason": reason}), "utf-8")


def index_of(page_practice, due=()):
    return ReadPage(write_index(page_practice, due).read_text("utf-8"))


@pytest.mark.parametrize("report", REPORTS.values(), ids=list(REPORTS))
def test_every_report_has_a_notebook_and_says_what_it_answers(report):
    assert (NOTEBOOKS / report.notebook).is_file()
    assert report.every in PERIODS
    assert report.title
    assert report.description.endswith((".", "?"))


def test_a_report_is_found_by_name_and_a_misspelt_one_names_the_nearest(page_practice):
    assert find_report("quarterly_outcomes").notebook == "quarterly_outcomes.ipynb"
    with pytest.raises(UsageError, match=r'no report "quarterly_outcome".*"quarterly_outcomes"'):
        find_report("quarterly_outcome")


def test_a_practices_own_notebook_is_a_report(page_practice):
    page_practice.notebooks.mkdir()
    (page_practice.notebooks / "my_clients.ipynb").write_text("{}", "utf-8")

    assert find_report("my_clients", page_practice).title == "My clients"
    with pytest.raises(UsageError, match='Did you mean "my_clients"'):
        find_report("my_client", page_practice)
    with pytest.raises(UsageError):
        find_report("my_clients")


def test_pages_lie_in_a_folder_for_each_report_and_period(page_practice):
    folder = page_folder(page_practice, "data_quality", "2026-07-01..2026-08-15")

    assert folder == page_practice.reports / "data_quality" / "2026-07-01_to_2026-08-15"
    assert (
        page_folder(page_practice, "condition_review", "2026Q3", "ischemia").name
        == "2026Q3,ischemia"
    )


def test_the_index_lists_pages_newest_period_first(page_practice):
    for period in ("2025Q4", "2026Q2", "2026Q1", "2026-07-01_to_2026-08-15"):
        render_fixture(page_practice, "tiny", period=period)

    entries = read_entries(page_practice)
    assert [entry.period for entry in entries] == [
        "2026-07-01..2026-08-15",
        "2026Q2",
        "2026Q1",
        "2025Q4",
    ]
    assert {entry.status for entry in entries} == {READY}
    text = " ".join(index_of(page_practice).text)
    words = ["1 Jul 2026 to 15 Aug 2026", "April to June 2026", "October to December 2025"]
    places = [text.index(each) for each in words]
    assert places == sorted(places)
    assert "Relief lasts about 9 days" in text


def test_every_page_of_the_index_is_one_click_away(page_practice):
    render_fixture(page_practice, "tiny", period="2026Q2")
    render_fixture(page_practice, "tiny", period="2026Q1,muscle spasm")
    links = [str(each["href"]) for each in index_of(page_practice).all_of("a")]

    assert links[1:] == ["tiny/2026Q2/report.html", "tiny/2026Q1%2Cmuscle%20spasm/report.html"]
    assert all((page_practice.reports / "tiny" / each).is_dir() for each in ("2026Q2",))


def test_pages_about_one_condition_each_stand_in_the_vocabularys_order(page_practice):
    for variant in ("other", "ischemia", "muscle_spasm", "my_own"):
        render_fixture(page_practice, "tiny", period=f"2026Q2,{variant}")

    variants = [entry.variant for entry in read_entries(page_practice)]
    assert variants == ["muscle_spasm", "ischemia", "other", "my_own"]


def test_a_due_page_that_is_not_there_is_shown_as_missing(page_practice):
    render_fixture(page_practice, "tiny", period="2026Q2")
    due = [("tiny", "2026Q2"), ("quarterly_outcomes", "2026Q3"), ("quarterly_outcomes", "2026Q3")]

    entries = read_entries(page_practice, due)
    assert [(entry.period, entry.status) for entry in entries] == [
        ("2026Q3", MISSING),
        ("2026Q2", READY),
    ]
    assert "nmt-analytics run" in " ".join(index_of(page_practice, due).text)


def test_a_failed_page_is_shown_with_its_reason_and_the_page_before_it(page_practice):
    render_fixture(page_practice, "tiny", period="2026Q2")
    fail(page_practice, "tiny", "2026Q2", "cell 3 failed")
    fail(page_practice, "tiny", "2026Q3", "cell 4 failed")

    newest, older = read_entries(page_practice)
    assert (newest.status, newest.reason, newest.path) == (FAILED, "cell 4 failed", "")
    assert (older.status, older.path) == (FAILED, "tiny/2026Q2/report.html")
    text = " ".join(index_of(page_practice).text)
    assert "0 ready, 2 failed; newest first." in text
    assert text.count("failed") >= 4
    assert "this page is the one made before it" in text


def test_an_index_of_nothing_says_what_to_do(page_practice):
    assert "into data/inbox, then: nmt-analytics run" in " ".join(index_of(page_practice).text)


def test_what_lies_about_in_the_reports_folder_does_no_harm(page_practice):
    render_fixture(page_practice, "tiny", period="2026Q2")
    (page_practice.reports / "README.md").write_text("kept", "utf-8")
    for name, text in (("odd/empty", None), ("odd/broken", "{"), ("odd/list", "[]")):
        folder = page_practice.reports / name
        folder.mkdir(parents=True)
        if text is not None:
            (folder / "manifest.json").write_text(text, "utf-8")

    assert [entry.report for entry in read_entries(page_practice)] == ["tiny"]


def test_text_of_the_data_stays_text_on_the_index(page_practice):
    nasty = "</script><script>alert(1)</script>"
    fail(page_practice, "tiny", "2026Q3", nasty)
    page = index_of(page_practice)

    assert page.scripts == []
    assert nasty in " ".join(page.text)
    assert "Riverbend <NMT>" in " ".join(page.text)
    assert re.search("script-src ([^;]+);", page.policy)[1] == "'none'"
    assert policy_hash(page.styles[0]) in page.policy
