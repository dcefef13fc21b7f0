"""A report with a page for each condition: which pages are due, made, and asked for by name."""

from datetime import datetime
from pathlib import Path
from shutil import copy

import pytest
from factories import follow_up, make_practice, quiet, session

from nmt_analytics import schedule
from nmt_analytics.errors import NoDataError, UsageError
from nmt_analytics.practice import Practice
from nmt_analytics.schedule.due import plans
from nmt_analytics.settings import Settings

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "condition_review.ipynb"
CONDITIONS = {"muscle_spasm": range(1, 8), "ischemia": range(8, 14), "nerve_damage": range(14, 17)}
REPORT = '[[report]]\nname = "condition_review"\n'


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Seven clients with spasms and six with ischemia; three with nerve damage, eight without."""
    sessions = [session(n, condition=name) for name, numbers in CONDITIONS.items() for n in numbers]
    sessions += [session(number) for number in range(17, 25)]
    sessions += [session(number, condition="other") for number in range(25, 28)]
    answers = [follow_up(number, relief_holding=True) for number in range(1, 25)]
    settings = make_practice(tmp_path_factory.mktemp("each"), sessions, answers, extra=REPORT)
    settings.notebooks.mkdir()
    copy(NOTEBOOK, settings.notebooks)
    return settings


def test_every_condition_with_enough_clients_has_a_page(practice: Practice) -> None:
    assert schedule.conditions_of(practice, "condition_review", "2026Q3") == [
        {"condition": "muscle_spasm"},
        {"condition": "ischemia"},
    ]
    due = plans(practice, datetime(2026, 11, 1))
    assert [(plan.variant, plan.page.parent.name) for plan in due] == [
        ("muscle_spasm", "2026Q3,muscle_spasm"),
        ("ischemia", "2026Q3,ischemia"),
    ]


def test_the_page_says_which_condition_it_is_about_and_counts_it_alone(practice: Practice) -> None:
    page = schedule.make_report(
        practice, "condition_review", "2026Q3", {"condition": "ischemia"}, progress=quiet
    )
    assert page.parent.name == "2026Q3,ischemia"
    text = page.read_text(encoding="utf-8")
    assert "Ischemia, October 2025 to September 2026" in text
    results = (page.parent / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    head = results[0].split(",")
    sessions = next(row.split(",") for row in results[1:] if ",sessions,sessions," in f",{row}")
    assert float(sessions[head.index("value")]) == 6


@pytest.mark.parametrize("condition", ["nerve_damage", "muscle_cramp"])
def test_a_condition_with_few_clients_or_none_is_a_page_of_sentences(
    practice: Practice, condition: str
) -> None:
    page = schedule.make_report(
        practice, "condition_review", "2026Q3", {"condition": condition}, progress=quiet
    )
    assert page.is_file()


def test_the_command_line_makes_a_page_for_each_condition_and_names_them(
    settings: Settings, type_in
) -> None:
    folder = settings.folder
    asked = ("report", "condition_review", "--all-conditions", "--period", "2026Q3")
    typed = type_in(folder, *asked)

    made = [Path(line) for line in typed.out.splitlines()]
    assert typed.code == 0
    assert [page.parent.name for page in made] == ["2026Q3,muscle_spasm", "2026Q3,ischemia"]
    assert all(page.is_file() for page in made)
    index = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "Condition review: muscle spasm" in index


def test_a_report_about_all_conditions_has_no_page_for_each(practice: Practice) -> None:
    with pytest.raises(UsageError, match="one page about all conditions"):
        schedule.conditions_of(practice, "data_quality", "2026Q3")


def test_a_period_without_enough_clients_of_any_condition_says_so(practice: Practice) -> None:
    with pytest.raises(NoDataError, match="No condition has enough clients"):
        schedule.conditions_of(practice, "condition_review", "2025Q1")
