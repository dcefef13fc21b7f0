"""When to see a client again: the days by which relief ends, and when clients really return.

Six clients with spasms: relief lost between days 4 and 7, back after 14 days. Six with ischemia
that lost relief by day 4 and never came back. Four with cramps and four with nerve damage, too few
to say.
"""

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.guide import GUIDE_METRICS, GuideRow, return_guide
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

CONDITIONS = ["muscle_spasm"] * 6 + ["ischemia"] * 6 + ["muscle_cramp"] * 4 + ["nerve_damage"] * 4


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sessions: list[dict[str, object]] = []
    answers: list[dict[str, object]] = []

    def told(client: int, day: int, holding: bool) -> None:
        at = days_after(day)
        said = {"asked_at": at, "answered_at": at, "relief_holding": holding}
        answers.append(follow_up(len(answers) + 1, session_id=f"S{client}") | said)

    for client, condition in enumerate(CONDITIONS, start=1):
        sessions.append(session(client, condition=condition, stress_level="low"))
        if condition == "muscle_spasm":
            told(client, 4, True)
            told(client, 7, False)
            again = {"started_at": "2026-07-15 10:00", "ended_at": "2026-07-15 11:00"}
            sessions.append(session(100 + client, client_id=f"C{client}", **again))
        else:
            told(client, 4, False)
    last = {"started_at": "2026-09-01 10:00", "ended_at": "2026-09-01 11:00"}
    sessions.append(session(200, client_id="C1", **last))
    return make_practice(tmp_path_factory.mktemp("guide"), sessions, answers)


def rows_of(practice: Practice, *by: str) -> dict[tuple[str, ...], GuideRow]:
    return {row.levels: row for row in return_guide(practice.view, by).rows}


def test_a_quarter_and_half_have_lost_relief_by_these_days(practice: Practice) -> None:
    spasm = rows_of(practice, "condition")["muscle_spasm",]
    # All of them between days 4 and 7: a quarter after a quarter of the way, half in the middle.
    assert spasm.quarter_lost.value == pytest.approx(4.75)
    assert spasm.half_lost.value == pytest.approx(5.5)
    assert spasm.returned.value == 14
    assert spasm.half_lost.n_clients == 6


def test_clients_who_do_not_come_back_have_no_day_of_return(practice: Practice) -> None:
    # Sixty-two days after it nobody with ischemia was back: longer than that.
    returned = rows_of(practice, "condition")["ischemia",].returned
    assert (returned.value, returned.known_lower, returned.is_hidden) == (None, 62, False)


def test_a_kind_of_client_with_too_few_is_too_few_to_say(practice: Practice) -> None:
    rows = rows_of(practice, "condition")
    cramp = rows["muscle_cramp",]
    for row in (cramp.quarter_lost, cramp.half_lost, cramp.returned):
        assert row.is_hidden and row.value is None
    # Those without a condition are back after their return; they were not asked about relief.
    nobody = rows["not_recorded",]
    assert nobody.half_lost.hidden == "no answers"


def test_two_dimensions_make_a_row_of_each_combination(practice: Practice) -> None:
    rows = rows_of(practice, "condition", "stress_level")
    assert rows["muscle_spasm", "low"].half_lost.value == pytest.approx(5.5)
    assert rows["muscle_cramp", "low"].half_lost.hidden == "hidden: fewer than 5 clients"
    assert rows["not_recorded", "not_recorded"].half_lost.hidden == "no answers"
    assert len(rows) == 5


def test_the_guide_uses_all_sessions_up_to_the_end_of_its_period(practice: Practice) -> None:
    guide = return_guide(practice.view, "condition", "2026-08")
    assert guide.period.name == "up to 2026-08-31"
    found = {row.levels: row for row in guide.rows}["muscle_spasm",]
    assert found.half_lost.value == pytest.approx(5.5)
    assert return_guide(practice.view, "condition", "2026-06").rows == ()


def test_the_guide_stands_in_the_order_of_the_vocabulary(practice: Practice) -> None:
    assert [levels[0] for levels in rows_of(practice, "condition")] == [
        "muscle_spasm",
        "muscle_cramp",
        "nerve_damage",
        "ischemia",
        "not_recorded",
    ]


def test_each_kind_of_client_has_three_records(practice: Practice) -> None:
    guide = return_guide(practice.view)
    records = guide.records()
    assert guide.by == ("condition", "stress_level")
    assert [record["metric"] for record in records[:3]] == list(GUIDE_METRICS)
    assert len(records) == 3 * len(guide.rows)
    for record in records:
        assert set(record) == set(guide.columns)
        assert (record["value"] is None) or record["hidden"] == ""


def test_a_guide_by_three_dimensions_is_refused(practice: Practice) -> None:
    with pytest.raises(UsageError, match="two dimensions"):
        return_guide(practice.view, ("condition", "stress_level", "severity_band"))
