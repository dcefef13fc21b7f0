"""Runs while nobody watches: files arrive, pages are made once, restated, told, and survived."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from filelock import FileLock
from unattended import CELLS, REPORT, drop_month, notebook, page_names, run, small_practice

from nmt_analytics.errors import BusyError, NoDataError
from nmt_analytics.intake.unknown_files import as_typed
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return small_practice(tmp_path / "practice")


def test_files_are_loaded_once_and_moved_out_of_the_inbox(settings: Settings) -> None:
    drop_month(settings, 7)

    first = run(settings, datetime(2026, 8, 2, 3))
    second = run(settings, datetime(2026, 8, 3, 3))

    assert [receipt.n_accepted for receipt in first.receipts] == [24]
    assert second.receipts == []
    assert [each.name for each in (settings.inbox / "done").iterdir()] == ["sessions_7.csv"]


def test_a_page_is_made_once_when_it_is_due(settings: Settings) -> None:
    drop_month(settings, 7)
    made = {}
    for day in range(1, 21):
        if day == 4:
            drop_month(settings, 7, late=True)
        for name in page_names(run(settings, datetime(2026, 8, day, 3))):
            made[day] = name

    assert made == {11: "2026-07"}
    results = [each.result for each in read_runs(settings)]
    assert results[2:4] == ["no new data", "nothing due"]
    assert results[10:12] == ["made", "no new data"]


def test_late_answers_restate_a_page_and_keep_the_first_release(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))
    page = settings.reports / "small/2026-07/report.html"
    released = page.read_bytes()
    drop_month(settings, 7, late=True)

    restated = run(settings, datetime(2026, 8, 13, 3))
    again = run(settings, datetime(2026, 8, 14, 3))

    assert page_names(restated) == ["2026-07"]
    assert page_names(again) == []
    kept = settings.reports / "released/small/2026-07/1/report.html"
    assert kept.read_bytes() == released
    assert page.read_bytes() != released
    manifest = json.loads(page.with_name("manifest.json").read_text())
    assert "24 late or corrected check-ins" in manifest["restatement"]
    assert 'href="../../released/small/2026-07/1/report.html"' in page.read_text()


def test_what_was_loaded_in_the_second_of_a_release_is_not_late(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3, 0, 0, 600_000))
    drop_month(settings, 7, late=True)
    run(settings, datetime(2026, 8, 13, 3))

    manifest = json.loads((settings.reports / "small/2026-07/manifest.json").read_text())
    assert manifest["restatement"].startswith("24 late or corrected check-ins came in")


def test_the_command_that_a_refusal_names_works_on_the_file_where_it_lies_now(
    settings: Settings,
) -> None:
    drop_month(settings, 7)
    (settings.inbox / "tea.csv").write_text("Who,Tea\nann,green\n")

    outcome = run(settings, datetime(2026, 8, 12, 3))

    moved = settings.inbox / "refused" / "tea.csv"
    assert moved.is_file()
    assert f"nmt-analytics map {as_typed(moved)}. The file lies in refused" in str(outcome.error)


def test_a_broken_notebook_fails_the_run_and_leaves_the_page_before(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))
    page = settings.reports / "small/2026-07/report.html"
    before = page.read_bytes()
    notebook(settings.folder, (*CELLS[:2], "1 / 0"))

    outcome = run(settings, datetime(2026, 8, 13, 3))

    assert outcome.error is not None
    assert outcome.error.exit_code == 13
    assert "1 / 0" in str(outcome.error)
    assert page.read_bytes() == before
    assert read_runs(settings)[-1].result == "failed"


def test_two_runs_at_once_are_one_too_many(settings: Settings) -> None:
    drop_month(settings, 7)
    settings.store.parent.mkdir(exist_ok=True)
    with FileLock(settings.store.parent / "run.lock"), pytest.raises(BusyError):
        run(settings, datetime(2026, 8, 12, 3))

    assert page_names(run(settings, datetime(2026, 8, 12, 3))) == ["2026-07"]


def test_a_practice_without_any_data_has_nothing_to_do(settings: Settings) -> None:
    outcome = run(settings, datetime(2026, 8, 12, 3))

    assert isinstance(outcome.error, NoDataError)
    assert read_runs(settings)[-1].exit_code == 16


def test_a_month_without_new_sessions_keeps_its_release(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))
    drop_month(settings, 8)

    assert page_names(run(settings, datetime(2026, 9, 12, 3))) == ["2026-08"]


def test_a_reports_folder_that_cannot_be_written_is_said(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 5, 3))
    (settings.reports / "small").write_text("in the way")

    outcome = run(settings, datetime(2026, 8, 12, 3))

    assert outcome.error is not None
    assert outcome.error.exit_code == 13


def test_the_log_and_history_hold_nothing_of_a_client(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))

    told = (settings.reports / "run.log").read_text() + (settings.reports / "runs.json").read_text()
    assert "small/2026-07" in told
    assert not any(f"S7-{number}" in told or f"C{number}" in told for number in range(1, 25))


def test_only_so_many_pages_are_kept_as_the_settings_say(tmp_path: Path) -> None:
    settings = small_practice(tmp_path / "practice", REPORT + "keep = 1\n")
    for month in (7, 8):
        drop_month(settings, month)
        run(settings, datetime(2026, month + 1, 12, 3))

    assert [each.name for each in (settings.reports / "small").glob("[!.]*")] == ["2026-08"]
