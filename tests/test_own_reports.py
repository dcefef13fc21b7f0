"""A report of one's own: made by a command, due like ours, thin like ours, scanned like ours."""

import json
import shlex
from pathlib import Path

import pytest
import test_notebooks as thin
from documents import ROOT, code_blocks, commands_of
from factories import copied, empty_practice, quiet

from nmt_analytics import open_practice, schedule
from nmt_analytics.errors import ReportError, SettingsError, UsageError
from nmt_analytics.exploring.own_reports import new_report
from nmt_analytics.reporting.catalogue import find_report
from nmt_analytics.settings import Settings, read_settings

PAGE = ROOT / "docs" / "own-reports.md"
THIN = (
    thin.test_a_notebook_holds_no_outputs,
    thin.test_a_code_cell_asks_one_thing_in_plain_calls,
    thin.test_headings_go_down_one_level_at_a_time,
)


@pytest.fixture(scope="module")
def settings(example: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The example practice in a folder of its own."""
    return copied(example, tmp_path_factory.mktemp("own"))


def add_cells(notebook: Path, *sources: str) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for at, source in enumerate(sources):
        cell = {"cell_type": "code", "id": f"new-{at}", "metadata": {}, "outputs": []}
        content["cells"].append({**cell, "execution_count": None, "source": source})
    notebook.write_text(json.dumps(content), encoding="utf-8")


# The worked example of docs/own-reports.md


def test_the_worked_example_works_as_it_stands(settings, type_in):
    def typed(line: str) -> str:
        told = type_in(settings.folder, *shlex.split(line)[1:])
        assert told.code == 0, told.err
        return told.out

    make, render = commands_of(PAGE)
    assert "stress_review.ipynb" in typed(make)
    (entry,) = code_blocks(PAGE, "toml")
    assert (settings.folder / "practice.toml").read_text("utf-8").endswith(entry)
    notebook = settings.notebooks / "stress_review.ipynb"
    for rule in THIN:
        rule(notebook)

    add_cells(notebook, *(block.rstrip() for block in code_blocks(PAGE, "python")))
    page = Path(typed(render).strip())

    assert page == settings.reports / "stress_review" / "2026Q3" / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "Stress review, July to September 2026" in text
    assert "Pain of 2 or less right after" in text
    results = (page.parent / "results.csv").read_text(encoding="utf-8")
    practice = open_practice(settings.folder)
    practice.define("mine", share_of="pain_after <= 2", among="pain_before >= 5")
    low = practice.outcome("mine", "stress_level", "2026Q3").table["value"][0]
    assert f"{low:.10g}" in results
    index = (settings.reports / "index.html").read_text(encoding="utf-8")
    assert "Stress review" in index


def test_it_is_due_like_ours_and_made_by_the_daily_run(settings):
    new_report(settings, "monthly_look", "month")
    again = read_settings(settings.folder)
    assert find_report("monthly_look", again).every == "month"

    schedule.run(again, progress=quiet)

    made = sorted(path.parent.name for path in again.reports.glob("monthly_look/*/report.html"))
    assert made == ["2026-09"]


def test_a_report_that_shows_a_row_of_a_client_is_refused(settings):
    new_report(settings, "leaky")
    again = read_settings(settings.folder)
    rows = 'practice.store.frame("select * from sessions limit 30")'  # past the door out
    add_cells(again.notebooks / "leaky.ipynb", rows)
    with pytest.raises(ReportError, match="Nothing was released"):
        schedule.make_report(open_practice(again.folder), "leaky", "2026Q3", progress=quiet)
    assert not list(again.reports.glob("leaky/*/report.html"))


# The entry in practice.toml


def test_a_practice_that_named_no_report_keeps_the_one_that_is_made_anyway(tmp_path):
    settings = empty_practice(tmp_path)
    before = [report.name for report in settings.report]
    new_report(settings, "my_page")
    assert [r.name for r in read_settings(tmp_path).report] == [*before, "my_page"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n# the last comment"])
def test_the_entry_is_added_and_everything_else_stays(tmp_path, end):
    empty_practice(tmp_path)
    toml = tmp_path / "practice.toml"
    text = f'# mine\r\n[practice]\r\nname = "Größe"{end}'
    toml.write_bytes(text.encode())
    new_report(read_settings(tmp_path), "my_page", every="week")
    assert toml.read_bytes().decode().startswith(text.rstrip())
    assert read_settings(tmp_path).report[-1].every == "week"


@pytest.mark.parametrize(
    ("name", "every", "says"),
    [
        ("quarterly_outcomes", "quarter", "already"),
        ("explore", "quarter", "already"),
        ("My Page", "quarter", "small letters"),
        ("../elsewhere", "quarter", "small letters"),
        ("my_page", "day", "one of week"),
    ],
)
def test_a_name_that_is_taken_or_odd_changes_nothing(tmp_path, name, every, says):
    settings = empty_practice(tmp_path)
    before = (tmp_path / "practice.toml").read_bytes()
    with pytest.raises(UsageError, match=says):
        new_report(settings, name, every=every)
    assert (tmp_path / "practice.toml").read_bytes() == before
    assert not settings.notebooks.exists()


def test_it_is_not_made_twice(tmp_path):
    settings = empty_practice(tmp_path)
    new_report(settings, "my_page")
    with pytest.raises(UsageError, match="already"):
        new_report(settings, "my_page")
    (settings.notebooks / "my_page.ipynb").unlink()
    with pytest.raises(UsageError, match="has a"):
        new_report(read_settings(tmp_path), "my_page")


def test_when_the_settings_cannot_be_added_to_there_is_no_notebook_either(tmp_path, monkeypatch):
    settings = empty_practice(tmp_path)
    before = (tmp_path / "practice.toml").read_bytes()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SettingsError, match="Check its rights"):
        new_report(settings, "my_page")
    assert (tmp_path / "practice.toml").read_bytes() == before
    assert list(settings.notebooks.iterdir()) == []
