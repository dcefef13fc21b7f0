"""A notebook becomes a page, whole or not at all; nothing of its data can run there."""

import json
import os
import re
import shutil
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from disks import read_only
from filelock import FileLock
from IPython.core.interactiveshell import InteractiveShell
from page_reading import NOTEBOOKS, policy_hash, read_page, render_fixture

from nmt_analytics.errors import BusyError, NoDataError, ReportError, UsageError
from nmt_analytics.reporting import assets
from nmt_analytics.reporting.bundle import KINDS
from nmt_analytics.reporting.parameters import Parameter, check_parameters, parse_parameters
from nmt_analytics.reporting.record import failure_note, read_notebook
from nmt_analytics.reporting.render import declared, render

FILES = {"report.html", "results.csv", "results.xlsx", "notebook.ipynb", "manifest.json"}


def folder_of(rendered):
    return rendered.page.parent


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What a page is


def test_a_page_comes_with_its_numbers_its_notebook_and_its_record(page_practice):
    made = render_fixture(page_practice, "tiny", period="2026Q2")

    assert set(content_of(folder_of(made))) == FILES
    assert made.headline.startswith("Relief lasts about 9 days")
    record = json.loads((folder_of(made) / "manifest.json").read_text("utf-8"))
    assert record["parameters"] == {"audience": "owner"}
    assert record["period"] == "2026Q2"
    assert record["store_hash"] == "0123456789abcdef"
    assert (record["n_figures"], record["headline"]) == (made.n_figures, made.headline)


def test_the_same_store_gives_the_same_bytes(page_practice):
    first = content_of(folder_of(render_fixture(page_practice, "tiny")))
    second = content_of(folder_of(render_fixture(page_practice, "tiny")))

    for name in ("report.html", "results.csv", "notebook.ipynb"):
        assert first[name] == second[name], name
    records = [json.loads(each["manifest.json"]) for each in (first, second)]
    assert all(record.pop("made_at") for record in records)
    assert records[0] == records[1]


