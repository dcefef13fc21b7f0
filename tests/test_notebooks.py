"""Notebooks are thin: prose and one-line questions to a practice; every answer shows itself."""

import ast
import inspect
import json
from pathlib import Path

import pytest
from documents import program
from factories import LOADED_AT, days_after, follow_up, make_practice, session

from nmt_analytics.practice import Practice
from nmt_analytics.reporting.bundle import KINDS
from nmt_analytics.reporting.engine import run_cells
from nmt_analytics.reporting.parameters import declared_parameters
from nmt_analytics.reporting.render import render

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
EXPLORE = NOTEBOOKS / "explore.ipynb"
QUARTERLY = NOTEBOOKS / "quarterly_outcomes.ipynb"
ALLOWED = (
    *(ast.Module, ast.Import, ast.alias, ast.Assign, ast.Expr, ast.Call, ast.Attribute, ast.Name),
    *(ast.Constant, ast.keyword, ast.List, ast.Load, ast.Store),
)
"""What a code cell may be made of: no function, loop, condition, subscript or arithmetic."""


checker = program(".ci/notebooks.py")
"""What `make lint` runs."""


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    """The code cells but for the parameters, as text."""
    return [
        "".join(cell["source"])
        for cell in read(path)["cells"]
        if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", ())
    ]


def test_there_is_the_quarterly_report():
    assert QUARTERLY in ALL


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_holds_no_outputs(path):
    for cell in read(path)["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_code_cell_asks_one_thing_in_plain_calls(path):
    cells = code_cells(path)
    assert len(cells) > 2
    for cell in cells:
        tree = ast.parse(cell)
        strange = [type(node).__name__ for node in ast.walk(tree) if not isinstance(node, ALLOWED)]
        assert strange == [], cell
        assert sum(isinstance(line, ast.Expr) for line in tree.body) <= 1, cell
        imported = [
            name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names
        ]
        assert set(imported) <= {"nmt_analytics"}, cell


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_headings_go_down_one_level_at_a_time(path):
    levels = [
        len(line) - len(line.lstrip("#"))
        for cell in read(path)["cells"]
        if cell["cell_type"] == "markdown"
        for line in cell["source"]
        if line.startswith("#")
    ]
    assert levels
    for earlier, later in zip([1, *levels], levels, strict=False):
        assert later <= earlier + 1


def test_the_quarterly_report_declares_what_fixes_its_numbers():
    declared = declared_parameters(read(QUARTERLY), QUARTERLY.name)
    assert {name: each.types for name, each in declared.items()} == dict.fromkeys(
        ("period", "as_of", "loaded_by", "audience"), (str,)
    )


def test_explore_has_an_example_of_everything_that_a_practice_can_be_asked():
    asked = {
        node.func.attr
        for cell in code_cells(EXPLORE)
        for node in ast.walk(ast.parse(cell))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    questions = {
        name
        for name, method in inspect.getmembers(Practice)
        if getattr(method, "__annotations__", {}).get("return") == "Answer"
    }
    more = {"panel", "define", "only", "as_of", "sql", "latest_period", "file"}
    answers = {"sentence", "figure", "to_excel", "to_csv"}
    assert questions | more | answers <= asked


def test_explore_is_prose_and_one_question_at_a_time():
    kinds = [cell["cell_type"] for cell in read(EXPLORE)["cells"]]
    assert kinds.count("markdown") >= 12
    shown = [cell for cell in code_cells(EXPLORE) if "practice.sql" in cell]
    assert all("count(" in cell and "_id)" in cell for cell in shown)  # counted, never listed


def test_every_cell_of_explore_runs_and_answers(small_practice, tmp_path, monkeypatch):
    monkeypatch.chdir(small_practice.folder)
    cells = [
        {**cell, "source": "".join(cell["source"])}
        for cell in read(EXPLORE)["cells"]
        if cell["cell_type"] == "code"
    ]
    outputs = run_cells(cells)
    silent = [cell["source"] for cell, shown in zip(cells, outputs, strict=True) if not shown]
    assert len(silent) == 2  # opening it and saving a figure say nothing
    saved = sorted(path.suffix for path in (small_practice.reports / "explored").iterdir())
    assert saved == [".csv", ".html", ".xlsx"]


@pytest.mark.parametrize("path", checker.all_notebooks(), ids=lambda path: path.stem)
def test_lint_sees_outputs_and_takes_them_out(path):
    notebook = read(path)
    assert not checker.has_outputs(notebook)
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code |= {"execution_count": 3, "outputs": [{"output_type": "stream", "text": "17"}]}
    notebook["metadata"]["widgets"] = {"state": {}}
    assert checker.has_outputs(notebook)
    assert not checker.has_outputs(checker.stripped(notebook))


@pytest.fixture(scope="module")
def small_practice(tmp_path_factory):
    """Thirty clients with four answered check-ins each, who come back on day 20."""
    numbers = range(1, 31)
    treated = {"pain_before": 7, "pain_after": 4, "hold_seconds": 30, "pressure_felt": "right"}
    first = [
        session(
            number,
            condition=("muscle_spasm", "ischemia")[number % 2],
            stress_level=("low", "high")[number % 3 == 0],
            **treated,
        )
        for number in numbers
    ]
    later = {"started_at": "2026-07-21 10:00", "ended_at": "2026-07-21 11:00"}
    second = [each | later | {"session_id": f"{each['session_id']}_2"} for each in first]
    check_ins = [
        follow_up(
            f"{number}_{day}",
            session_id=f"S{number}",
            asked_at=days_after(day),
            answered_at=days_after(day),
            relief_holding=day < 3 + number % 12,
            soreness=1 if day == 1 and number % 4 == 0 else 0,
        )
        for number in numbers
        for day in (1, 4, 7, 14)
    ]
    return make_practice(tmp_path_factory.mktemp("practice"), [*first, *second], check_ins)


def rendered(settings, out, **parameters):
    """The answers of the executed quarterly notebook, as its page shows them."""
    record = {"as_of": LOADED_AT.isoformat(), "period": parameters["period"]}
    render(settings, QUARTERLY, out, parameters, manifest=record)
    executed = read(out / "notebook.ipynb")
    return [
        output["data"]["application/vnd.nmt.answer+json"]
        for cell in executed["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
        if "data" in output
    ]


@pytest.mark.parametrize("audience", ["owner", "shared"])
def test_every_question_of_the_quarterly_report_is_answered(small_practice, tmp_path, audience):
    answers = rendered(small_practice, tmp_path / "page", period="2026Q3", audience=audience)
    questions = [cell for cell in code_cells(QUARTERLY) if "practice." in cell]
    assert len(answers) == len(questions)
    assert {answer["kind"] for answer in answers} <= set(KINDS)
    header = answers[0]
    assert header["title"] == "Outcomes, July to September 2026"
    assert "30\u00a0clients" in header["sentence"]
    assert sum(answer["kind"] == "figure" for answer in answers) >= 5


@pytest.mark.parametrize("period", ["2020Q1", "2026Q4"])
def test_a_period_without_sessions_is_a_page_of_sentences(small_practice, tmp_path, period):
    answers = rendered(small_practice, tmp_path / "page", period=period)
    figures = [each["anchor"] for each in answers if each["figure"] and period == "2020Q1"]
    assert figures == []
    assert all(each["title"] or each["sentence"] or each["items"] for each in answers)
