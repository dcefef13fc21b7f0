"""A run that is killed at any moment: the next one completes it, nothing is there twice or lost.

The killed run loads a month and the late answers of the month before, makes the new page, keeps the
old one as a release and restates it, so that each of these is hit by some kill.
"""

import json
import multiprocessing
import random
import re
import shutil
import time
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from unattended import drop_month, run, small_practice

from nmt_analytics.schedule.history import read_runs
from nmt_analytics.settings import Settings, read_settings
from nmt_analytics.store.database import Store

AUGUST, SEPTEMBER = datetime(2026, 8, 12, 3), datetime(2026, 9, 12, 3)
FILES = ["late_follow_ups_7.csv", "sessions_7.csv", "sessions_8.csv"]
PAGE_FILES = ["manifest.json", "notebook.ipynb", "report.html", "results.csv", "results.xlsx"]


def night(folder: Path) -> None:
    """One run, as the process does it that is to be killed."""
    run(read_settings(folder), SEPTEMBER)


@cache
def processes() -> multiprocessing.context.ForkServerContext:
    """Processes that have imported everything, so that kills hit the run and not its start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["warmed"])
    return context


def killed_after(folder: Path, seconds: float) -> bool:
    """Start a run, kill it after so long; whether it was still at work."""
    process = processes().Process(target=night, args=(folder,))
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode != 0


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with July's page, and files in the inbox for August and for July."""
    settings = small_practice(tmp_path_factory.mktemp("begun") / "practice")
    drop_month(settings, 7)
    run(settings, AUGUST)
    drop_month(settings, 8)
    drop_month(settings, 7, late=True)
    return settings.folder


@pytest.fixture(scope="module")
def whole_run(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long the run takes that nobody kills, in seconds; the second one, when all is warm."""
    for number in (1, 2):
        folder = tmp_path_factory.mktemp("whole") / str(number)
        shutil.copytree(begun, folder)
        started = time.monotonic()
        assert not killed_after(folder, 120)
        took = time.monotonic() - started
    return took


def assert_all_is_there_once(settings: Settings, first_release: bytes) -> None:
    reports = settings.reports
    pages = sorted(str(path.relative_to(reports)) for path in reports.rglob("report.html"))
    assert pages == [
        "released/small/2026-07/1/report.html",
        "small/2026-07/report.html",
        "small/2026-08/report.html",
    ]
    for page in pages:
        files = [path.name for path in (reports / page).parent.iterdir()]
        assert sorted(files) == PAGE_FILES
        assert (reports / page).read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert (reports / pages[0]).read_bytes() == first_release
    restated = json.loads((reports / "small/2026-07/manifest.json").read_text(encoding="utf-8"))
    assert restated["releases"] == ["released/small/2026-07/1"]
    assert "24 late or corrected check-ins" in restated["restatement"]

    assert sorted(path.name for path in (settings.inbox / "done").iterdir()) == FILES
    assert not list(settings.inbox.glob("*.csv"))
    store = Store(settings.store)
    counted = store.select(
        "select (select count(*) from sessions) as sessions,"
        " (select count(*) from follow_ups) as follow_ups, (select count(*) from imports) as files"
    )
    store.close()
    assert {name: int(column[0]) for name, column in counted.items()} == {
        "sessions": 48,
        "follow_ups": 24,
        "files": 3,
    }
    index = (reports / "index.html").read_text(encoding="utf-8")
    linked = re.findall(r'href="([^"#]+)"', index)
    assert {"small/2026-07/report.html", "small/2026-08/report.html"} <= set(linked)
    assert all((reports / link).is_file() for link in linked)
    left = [path for path in reports.rglob(".*") if path.suffix in (".building", ".next")]
    assert left == []


def how_far(settings: Settings) -> str:
    """What a run that was killed had got done."""
    n_loaded = len(list((settings.inbox / "done").iterdir())) - 1  # July's was there before
    if n_loaded < 2:
        return "while_loading"
    pages = settings.reports / "small"
    is_restated = "restatement" in (pages / "2026-07/manifest.json").read_text(encoding="utf-8")
    has_both = is_restated and (pages / "2026-08/report.html").is_file()
    return "after_the_last_page" if has_both else "while_making_pages"


def kill_and_complete(begun: Path, folder: Path, after: float) -> str:
    """How far the run was that was killed, or that it was not; fails when the next leaves amiss."""
    shutil.copytree(begun, folder)
    first_release = (folder / "reports/small/2026-07/report.html").read_bytes()
    was_hit = killed_after(folder, after)
    settings = read_settings(folder)
    stage = how_far(settings) if was_hit else "too_late"

    outcome = run(settings, SEPTEMBER)

    assert outcome.problems == []
    assert_all_is_there_once(settings, first_release)
    assert read_runs(settings)[-1].result in ("made", "no new data", "nothing due")
    return stage


def moments(n: int, whole_run: float) -> list[float]:
    """Random moments spread over the whole run and a little more, one in each n-th of it."""
    spread = random.Random(8)
    return [(number + spread.random()) * 1.2 * whole_run / n for number in range(n)]


def test_a_run_that_was_killed_is_completed_by_the_next(
    begun: Path, whole_run: float, tmp_path: Path
) -> None:
    stages = {
        kill_and_complete(begun, tmp_path / str(number), after)
        for number, after in enumerate(moments(6, whole_run))
    }
    assert stages != {"too_late"}


@pytest.mark.prove
def test_two_hundred_kills_lose_nothing(begun: Path, whole_run: float, tmp_path: Path) -> None:
    from proof_figures import record

    stages: Counter[str] = Counter()
    for number, after in enumerate(moments(200, whole_run)):
        folder = tmp_path / str(number)
        stages[kill_and_complete(begun, folder, after)] += 1
        shutil.rmtree(folder)
    assert stages["while_loading"] >= 20
    assert stages["while_making_pages"] >= 20
    lost = {"lost_files": 0, "half_pages": 0, "pages_twice": 0}
    record("run_kills", {"kills": 200, **stages, **lost})
