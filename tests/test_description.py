"""What a period holds and how good its data are: counts, answers, silence, refusals.

One practice of 24 clients with a session each in July, one more in August of C1:
C1-C20 were asked at 24 hours and on day 4; C1-C12 answered both (still holding), C13-C16, treated
for ischemia, answered on day 4 only (lost, and then holding on day 7, which nobody asked), C17-C20
never answered; C21-C24 were not asked at all.
"""

from pathlib import Path

import pytest
from factories import days_after, follow_up, make_practice, session, write_rows

from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.curves import curve
from nmt_analytics.outcomes.description import data_quality, overview
from nmt_analytics.outcomes.disclosure import BESIDE_HIDDEN, NOBODY
from nmt_analytics.practice import Practice
from nmt_analytics.schema import FOLLOW_UPS
from nmt_analytics.settings import Settings

Rows = list[dict[str, object]]


def rows_of_practice() -> tuple[Rows, Rows]:
    sessions = [
        session(number, **_if(13 <= number <= 16, condition="ischemia")) for number in range(1, 25)
    ]
    august = {"started_at": "2026-08-05 10:00", "ended_at": "2026-08-05 11:00"}
    sessions.append(session(25, client_id="C1", **august))
    answers: Rows = []

    def told(number: int, days: float, asked: bool, answered: bool, **said: object) -> None:
        moment = days_after(days)
        row = {"asked_at": moment if asked else None, "answered_at": moment if answered else None}
        answers.append(follow_up(len(answers) + 1, session_id=f"S{number}") | row | said)

    for number in range(1, 21):
        lost_by_day_four = 13 <= number <= 16
        told(number, 1, asked=True, answered=number <= 12, **_if(number <= 12, soreness=0))
        said = _if(number <= 16, relief_holding=not lost_by_day_four)
        told(number, 4, asked=True, answered=number <= 16, **said)
        if lost_by_day_four:
            told(number, 7, asked=False, answered=True, relief_holding=True)
    return sessions, answers


def _if(answered: bool, **said: object) -> dict[str, object]:
    return said if answered else {}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = make_practice(tmp_path_factory.mktemp("described"), *rows_of_practice())
    broken = follow_up(900, session_id="S1", relief_holding=True, soreness=11, pain=12)
    path = write_rows(settings.folder / "broken" / "more.csv", FOLLOW_UPS, [broken])
    assert load_file(settings, path).n_quarantined == 1
    return settings


def test_an_overview_counts_sessions_clients_answers_and_silence(practice: Practice) -> None:
    found = overview(practice.view)
    assert (found.sessions.value, found.clients.value) == (25, 24)
    # Asked twice each: 40 check-ins. Answered: 12 twice and 4 once.
    assert found.response.value == pytest.approx(100 * 28 / 40)
    assert found.response.n_sessions == 20
    # Without any answer: S17 to S24 and the session in August.
    assert found.silent.value == pytest.approx(100 * 9 / 25)


def test_an_overview_holds_to_its_period(practice: Practice) -> None:
    july, august = overview(practice.view, "2026-07"), overview(practice.view, "2026-08")
    assert july.sessions.value == 24
    assert august.sessions.is_hidden and august.sessions.value is None


def test_a_period_without_sessions_holds_none_and_hides_none(practice: Practice) -> None:
    empty = overview(practice.view, "2025Q1")
    assert (empty.sessions.value, empty.clients.value) == (0, 0)
    assert not empty.sessions.is_hidden
    assert empty.response.hidden == NOBODY


def test_check_ins_are_counted_by_the_hours_after_the_session(practice: Practice) -> None:
    found = data_quality(practice.view)
    assert [(day.hours, day.n_asked, day.n_answered) for day in found.check_ins] == [
        (24, 20, 12),
        (96, 20, 16),
    ]


def test_records_are_counted_by_their_fate(practice: Practice) -> None:
    found = data_quality(practice.view)
    # 25 sessions, 44 check-ins, and one check-in that was refused by one rule in two columns.
    assert (found.n_read, found.n_stored, found.n_skipped) == (70, 69, 0)
    assert found.refused == (("conformance.range", 1),)


def test_contradictions_of_few_clients_are_hidden_and_none_are_none(practice: Practice) -> None:
    # Four clients contradict themselves once each.
    assert data_quality(practice.view).n_contradictions is None
    assert data_quality(practice.view, "2026-08").n_contradictions == 0


