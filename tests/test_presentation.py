"""What an answer shows: the right kind, every number in its results, none where it is hidden."""

import json
import math
import re
from dataclasses import asdict
from datetime import datetime

import answers
import pytest
from test_wording import PHRASES, flat

from nmt_analytics.outcomes.before_and_after import PainTable, PressureTable
from nmt_analytics.outcomes.caution import NaivePair, SilenceTable
from nmt_analytics.outcomes.guide import GuideRow, ReturnGuide
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.returning import Returning
from nmt_analytics.outcomes.verdicts import CANNOT_TELL
from nmt_analytics.reporting.answers import presentation
from nmt_analytics.reporting.answers.presentation import (
    present_change,
    present_claims,
    present_control_chart,
    present_curve,
    present_data_quality,
    present_drivers,
    present_ends,
    present_naive_pair,
    present_outcome,
    present_overview,
    present_pain,
    present_pressure,
    present_refusals,
    present_return_guide,
    present_side_by_side,
    present_silence,
    present_tiles,
)
from nmt_analytics.reporting.bundle import ANSWER, KINDS, MARKS, TONES, VERDICTS, Cell
from nmt_analytics.reporting.wording import NO_BREAK, number

STRESS, GRID = ("stress_level",), ("condition", "stress_level")
AS_OF = datetime(2026, 10, 21, 23, 59, 59)
THREE = [
    answers.row("low", value=10.4, lower=8.1, upper=12.3, n_clients=61),
    answers.few("moderate", value=9.7),
    answers.hidden("high", needs_clients=2),
]
CELLS = [
    answers.row("muscle_spasm", "low", value=61.7, lower=50.2, upper=72.9),
    answers.row("muscle_spasm", "high", value=33.3, lower=22.2, upper=44.4),
    answers.hidden("muscle_spasm", "not_recorded"),
    answers.few("ischemia", "moderate", value=83.6, lower=44.0, upper=97.0),
    answers.hidden("ischemia", "high"),
    answers.hidden("other", "low"),
]
PAIN = PainTable(
    answers.QUARTER,
    answers.row(value=-2.24, lower=-2.6, upper=-1.9),
    tuple((points, 97.3 - 9.1 * points) for points in range(11)),
    expected=-0.53,
    reliability=0.62,
    n_low_baseline=37,
)
PRESSURE = PressureTable(
    answers.QUARTER,
    (("right", answers.count("sessions", 214)), ("too_strong", answers.hidden())),
    answers.few(value=17.3, lower=5.2, upper=43.1),
    answers.hidden(),
)
SILENCE = SilenceTable(
    METRICS["relief_at_14_days"],
    answers.QUARTER,
    answers.row(value=34.1, lower=26.6, upper=42.4),
    answers.row(value=6.2, lower=3.0, upper=9.0),
    8.4,
    31.4,
    38.7,
    ((0.5, 36.2), (1.0, 34.1), (2.0, 33.2), (4.0, 32.9)),
    3.3,
)
GUIDE = ReturnGuide(
    STRESS,
    answers.QUARTER,
    (
        GuideRow(("low",), answers.row(value=6.2), answers.row(value=9.7), answers.row(value=20.6)),
        GuideRow(("high",), answers.few(value=3.1), answers.hidden(), answers.row(value=18.2)),
    ),
)
HIDDEN_CURVE = answers.Curve(("high",), hidden=answers.FEW)
MODERATE = answers.ratio(level="moderate", value=1.03)
RECENT = [answers.row(value=61.3, period="2025Q1"), answers.row(value=66.8, period="2025Q2")]
BUNDLES = {
    "outcome": present_outcome(answers.table()),
    "outcome by": present_outcome(answers.table(by=STRESS, rows=THREE)),
    "grid": present_outcome(answers.table("relief_at_7_days", GRID, CELLS)),
    "curve": present_curve(answers.curves()),
    "curves": present_curve(
        answers.curves(answers.falling("low"), HIDDEN_CURVE, by=STRESS)
    ),
    "change": present_change(answers.change()),
    "overview": present_overview(answers.overview(), "Riverbend", AS_OF, "owner"),
    "tiles": present_tiles([(answers.change(), RECENT)]),
    "quality": present_data_quality(answers.quality()),
    "ends": present_ends(
        answers.quality(ended=(("relief_ended", 153), ("lost", None))), Returning(answers.QUARTER)
    ),
    "refusals": present_refusals(answers.fates()),
    "claims": present_claims(answers.claims()),
    "drivers": present_drivers(answers.drivers(answers.ratio(), MODERATE)),
    "chart": present_control_chart(answers.chart([55.3, None, 61.2, 58.8])),
    "guide": present_return_guide(GUIDE),
    "silence": present_silence(SILENCE),
    "naive": present_naive_pair(NaivePair(answers.QUARTER, 4.3, 14.0, answers.row(value=8.5))),
    "pain": present_pain(PAIN),
    "pressure": present_pressure(PRESSURE),
}  # fmt: skip


