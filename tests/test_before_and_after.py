"""Pain beyond the mean, and the loop from pressure felt to the next session.

Thirty clients. C1-C20 come with pain 8 and leave with 4, C21-C30 come with 3 and leave with 2; each
is asked twice after relief ended, and says 3 and 5. Pressure: six clients of sessions that felt
too strong and were adjusted, five came back to one that felt right; six whose session was not
adjusted, three did.
"""

from pathlib import Path

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.outcomes.before_and_after import (
    BUCKETS_OF_CLIENTS,
    NO_SESSION,
    pain_beyond_the_mean,
    pressure_loop,
)
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

AGAIN = {"started_at": "2026-08-20 10:00", "ended_at": "2026-08-20 11:00"}


def first_sessions() -> list[dict[str, object]]:
    sessions = []
    for client in range(1, 31):
        before, after = (8, 4) if client <= 20 else (3, 2)
        sessions.append(session(client, pain_before=before, pain_after=after))
    for client in range(1, 13):
        sessions[client - 1] |= {"pressure_felt": "too_strong", "pressure_adjusted": client <= 6}
    return sessions


def next_sessions() -> list[dict[str, object]]:
    not_right = {6: "too_light", 7: "too_strong", 8: "too_strong", 9: "too_light"}
    return [
        session(100 + client, client_id=f"C{client}", **AGAIN)
        | {"pressure_felt": not_right.get(client, "right")}
        for client in range(1, 13)
    ]


def ratings(elsewhere: bool = True) -> list[dict[str, object]]:
    """Pain 9 while relief held, then 3 and 5 once it had ended."""
    answers: list[dict[str, object]] = []
    for client in range(1, 31):
        for day, pain in ((2, 9), (20, 3), (25, 5)):
            holding = day == 2
            if holding or elsewhere:
                at = days_after(day)
                said = {"relief_holding": holding, "pain": pain, "asked_at": at, "answered_at": at}
                answers.append(follow_up(len(answers) + 1, session_id=f"S{client}") | said)
    return answers


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("before")
    return make_practice(folder, first_sessions() + next_sessions(), ratings())


# --- pain -----------------------------------------------------------------------------------------


def test_the_whole_curve_says_which_share_improved_by_how_much(practice: Practice) -> None:
    table = pain_beyond_the_mean(practice.view, "2026-07")
    shares = dict(table.responders)
    assert list(shares) == list(range(11))
    assert shares[0] == shares[1] == pytest.approx(100)
    assert shares[2] == shares[4] == pytest.approx(100 * 20 / 30)
    assert shares[5] == shares[10] == 0


def test_sessions_with_little_pain_before_are_counted(practice: Practice) -> None:
    assert pain_beyond_the_mean(practice.view, "2026-07").n_low_baseline == 10


def test_the_fall_to_be_expected_comes_from_ratings_after_relief_ended(practice: Practice) -> None:
    table = pain_beyond_the_mean(practice.view, "2026-07")
    # Everybody's usual pain is 4, and a rating tells nothing of the client: reliability 0. So all
    # of the distance from the mean of 19/3 at booking to 4 would be lost by itself.
    assert table.reliability == 0
    assert table.expected == pytest.approx(-(19 / 3 - 4))
    # Each client's own ratings at other times are 4 on average, too.
    assert table.paired == pytest.approx(-(19 / 3 - 4))
    said = practice.pain("2026-07").sentence().replace("\N{NO-BREAK SPACE}", " ")
    assert "own ratings at other times, by 2.3 points" in said
    assert table.change.value == pytest.approx(-3)
    assert table.reason == ""


def test_without_such_ratings_it_says_why_nothing_can_be_expected(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("never_elsewhere")
    practice = Practice(make_practice(folder, first_sessions(), ratings(elsewhere=False)))
    table = pain_beyond_the_mean(practice.view)
    assert (table.expected, table.reliability) == (None, None)
    assert table.reason == "there are no pain ratings from times other than a booking"
    assert table.responders
    practice.store.close()


def test_with_groups_of_clients_in_place_of_clients_nothing_is_expected(tmp_path: Path) -> None:
    # A group of clients would pass for one client whose ratings vary a lot.
    sessions = [session(number, pain_before=6, pain_after=4) for number in range(1, 1002)]
    large = Practice(make_practice(tmp_path, sessions))
    table = pain_beyond_the_mean(large.view)
    assert (table.expected, table.paired, table.reason) == (None, None, BUCKETS_OF_CLIENTS)
    assert table.change.n_clients == 1001
    large.store.close()


def test_a_hidden_change_in_pain_hides_all_that_hangs_on_it(
    practice: Practice, settings: Settings
) -> None:
    table = pain_beyond_the_mean(practice.view, "2026-08")
    assert table.change.is_hidden
    assert (table.responders, table.expected, table.n_low_baseline) == ((), None, None)
    shared = Practice(settings, audience="shared")
    table = pain_beyond_the_mean(shared.view, "2026-07")
    assert table.change.value == -3
    assert (table.responders, table.expected, table.n_low_baseline) == ((), None, None)
    shared.store.close()


# --- pressure -------------------------------------------------------------------------------------


def test_the_next_session_after_adjusting_and_after_not_adjusting(practice: Practice) -> None:
    table = pressure_loop(practice.view)
    adjusted, not_adjusted = table.after_adjusting, table.after_not_adjusting
    assert adjusted.value == pytest.approx(100 * 1 / 6)
    assert not_adjusted.value == pytest.approx(100 * 3 / 6)
    for row in (adjusted, not_adjusted):
        assert (row.n_sessions, row.n_clients, row.showing) == (6, 6, "few clients")
        assert row.ci_lower is not None and row.value is not None and row.ci_upper is not None
        assert row.ci_lower < row.value < row.ci_upper


def test_how_pressure_felt_is_counted_by_level(practice: Practice) -> None:
    felt = dict(pressure_loop(practice.view, "2026-07").felt)
    assert {level: row.value for level, row in felt.items()} == {
        "too_strong": 12,
        "not_recorded": 18,
    }


def test_a_practice_that_always_adjusts_still_has_a_number_for_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    sessions = [row for row in first_sessions() if row.get("pressure_adjusted") is not False]
    folder = tmp_path_factory.mktemp("always")
    practice = Practice(make_practice(folder, sessions + next_sessions()))
    table = pressure_loop(practice.view)
    assert table.after_adjusting.value == pytest.approx(100 / 6)
    assert table.after_not_adjusting.hidden == NO_SESSION
    assert table.after_not_adjusting.value is None
    practice.store.close()


def test_a_loop_of_too_few_clients_is_hidden(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    table = pressure_loop(practice.view)
    for row in (table.after_adjusting, table.after_not_adjusting):
        assert row.is_hidden and row.value is None and row.n_clients is None
    practice.store.close()
