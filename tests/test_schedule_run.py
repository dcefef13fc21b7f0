"""Runs while nobody watches: files arrive, pages are made once, restated, told, and survived."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import days_after, empty_practice, follow_up, session, write_rows
from filelock import FileLock

from nmt_analytics import schedule
from nmt_analytics.errors import BusyError, NoDataError
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

CELLS = (
    'period: str = "2026Q3"\nas_of: str = ""\nloaded_by: str = ""\naudience: str = "owner"',
    "import nmt_analytics as nmt\npractice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by,"
    " audience=audience)\npractice.overview(period)",
    'practice.outcome("relief_at_4_days", period=period)',
)
REPORT = '[[report]]\nname = "small"\nevery = "month"\nwait_days = 10\n'


def notebook(folder: Path, cells: tuple[str, ...] = CELLS) -> None:
    (folder / "notebooks").mkdir(exist_ok=True)
    content = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": ["parameters"]} if number == 0 else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "notebooks" / "small.ipynb").write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = empty_practice(tmp_path / "practice", extra=REPORT)
    notebook(made.folder)
    made.inbox.mkdir(parents=True)
    return made


def drop_month(settings: Settings, month: int, *, n: int = 24, late: bool = False) -> None:
    """A month's sessions of 24 clients, or an answer to each that comes three weeks late."""
    numbers = range(1, n + 1)
    start = f"2026-{month:02d}-05 11:00"
    if late:
        rows = [
            follow_up(
                number,
                follow_up_id=f"L{month}-{number}",
                session_id=f"S{month}-{number}",
                client_id=f"C{number}",
                asked_at=days_after(4, start),
                answered_at=days_after(4.2, start),
                relief_holding="yes" if number % 2 else "no",
            )
            for number in numbers
        ]
        write_rows(settings.inbox / f"late_follow_ups_{month}.csv", FOLLOW_UPS, rows)
        return
    rows = [
        session(
            number,
            session_id=f"S{month}-{number}",
            client_id=f"C{number}",
            started_at=f"2026-{month:02d}-05 10:00",
            ended_at=f"2026-{month:02d}-05 11:00",
        )
        for number in numbers
    ]
    write_rows(settings.inbox / f"sessions_{month}.csv", SESSIONS, rows)


def run(settings: Settings, now: datetime) -> schedule.Outcome:
    return schedule.run(settings, progress=lambda _: None, now=now)


def page_names(outcome: schedule.Outcome) -> list[str]:
    return [page.parent.name for page in outcome.pages]


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
    assert "reports/released/small/2026-07/1" in page.read_text()


def test_a_refused_file_stops_nothing_and_its_reason_lies_beside_it(settings: Settings) -> None:
    drop_month(settings, 7)
    (settings.inbox / "aaa.csv").write_bytes(b"\x00\x01\x02 not a table")

    outcome = run(settings, datetime(2026, 8, 12, 3))

    assert page_names(outcome) == ["2026-07"]
    assert outcome.result == "failed"
    assert outcome.error is not None
    assert outcome.error.exit_code == 10
    assert (settings.inbox / "refused" / "aaa.csv").is_file()
    assert (settings.inbox / "refused" / "aaa.csv.reason.txt").read_text().strip()


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


def test_a_clock_set_back_makes_nothing_twice(settings: Settings) -> None:
    drop_month(settings, 7)
    drop_month(settings, 8)
    run(settings, datetime(2026, 9, 12, 3))

    assert page_names(run(settings, datetime(2026, 9, 1, 3))) == ["2026-07"]
    assert page_names(run(settings, datetime(2026, 9, 13, 3))) == []


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
    settings = empty_practice(tmp_path / "practice", extra=REPORT + "keep = 1\n")
    notebook(settings.folder)
    settings.inbox.mkdir(parents=True)
    for month in (7, 8):
        drop_month(settings, month)
        run(settings, datetime(2026, month + 1, 12, 3))

    assert [each.name for each in (settings.reports / "small").glob("[!.]*")] == ["2026-08"]


def test_nightly_runs_make_each_month_exactly_once(settings: Settings) -> None:
    made: list[str] = []
    for day in range(0, 150, 3):
        now = datetime(2026, 6, 2, 3) + timedelta(days=day)
        if now.day <= 3:
            drop_month(settings, now.month - 1)
        made += page_names(run(settings, now))

    assert made == ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09"]


def _run_and_be_killed(folder: str, after: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nmt_analytics", "run", "--practice", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _survives(settings: Settings, after: float) -> dict[str, Any]:
    _run_and_be_killed(str(settings.folder), after)
    done = subprocess.run(
        [sys.executable, "-m", "nmt_analytics", "run", "--practice", str(settings.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folders = list((settings.reports / "small").glob("*/"))
    left = [*settings.inbox.glob("*.csv"), *(settings.inbox / "done").glob("*.csv")]
    return {"pages": len(folders), "files": len(left)}


@pytest.mark.parametrize("after", [0.3, 0.9, 1.6, 2.4])
def test_a_run_that_was_killed_is_completed_by_the_next(settings: Settings, after: float) -> None:
    drop_month(settings, 7)

    found = _survives(settings, after)

    assert found == {"pages": 1, "files": 1}
    assert sorted(each.name for each in (settings.reports / "small/2026-07").iterdir()) == [
        "manifest.json",
        "notebook.ipynb",
        "report.html",
        "results.csv",
        "results.xlsx",
    ]


@pytest.mark.prove
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    from proof_figures import record

    for number in range(200):
        settings = empty_practice(tmp_path / f"practice{number}", extra=REPORT)
        notebook(settings.folder)
        settings.inbox.mkdir(parents=True)
        drop_month(settings, 7)
        assert _survives(settings, 0.1 + 0.02 * number) == {"pages": 1, "files": 1}
    record("run_kills", {"kills": 200, "lost_files": 0, "half_pages": 0})
