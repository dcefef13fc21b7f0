"""What can go wrong while nobody watches: each has its message and exit code, and harms no page."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from disks import read_only, small_disk
from factories import copied
from unattended import CELLS, drop_month, notebook, page_names, run, small_practice

from nmt_analytics.errors import StoreError
from nmt_analytics.schedule import telling
from nmt_analytics.schedule.history import RunRecord, read_runs
from nmt_analytics.settings import Settings, read_settings

AUGUST, SEPTEMBER = datetime(2026, 8, 12, 3), datetime(2026, 9, 12, 3)
PAGE = "small/2026-07/report.html"


@pytest.fixture
def settings(begun: Settings, tmp_path: Path) -> Settings:
    return copied(begun, tmp_path / "practice")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A practice with July's page made and August's sessions in the inbox."""
    made = small_practice(tmp_path_factory.mktemp("begun"))
    drop_month(made, 7)
    assert page_names(run(made, AUGUST)) == ["2026-07"]
    drop_month(made, 8)
    return made


def everything(settings: Settings) -> dict[str, bytes]:
    """The page that was made before, file by file."""
    folder = (settings.reports / PAGE).parent
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def earlier_page(settings: Settings) -> Iterator[None]:
    """The page that is there before the trouble is there unharmed after it."""
    before = everything(settings)
    yield
    assert everything(settings) == before


pytestmark = pytest.mark.usefixtures("earlier_page")


# A full disk, a folder that cannot be written


def test_a_full_disk_under_the_reports_is_said_and_the_next_run_makes_the_page(
    settings: Settings, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "small disk", "40k") as reports:  # a page has more
        with (settings.folder / "practice.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[folders]\nreports = {json.dumps(str(reports))}\n")
        elsewhere = read_settings(settings.folder)

        outcome = run(elsewhere, SEPTEMBER)

        assert outcome.result == "failed"
        assert outcome.error is not None
        assert outcome.error.exit_code == 13
        assert "No space left on device" in str(outcome.error)
        assert not list((reports / "small").glob("2026*/report.html"))
    assert "2026-08" in page_names(run(elsewhere, SEPTEMBER))


def test_a_full_disk_under_the_store_leaves_the_data_and_the_file_in_the_inbox(
    settings: Settings, tmp_path: Path
) -> None:
    before = settings.store.read_bytes()
    with small_disk(tmp_path / "small disk", str(len(before) + 8192)) as small:
        (small / settings.store.name).write_bytes(before)
        with (settings.folder / "practice.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[folders]\nstore = {json.dumps(str(small / settings.store.name))}\n")

        outcome = run(read_settings(settings.folder), SEPTEMBER)

        assert outcome.error is not None
        assert outcome.error.exit_code == 12
        assert (small / settings.store.name).read_bytes() == before
        assert [path.name for path in settings.inbox.glob("*.csv")] == ["sessions_8.csv"]


def test_a_reports_folder_that_is_read_only_is_said_and_the_data_are_loaded(
    settings: Settings,
) -> None:
    with read_only(settings.reports):
        outcome = run(settings, SEPTEMBER)

    assert outcome.result == "failed"
    assert outcome.exit_code == 13
    said = [str(problem) for problem in outcome.problems]
    page = settings.reports / "small" / "2026-08"
    not_written = f"Small, August 2026: {page} could not be written ("
    reasons = ("Read-only file system)", "Permission denied)")
    assert any(f"{not_written}{reason}" in each for each in said for reason in reasons)
    assert any("The log and the index" in each for each in said)
    assert [path.name for path in (settings.inbox / "done").glob("*_8.csv")] == ["sessions_8.csv"]
    assert page_names(run(settings, SEPTEMBER)) == ["2026-08"]


def test_a_report_by_hand_into_a_folder_that_is_read_only_ends_with_a_message(
    settings: Settings, type_in
) -> None:
    run(settings, SEPTEMBER)
    with read_only(settings.reports):
        typed = type_in(settings.folder, "report", "small", "--period", "2026-07")

    assert typed.code == 13
    assert "could not be written (" in typed.err
    assert "Make room or allow writing there" in typed.err