def test_the_fixture_shows_an_answer_of_every_kind(page_practice):
    notebook = json.loads(
        (folder_of(render_fixture(page_practice, "tiny")) / "notebook.ipynb").read_text("utf-8")
    )
    shown = [
        output["data"]["application/vnd.nmt.answer+json"]["kind"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
    ]

    assert set(shown) == set(KINDS)


def test_no_code_stands_on_the_page_and_prose_does(page_practice):
    text = " ".join(read_page(render_fixture(page_practice, "tiny").page).text)

    assert "tiny_answers" not in text
    assert "tiny.curve" not in text
    assert "A line is drawn as far as answers reach." in text


def test_headings_step_down_one_level_at_a_time(page_practice):
    page = read_page(render_fixture(page_practice, "tiny").page)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {2, 3} <= set(levels)


def test_every_figure_says_in_words_what_it_shows_and_every_table_heads_its_cells(page_practice):
    page = read_page(render_fixture(page_practice, "tiny").page)
    plots = [each for each in page.all_of("div") if each.get("class") == "plot"]
    heads = page.all_of("th")

    assert len(plots) == 2
    assert all(each["role"] == "img" and len(each["aria-label"] or "") > 30 for each in plots)
    assert heads
    assert all(each["scope"] in ("row", "col") for each in heads)
    assert len(page.all_of("caption")) == len(page.all_of("table")) == 4


def test_links_within_the_page_lead_somewhere(page_practice):
    page = read_page(render_fixture(page_practice, "tiny").page)
    anchors = {attributes.get("id") for _, attributes in page.elements}
    links = [str(each["href"]) for each in page.all_of("a") if "href" in each]
    inner = [link[1:] for link in links if link.startswith("#")]

    assert len(inner) > 5
    assert set(inner) <= anchors
    assert sorted(set(links) - {f"#{each}" for each in inner}) == ["results.csv", "results.xlsx"]


def test_a_restated_page_says_so_below_its_header(page_practice):
    out = page_practice.reports / "tiny" / "2026Q3"
    moved = "6 late answers came in. Relief lasts 8 instead of 9 days."
    notebook = NOTEBOOKS / "tiny.ipynb"
    made = render(page_practice, notebook, out, {}, manifest={"restatement": moved})
    page = read_page(made.page)

    assert moved in " ".join(page.text)
    assert {"href": "#changes"} in page.all_of("a")
    assert [each["id"] for each in page.all_of("div") if each.get("id") == "changes"] == ["changes"]
    assert page.all_of("aside") == [{"class": "restated", "aria-label": "Restated"}]
    assert not read_page(render_fixture(page_practice, "tiny").page).all_of("aside")


# Nothing from outside, nothing from the data that runs


def test_the_policy_names_exactly_the_scripts_and_the_style_of_the_page(page_practice):
    page = read_page(render_fixture(page_practice, "tiny").page)

    assert len(page.scripts) == 2
    assert page.policy.startswith("default-src 'none'")
    named = re.search("script-src ([^;]+);", page.policy)[1].split()
    assert sorted(named) == sorted(policy_hash(script) for script in page.scripts)
    assert policy_hash(page.styles[0]) in page.policy
    assert "unsafe" not in page.policy


def test_nothing_is_asked_from_another_host(page_practice):
    page = read_page(render_fixture(page_practice, "tiny").page)

    for tag, attributes in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert "//" not in str(attributes.get(name, "")), (tag, attributes)
    assert "url(" not in page.styles[0]
    assert "@import" not in page.styles[0]


def test_there_is_one_plotly_and_it_is_the_smaller_one(page_practice):
    made = render_fixture(page_practice, "tiny")
    text = made.page.read_text("utf-8")

    assert text.count("* plotly.js (basic - minified) v") == 1
    assert made.page.stat().st_size < 2_000_000


def test_the_smaller_plotly_is_of_the_version_that_the_package_brings():
    version = re.compile(r"\* plotly\.js (?:\([^)]*\) )?v([\d.]+)")
    ours = version.search((assets.TEMPLATE / "plotly-basic.min.js").read_text("utf-8"))
    theirs = version.search(files("plotly").joinpath("package_data/plotly.min.js").read_text())

    assert ours[1] == theirs[1]


def test_a_figure_that_the_smaller_plotly_cannot_draw_brings_the_whole_one(page_practice):
    made = render_fixture(page_practice, "heatmap")

    assert "* plotly.js v" in made.page.read_text("utf-8")
    assert 4_000_000 < made.page.stat().st_size < 6_000_000
    assert read_page(made.page).all_of("figure")


def test_a_page_without_figures_carries_no_script(page_practice):
    page = read_page(render_fixture(page_practice, "place").page)

    assert page.scripts == page.data == []
    assert "script-src 'none'" in page.policy


def test_text_of_the_data_stays_text(page_practice):
    page = read_page(render_fixture(page_practice, "nasty").page)

    assert len(page.scripts) == 2
    assert not page.all_of("img", "iframe", "object", "embed", "form", "base", "link")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "javascript:" not in str(attributes.get("href", ""))
    nasty = "</script><img src=x onerror=alert(1)>"
    assert " ".join(page.text).count(nasty) >= 7
    drawn = [json.loads(each) for each in page.data if '"data"' in each]
    assert len(drawn) == 1


def test_a_practices_name_cannot_leave_the_style_element():
    evil = assets._css_string('A</style><script>alert(1)</script>"} b{} é \\')

    assert not set('<>"{}\\') & set(re.sub(r"\\[0-9a-f]+ ", "", evil[1:-1]))


# Parameters


def test_the_parameters_of_a_notebook_are_read_with_their_types():
    assert declared(NOTEBOOKS / "tiny.ipynb") == {
        "period": Parameter("period", (str, type(None)), "2026Q3"),
        "audience": Parameter("audience", (str,), "owner"),
        "horizon": Parameter("horizon", (int,), 21),
        "share": Parameter("share", (float,), 0.5),
        "is_full": Parameter("is_full", (bool,), True),
    }


def test_a_misspelt_parameter_names_the_nearest(page_practice):
    out = page_practice.reports / "tiny" / "2026Q3"
    with pytest.raises(UsageError, match=r'no parameter of tiny.ipynb "perod".*mean "period"'):
        render(page_practice, NOTEBOOKS / "tiny.ipynb", out, {"perod": "2026Q3"}, manifest={})
    assert not page_practice.reports.exists()


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("horizon", "21", "a whole number, got text"),
        ("horizon", 2.5, "a whole number, got a number"),
        ("horizon", True, "a whole number, got true or false"),
        ("period", 2026, "text or none, got a whole number"),
        ("is_full", 1, "true or false, got a whole number"),
        ("share", None, "a number, got none"),
        ("audience", ["owner"], "text, got a list"),
    ],
)
def test_a_parameter_of_the_wrong_type_is_refused(name, value, got):
    with pytest.raises(UsageError, match=f"parameter {name}: expected {got}"):
        check_parameters(declared(NOTEBOOKS / "tiny.ipynb"), {name: value}, "tiny.ipynb")


