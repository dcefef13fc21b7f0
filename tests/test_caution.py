"""What could mislead about relief: silent sessions, and simple averages.

Thirty clients with a session each: C1-C12 still had relief on day 14, C13-C20 had lost it by day 7,
C21-C29 never answered, C30 answered about soreness alone.
"""

from math import inf, log
from pathlib import Path

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.caution import naive_pair, silence_of
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

Said = dict[str, object]


def check_in(number: int, client: int, day: int, **said: object) -> Said:
    moment = days_after(day)
    row = follow_up(number, session_id=f"S{client}", asked_at=moment, answered_at=moment)
    return row | said


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    answers = [check_in(client, client, 14, relief_holding=True) for client in range(1, 13)]
    answers += [check_in(client, client, 7, relief_holding=False) for client in range(13, 21)]
    answers += [
        check_in(client, client, 7, answered_at=None) if client < 30 else check_in(30, 30, 1)
        for client in range(21, 31)
    ]
    answers[-1] |= {"soreness": 0}
    sessions = [session(client) for client in range(1, 31)]
    return make_practice(tmp_path_factory.mktemp("caution"), sessions, answers)


def test_the_bounds_give_every_silent_session_to_one_side(practice: Practice) -> None:
    table = silence_of(practice.view, 14)
    # 12 of the 20 that answered; of all 30, 12 at least and 22 at most.
    assert table.row.value == pytest.approx(60)
    assert table.lowest == pytest.approx(100 * 12 / 30)
    assert table.highest == pytest.approx(100 * 22 / 30)


def test_a_session_that_told_of_soreness_alone_is_silent_about_relief(practice: Practice) -> None:
    table = silence_of(practice.view, 14)
    assert table.silent.value == pytest.approx(100 * 9 / 30)
    assert table.highest is not None and table.lowest is not None
    assert table.highest - table.lowest == pytest.approx(100 * 10 / 30)


HELD, LOST, NOTHING = True, False, None
SILENCES: dict[str, tuple[dict[float, bool | None], Said | None, tuple[float, float, int]]] = {
    # What check-ins of these days were answered, the next session, then (lower, upper, n silent).
    "every question answered": ({2: HELD, 4: HELD, 7: LOST}, None, (4, 7, 0)),
    "skipped one, then said it was over": ({2: HELD, 4: NOTHING, 7: LOST}, None, (2, 7, 1)),
    "skipped one, then said it held": ({2: NOTHING, 4: HELD, 7: LOST}, None, (4, 7, 0)),
    "skipped one after it was over": ({2: HELD, 4: LOST, 7: NOTHING}, None, (2, 4, 0)),
    "asked again within hours": ({4: NOTHING, 4.3: HELD, 7: LOST}, None, (4, 7, 0)),
    "never came back": ({2: HELD, 4: HELD}, None, (4, inf, 1)),
    "came back unasked": ({4: HELD, 7: NOTHING}, {"day": 10}, (4, inf, 1)),
    "came back before the question": ({4: HELD, 7: NOTHING}, {"day": 6}, (4, inf, 0)),
    "came back and nothing was skipped": ({4: HELD}, {"day": 10}, (4, inf, 0)),
    "told at intake what the check-in did not hear": (
        {4: HELD, 7: NOTHING},
        {"day": 10, "previous_relief_holding": False},
        (4, 10, 1),
    ),
    "told at intake, nothing skipped": (
        {4: HELD, 7: HELD},
        {"day": 10, "previous_relief_holding": False},
        (7, 10, 0),
    ),
    "told at intake that it still held": (
        {4: HELD, 7: NOTHING},
        {"day": 10, "previous_relief_holding": True},
        (10, inf, 0),
    ),
}


@pytest.mark.parametrize("story", SILENCES)
def test_a_session_is_silent_where_an_answer_would_have_told_more(
    story: str, tmp_path: Path
) -> None:
    answers, coming_back, expected = SILENCES[story]
    sessions, check_ins = [session(1)], []
    for number, (day, holding) in enumerate(answers.items(), start=1):
        asked = {"session_id": "S1", "asked_at": days_after(day), "answered_at": None}
        told = (
            {} if holding is None else {"answered_at": days_after(day), "relief_holding": holding}
        )
        check_ins.append(follow_up(number, **asked | told))
    if coming_back is not None:
        start = {"started_at": days_after(float(str(coming_back["day"]))), "ended_at": None}
        told = {name: value for name, value in coming_back.items() if name != "day"}
        sessions.append(session(2, client_id="C1", **start, **told))
    practice = Practice(make_practice(tmp_path, sessions, check_ins))

    with practice.store.one_moment():
        prepare_outcomes(practice.view, parse_period(None))
        counts = practice.view.store.query("silence_counts")
    practice.store.close()
    assert counts["n"].tolist() == [1]
    assert (*counts["lower"], *counts["upper"], *counts["n_fell_silent"]) == expected


def test_the_curve_says_how_fast_silent_sessions_may_lose_relief(practice: Practice) -> None:
    table = silence_of(practice.view, 14)
    shares = dict(table.curve)
    for delta, share in shares.items():
        # Two thirds told that 60 % kept it; of the third that did not, 0.6 to the power delta.
        assert share == pytest.approx(100 * (0.6 * 2 / 3 + 0.6**delta / 3))
    assert (min(shares), max(shares)) == (0.5, 4)
    assert shares[1.0] == pytest.approx(60)


def test_the_conclusion_flips_where_the_curve_crosses_one_half(practice: Practice) -> None:
    flips_at = silence_of(practice.view, 14).flips_at
    assert flips_at == pytest.approx(log(0.3) / log(0.6))


def test_a_conclusion_that_silence_cannot_change_does_not_flip(practice: Practice) -> None:
    # Of the 20 that answered 60 % last beyond day 7, and so do 40 % of all 30 at least.
    table = silence_of(practice.view, 4)
    assert table.row.value is not None and table.row.value > 60
    assert table.flips_at is None or table.flips_at > 1


@pytest.mark.parametrize("day", [0, 5, 28])
def test_silence_is_weighed_on_days_that_are_promised(day: int, practice: Practice) -> None:
    with pytest.raises(UsageError, match="4, 7, 14"):
        silence_of(practice.view, day)


def test_nothing_is_said_of_a_period_without_enough_answers(practice: Practice) -> None:
    table = silence_of(practice.view, 14, "2026-08")
    assert table.row.is_hidden
    assert (table.lowest, table.highest, table.curve, table.flips_at) == (None, None, (), None)


def test_bounds_are_for_the_owner_alone(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    table = silence_of(practice.view, 14)
    assert table.row.value is not None
    assert (table.lowest, table.highest, table.curve) == (None, None, ())
    practice.store.close()


def test_two_simple_averages_stand_beside_the_estimate(practice: Practice) -> None:
    pair = naive_pair(practice.view)
    # "Still holding" was last heard on day 14, "lost" first on day 7, whatever the muscles did.
    assert (pair.last_holding, pair.first_lost) == (14, 7)
    assert pair.estimate.n_sessions == 20


def test_a_simple_average_of_too_few_clients_is_not_told(settings: Settings) -> None:
    # Asked back to day 13, nobody had said yet that relief still held on day 14.
    practice = Practice(settings, as_of="2026-07-13")
    pair = naive_pair(practice.view)
    assert not pair.estimate.is_hidden
    assert (pair.last_holding, pair.first_lost) == (None, 7)
    shared = Practice(settings, as_of="2026-07-20", audience="shared")
    assert naive_pair(shared.view).first_lost is None
    assert naive_pair(practice.view, "2026-08").last_holding is None
    practice.store.close()