def test_a_data_folder_that_cannot_be_written_is_said(settings: Settings) -> None:
    lock = settings.store.parent / "run.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()

    with pytest.raises(StoreError, match="could not be written"):
        run(settings, SEPTEMBER)


# Something is broken or missing


def test_a_broken_notebook_stops_neither_the_loading_nor_other_reports(tmp_path: Path) -> None:
    kinds = ("broken", "small")
    extra = "".join(f'[[report]]\nname = "{kind}"\nevery = "month"\n' for kind in kinds)
    settings = small_practice(tmp_path / "two", extra)
    notebook(settings.folder, (*CELLS[:2], "1 / 0"), "broken")
    drop_month(settings, 7)

    outcome = run(settings, datetime(2026, 8, 25, 3))

    assert [page.parent.parent.name for page in outcome.pages] == ["small"]
    assert outcome.exit_code == 13
    assert "broken.ipynb, cell 3" in str(outcome.error)
    index = (settings.reports / "index.html").read_text()
    assert "failed" in index
    assert "broken.ipynb, cell 3" in index


def test_a_corrupt_file_is_put_aside_with_its_reason_and_the_others_are_loaded(
    settings: Settings,
) -> None:
    (settings.inbox / "aaa.xlsx").write_bytes(b"PK\x03\x04 cut off")

    outcome = run(settings, SEPTEMBER)

    assert page_names(outcome) == ["2026-08"]
    assert outcome.result == "failed"
    assert outcome.exit_code == 10
    assert (settings.inbox / "refused" / "aaa.xlsx").is_file()
    reason = (settings.inbox / "refused" / "aaa.xlsx.reason.txt").read_text()
    assert "aaa.xlsx" in reason
    assert reason.strip() == str(outcome.error) == read_runs(settings)[-1].problems[0]
    assert "The file lies in refused now; move it back" in reason
    assert run(settings, SEPTEMBER).exit_code == 0


def test_a_file_that_is_still_being_copied_waits_for_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nmt_analytics.intake import load

    whole = settings.inbox / "sessions_8.csv"
    text = whole.read_bytes()
    whole.write_bytes(text[:300])
    really = load.understand

    def understood(path: Path, *arguments: object) -> object:
        found = really(path, *arguments)  # type: ignore[arg-type]
        path.write_bytes(text)
        return found

    monkeypatch.setattr(load, "understand", understood)
    outcome = run(settings, SEPTEMBER)
    monkeypatch.undo()

    assert outcome.exit_code == 10
    assert "changed while it was read" in str(outcome.error)
    assert whole.read_bytes() == text
    assert page_names(run(settings, SEPTEMBER)) == ["2026-08"]


def test_a_missing_key_is_said_and_pages_that_need_no_new_data_are_made(
    settings: Settings,
) -> None:
    key = settings.key_file.read_text()
    settings.key_file.unlink()
    notebook(settings.folder, (*CELLS, "practice.outcome('clients', period=period)"))
    before = (settings.reports / PAGE).read_bytes()

    outcome = run(settings, AUGUST)

    assert outcome.exit_code == 14
    assert "practice.key" in str(outcome.error)
    assert page_names(outcome) == ["2026-07"]  # its notebook was changed
    assert [path.name for path in settings.inbox.glob("*.csv")] == ["sessions_8.csv"]
    released = settings.reports / "released/small/2026-07/1/report.html"
    assert released.read_bytes() == before
    # Put things back: this page was to be remade.
    settings.key_file.write_text(key)
    for path in released.parent.iterdir():
        (settings.reports / PAGE).with_name(path.name).write_bytes(path.read_bytes())


def test_a_clock_that_was_set_back_makes_nothing_twice(settings: Settings) -> None:
    assert page_names(run(settings, SEPTEMBER)) == ["2026-08"]

    assert page_names(run(settings, datetime(2026, 9, 1, 3))) == []
    assert page_names(run(settings, datetime(2020, 1, 1))) == []
    assert page_names(run(settings, SEPTEMBER)) == []


def test_a_damaged_history_counts_as_none_and_is_begun_anew(settings: Settings) -> None:
    (settings.reports / "runs.json").write_text('[{"started_at": "2026-0')

    assert page_names(run(settings, SEPTEMBER)) == ["2026-08"]
    assert [each.result for each in read_runs(settings)] == ["made"]