def shown_texts(bundle):
    """Every text of a bundle that a reader sees, hidden cells' reasons left out."""
    yield from (bundle.title, bundle.sentence, bundle.caption)
    for item in bundle.items:
        yield from (
            text for name, text in asdict(item).items() if isinstance(text, str) and name != "href"
        )
    for line in bundle.table.rows if bundle.table else ():
        yield from (cell if isinstance(cell, str) else cell.text for cell in line)


def numbers_in(text):
    text = text.replace(NO_BREAK, " ").replace(",", "")
    return {each.lstrip("0") or "0" for each in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)}


def known_numbers(bundle):
    """What the results say, in every way in which a number may be written."""
    known = set()
    for result in bundle.results:
        known |= numbers_in(result.shown) | numbers_in(" ".join(result.levels.values()))
        for value in (
            result.value, result.n_sessions, result.n_clients,
            result.ci_lower, result.ci_upper, result.known_lower, result.known_upper,
        ):  # fmt: skip
            if value is None or not math.isfinite(value):
                continue
            for unit in ("%", "points"):
                known |= numbers_in(number(abs(value), unit))
            known |= numbers_in(f"{abs(value):.2f}")
            known |= numbers_in(number(abs(100 * (value - 1)), "%"))
    return known


ALWAYS = {
    each
    for _, text in flat(PHRASES)
    for part in ([text] if isinstance(text, str) else text)
    for each in numbers_in(part)
} | {each for metric in METRICS.values() for each in numbers_in(metric.population)}
CALENDAR = {"2025", "2026", "1", "21", *map(str, range(1, 5))}
DAYS_ASKED = {"0", "4", "7", "14", "21", "28", "24", "36"}


@pytest.mark.parametrize("name", BUNDLES)
def test_every_number_that_is_shown_stands_in_the_results(name):
    bundle = BUNDLES[name]
    shown = set().union(*map(numbers_in, shown_texts(bundle)))
    assert shown - ALWAYS - CALENDAR - DAYS_ASKED - known_numbers(bundle) == set()
    assert bundle.results


def test_a_number_that_no_result_holds_would_be_found():
    """The test above can fail: without its results the same page shows unknown numbers."""
    bundle = BUNDLES["outcome by"]
    shown = set().union(*map(numbers_in, shown_texts(bundle)))
    assert {"61", "183"} <= shown - ALWAYS - CALENDAR - DAYS_ASKED


@pytest.mark.parametrize("name", BUNDLES)
def test_an_answer_uses_only_the_pages_words_and_survives_json(name):
    bundle = BUNDLES[name]
    assert bundle.kind in KINDS
    answer = json.loads(json.dumps(bundle.to_mime()[ANSWER], allow_nan=False))
    assert answer["kind"] == bundle.kind
    for line in bundle.table.rows if bundle.table else ():
        assert len(line) == len(bundle.table.columns) == len(bundle.table.labels)
        assert {cell.mark for cell in line if isinstance(cell, Cell)} <= set(MARKS)
    for item in bundle.items:
        assert getattr(item, "tone", "") in TONES
        assert getattr(item, "verdict", "supported") in VERDICTS
    assert re.fullmatch(r"[a-z0-9-]*", bundle.anchor)


@pytest.mark.parametrize("name", [name for name, each in BUNDLES.items() if each.kind == "figure"])
def test_every_figure_has_a_takeaway_a_caption_a_text_alternative_and_its_numbers(name):
    bundle = BUNDLES[name]
    assert len(bundle.title) > 15 and not bundle.title.endswith(".")
    assert bundle.caption.endswith(".")
    assert len(bundle.alt) > 40
    assert bundle.table.rows
    assert bundle.figure["data"]


def test_the_number_of_dimensions_decides_what_is_shown():
    assert [BUNDLES[name].kind for name in ("outcome", "outcome by", "grid")] == [
        "figure",
        "figure",
        "grid",
    ]