def test_what_was_loaded_later_does_not_count_earlier(settings: Settings) -> None:
    practice = Practice(settings, loaded_by="2026-10-24")
    found = data_quality(practice.view)
    practice.store.close()
    assert (found.n_read, found.refused, found.check_ins, found.ended) == (0, (), (), ())
    assert found.n_contradictions == 0


def test_why_observation_ended_is_hidden_where_a_total_would_give_it_back(
    practice: Practice,
) -> None:
    # relief_ended 4 (too few), returned 1 (too few), lost 20.
    assert data_quality(practice.view).ended == (
        ("lost", 20),
        ("relief_ended", None),
        ("returned", None),
    )
    # In July up to a week later: relief_ended 4 (too few) and not yet over 20, hidden beside it.
    earlier = Practice(practice.settings, as_of="2026-07-10", store=practice.store)
    assert data_quality(earlier.view, "2026-07").ended == (
        ("not_yet_over", None),
        ("relief_ended", None),
    )


def test_shared_counts_are_rounded(shared: Practice) -> None:
    found = data_quality(shared.view)
    assert [(day.hours, day.n_asked, day.n_answered) for day in found.check_ins] == [
        (24, 20, 10),
        (96, 20, 15),
    ]
    assert (found.n_read, found.n_contradictions) == (70, None)
    # Of 4 and 1 that are too few, the sum is known: the 20 go too, or it would tell too much.
    assert {count for _, count in found.ended} == {None}


# --- curves --------------------------------------------------------------------------------------


def test_a_curve_runs_from_all_sessions_to_those_that_last(practice: Practice) -> None:
    (drawn,) = curve(practice.view, "relief").curves
    shares = {point.day: point.value for point in drawn.points}
    assert (drawn.n_sessions, drawn.n_clients) == (16, 16)
    # 12 still held on day 4, four had lost relief by then.
    assert shares[0] == pytest.approx(100)
    assert shares[4] == pytest.approx(75)
    assert shares[2] == pytest.approx(87.5)
    day_four = next(point for point in drawn.points if point.day == 4)
    assert day_four.n_at_risk == 12
    assert day_four.known_lower == pytest.approx(day_four.known_upper)
    assert day_four.ci_lower < 75 < day_four.ci_upper


def test_a_hidden_curve_has_a_reason_and_no_points(practice: Practice) -> None:
    ischemia, not_recorded = curve(practice.view, "relief", "condition").curves
    assert (ischemia.levels, not_recorded.levels) == (("ischemia",), ("not_recorded",))
    # One has too few clients and the other stands beside it: neither says which.
    assert ischemia.hidden == not_recorded.hidden == BESIDE_HIDDEN
    for hidden in (ischemia, not_recorded):
        assert (hidden.points, hidden.n_sessions, hidden.n_clients) == ((), None, None)
    assert curve(practice.view, "relief", None, "2026-08").curves == ()


def test_a_curve_ends_where_too_few_clients_are_still_followed(tmp_path: Path) -> None:
    # Twelve clients hold on day 4; four of them are asked again on day 14.
    sessions = [session(number) for number in range(1, 13)]
    answers = [
        follow_up(f"{n}_{day}", session_id=f"S{n}", asked_at=days_after(day),
                  answered_at=days_after(day), relief_holding=True)
        for n in range(1, 13) for day in ((4, 14) if n < 5 else (4,))
    ]  # fmt: skip
    practice = Practice(make_practice(tmp_path, sessions, answers))
    (drawn,) = curve(practice.view, "relief").curves
    practice.store.close()
    assert max(point.day for point in drawn.points) == 4


def test_a_shared_curve_has_rounded_shares_and_ends_with_the_sessions_followed(
    shared: Practice,
) -> None:
    (drawn,) = curve(shared.view, "relief").curves
    assert drawn.n_sessions == drawn.n_clients == 15
    assert [point.day for point in drawn.points] == [0, 4]
    assert [point.n_at_risk for point in drawn.points] == [15, 10]
    # On day 1 rounded counts would say: all of them. On day 4 12 of 16 held: 10 of 15.
    assert drawn.points[-1].value == 67


def test_nothing_is_shared_of_a_curve_on_which_nobody_differs(shared: Practice) -> None:
    # Twelve sessions were free of soreness by 24 hours, every one.
    (drawn,) = curve(shared.view, "soreness").curves
    assert all(0 < point.value < 100 for point in drawn.points if point.day > 0)
