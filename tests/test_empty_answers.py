"""No data, no sessions, no answers, too few clients: each a helpful sentence, never a crash."""

import json
from datetime import datetime

import answers
import pytest

from nmt_analytics.answer import Answer
from nmt_analytics.errors import NoDataError
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.before_and_after import PainTable, PressureTable
from nmt_analytics.outcomes.caution import SilenceTable
from nmt_analytics.outcomes.guide import GuideRow, ReturnGuide
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.presentation import (
    present_control_chart,
    present_curve,
    present_data_quality,
    present_drivers,
    present_outcome,
    present_overview,
    present_pain,
    present_pressure,
    present_return_guide,
    present_silence,
)

STRESS = ("stress_level",)
AS_OF = datetime(2026, 10, 21, 23, 59, 59)
FEW_KIND = GuideRow(("high",), answers.few(value=3.1), answers.hidden(), answers.row(value=18.2))
NOTHING = Row("2026Q3", (), n_sessions=0, n_clients=0)
ONE_OF_TWO = [answers.hidden("low"), answers.few("high")]
TWO_HIDDEN = (answers.hidden(), answers.hidden())
EMPTY = {
    "one group alone": present_outcome(answers.table(by=STRESS, rows=ONE_OF_TWO)),
    "no answers": present_outcome(answers.table(rows=[NOTHING])),
    "all hidden": present_outcome(answers.table(by=STRESS, rows=[answers.hidden("low")])),
    "no curve": present_curve(answers.curves(answers.Curve((), 0, 0))),
    "hidden curve": present_curve(answers.curves(answers.Curve((), hidden=answers.FEW))),
    "nobody asked": present_data_quality(answers.quality(check_ins=())),
    "no months": present_control_chart(answers.chart([None, None])),
    "no guide": present_return_guide(ReturnGuide(STRESS, answers.QUARTER, (FEW_KIND,))),
    "no pain": present_pain(PainTable(answers.QUARTER, answers.hidden())),
    "no pressure": present_pressure(PressureTable(answers.QUARTER, (), *TWO_HIDDEN)),
    "no silence": present_silence(
        SilenceTable(METRICS["relief_at_14_days"], answers.QUARTER, *TWO_HIDDEN)
    ),
    "no drivers": present_drivers(answers.drivers(refusal="fewer than 5 clients answered")),
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_show_is_a_sentence_and_never_an_empty_figure(name):
    bundle = EMPTY[name]
    assert bundle.kind == "empty"
    assert bundle.figure is None
    assert len(bundle.title) > 10
    assert len(bundle.sentence) > 10
    json.dumps(bundle.to_mime(), allow_nan=False)
    with pytest.raises(NoDataError, match="nothing to draw"):
        Answer(None, lambda _: bundle).figure()


def test_one_group_among_hidden_ones_is_named_and_its_number_kept_in_the_results():
    bundle = EMPTY["one group alone"]
    assert bundle.sentence == (
        "Too few clients stand behind every group but “High”, so there is nothing to compare."
    )
    assert [each.hidden for each in bundle.results][:2] == [answers.FEW, ""]
    assert bundle.why == "too_few"


def test_one_group_alone_because_there_is_no_other_is_shown():
    assert present_outcome(answers.table(by=STRESS, rows=[answers.row("high")])).kind == "figure"


def test_a_period_without_sessions_says_so_in_the_header():
    nothing = present_overview(answers.overview(0, 0, None, None), "Riverbend", AS_OF, "owner")
    assert nothing.sentence == "The practice's data holds no session in July to September 2026."


def test_a_period_with_too_few_clients_says_so_without_a_number():
    few = Row("2026Q3", (), hidden=answers.FEW, showing="hidden")
    overview = answers.overview().__class__(answers.QUARTER, few, few, few, few, few)
    header = present_overview(overview, "Riverbend", AS_OF, "owner")
    assert header.sentence == (
        "Too few clients came in July to September 2026, if any, to show numbers."
    )
    assert (header.items[0].label, header.items[0].value) == (
        "Sessions, clients and answers",
        answers.FEW,
    )


def test_check_ins_that_few_clients_were_asked_are_not_said_to_be_missing():
    days = ((24, None, None, answers.FEW),)
    shown = present_data_quality(answers.quality(check_ins=days))
    assert shown.title.startswith("Too few clients were asked in July to September 2026")


def test_pain_that_may_not_be_shown_is_a_heading_and_its_reason():
    shown = present_pain(PainTable(answers.QUARTER, answers.hidden()))
    assert shown.title == f"Change in pain during the session: {answers.FEW}"
