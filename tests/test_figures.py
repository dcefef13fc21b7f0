"""What the figures draw: aggregates only, in palette colours, valid for Plotly."""

import json
import math
import re
import subprocess
import sys
from itertools import pairwise

import answers
import pytest

from nmt_analytics.reporting import figures
from nmt_analytics.reporting.answers.presentation import (
    present_claims,
    present_control_chart,
    present_curve,
    present_data_quality,
    present_drivers,
    present_outcome,
)
from nmt_analytics.reporting.palette import ROLES
from nmt_analytics.reporting.plots.curves import draw_curve
from nmt_analytics.reporting.plots.dots import draw_outcome, scale, ticks
from nmt_analytics.reporting.plots.runs import draw_control_chart, draw_run

STRESS = ("stress_level",)
THREE = [
    answers.row("low", value=10.0, lower=8.0, upper=12.0),
    answers.few("moderate", value=9.0),
    answers.hidden("high"),
]
CONDITIONS = [f"condition_{letter}" for letter in "abcdefgh"]


def many_curves():
    found = [answers.falling(name, per_day=index + 1) for index, name in enumerate(CONDITIONS)]
    return answers.curves(*found, by=("condition",))


MONTHS = [answers.row("2026-07"), answers.hidden("2026-08")]
SORENESS = answers.falling(days=range(0, 97, 2), per_day=2.0)
LEVELS = ("low", "moderate", "high")
SIGNALS = {"signals": {4: "outside_limit"}, "verdicts": {4: "better"}}
FIGURES = {
    "dots": draw_outcome(answers.table(by=STRESS, rows=THREE)),
    "one dot": draw_outcome(answers.table()),
    "run": draw_run(answers.table(by=("month",), rows=MONTHS)),
    "curve": draw_curve(answers.curves()),
    "soreness": draw_curve(answers.curves(SORENESS, outcome="soreness")),
    "three curves": draw_curve(answers.curves(*map(answers.falling, LEVELS), by=STRESS)),
    "panels": draw_curve(many_curves()),
    "control chart": draw_control_chart(answers.chart([55.0, None, 60.0, 80.0], **SIGNALS)),
    "check-ins": present_data_quality(answers.quality()).figure,
    "ratios": present_drivers(answers.drivers(answers.ratio(), answers.ratio(value=1.02))).figure,
}


