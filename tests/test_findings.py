"""Takeaways claim only what numbers shown in full can carry; what stands out is ranked by it."""

import re

import answers
import pytest

from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.verdicts import CANNOT_TELL, NOT_SUPPORTED, NOT_TESTABLE, SUPPORTED
from nmt_analytics.reporting.answers.presentation import (
    present_claims,
    present_control_chart,
    present_drivers,
    present_return_guide,
)
from nmt_analytics.reporting.findings import (
    are_apart,
    change_since,
    say_change,
    say_curve,
    say_outcome,
)
from nmt_analytics.reporting.ratio_words import ratio_in_words, size_range_briefly
from nmt_analytics.reporting.wording import MINUS, NO_BREAK

STRESS, CONDITION = ("stress_level",), ("condition",)
APART = [
    answers.row("low", value=10.0, lower=9.0, upper=11.0),
    answers.row("high", value=6.0, lower=5.0, upper=7.0),
]


def plain(text):
    return text.replace(NO_BREAK, " ").replace(MINUS, "-")


def takeaway(by, rows, metric="relief_days_median"):
    return plain(say_outcome(answers.table(metric, by, rows)))


def test_a_number_alone_is_said_with_its_likely_range():
    assert takeaway((), [answers.row()]) == "Relief lasts about 9 days (likely 7 to 11)"


def test_levels_in_order_are_told_by_their_ends_when_their_ranges_lie_apart():
    assert takeaway(STRESS, APART) == (
        "Relief lasts about 10 days under low stress, about 6 days under high stress"
    )


def test_overlapping_ranges_are_too_little_data_and_never_no_difference():
    rows = [answers.row("low", value=9.0), answers.row("high", value=8.5)]
    assert takeaway(STRESS, rows) == (
        "How long relief lasts: too little data to tell stress levels apart"
    )


def test_levels_without_order_are_told_by_their_span_and_not_ranked():
    twelve = answers.row("muscle_spasm", value=12, lower=11, upper=13)
    rows = [twelve, answers.row("ischemia", value=5, lower=4, upper=6)]
    assert takeaway(CONDITION, rows) == (
        "How long relief lasts differs between conditions: about 5 days to about 12 days"
    )


@pytest.mark.parametrize(
    "other",
    [
        answers.few("high", value=2.0, lower=1.0, upper=3.0),
        answers.hidden("high"),
        answers.row("not_recorded", value=2.0, lower=1.0, upper=3.0),
        answers.row("high", value=None, lower=None, upper=None),
    ],
)
def test_what_is_not_shown_in_full_is_never_compared(other):
    rows = [answers.row("low", value=10.0, lower=9.0, upper=11.0), other]
    assert takeaway(STRESS, rows) == (
        "How long relief lasts: too few clients to compare stress levels"
    )


def test_many_groups_need_more_than_two_ranges_that_just_do_not_touch():
    """Two of nine will not touch by chance alone in one practice out of eight."""
    near = [
        answers.row("a", value=10.0, lower=9.05, upper=10.95),
        answers.row("b", value=12.0, lower=11.05, upper=12.95),
    ]
    between = [answers.row(str(i), value=11.0, lower=9.0, upper=13.0) for i in range(7)]
    assert are_apart(near)
    assert not are_apart([*near, *between])
    far = answers.row("c", value=14.0, lower=13.05, upper=14.95)
    assert are_apart([*near, far, *between[1:]])


def test_months_are_no_comparison():
    rows = [answers.row("2026-07", value=4, lower=3, upper=5), answers.row("2026-08", value=12)]
    assert takeaway(("month",), rows) == "How long relief lasts, month by month"


def test_a_curve_is_told_by_both_ends_of_what_was_promised():
    assert plain(say_curve(answers.curves())) == (
        "88 % are still relieved on day 4, 58 % on day 14"
    )
    sore = answers.falling(days=range(0, 97, 2), per_day=2.0)
    assert plain(say_curve(answers.curves(sore, outcome="soreness"))) == (
        "Soreness is gone by 24 hours after 48 % of sessions, by 36 hours after 72 %"
    )


def test_a_curve_that_ends_before_the_promise_claims_nothing():
    short = answers.curves(answers.falling(days=range(8)))
    assert say_curve(short) == "How long relief lasts"


def test_a_change_that_is_seen_says_what_it_was_before():
    change = answers.change()
    assert plain(change_since(change)) == "before: 60 %"
    assert plain(say_change(change)) == (
        "78 % (likely 73 to 83) are still relieved on day 4 (April to June 2026: 60 %)"
    )


def test_a_change_whose_range_holds_zero_is_none_that_this_data_can_show():
    change = answers.change(now=62.0, before=60.0, likely=(-5.0, 9.0))
    assert plain(change_since(change)) == "no change that this data can show (before: 60 %)"


def test_a_change_that_may_not_be_compared_gives_its_reason():
    change = answers.change(reason="fewer than 20 clients in one of the two periods")
    assert change_since(change).startswith("not compared: fewer than 20 clients")


def test_a_ratio_says_longer_or_shorter_than_what():
    assert plain(ratio_in_words(answers.ratio())) == (
        "Under high stress relief lasts 32 % shorter (likely 24 to 39) than under low stress"
    )
    held = answers.ratio("hold_seconds", "+10", "", value=1.11)
    assert plain(ratio_in_words(held)) == (
        "For each further 10 seconds of pressure relief lasts 11 % longer"
        " (likely 1 % shorter to 24 % longer)"
    )
    assert plain(size_range_briefly(held)) == "-1 to +24 %"
    twice = answers.ratio(value=2.5)
    assert "2.5 times as long" in plain(ratio_in_words(twice))


