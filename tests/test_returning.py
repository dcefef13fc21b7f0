"""Where clients come back because relief has ended, the page says so; elsewhere it does not."""

import numpy as np
import pytest
from factories import follow_up, make_practice, session

from nmt_analytics.known_truth import invent_practice
from nmt_analytics.outcomes.returning import Returning, returning
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.answers.endings import returning_results, say_returning

SESSIONS = 1200
SAID = "coming back goes with relief being over"


def sentence_of(known):
    return known.practice.endings().bundle.sentence


@pytest.fixture(scope="module")
def returning_practice(tmp_path_factory):
    return invent_practice("returning", tmp_path_factory.mktemp("r") / "p", SESSIONS, 1)


def test_the_page_says_so_where_clients_come_back_because_relief_has_ended(returning_practice):
    found = returning(returning_practice.practice.view)
    assert found.tells_of_relief
    assert SAID in sentence_of(returning_practice)
    assert "so the numbers take it into account" in sentence_of(returning_practice)


def test_without_a_question_at_the_next_visit_the_page_asks_for_one(tmp_path):
    known = invent_practice("returning", tmp_path / "p", SESSIONS, 1, intake_asked_share=0.3)
    assert SAID in sentence_of(known)
    assert "You could ask at each visit" in sentence_of(known)
    # And rightly so: where relief ended unheard of, the share that still holds is too high.
    value = known.practice.outcome("relief_at_14_days").data.rows[0].value
    assert value > known.true_value("relief_at_14_days")


@pytest.mark.parametrize("name", ["friendly", "silent", "small"])
def test_nothing_is_said_where_clients_come_back_for_other_reasons(tmp_path, name):
    known = invent_practice(name, tmp_path / "p", SESSIONS, 1)
    assert SAID not in sentence_of(known)
    assert not returning(known.practice.view).tells_of_relief


def test_shared_pages_do_not_tell_when_clients_come_back(returning_practice):
    shared = Practice(returning_practice.practice.settings, audience="shared")
    assert shared.endings().bundle.sentence.find(SAID) == -1
    assert returning(shared.view) == Returning(parse_period(None))


def test_few_clients_with_either_answer_are_not_compared(returning_practice):
    quarter = parse_period("2024Q1")
    view = returning_practice.practice.view
    assert returning(view, parse_period("2026-09-28..2026-09-30")).after_lost is None
    assert returning(view, quarter).period == quarter


def test_the_two_shares_are_those_of_one_day_when_all_answer_on_that_day(tmp_path):
    # 40 clients answer on day 4: of 20 whose relief is over 15 are back on day 8, of the others 5.
    sessions, check_ins = [], []
    for n in range(40):
        lost, place = n < 20, n % 20
        came_back = place < (15 if lost else 5)
        back_on = "2026-03-10" if came_back else "2026-03-27"
        for number, day in ((n, "2026-03-02"), (100 + n, back_on)):
            at = {"started_at": f"{day} 10:00", "ended_at": f"{day} 11:00"}
            sessions.append(session(number, client_id=f"C{n}", **at))
        told = {"asked_at": "2026-03-06 11:00", "answered_at": "2026-03-06 12:00"}
        check_ins.append(follow_up(n, relief_holding=not lost, **told))
    practice = Practice(make_practice(tmp_path / "p", sessions, check_ins))
    found = returning(practice.view)
    assert (found.after_lost, found.after_held) == pytest.approx((75, 25))
    # By hand: the difference without one client moves by the client's own share alone.
    moves = np.concatenate([np.repeat(each, n) for each, n in _moves()])
    assert (found.ci_upper - found.ci_lower) / 2 == pytest.approx(
        100 * 2.0226909 * np.sqrt(39 / 40 * (moves**2).sum())
    )
    assert found.asked == 0
    practice.store.close()


def _moves():
    """How the difference moves without one client who came back, or did not, of either side."""
    return (
        (14 / 19 - 15 / 20, 15),
        (15 / 19 - 15 / 20, 5),
        (5 / 20 - 4 / 19, 5),
        (5 / 20 - 5 / 19, 15),
    )


def test_every_share_that_is_said_stands_in_the_results():
    found = Returning(parse_period("2026"), 51.2, 29.7, 12.0, 31.0, 64.4)
    said = say_returning(found)
    assert [result.shown in said for result in returning_results(found)] == [True] * 3
    assert "Only at 64" in said
    assert say_returning(Returning(parse_period("2026"), 35.0, 29.7, 1.0, 9.0, 64.4)) == ""
