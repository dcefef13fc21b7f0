"""What an answer hands to the page, and how a notebook's cells become a page's sections."""

import json
import math

import numpy as np
import pytest

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting.bundle import (
    ANSWER,
    KINDS,
    PLOTLY,
    Bundle,
    Cell,
    Fact,
    Finding,
    Result,
    Table,
    Tile,
    without_nan,
)
from nmt_analytics.reporting.page import OVERVIEW, compose, figure_json, spark_lines

NASTY = "<script>alert(1)</script>"
FIGURE = {"data": [{"type": "scatter", "y": [1, math.nan]}], "layout": {"title": {"text": "T"}}}


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def shown(*bundles):
    outputs = [{"output_type": "execute_result", "data": each.to_mime()} for each in bundles]
    return {"cell_type": "code", "metadata": {}, "source": "", "outputs": outputs}


def printed(text, name="stdout"):
    output = {"output_type": "stream", "name": name, "text": text}
    return {"cell_type": "code", "metadata": {}, "source": "", "outputs": [output]}


def result(**more):
    return Result(
        **{"metric": "sessions", "unit": "sessions", "period": "2026Q3", "value": 1} | more
    )


# What an answer says in each format


def test_an_answer_is_json_that_any_reader_takes():
    bundle = Bundle(
        "figure",
        figure=FIGURE,
        results=(result(value=np.float64("nan"), n_sessions=np.int64(7), ci_upper=math.inf),),
    )
    mime = json.loads(json.dumps(bundle.to_mime(), allow_nan=False))

    kept = mime[ANSWER]["results"][0]
    assert (kept["value"], kept["n_sessions"], kept["ci_upper"]) == (None, 7, None)
    assert mime[ANSWER]["figure"] == mime[PLOTLY]
    assert mime[PLOTLY]["data"] == [{"type": "scatter", "y": [1, None]}]


def test_whole_numbers_stay_whole_and_tuples_become_lists():
    value = {"a": (np.int64(3), np.float64(0.5), np.bool_(True), True, None, "x")}

    assert json.dumps(without_nan(value)) == '{"a": [3, 0.5, true, true, null, "x"]}'


def test_a_notebook_shows_an_answer_as_text_with_every_cell_escaped():
    table = Table(("a",), (NASTY,), ((Cell(NASTY, "few"),), (NASTY,)))
    mime = Bundle("table", NASTY, NASTY, NASTY, items=(Fact(NASTY, "1"),), table=table).to_mime()

    assert "<script" not in mime["text/html"]
    assert mime["text/html"].count("&lt;script&gt;") == 7
    assert mime["text/plain"] == f"{NASTY}. {NASTY}. {NASTY}"
    assert PLOTLY not in mime


# From cells to sections


def test_headings_open_sections_and_what_stands_above_the_first_has_none():
    page = compose(
        [
            markdown("# The title\n\nOpening."),
            shown(Bundle("note", sentence="first")),
            markdown("## One\n\nProse.\n\n### Deeper\n\nMore.\n\n## Two"),
            shown(Bundle("note", sentence="second")),
        ],
        "fallback",
    )

    assert page.title == "The title"
    assert [(each.heading, each.anchor) for each in page.sections] == [
        ("", ""),
        ("One", "one"),
        ("Two", "two"),
    ]
    assert [[block.kind for block in each.blocks] for each in page.sections] == [
        ["prose", "answer"],
        ["prose"],
        ["answer"],
    ]
    assert page.sections[1].blocks[0].content == "Prose.\n\n### Deeper\n\nMore."


def test_a_hash_inside_a_code_fence_is_no_heading():
    page = compose([markdown("```\n## no\n```\n\n## yes")], "t")

    assert [each.heading for each in page.sections] == ["", "yes"]


def test_the_header_answer_gives_title_and_headline_and_stands_above_all():
    header = Bundle("header", "Outcomes", "Relief lasts.", results=(result(),))
    page = compose([markdown("# Notebook"), shown(header)], "fallback")

    assert (page.title, page.headline, page.sections) == ("Outcomes", "Relief lasts.", [])
    assert page.results == [{**page.header["results"][0], "section": OVERVIEW}]


def test_numbers_carry_the_heading_that_they_stand_under_unless_they_name_one():
    page = compose(
        [
            shown(Bundle("tiles", results=(result(),))),
            markdown("## Pain"),
            shown(Bundle("table", results=(result(), result(section="Elsewhere")))),
        ],
        "t",
    )

    assert [each["section"] for each in page.results] == [OVERVIEW, "Pain", "Elsewhere"]


def test_anchors_are_unique_and_links_to_nowhere_are_dropped():
    finding = Bundle("findings", items=(Finding("a", href="#pain"), Finding("b", href="#gone")))
    page = compose(
        [
            shown(finding),
            markdown("## Pain"),
            shown(Bundle("table", anchor="pain"), Bundle("table", anchor="pain")),
        ],
        "t",
    )

    assert page.sections[1].anchor == "pain"
    assert [each["anchor"] for each in page.answers[1:]] == ["pain-2", "pain-3"]
    assert [item["href"] for item in page.answers[0]["items"]] == ["#pain", ""]


def test_composing_a_page_leaves_the_notebook_as_it_was():
    cell = shown(Bundle("tiles", anchor="A b", items=(Tile("t", "1", href="#gone"),)))
    before = json.dumps(cell)
    compose([cell], "t")

    assert json.dumps(cell) == before


def test_what_is_printed_is_shown_and_warnings_are_not():
    page = compose([printed("kept"), printed("dropped", "stderr"), printed("  \n")], "t")

    assert [block.content for block in page.sections[0].blocks] == ["kept"]


def test_an_answer_of_an_unknown_kind_is_an_error_that_names_the_cell_and_the_kinds():
    with pytest.raises(ReportError, match=rf"Cell 2 .*'odd'.*{KINDS[0]}"):
        compose([markdown("a"), shown(Bundle("odd"))], "t")


# What stands in the page's script blocks and svg


def test_a_figure_in_a_script_block_cannot_close_it_and_leaves_its_title_to_the_page():
    figure = {"data": [{"text": "</script><!-- & "}], "layout": {"title": {"text": "T"}, "x": 1}}
    text = figure_json(figure)

    assert not set("<>&") & set(text)
    assert json.loads(text) == {"data": figure["data"], "layout": {"x": 1}}


def test_a_sparkline_breaks_where_nothing_may_be_shown():
    drawn = spark_lines([1.0, 2.0, None, 3.0, None, 2.0, 1.0])

    assert [len(line.split()) for line in drawn["lines"]] == [2, 2]
    assert len(drawn["dots"]) == 1
    assert drawn["last"] == drawn["lines"][-1].split()[-1].split(",")


def test_a_sparkline_rises_to_the_top_and_runs_from_edge_to_edge():
    points = [tuple(map(float, p.split(","))) for p in spark_lines([5.0, 7.0])["lines"][0].split()]

    assert points == [(4.0, 24.0), (96.0, 4.0)]


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_values_are_no_sparkline(values):
    assert spark_lines(values) == {"lines": [], "dots": [], "last": None}


def test_equal_values_are_a_level_line():
    line = spark_lines([3.0, 3.0, 3.0])["lines"][0]

    assert {point.split(",")[1] for point in line.split()} == {"14.0"}