def test_a_hidden_row_says_hidden_in_every_column_and_what_it_needs():
    line = BUNDLES["outcome by"].table.rows[2]
    assert [getattr(cell, "mark", "") for cell in line] == ["", *["hidden"] * 4, ""]
    assert [getattr(cell, "text", cell) for cell in line] == [
        "High", "hidden", "hidden", answers.FEW, "hidden", "2",
    ]  # fmt: skip
    result = next(each for each in BUNDLES["outcome by"].results if each.hidden)
    assert (result.value, result.n_clients, result.ci_lower) == (None, None, None)


def test_a_grid_keeps_the_vocabularys_order_and_drops_levels_without_any_number():
    grid = BUNDLES["grid"]
    assert grid.table.labels == ("Condition", "Low", "Moderate", "High")
    assert [line[0] for line in grid.table.rows] == ["Muscle spasm", "Ischemia"]
    assert "Not shown, because every cell is hidden: other, stress not recorded." in grid.caption
    cells = {
        (line[0], label): cell
        for line in grid.table.rows
        for label, cell in zip(grid.table.labels[1:], line[1:], strict=True)
    }
    assert cells["Muscle spasm", "Low"].level == 3
    assert cells["Muscle spasm", "High"].level == 1
    assert cells["Muscle spasm", "Moderate"].text == "no answer"
    assert (cells["Ischemia", "High"].text, cells["Ischemia", "High"].level) == ("hidden", None)
    assert cells["Ischemia", "Moderate"].mark == "few"
    assert sum("condition" in each.levels for each in grid.results) == len(CELLS) + 1
    assert grid.results[-1].shown == "384"  # sessions in the cells that are shown


def test_sessions_are_added_up_over_shown_groups_only():
    assert f"{183 + 24} sessions in the groups shown".replace(" ", NO_BREAK, 1) in (
        BUNDLES["outcome by"].caption
    )


def test_the_header_says_whom_it_is_for_and_how_much_stands_behind_it():
    header = BUNDLES["overview"]
    assert (header.eyebrow, header.title) == ("Riverbend", "Outcomes, July to September 2026")
    assert header.sentence.replace(NO_BREAK, " ") == (
        "Relief lasts about 9 days (likely 7 to 11). "
        "257 sessions with 93 clients; 70 % of check-ins were answered."
    )
    facts = {fact.label: fact.value.replace(NO_BREAK, " ") for fact in header.items}
    assert facts == {
        "Sessions": "257",
        "Clients": "93",
        "Check-ins answered": "70 %",
        "As of": "21 October 2026",
        "Made for": "the owner",
    }


def test_a_page_whose_silence_leaves_relief_open_does_not_open_with_it():
    header = present_overview(
        answers.overview(), "Riverbend", AS_OF, "owner", "", of_answers=False, is_silenced=True
    )
    assert header.sentence.startswith("How long relief lasts cannot be told: too often nobody said")
    assert "9" not in header.sentence.partition(". ")[0]


def test_a_page_of_much_silence_opens_with_relief_and_what_was_not_heard():
    header = present_overview(answers.overview(), "Riverbend", AS_OF, "owner", is_doubted=True)
    assert header.sentence.replace(NO_BREAK, " ").startswith(
        "Relief lasts about 9 days (likely 7 to 11), by what was heard; of too many sessions"
    )


def test_a_tile_and_a_curve_that_silence_leaves_open_say_so_in_place_of_their_number():
    tiles = [(answers.change(), [answers.row()]), (answers.change("pain_change"), [])]
    silenced, pain = present_tiles(tiles, ["relief_at_4_days"]).items
    assert (silenced.value, silenced.spark) == ("Cannot be told", ())
    assert silenced.interval == "too often nobody said when relief ended"
    assert pain.value != "Cannot be told"
    curve = present_curve(answers.curves(), is_silenced=True)
    assert curve.title == "How long relief lasts: too often nobody said when it ended"


def test_a_tile_says_where_much_was_not_heard():
    tiles = [(answers.change(), [answers.row()]), (answers.change("pain_change"), [])]
    relief, pain = present_tiles(tiles, doubted=["relief_at_4_days"]).items
    assert relief.value != "Cannot be told"
    assert relief.interval.endswith("by what was heard")
    assert "heard" not in pain.interval


def test_a_page_about_the_data_opens_with_who_answered():
    header = present_overview(answers.overview(), "Riverbend", AS_OF, "owner", "Data quality", True)
    assert header.title == "Data quality, July to September 2026"
    assert header.sentence.replace(NO_BREAK, " ") == (
        "257 sessions with 93 clients; 70 % of check-ins were answered,"
        " and 2 % of sessions have no answer at all."
    )