def test_drivers_name_at_most_the_two_most_certain_and_no_cause():
    ratios = [answers.ratio(value=v) for v in (0.68, 1.5, 0.75)] + [answers.ratio(value=1.02)]
    title = plain(present_drivers(answers.drivers(*ratios)).title)
    assert title.count("under high stress") == 2
    assert "50 % longer" in title and "32 % shorter" in title and "the rest being equal" in title
    nothing = present_drivers(answers.drivers(answers.ratio(value=1.02)))
    assert nothing.title == "What lengthens or shortens relief: too little data to tell"
    alone = answers.ratio(value=0.8, reach=1.22)  # its own likely range is all on one side
    looked_at = [alone, *[answers.ratio(level="moderate", value=1.0)] * 15]
    among_many = present_drivers(answers.drivers(*looked_at))
    assert among_many.title.endswith("too little data to be sure, with so many things looked at")
    assert "whether they are the cause, this data cannot say" in nothing.sentence


def test_drivers_stand_in_the_vocabularys_order_and_leave_out_what_is_not_recorded():
    ratios = [answers.ratio(level=level) for level in ("high", "moderate", "not_recorded")]
    shown = present_drivers(answers.drivers(*ratios)).table.rows
    assert [line[0] for line in shown] == ["Stress: moderate", "Stress: high"]


def test_refused_drivers_say_why():
    refused = present_drivers(answers.drivers(refusal="31 clients have answered; 40 are needed."))
    assert refused.kind == "empty"
    assert refused.sentence.startswith("31 clients have answered")


def test_a_signal_of_the_last_three_months_is_news_and_an_older_one_is_not():
    values = [55.0] * 10
    recent = answers.chart(values, signals={9: "outside_limit"}, verdicts={9: "worse"})
    assert present_control_chart(recent).title == (
        "Still relieved on day 7: worse in Sep 2026, outside the natural limits"
    )
    old = answers.chart(values, signals={2: "outside_limit"}, verdicts={2: "worse"})
    assert "nothing new; the last signal was in Feb 2026" in present_control_chart(old).title
    calm = present_control_chart(answers.chart(values)).title
    assert calm.endswith("no signal in 10 months, nothing beyond what chance brings")


def failing(name="relief_lasts"):
    return answers.claim(name, NOT_SUPPORTED, reason="the whole interval lies below 4 days")


def test_the_ledger_counts_promises_and_keeps_verdicts_as_words():
    ledger = present_claims(
        answers.claims(
            answers.claim(),
            failing("soreness_gone"),
            answers.claim(
                "pressure_held",
                CANNOT_TELL,
                reason="the interval reaches across 0",
                settle="about 60 more answering clients",
            ),
            answers.claim("blood_flow", NOT_TESTABLE, rows=(), promise="It improves blood flow"),
            answers.claim("nutrients", NOT_TESTABLE, rows=(), promise="It delivers nutrients"),
        )
    )
    assert ledger.title == (
        "Of 5 promises 1 holds, 1 fails, 1 the data cannot tell, 2 cannot be tested"
    )
    assert [each.verdict for each in ledger.items] == [
        "supported",
        "not supported",
        "data cannot tell",
        "not testable",
    ]
    assert ledger.items[2].settle == "What would settle it: about 60 more answering clients."
    assert ledger.items[3].promise == "It improves blood flow\nIt delivers nutrients"


def test_conditions_with_the_same_verdict_share_a_line_and_hidden_numbers_stay_hidden():
    responders = METRICS["pain_responders"]
    rows = [
        answers.claim(
            "relieves_condition",
            SUPPORTED,
            level="muscle_spasm",
            rows=[(responders, answers.row(value=66.0, lower=58.0, upper=73.0))],
        ),
        *(
            answers.claim(
                "relieves_condition",
                CANNOT_TELL,
                level=level,
                reason=answers.FEW,
                rows=[(responders, answers.hidden())],
            )
            for level in ("ischemia", "nerve_damage")
        ),
    ]
    supported, open_ = present_claims(answers.claims(*rows)).items
    assert "66 % (likely 58 to 73)" in plain(supported.value)
    assert supported.promise.endswith(": muscle spasm")
    assert open_.promise == "Ischemia, nerve damage"
    assert open_.value == ""
    assert not re.search(r"\d", open_.reason.replace("5 clients", "") + open_.settle)


def test_the_return_guide_counts_only_kinds_shown_in_full():
    from nmt_analytics.outcomes.guide import GuideRow, ReturnGuide
    from nmt_analytics.periods import parse_period

    def kind(level, half, back):
        return GuideRow((level,), answers.row(value=4.0), half, back)

    half = answers.row(value=7.0, lower=6.0, upper=8.0)
    back = answers.row(value=20.0, lower=18.0, upper=22.0)
    soon = answers.row(value=8.0, lower=7.0, upper=9.0)
    rows = (
        kind("low", half, back),
        kind("moderate", half, soon),
        kind("high", answers.hidden(), back),
    )
    bundle = present_return_guide(ReturnGuide(STRESS, parse_period("all"), rows))
    assert bundle.title == (
        "For 1 of 2 kinds of client, half have lost relief clearly before they come back"
    )
    assert "Too few to say: High." in bundle.caption