def test_a_defect_of_ours_is_noted_without_its_words_and_raised(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*arguments: object) -> None:
        raise KeyError("C17")  # as one that quotes a client

    monkeypatch.setattr("nmt_analytics.schedule.running.take_in", defect)
    with pytest.raises(KeyError):
        run(settings, SEPTEMBER)

    last = read_runs(settings)[-1]
    assert (last.result, last.exit_code) == ("failed", 1)
    assert last.problems == ["A defect of nmt-analytics: KeyError."]
    assert "C17" not in (settings.reports / "run.log").read_text()


# Telling


def test_a_mail_that_could_not_be_sent_is_sent_by_the_next_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, list[str]]] = []
    refuses = True

    def tell(settings: Settings, record: RunRecord, pages: list[Path]) -> StoreError | None:
        told.append((record.result, [page.parent.name for page in pages]))
        return StoreError("no network") if refuses else None

    monkeypatch.setattr(telling, "tell", tell)
    run(settings, SEPTEMBER)
    run(settings, SEPTEMBER)
    refuses = False
    run(settings, SEPTEMBER)
    run(settings, SEPTEMBER)

    assert told == [
        ("made", ["2026-08"]),
        ("no new data", ["2026-08"]),
        ("no new data", ["2026-08"]),
        ("no new data", []),
    ]
    assert [each.exit_code for each in read_runs(settings)[-4:]] == [12, 12, 0, 0]


def test_pages_of_a_run_that_was_killed_are_told_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(
        telling, "tell", lambda _, record, pages: told.append([each.parent.name for each in pages])
    )
    with monkeypatch.context() as killed:
        killed.setattr("nmt_analytics.schedule.running._finish", lambda at_work: os_kills_us())
        with pytest.raises(KeyboardInterrupt):
            run(settings, SEPTEMBER)
    assert read_runs(settings)[-1].result == "interrupted"

    run(settings, SEPTEMBER)

    assert told == [["2026-08"]]
    assert [each.result for each in read_runs(settings)[-2:]] == ["interrupted", "no new data"]


def os_kills_us() -> None:
    raise KeyboardInterrupt


def test_a_command_on_finish_reads_what_came_of_the_run_and_its_failure_is_said(
    settings: Settings,
) -> None:
    seen = settings.folder / "seen.json"
    script = settings.folder / "on finish.py"
    script.write_text(
        "import json, os, pathlib, sys\n"
        "told = {k: v for k, v in os.environ.items() if k.startswith('NMT_ANALYTICS_')}\n"
        f"pathlib.Path({str(seen)!r}).write_text(json.dumps(told | {{'cwd': os.getcwd()}}))\n"
        "sys.exit(3)\n"
    )
    with (settings.folder / "practice.toml").open("a", encoding="utf-8") as file:
        command = subprocess.list2cmdline([sys.executable, str(script)])
        file.write(f"\n[run]\non_finish = {json.dumps(command)}\n")

    outcome = run(read_settings(settings.folder), SEPTEMBER)

    told = json.loads(seen.read_text())
    assert told["NMT_ANALYTICS_RESULT"] == "made"
    assert told["NMT_ANALYTICS_EXIT_CODE"] == "0"
    assert told["NMT_ANALYTICS_PAGES"] == str(settings.reports / "small/2026-08/report.html")
    assert Path(told["cwd"]) == Path(os.path.realpath(settings.folder))
    assert outcome.exit_code == 14
    assert "on_finish of practice.toml ended with 3" in str(outcome.error)


# The log


def test_the_log_is_rotated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmt_analytics.schedule.history.LARGEST_LOG", 300)
    (settings.reports / "scheduler.log").write_text("x" * 301)

    for _ in range(12):
        run(settings, SEPTEMBER)

    logs = sorted(path.name for path in settings.reports.glob("run.log*"))
    assert logs == ["run.log", "run.log.1", "run.log.2", "run.log.3"]
    assert all((settings.reports / name).stat().st_size <= 300 for name in logs)
    assert (settings.reports / "scheduler.log").read_text() == ""
