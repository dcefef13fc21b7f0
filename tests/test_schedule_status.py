"""`status` as an owner reads it, and the index beside it, while time goes on."""

import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from browsing import needs_browser
from page_reading import ReadPage
from unattended import CELLS, REPORT, drop_month, notebook, run, small_practice

from nmt_analytics import schedule
from nmt_analytics.errors import ReportError
from nmt_analytics.practice import Practice
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return small_practice(tmp_path / "practice")


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a crontab; here there is none."""
    monkeypatch.setattr(installing, "installed", lambda settings: [])


def status(settings: Settings, now: datetime) -> list[str]:
    return schedule.status_lines(settings, now)


def of_the_report(settings: Settings, now: datetime) -> list[str]:
    """The lines below the name of the report."""
    lines = status(settings, now)
    start = lines.index("small, every month:") + 1
    return [line.strip() for line in lines[start:] if line.startswith("  ")]


def test_a_period_waits_is_due_is_made_and_restated(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 2, 3))
    assert of_the_report(settings, datetime(2026, 8, 2, 4)) == [
        "2026-07: waits for late answers until 11 August 2026",
        "2026-08: not over yet; due on 11 September 2026",
    ]
    drop_month(settings, 7, late=True)
    assert of_the_report(settings, datetime(2026, 8, 11, 2))[0] == (
        "2026-07: due; nmt-analytics run makes it"
    )
    run(settings, datetime(2026, 8, 11, 3))
    assert (
        of_the_report(settings, datetime(2026, 8, 11, 4))[0] == "2026-07: made as of 10 August 2026"
    )
    drop_month(settings, 7)
    (settings.inbox / "sessions_7.csv").write_text(
        (settings.inbox / "sessions_7.csv").read_text().replace("S7-1,", "S7-99,", 1)
    )
    run(settings, datetime(2026, 8, 12, 3))
    assert of_the_report(settings, datetime(2026, 8, 12, 4))[0] == (
        "2026-07: made as of 10 August 2026, restated once"
    )


def test_periods_stand_in_the_order_of_time_and_say_why_there_is_no_page(
    settings: Settings,
) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))
    drop_month(settings, 7, late=True)  # something is loaded in October, of July alone
    run(settings, datetime(2026, 10, 15, 3))

    assert of_the_report(settings, datetime(2026, 10, 15, 4)) == [
        "2026-07: made as of 10 August 2026, restated once",
        "2026-09: no session was loaded, so no page",
        "2026-10: not over yet; due on 11 November 2026",
    ]
    assert of_the_report(settings, datetime(2026, 12, 15, 4))[-1] == (
        "2026-10: waits for exports; the last load was on 15 October 2026, before the period was "
        "over"
    )


def test_a_failure_is_said_where_it_happened_and_why_below(settings: Settings) -> None:
    drop_month(settings, 7)
    notebook(settings.folder, (*CELLS[:2], "1 / 0"))
    run(settings, datetime(2026, 8, 12, 3))

    lines = status(settings, datetime(2026, 8, 12, 4))

    (failed,) = [line for line in lines if "failed." in line]
    assert failed.startswith("  2026-07: failed. small.ipynb, cell 3")
    assert lines[-3] == "Last run: 12 August 2026, 03:00; it failed:"
    assert lines[-2].startswith("  Small, July 2026: small.ipynb, cell 3")


def test_a_shared_page_that_fails_does_not_spoil_the_owners(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 12, 3))
    notebook(settings.folder, (*CELLS, '1 / (audience == "owner")'))
    shared = Practice(settings, audience="shared")
    with pytest.raises(ReportError):
        schedule.make_report(shared, "small", "2026-07", progress=print)

    (line,) = [
        line for line in of_the_report(settings, datetime(2026, 8, 12, 4)) if "2026-07:" in line
    ]
    assert line.startswith(
        "2026-07: made as of 10 August 2026; making it to be shared failed. small.ipynb, cell 4"
    )
    index = " ".join(ReadPage((settings.reports / "index.html").read_text("utf-8")).text)
    assert "1 ready; newest first." in index
    assert "Making it to be shared failed; your own page is as it was." in index

    schedule.make_report(Practice(settings), "small", "2026-07", progress=print)
    assert "failed" not in " ".join(of_the_report(settings, datetime(2026, 8, 12, 5)))


def test_a_report_that_could_not_even_begin_is_not_said_to_be_merely_due(
    settings: Settings,
) -> None:
    drop_month(settings, 7)
    (settings.folder / "notebooks/small.ipynb").rename(settings.folder / "notebooks/smal.ipynb")
    run(settings, datetime(2026, 8, 12, 3))

    said = of_the_report(settings, datetime(2026, 8, 12, 4))[0]

    assert said == "2026-07: due, but the last run could not make it; below it says why"
    index = settings.reports / "index.html"
    assert "1 not made yet" in index.read_text()
    (settings.folder / "practice.toml").write_text('[practice]\nname = "No reports"\n', "utf-8")
    run(read_settings(settings.folder), datetime(2026, 8, 13, 3))
    assert "not made yet" not in index.read_text()


def test_refused_files_are_named_until_they_are_gone(settings: Settings) -> None:
    (settings.inbox / "aaa.xlsx").write_bytes(b"PK\x03\x04 cut off")
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 2, 3))
    run(settings, datetime(2026, 8, 3, 3))

    line = status(settings, datetime(2026, 8, 3, 4))[1]
    assert line.startswith(f"1 refused file lies in {settings.inbox / 'refused'}")
    for path in (settings.inbox / "refused").iterdir():
        path.unlink()
    assert "refused file" not in "".join(status(settings, datetime(2026, 8, 3, 4)))


def test_a_store_that_is_gone_is_not_a_practice_without_data(settings: Settings) -> None:
    drop_month(settings, 7)
    run(settings, datetime(2026, 8, 2, 3))
    settings.store.unlink()

    said = status(settings, datetime(2026, 8, 3, 4))[1]
    outcome = run(settings, datetime(2026, 8, 3, 4))

    assert "practice.duckdb is gone: put its copy back" in said
    assert outcome.exit_code == 16
    assert "practice.duckdb is gone: put its copy back" in str(outcome.error)


def test_it_is_said_whether_it_runs_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(settings, datetime(2026, 8, 3))[-1].startswith("It does not run by itself.")
    plan = installing.plan_installation(settings, system="cron")
    monkeypatch.setattr(installing, "installed", lambda settings: [plan])
    assert (
        status(settings, datetime(2026, 8, 3))[-1] == "It runs by itself every day, through cron."
    )


def test_an_index_links_to_no_page_that_was_not_kept(tmp_path: Path) -> None:
    settings = small_practice(tmp_path / "practice")
    for month in (7, 8):
        drop_month(settings, month)
        run(settings, datetime(2026, month + 1, 12, 3))
    drop_month(settings, 7, late=True)
    run(settings, datetime(2026, 9, 13, 3))
    with (settings.folder / "practice.toml").open("a") as file:
        file.write("keep = 1\n")

    run(read_settings(settings.folder), datetime(2026, 9, 14, 3))

    text = (settings.reports / "index.html").read_text()
    links = [link for link in re.findall(r'href="([^"#]+)"', text) if not link.startswith("data:")]
    assert "small/2026-08/report.html" in links
    assert [link for link in links if not (settings.reports / link).is_file()] == []
    assert not (settings.reports / "released/small/2026-07").exists()


def test_what_is_kept_of_one_kind_of_period_is_not_counted_with_another(tmp_path: Path) -> None:
    both = f"{REPORT}keep = 1\n{REPORT.replace('month', 'quarter')}"
    settings = small_practice(tmp_path / "practice", both)
    for month, night in ((3, datetime(2026, 4, 12, 3)), (6, datetime(2026, 7, 12, 3))):
        drop_month(settings, month)
        run(settings, night)

    made = sorted(each.name for each in (settings.reports / "small").glob("[!.]*"))
    assert made == ["2026-06", "2026Q1", "2026Q2"]
    lines = status(settings, datetime(2026, 7, 12, 4))
    assert lines[lines.index("small, every month:") + 1].startswith("  2026-06: made as of")
    assert lines[lines.index("small, every quarter:") + 1] == "  earlier pages: 2026Q1"


@needs_browser
def test_a_pdf_is_printed_once_by_the_run_that_makes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small_practice(tmp_path / "practice", f'{REPORT}formats = ["html", "pdf"]\n')
    printed: list[list[str]] = []
    really = subprocess.run

    def counted(command: list[str], **options: object) -> object:
        printed.append(command)
        return really(command, **options)  # type: ignore[call-overload]

    drop_month(settings, 7)
    monkeypatch.setattr("nmt_analytics.reporting.paper.subprocess.run", counted)
    outcome = run(settings, datetime(2026, 8, 12, 3))
    run(settings, datetime(2026, 8, 13, 3))

    pdf = settings.reports / "small/2026-07/report.pdf"
    assert outcome.problems == []
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(printed) == 1
    assert 'href="small/2026-07/report.pdf"' in (settings.reports / "index.html").read_text()
    assert read_runs(settings)[-1].result == "no new data"