def test_values_that_fit_are_taken_and_a_whole_number_is_a_number():
    given = {"period": None, "horizon": 7, "share": 1, "is_full": False, "audience": "shared"}

    check_parameters(declared(NOTEBOOKS / "tiny.ipynb"), given, "tiny.ipynb")


def test_texts_of_the_command_line_become_typed_values():
    texts = {"period": "none", "horizon": "7", "share": "0.25", "is_full": "no", "audience": "7"}

    assert parse_parameters(declared(NOTEBOOKS / "tiny.ipynb"), texts, "tiny.ipynb") == {
        "period": None,
        "horizon": 7,
        "share": 0.25,
        "is_full": False,
        "audience": "7",
    }


@pytest.mark.parametrize("texts", [{"horizon": "2.5"}, {"is_full": "maybe"}, {"share": "half"}])
def test_a_text_that_is_no_such_value_is_refused(texts):
    with pytest.raises(UsageError, match=r"expected .*, got "):
        parse_parameters(declared(NOTEBOOKS / "tiny.ipynb"), texts, "tiny.ipynb")


@pytest.mark.parametrize(
    "source", ["a = b", "import os", "a: list[str] = []", "a = 1 +", "a: int", "f()"]
)
def test_a_parameters_cell_that_is_no_list_of_literals_is_an_error_of_the_report(tmp_path, source):
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": [cell]}), "utf-8")

    with pytest.raises(ReportError, match=r"odd\.ipynb.*parameters.*name: type = value"):
        declared(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nbformat": 3, "cells": []}', "\x00"])
def test_a_file_that_is_no_notebook_says_so(tmp_path, text):
    path = tmp_path / "odd.ipynb"
    path.write_text(text, "utf-8")

    with pytest.raises(ReportError, match=r"odd\.ipynb is not a notebook"):
        read_notebook(path)
    with pytest.raises(ReportError, match="does not exist"):
        read_notebook(tmp_path / "absent.ipynb")


# Where cells run


def test_cells_run_in_this_process_in_the_practices_folder_with_nothing_left_over(page_practice):
    here = Path.cwd()
    for _ in range(2):
        text = " ".join(read_page(render_fixture(page_practice, "place").page).text)
        assert f"{os.getpid()} {page_practice.folder} False" in text
    assert Path.cwd() == here


def test_a_shell_that_was_there_before_comes_back(page_practice):
    class Elsewhere(InteractiveShell):
        pass

    before = InteractiveShell.__dict__.get("_instance")
    InteractiveShell._instance = there = object.__new__(Elsewhere)
    try:
        render_fixture(page_practice, "place")
        assert InteractiveShell._instance is there
    finally:
        InteractiveShell._instance = before


def test_progress_is_told_after_every_cell(page_practice):
    told = []
    render(
        page_practice,
        NOTEBOOKS / "place.ipynb",
        page_practice.reports / "place" / "2026Q3",
        {},
        manifest={},
        progress=lambda done, total: told.append((done, total)),
    )

    assert told == [(1, 2), (2, 2)]


# Failures


def fail(page_practice, name, out):
    with pytest.raises(ReportError) as failed:
        render(page_practice, NOTEBOOKS / f"{name}.ipynb", out, {}, manifest={})
    return failed.value


def test_a_failing_cell_is_named_with_its_reason_and_the_page_stays_as_it_was(page_practice):
    out = folder_of(render_fixture(page_practice, "tiny"))
    before = content_of(out)

    error = fail(page_practice, "no_data", out)

    assert "no_data.ipynb, cell 4 (tiny.no_data()): Nothing has been loaded yet." in str(error)
    assert isinstance(error.__cause__, NoDataError)
    assert content_of(out) == before
    assert sorted(path.name for path in out.parent.iterdir() if path.name[0] != ".") == [
        "2026Q3",
        "2026Q3.failed.json",
    ]
    assert json.loads(failure_note(out).read_text("utf-8"))["reason"] == str(error)


def test_the_note_of_a_failure_goes_when_the_page_succeeds(page_practice):
    out = page_practice.reports / "tiny" / "2026Q3"
    fail(page_practice, "no_data", out)
    assert failure_note(out).exists()

    render_fixture(page_practice, "tiny")

    assert not failure_note(out).exists()


def test_an_answer_that_fails_while_it_is_shown_fails_the_page_without_a_clients_value(
    page_practice,
):
    out = page_practice.reports / "broken" / "2026Q3"
    error = fail(page_practice, "broken", out)

    assert "broken.ipynb, cell 3 (tiny.broken()): it raised ValueError." in str(error)
    assert "Jane" not in str(error)
    assert "Jane" in str(error.__cause__)
    assert not out.exists()
    assert "Jane" not in failure_note(out).read_text("utf-8")


def test_what_a_killed_run_has_left_is_cleared_and_what_it_moved_aside_comes_back(page_practice):
    out = folder_of(render_fixture(page_practice, "tiny"))
    out.rename(out.with_name(".2026Q3.previous"))
    half_made = out.with_name(".2026Q3.building")
    half_made.mkdir()
    (half_made / "report.html").write_text("half", "utf-8")

    fail(page_practice, "no_data", out)
    assert half_made.exists(), "a run that fails before it writes touches nothing"
    render_fixture(page_practice, "tiny")

    assert set(content_of(out)) == FILES
    left = [path.name for path in out.parent.iterdir() if path.is_dir()]
    assert left == ["2026Q3"]


def test_a_page_that_another_run_writes_is_left_to_it(page_practice):
    out = page_practice.reports / "tiny" / "2026Q3"
    out.parent.mkdir(parents=True)
    with FileLock(out.with_name(".2026Q3.lock")), pytest.raises(BusyError, match="another run"):
        render_fixture(page_practice, "tiny")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes and no mounts")
def test_a_folder_that_cannot_be_written_says_so(page_practice):
    page_practice.reports.mkdir()
    with (
        read_only(page_practice.reports),
        pytest.raises(ReportError, match="could not be written"),
    ):
        render_fixture(page_practice, "tiny")
    assert list(page_practice.reports.iterdir()) == []


def test_when_the_swap_fails_the_previous_page_comes_back(page_practice, monkeypatch):
    out = folder_of(render_fixture(page_practice, "tiny"))
    before = content_of(out)
    real = type(out).rename

    def refuse(path, target):
        if path.name.endswith(".building"):
            raise OSError(28, "No space left on device")
        return real(path, target)

    monkeypatch.setattr(type(out), "rename", refuse)
    with pytest.raises(ReportError, match="No space left on device"):
        render_fixture(page_practice, "tiny")

    assert content_of(out) == before
    shutil.rmtree(out)