def texts_in(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_property_and_keeps_it(name):
    figure = json.loads(json.dumps(FIGURES[name]))
    accepted = json.loads(figures.to_plotly(figure, dict).to_json())
    assert len(accepted["data"]) == len(figure["data"]) > 0
    assert accepted["layout"]["template"]["layout"]["font"]["family"] == figures.FONT


@pytest.mark.parametrize("name", FIGURES)
def test_every_colour_is_a_light_value_of_the_palette(name):
    """Otherwise the page could not recolour it for its dark theme."""
    roles = {role.light for role in ROLES.values()}
    seen = [text for text in texts_in(FIGURES[name]) if re.match(r"#|rgba?\(", text)]
    assert len(seen) > 5
    for colour in seen:
        if colour.startswith("#"):
            assert colour in roles
        elif colour != figures.CLEAR:
            channels = [int(each) for each in re.findall(r"\d+", colour)[:3]]
            assert "#{:02x}{:02x}{:02x}".format(*channels) in roles


@pytest.mark.parametrize("name", FIGURES)
def test_what_changes_on_a_phone_names_settings_that_exist(name):
    layout = FIGURES[name]["layout"]
    for path in layout["meta"]["narrow"]:
        at = layout
        *steps, last = path.split(".")
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        assert last in at or last in ("yshift", "domain", "text", "height"), path


def test_drawing_imports_no_plotly():
    program = (
        "import sys; from nmt_analytics.reporting import figures; "
        "from nmt_analytics.reporting.answers import presentation; "
        "figures.draw([figures.line([0], [0], 'accent')]); "
        "print('plotly' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "False"


def test_plotly_js_is_one_whole_script():
    script = figures.plotly_js()
    assert "plotly.js v" in script[:200]
    assert len(script) > 1_000_000


def markers(figure):
    return [trace for trace in figure["data"] if trace.get("mode") == "markers"]


def test_rows_stand_in_the_order_of_the_vocabulary_from_top_to_bottom():
    figure = FIGURES["dots"]
    labels = [each for each in figure["layout"]["annotations"] if each.get("xanchor") == "right"]
    assert [each["text"] for each in sorted(labels, key=lambda each: each["y"])] == [
        "Low",
        "Moderate",
        "High",
    ]
    top, bottom = figure["layout"]["yaxis"]["range"][::-1]
    assert top < bottom


def test_few_clients_are_a_ring_and_a_thinner_line():
    full, ring = markers(FIGURES["dots"])
    assert full["marker"]["color"] == ROLES["accent"].light
    assert ring["marker"]["color"] == ROLES["paper"].light
    assert ring["marker"]["line"]["color"] == ROLES["accent"].light
    lines = {
        trace["y"][0]: trace for trace in FIGURES["dots"]["data"] if trace.get("mode") == "lines"
    }
    assert lines[1]["line"]["width"] < lines[0]["line"]["width"]


def test_a_hidden_row_is_hatched_and_carries_no_number_of_its_own():
    figure = FIGURES["dots"]
    hatched = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert [trace["y"] for trace in hatched] == [[2]]
    assert hatched[0]["marker"]["pattern"]["shape"] == "/"
    low, high = figure["layout"]["xaxis"]["range"]
    assert hatched[0]["x"] == [high - low]
    others = [trace for trace in figure["data"] if trace["type"] != "bar"]
    assert all(2 not in trace["y"] for trace in others)


def test_a_range_without_an_end_runs_off_the_plot_with_an_arrow():
    rows = [answers.row("low", upper=math.inf), answers.row("high")]
    figure = draw_outcome(answers.table(by=STRESS, rows=rows))
    arrows = [each for each in markers(figure) if each["marker"].get("symbol") == "triangle-right"]
    assert [each["y"] for each in arrows] == [[0]]
    assert arrows[0]["x"] == [figure["layout"]["xaxis"]["range"][1]]


def test_a_median_that_is_not_reached_has_an_arrow_and_no_dot():
    never = answers.row(value=None, lower=9.0, upper=None, known=(21.0, math.inf))
    found = markers(draw_outcome(answers.table(rows=[never])))
    assert [each["marker"].get("symbol") for each in found] == ["triangle-right"]


def test_shares_always_stand_on_the_whole_scale():
    rows = [answers.row("low", value=93.0, lower=90.0, upper=95.0)]
    figure = draw_outcome(answers.table("relief_at_4_days", by=STRESS, rows=rows))
    assert figure["layout"]["xaxis"]["range"] == [0.0, 100.0]


def test_one_endless_range_does_not_squeeze_the_values():
    lowest, highest = scale([8.0, 10.0], [6.0, 400.0], "days", (4, 14))
    assert (lowest, round(highest, 2)) == (0.0, 29.68)  # twice the 14 promised, and air


def test_a_fall_is_drawn_left_of_zero():
    lowest, highest = scale([-2.0], [-3.0, -1.0], "points")
    assert lowest < -3.0 < 0 < highest


def test_what_was_promised_is_a_band_under_the_dots():
    band = FIGURES["dots"]["layout"]["shapes"][0]
    assert (band["x0"], band["x1"], band["layer"]) == (4, 14, "below")


def test_a_control_chart_marks_signals_by_shape_and_words_and_leaves_gaps():
    figure = FIGURES["control chart"]
    triangles = [each for each in markers(figure) if each["marker"].get("symbol") == "triangle-up"]
    assert [each["x"] for each in triangles] == [[3]]
    assert "outside the natural limits" in triangles[0]["text"][0]
    line = next(trace for trace in figure["data"] if trace.get("mode") == "lines")
    assert line["y"] == [55.0, None, 60.0, 80.0]
    limits = sorted(shape["y0"] for shape in figure["layout"]["shapes"])
    assert limits == [38.0, 57.0, 77.0]


def test_ratios_are_as_far_from_as_long_in_both_directions():
    up, down = answers.ratio(value=1.25), answers.ratio(value=0.8)
    figure = present_drivers(answers.drivers(up, down)).figure
    (right,), (left,) = (trace["x"] for trace in markers(figure))
    assert right == pytest.approx(-left)
    low, high = figure["layout"]["xaxis"]["range"]
    assert low == -high


def test_marks_of_ratios_stand_apart_however_far_the_axis_reaches():
    for value, reach in ((0.8, 1.1), (0.5, 2.0), (0.2, 9.0)):
        axis = present_drivers(answers.drivers(answers.ratio(value=value, reach=reach))).figure[
            "layout"
        ]["xaxis"]
        gaps = [right - left for left, right in pairwise(axis["tickvals"])]
        assert 0.0 in axis["tickvals"]
        assert len(gaps) > 1
        assert min(gaps) >= axis["range"][1] / 6 - 0.001


def test_every_drawn_estimate_is_a_published_number():
    """No figure holds a value that its answer's results do not hold."""
    bundles = [
        present_outcome(answers.table(by=STRESS, rows=THREE)),
        present_curve(answers.curves()),
        present_curve(many_curves()),
        present_control_chart(answers.chart([55.0, 61.0, 60.0, 80.0])),
    ]
    for bundle in bundles:
        known = {
            round(number, 2)
            for each in bundle.results
            for number in (each.value, each.ci_lower, each.ci_upper)
            if number is not None
        }
        said = [trace for trace in bundle.figure["data"] if "text" in trace]
        across = "relief" in bundle.anchor and "by-stress" in bundle.anchor
        drawn = {
            round(number, 2)
            for trace in said
            if trace["type"] == "scatter"
            for number in trace["x" if across else "y"]
            if number is not None
        }
        assert drawn
        assert drawn <= known


def test_a_ledger_has_no_figure():
    assert present_claims(answers.claims()).figure is None


def test_an_axis_is_marked_by_us_only_as_far_as_marks_have_room():
    assert ticks("points", -3.2, 0) == [-3, -2, -1, 0]
    assert ticks("points", -17, 16) is None  # Plotly then chooses fewer
    assert ticks("days", 0, 30) == [0, 4, 7, 14, 21, 28]