def test_a_shared_header_names_the_higher_limit():
    shared = present_overview(answers.overview(), "Riverbend", AS_OF, "shared")
    assert shared.items[-1].value == "sharing"
    assert "fewer than 10 clients" in shared.items[-1].note


def test_a_tile_says_number_range_change_and_its_line_in_words():
    change = answers.change("pain_change", now=-2.4, before=-1.9, likely=(-0.9, -0.1))
    recent = [answers.row(value=-1.9, period="2026Q2"), answers.hidden(period="2026Q3")]
    (tile,) = present_tiles([(change, recent)]).items
    assert (tile.label, tile.value.replace(NO_BREAK, " ")) == ("Pain fell by", "2.4 points")
    assert tile.tone == "better"
    assert tile.spark == (-1.9, None)
    assert "July to September 2026: hidden: fewer than 5 clients" in tile.spark_text
    assert tile.change.replace(NO_BREAK, " ") == "before: fell by 1.9 points"


def test_a_hidden_tile_shows_its_reason_and_nothing_else():
    change = answers.Change(
        METRICS["pain_change"], answers.hidden(), answers.row(), reason="hidden"
    )
    tile, _ = present_tiles([(change, [answers.hidden()]), (answers.change(), [])]).items
    assert (tile.value, tile.interval, tile.change, tile.mark) == (answers.FEW, "", "", "hidden")


def test_tiles_that_are_all_hidden_say_so_once():
    change = answers.Change(
        METRICS["pain_change"], answers.hidden(), answers.row(), reason="hidden"
    )
    shown = present_tiles([(change, [answers.hidden()]), (change, [])])
    assert (shown.kind, shown.why) == ("empty", "too_few")
    assert {each.hidden for each in shown.results if each.value is None} == {answers.FEW, "hidden"}


def test_shares_side_by_side_are_one_figure_with_a_row_for_each():
    tables = [
        answers.table("flare_ups", rows=[answers.row(value=5.0, lower=3.0, upper=9.0)]),
        answers.table("soreness_any", rows=[answers.hidden()]),
    ]
    shown = present_side_by_side(tables)
    assert shown.title.replace(NO_BREAK, " ") == (
        "Pain flared up after 5 % (likely 3 to 9) of sessions"
    )
    assert [line[0] for line in shown.table.rows] == [
        "Flare-ups within 72 hours",
        "Sore within 48 hours",
    ]
    assert [getattr(cell, "text", cell) for cell in shown.table.rows[1]][1:] == [
        "hidden", "hidden", answers.FEW, "hidden",
    ]  # fmt: skip
    assert [(each.metric, each.value) for each in shown.results] == [
        ("flare_ups", 5.0), ("soreness_any", None),
    ]  # fmt: skip
    assert shown.figure["layout"]["xaxis"]["range"] == [0.0, 100.0]
    nothing = present_side_by_side(tables[1:])
    assert (nothing.kind, nothing.why) == ("empty", "too_few")


def test_promises_without_a_number_for_one_reason_stand_in_one_line():
    few = ((METRICS["relief_days_median"], answers.hidden()),)
    unknown = {"verdict": CANNOT_TELL, "reason": answers.FEW, "rows": few}
    table = answers.claims(
        answers.claim("relief_lasts", promise="Relief lasts", **unknown),
        answers.claim("good_pain"),
        answers.claim("pressure_held", promise="Pressure is held", **unknown),
        answers.claim("relieves_condition", promise="It relieves", level="ischemia", **unknown),
    )
    first, second = present_claims(table).items
    assert first.promise.splitlines() == ["Relief lasts", "Pressure is held", "It relieves"]
    assert first.reason == "Too few clients stand behind it."
    assert first.settle == "What would settle it: answers of at least 20 clients."
    assert second.verdict == "supported"


def test_every_answer_of_a_practice_has_its_presentation():
    made = set(presentation.__all__)
    assert made == {f"present_{name}" for name in (
        "answer_times", "change", "claims", "control_chart", "curve", "data_quality", "drivers",
        "each_client_once",
        "ends", "findings", "glossary", "groups", "invented", "method", "method_overview",
        "method_summary", "naive_pair", "outcome", "overview", "pain", "pressure", "refusals",
        "return_guide", "side_by_side", "silence", "silence_trials", "therapists", "tiles",
        "trials",
    )}  # fmt: skip
    assert all(callable(getattr(presentation, name)) for name in made)
