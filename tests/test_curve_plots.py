"""Curves: drawn through check-in times, ended in time, labelled apart, on one scale."""

import re
from itertools import pairwise

import answers
from test_figures import CONDITIONS, FIGURES, LEVELS, STRESS

from nmt_analytics.reporting.answers.outcomes import present_curve
from nmt_analytics.reporting.plots.curves import draw_curve


def test_a_curve_is_drawn_through_the_check_in_days_only():
    line = next(trace for trace in FIGURES["curve"]["data"] if "text" in trace)
    assert sorted(line["x"]) == line["x"] == [0, 1, 2, 4, 7, 14, 21, 28]
    assert dict(zip(line["x"], line["y"], strict=True))[7] == 100 - 3 * 7


def test_what_is_lost_before_anybody_is_asked_is_dotted_and_has_no_band():
    points = (answers.point(0, 100.0), answers.point(24, 21.0), answers.point(36, 7.0))
    table = answers.curves(answers.Curve((), 120, 50, points), outcome="soreness")
    band, line, unasked = draw_curve(table)["data"]
    assert (line["x"], line["y"]) == ([24, 36], [21, 7])
    assert min(band["x"]) == 24
    assert (unasked["x"], unasked["line"]["dash"]) == ([0, 24], "dot")
    assert "nobody was asked" in present_curve(table).caption
    assert "nobody was asked" not in present_curve(answers.curves()).caption


def test_a_curve_ends_where_too_few_are_followed():
    points = tuple(answers.point(day, 100.0 - day, 4 if day > 14 else 40) for day in range(29))
    figure = draw_curve(answers.curves(answers.Curve((), 120, 50, points)))
    line = next(trace for trace in figure["data"] if "text" in trace)
    assert max(line["x"]) == 14
    assert figure["layout"]["xaxis"]["range"][1] < 15


def test_the_numbers_still_followed_stand_under_the_curve():
    points = tuple(answers.point(day, 50.0, 90 - day) for day in range(29))
    figure = draw_curve(answers.curves(answers.Curve((), 120, 50, points)))
    below = {
        each["x"]: each["text"]
        for each in figure["layout"]["annotations"]
        if each.get("xref") == "x" and each.get("yshift", 0) < -20
    }
    assert below == {day: str(90 - day) for day in (0, 4, 7, 14, 21, 28)}


def test_up_to_three_curves_share_a_plot_and_more_become_panels_on_one_scale():
    together, panels = FIGURES["three curves"], FIGURES["panels"]
    assert "xaxis2" not in together["layout"]
    texts = {each["text"] for each in together["layout"]["annotations"]}
    assert texts >= {"Low", "Moderate", "High"}
    axes = [name for name in panels["layout"] if re.fullmatch(r"yaxis\d*", name)]
    assert len(axes) == len(CONDITIONS)
    assert {tuple(panels["layout"][name]["range"]) for name in axes} == {(0, 102)}
    ranges = {tuple(panels["layout"][name.replace("y", "x", 1)]["range"]) for name in axes}
    assert len(ranges) == 1


def test_panels_do_not_overlap_on_either_screen():
    layout = FIGURES["panels"]["layout"]
    narrow = layout["meta"]["narrow"]
    axes = ["", *range(2, len(CONDITIONS) + 1)]
    wide = [(layout[f"xaxis{i}"]["domain"], layout[f"yaxis{i}"]["domain"]) for i in axes]
    small = [(narrow[f"xaxis{i}.domain"], narrow[f"yaxis{i}.domain"]) for i in axes]
    for panels in (wide, small):
        for place, (across, up) in enumerate(panels):
            for others_across, others_up in panels[place + 1 :]:
                apart = across[1] < others_across[0] or others_across[1] < across[0]
                assert apart or up[0] > others_up[1] or others_up[0] > up[1]


def test_labels_at_the_ends_of_curves_keep_their_distance():
    found = [answers.falling(level, per_day=2 + i / 100) for i, level in enumerate(LEVELS)]
    annotations = draw_curve(answers.curves(*found, by=STRESS))["layout"]["annotations"]
    heights = sorted(each["y"] for each in annotations if each.get("yref") == "y")
    assert len(heights) == 3
    assert all(b - a >= 7 for a, b in pairwise(heights))
