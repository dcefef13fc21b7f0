"""From answers to intervals: every rule of docs/methods.md, one sentence each.

Every case is a client of its own in one practice, written as canonical files and really loaded;
its name stands in body_region, so that a test finds its session again behind the pseudonyms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
from factories import days_after, follow_up, make_practice, note, session, write_rows

from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.analysis import outcome
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import ALL
from nmt_analytics.practice import Practice
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

HOUR = 1 / 24
SESSION_ENDS = "2026-07-01 11:00"
Outcomes = dict[str, dict[str, Any]]


def after(days: float, **answers: object) -> dict[str, object]:
    """An answer `days` after the end of the session, asked at the same moment."""
    moment = days_after(days, SESSION_ENDS)
    return {"asked_at": moment, "answered_at": moment, **answers}


def holding(days: float) -> dict[str, object]:
    return after(days, relief_holding=True)


def lost(days: float) -> dict[str, object]:
    return after(days, relief_holding=False)


def sore(hours: float, soreness: int = 3) -> dict[str, object]:
    return after(hours * HOUR, soreness=soreness)


def silent(days: float) -> dict[str, object]:
    return after(days, answered_at=None)


@dataclass
class Cases:
    """The rows of all cases, collected while this module is read."""

    sessions: list[dict[str, object]] = field(default_factory=list)
    follow_ups: list[dict[str, object]] = field(default_factory=list)
    notes: list[dict[str, object]] = field(default_factory=list)

    def session(self, *answers: dict[str, object], **values: object) -> str:
        """A client with one session and these answers about it; the case's name."""
        number = len(self.sessions) + 1
        name = f"case {number}"
        self.sessions.append(session(number, body_region=name, **values))
        for answer in answers:
            self.answer(session_id=f"S{number}", **answer)
        return name

    def next_session(self, days: float, **values: object) -> str:
        """A further session of the last client, `days` after the end of the first one."""
        number, client = len(self.sessions) + 1, self.sessions[-1]["client_id"]
        starts = days_after(days, SESSION_ENDS)
        row: dict[str, object] = {
            "client_id": client,
            "started_at": starts,
            "ended_at": days_after(HOUR, starts),
            "body_region": f"case {number}",
        }
        self.sessions.append(session(number, **row | values))
        return f"case {number}"

    def answer(self, **values: object) -> None:
        """A check-in by itself; without a session_id it is linked by its client."""
        number = len(self.follow_ups) + 1
        self.follow_ups.append(follow_up(number, **{"session_id": None, **values}))

    def answer_of_client(self, case: str, **values: object) -> None:
        """A check-in that names the client of a case and no session."""
        self.answer(client_id=f"C{case.removeprefix('case ')}", **values)


CASES = Cases()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("intervals")
    return make_practice(folder, CASES.sessions, CASES.follow_ups, CASES.notes)


def outcomes_of(practice: Practice) -> Outcomes:
    """The rows of session_outcomes by body_region."""
    view = practice.view
    with view.store.one_moment():
        prepare_outcomes(view, ALL)
        frame = view.store.frame(
            "select o.* replace (coalesce(s.body_region, 'not_recorded') as body_region) "
            "from session_outcomes as o join sessions_described as s using (session_number)"
        ).astype(object)
    rows = frame.where(frame.notna(), None).to_dict("records")
    view.store.close()
    return {row["body_region"]: row for row in rows}


@pytest.fixture(scope="module")
def outcomes(settings: Settings) -> Outcomes:
    return outcomes_of(Practice(settings))


def relief(outcomes: Outcomes, case: str) -> tuple[float, float] | None:
    """(lower, upper] in days of one case, None without an answer about relief."""
    row = outcomes[case]
    assert (row["relief_lower"] is None) == (row["relief_upper"] is None)
    return None if row["relief_lower"] is None else (row["relief_lower"], row["relief_upper"])


def soreness(outcomes: Outcomes, case: str) -> tuple[float, float] | None:
    """(lower, upper] in hours of one case, None without an answer about soreness."""
    row = outcomes[case]
    assert (row["soreness_lower"] is None) == (row["soreness_upper"] is None)
    return None if row["soreness_lower"] is None else (row["soreness_lower"], row["soreness_upper"])


# --- relief --------------------------------------------------------------------------------------

HELD_THEN_LOST = CASES.session(holding(1), holding(4), lost(7))
LOST_AT_FIRST = CASES.session(lost(4))
STILL_HOLDING = CASES.session(holding(4), holding(14))
NEVER_ANSWERED = CASES.session(silent(1), silent(4))
NEVER_ASKED = CASES.session()


def test_relief_ended_between_the_last_holding_and_the_first_not_holding(
    outcomes: Outcomes,
) -> None:
    assert relief(outcomes, HELD_THEN_LOST) == (4, 7)


def test_relief_lost_at_the_first_answer_ended_after_day_zero(outcomes: Outcomes) -> None:
    assert relief(outcomes, LOST_AT_FIRST) == (0, 4)


def test_relief_that_still_holds_has_no_upper_end(outcomes: Outcomes) -> None:
    assert relief(outcomes, STILL_HOLDING) == (14, inf)


def test_a_silent_session_has_no_interval_but_counts_in_the_response(outcomes: Outcomes) -> None:
    row = outcomes[NEVER_ANSWERED]
    assert relief(outcomes, NEVER_ANSWERED) is None
    assert (row["n_asked"], row["n_answered"], row["n_answers"]) == (2, 0, 0)
    assert relief(outcomes, NEVER_ASKED) is None
    assert (outcomes[NEVER_ASKED]["n_asked"], outcomes[NEVER_ASKED]["n_answered"]) == (0, 0)


ANSWERED_AFTER_3_6 = CASES.session(holding(3.6), lost(7.4))
ANSWERED_AFTER_4_3 = CASES.session(holding(4.3), lost(6.6))
HALF_PAST = CASES.session(holding(3.5), lost(6.5))
SHORT_OF_HALF = CASES.session(holding(3.5 - HOUR / 60), lost(7.5 - HOUR / 60))


def test_times_are_rounded_to_the_nearest_whole_day(outcomes: Outcomes) -> None:
    assert relief(outcomes, ANSWERED_AFTER_3_6) == (4, 7)
    assert relief(outcomes, ANSWERED_AFTER_4_3) == (4, 7)
    assert relief(outcomes, HALF_PAST) == (4, 7)
    assert relief(outcomes, SHORT_OF_HALF) == (3, 7)


LOST_WITHIN_HOURS = CASES.session(lost(0.2))
HELD_AND_LOST_ON_ONE_DAY = CASES.session(holding(3.9), lost(4.2))
HELD_AND_LOST_ON_DAY_ONE = CASES.session(holding(0.8), lost(1.1))


def test_the_upper_end_is_at_least_day_one(outcomes: Outcomes) -> None:
    assert relief(outcomes, LOST_WITHIN_HOURS) == (0, 1)


def test_the_lower_end_is_at_most_a_day_before_the_upper(outcomes: Outcomes) -> None:
    assert relief(outcomes, HELD_AND_LOST_ON_ONE_DAY) == (3, 4)
    assert relief(outcomes, HELD_AND_LOST_ON_DAY_ONE) == (0, 1)


HELD_AGAIN = CASES.session(holding(1), lost(4), holding(7), holding(14))
LOST_TWICE = CASES.session(holding(1), lost(4), lost(7))
LOST_AND_HELD_AT_ONCE = CASES.session(holding(1), lost(4), holding(4))


def test_holding_after_not_holding_is_counted_as_a_contradiction_and_not_used(
    outcomes: Outcomes,
) -> None:
    assert relief(outcomes, HELD_AGAIN) == (1, 4)
    assert outcomes[HELD_AGAIN]["n_contradictions"] == 2
    assert relief(outcomes, LOST_TWICE) == (1, 4)
    assert outcomes[LOST_TWICE]["n_contradictions"] == 0


def test_two_answers_of_the_same_moment_are_read_as_not_holding(outcomes: Outcomes) -> None:
    assert relief(outcomes, LOST_AND_HELD_AT_ONCE) == (1, 4)


ONLY_SORENESS_ANSWERED = CASES.session(sore(24, 0))


def test_an_answer_about_soreness_alone_says_nothing_about_relief(outcomes: Outcomes) -> None:
    assert relief(outcomes, ONLY_SORENESS_ANSWERED) is None
    assert outcomes[ONLY_SORENESS_ANSWERED]["n_answers"] == 1


# --- the next session ----------------------------------------------------------------------------

BEFORE_THE_NEXT = CASES.session(holding(4), lost(11))
AFTER_THE_NEXT = CASES.next_session(8)

ANSWERED_DURING_THE_NEXT = CASES.session(holding(4), lost(8 + HOUR / 2))
DURING_THE_NEXT = CASES.next_session(8)


def test_an_answer_after_the_next_session_belongs_to_that_one(outcomes: Outcomes) -> None:
    assert relief(outcomes, BEFORE_THE_NEXT) == (4, inf)
    # Day 11 is 3 days less an hour after the end of the next session, which took an hour.
    assert relief(outcomes, AFTER_THE_NEXT) == (0, 3)


def test_an_answer_given_during_a_session_belongs_to_none(outcomes: Outcomes) -> None:
    assert relief(outcomes, ANSWERED_DURING_THE_NEXT) == (4, inf)
    assert relief(outcomes, DURING_THE_NEXT) is None


ASKED_AT_INTAKE = CASES.session(holding(4))
INTAKE_SAYS_LOST = CASES.next_session(9, previous_relief_holding=False)
ASKED_AT_INTAKE_AND_HELD = CASES.session(lost(20))
INTAKE_SAYS_HELD = CASES.next_session(9, previous_relief_holding=True)


def test_the_question_at_the_next_intake_is_a_check_in_of_the_earlier_session(
    outcomes: Outcomes,
) -> None:
    assert relief(outcomes, ASKED_AT_INTAKE) == (4, 9)
    assert relief(outcomes, INTAKE_SAYS_LOST) is None
    assert relief(outcomes, ASKED_AT_INTAKE_AND_HELD) == (9, inf)
    assert relief(outcomes, INTAKE_SAYS_HELD) == (0, 11)


def test_the_question_at_the_next_intake_was_not_asked_by_a_check_in(outcomes: Outcomes) -> None:
    row = outcomes[ASKED_AT_INTAKE]
    assert (row["n_asked"], row["n_answered"], row["n_answers"]) == (1, 1, 2)


FILLED_IN_BEFORE = CASES.session()
FORM_BEFORE = CASES.next_session(9)
CASES.answer(
    source="intake",
    **lost(9 - HOUR / 4) | {"client_id": CASES.sessions[-1]["client_id"], "asked_at": None},
)
FILLED_IN_DURING = CASES.session()
FORM_DURING = CASES.next_session(9)
CASES.answer(
    source="intake",
    **lost(9 + HOUR / 2) | {"client_id": CASES.sessions[-1]["client_id"], "asked_at": None},
)


def test_an_intake_form_tells_about_the_session_before_whenever_it_was_filled_in(
    outcomes: Outcomes,
) -> None:
    assert relief(outcomes, FILLED_IN_BEFORE) == (0, 9)
    assert relief(outcomes, FILLED_IN_DURING) == (0, 9)
    assert relief(outcomes, FORM_BEFORE) is None
    assert relief(outcomes, FORM_DURING) is None
    assert outcomes[FILLED_IN_BEFORE]["n_asked"] == 0


LONG_SESSION = CASES.session(holding(2), ended_at="2026-07-01 18:00")
SESSION_WITHIN_IT = CASES.next_session(
    0, started_at="2026-07-01 12:00", ended_at="2026-07-01 13:00"
)


def test_of_two_sessions_that_overlap_the_later_one_is_observed(outcomes: Outcomes) -> None:
    assert relief(outcomes, LONG_SESSION) is None
    assert relief(outcomes, SESSION_WITHIN_IT) == (2, inf)


# --- linking -------------------------------------------------------------------------------------

LINKED_BY_CLIENT = CASES.session()
CASES.answer_of_client(LINKED_BY_CLIENT, **holding(4))
CASES.answer_of_client(LINKED_BY_CLIENT, **silent(7))
CASES.answer_of_client(LINKED_BY_CLIENT, **holding(60))
TOO_LATE_FOR_A_LINK = CASES.session()
CASES.answer_of_client(TOO_LATE_FOR_A_LINK, **holding(60 + HOUR))
TOO_EARLY_FOR_A_LINK = CASES.session()
CASES.answer_of_client(TOO_EARLY_FOR_A_LINK, **holding(-1))
NAMED_AND_LATE = CASES.session(holding(70))


def test_a_check_in_that_names_a_client_goes_to_the_session_before_it(outcomes: Outcomes) -> None:
    assert relief(outcomes, LINKED_BY_CLIENT) == (60, inf)
    assert outcomes[LINKED_BY_CLIENT]["n_asked"] == 3
    assert outcomes[LINKED_BY_CLIENT]["n_answered"] == 2


def test_a_check_in_that_names_a_client_reaches_back_sixty_days(outcomes: Outcomes) -> None:
    assert relief(outcomes, TOO_LATE_FOR_A_LINK) is None
    assert outcomes[TOO_LATE_FOR_A_LINK]["n_asked"] == 0
    assert relief(outcomes, TOO_EARLY_FOR_A_LINK) is None
    assert relief(outcomes, NAMED_AND_LATE) == (70, inf)


ANSWERED_BY_ANOTHER = CASES.session()
CASES.answer(session_id=f"S{len(CASES.sessions)}", client_id="C1", **holding(5))


def test_of_a_session_and_a_client_that_disagree_the_session_is_believed(
    outcomes: Outcomes,
) -> None:
    assert relief(outcomes, ANSWERED_BY_ANOTHER) == (5, inf)


BEFORE_ITS_SESSION = CASES.session(lost(-2), holding(3))


def test_an_answer_before_its_session_says_nothing(outcomes: Outcomes) -> None:
    assert relief(outcomes, BEFORE_ITS_SESSION) == (3, inf)
    assert outcomes[BEFORE_ITS_SESSION]["n_answers"] == 1


ASKED_TOO_EARLY = CASES.session({**holding(3), "asked_at": days_after(-1, SESSION_ENDS)})


def test_a_check_in_sent_before_its_session_was_asked_at_its_end(settings: Settings) -> None:
    view = Practice(settings).view
    with view.store.one_moment():
        prepare_outcomes(view, ALL)
        hours = view.store.frame("select min(asked_seconds_after) as h from follow_ups_linked")
    view.store.close()
    assert hours["h"].tolist() == [0]


WITHOUT_AN_END = CASES.session(sore(24, 0), ended_at=None)


def test_the_clock_runs_from_the_start_where_the_end_is_not_recorded(outcomes: Outcomes) -> None:
    # It started at 10:00, an hour before the others ended.
    assert soreness(outcomes, WITHOUT_AN_END) == (0, 25)


DESCRIBED_BY_A_NOTE = CASES.session(stress_level="low")
CASES.notes.append(
    note(
        1,
        client_id=f"C{DESCRIBED_BY_A_NOTE.removeprefix('case ')}",
        condition="ischemia",
        stress_level="high",
    )
)


def test_a_note_of_the_same_day_fills_in_what_the_session_leaves_open(outcomes: Outcomes) -> None:
    row = outcomes[DESCRIBED_BY_A_NOTE]
    assert (row["condition"], row["stress_level"]) == ("ischemia", "low")
    assert outcomes[NEVER_ASKED]["condition"] == "not_recorded"


# --- soreness ------------------------------------------------------------------------------------

SORE_THEN_GONE = CASES.session(sore(24), sore(36, 0))
NEVER_SORE = CASES.session(sore(24, 0), sore(36, 0))
STILL_SORE = CASES.session(sore(24), sore(36))
SORE_AGAIN = CASES.session(sore(12, 0), sore(24, 2), sore(36, 0))
SORE_AND_ROUNDED = CASES.session(sore(23.6), sore(36.4, 0))
SORE_WITHIN_ONE_HOUR = CASES.session(sore(24), sore(24.3, 0))
GONE_AT_ONCE = CASES.session(sore(0.2, 0))


def test_soreness_ended_between_the_last_sore_answer_and_the_first_later_zero(
    outcomes: Outcomes,
) -> None:
    assert soreness(outcomes, SORE_THEN_GONE) == (24, 36)
    assert soreness(outcomes, SORE_AGAIN) == (24, 36)


def test_never_sore_counts_as_gone_by_the_first_check_in(outcomes: Outcomes) -> None:
    assert soreness(outcomes, NEVER_SORE) == (0, 24)


def test_soreness_that_is_still_there_has_no_upper_end(outcomes: Outcomes) -> None:
    assert soreness(outcomes, STILL_SORE) == (36, inf)


def test_soreness_is_rounded_to_the_nearest_hour_by_the_same_rule(outcomes: Outcomes) -> None:
    assert soreness(outcomes, SORE_AND_ROUNDED) == (24, 36)
    assert soreness(outcomes, SORE_WITHIN_ONE_HOUR) == (23, 24)
    assert soreness(outcomes, GONE_AT_ONCE) == (0, 1)


SORE_ON_DAY_TWO = CASES.session(sore(24, 0), sore(48, 1))
SORE_LATER_ONLY = CASES.session(sore(24, 0), sore(49, 1))
FIRST_ASKED_LATER = CASES.session(sore(72, 4))


def test_any_soreness_means_at_any_check_in_within_48_hours(outcomes: Outcomes) -> None:
    assert outcomes[SORE_ON_DAY_TWO]["soreness_any"] == 1
    assert outcomes[SORE_LATER_ONLY]["soreness_any"] == 0
    assert outcomes[FIRST_ASKED_LATER]["soreness_any"] is None
    assert outcomes[NEVER_ASKED]["soreness_any"] is None


# --- other outcomes of a session -----------------------------------------------------------------

FLARED_UP = CASES.session(after(1, pain=6), after(3, pain=2), pain_before=4)
ALMOST_FLARED_UP = CASES.session(after(1, pain=5), after(4, pain=9), pain_before=4)
PAIN_BEFORE_UNKNOWN = CASES.session(after(1, pain=9))


def test_a_flare_up_is_two_points_above_the_pain_before_within_72_hours(
    outcomes: Outcomes,
) -> None:
    assert outcomes[FLARED_UP]["flare_up"] == 1
    assert outcomes[ALMOST_FLARED_UP]["flare_up"] == 0
    assert outcomes[PAIN_BEFORE_UNKNOWN]["flare_up"] is None


FELL_BY_HALF = CASES.session(pain_before=4, pain_after=2)
FELL_BY_TWO_OF_SEVEN = CASES.session(pain_before=7, pain_after=5)
FELL_BY_THREE_OF_TEN = CASES.session(pain_before=10, pain_after=7)
FELL_FROM_THREE = CASES.session(pain_before=3, pain_after=0)


def test_a_responder_fell_by_30_percent_and_2_points_from_4_or_more(outcomes: Outcomes) -> None:
    assert outcomes[FELL_BY_HALF]["pain_responder"] == 1
    assert outcomes[FELL_BY_TWO_OF_SEVEN]["pain_responder"] == 0
    assert outcomes[FELL_BY_THREE_OF_TEN]["pain_responder"] == 1
    assert outcomes[FELL_FROM_THREE]["pain_responder"] is None
    assert outcomes[FELL_FROM_THREE]["pain_change"] == -3


RECOMMENDED_TWICE = CASES.session(after(4, recommend=9), after(14, recommend=6), holding(21))


def test_the_latest_recommendation_counts(outcomes: Outcomes) -> None:
    assert outcomes[RECOMMENDED_TWICE]["recommend"] == 6


FELT_RIGHT = CASES.session(pressure_felt="right", pressure_adjusted=True, hold_seconds=40)
FELT_STRONG = CASES.session(pressure_felt="too_strong", pressure_adjusted=False, hold_seconds=41)


def test_adjusting_counts_only_where_the_pressure_did_not_feel_right(outcomes: Outcomes) -> None:
    assert outcomes[FELT_RIGHT]["pressure_adjusted_when_not_right"] is None
    assert outcomes[FELT_STRONG]["pressure_adjusted_when_not_right"] == 0
    assert [outcomes[each]["pressure_right"] for each in (FELT_RIGHT, FELT_STRONG)] == [1, 0]
    assert [outcomes[each]["hold_in_range"] for each in (FELT_RIGHT, FELT_STRONG)] == [1, 0]


@pytest.mark.parametrize(
    ("severity", "band"),
    [(0, "mild"), (3, "mild"), (4, "moderate"), (6, "moderate"), (7, "severe"), (10, "severe")],
)
def test_severity_falls_into_three_bands(severity: int, band: str, outcomes: Outcomes) -> None:
    assert outcomes[SEVERITIES[severity]]["severity_band"] == band
    assert outcomes[NEVER_ASKED]["severity_band"] == "not_recorded"


SEVERITIES = {score: CASES.session(severity_before=score) for score in (0, 3, 4, 6, 7, 10)}


# --- why observation ended, and return -----------------------------------------------------------

CAME_BACK = CASES.session(holding(4))
CAME_BACK_SESSION = CASES.next_session(30)


def test_why_observation_ended_is_kept(outcomes: Outcomes, settings: Settings) -> None:
    ended = {case: row["observation_ended"] for case, row in outcomes.items()}
    assert ended[HELD_THEN_LOST] == "relief_ended"
    assert ended[INTAKE_SAYS_HELD] == "relief_ended"
    assert ended[CAME_BACK] == "returned"
    assert ended[STILL_HOLDING] == ended[NEVER_ANSWERED] == "lost"
    a_month_later = outcomes_of(Practice(settings, as_of="2026-07-29"))
    assert a_month_later[NEVER_ANSWERED]["observation_ended"] == "lost"
    four_weeks_later = outcomes_of(Practice(settings, as_of="2026-07-29 10:59"))
    assert four_weeks_later[NEVER_ANSWERED]["observation_ended"] == "not_yet_over"
    assert four_weeks_later[HELD_THEN_LOST]["observation_ended"] == "relief_ended"


def test_days_until_the_return_are_counted_between_local_dates(outcomes: Outcomes) -> None:
    row = outcomes[CAME_BACK]
    assert (row["return_lower"], row["return_upper"]) == (30, 30)


def test_without_a_return_the_wait_lasts_up_to_the_last_day_known(outcomes: Outcomes) -> None:
    row, last = outcomes[CAME_BACK_SESSION], max(each["local_on"] for each in outcomes.values())
    days = (last - row["local_on"]).days
    assert (row["return_lower"], row["return_upper"]) == (days, inf)


# --- as of, loaded by ----------------------------------------------------------------------------


def test_only_answers_given_by_as_of_count(settings: Settings, outcomes: Outcomes) -> None:
    earlier = outcomes_of(Practice(settings, as_of="2026-07-05 11:00"))
    assert relief(earlier, HELD_THEN_LOST) == (4, inf)
    before_that = outcomes_of(Practice(settings, as_of="2026-07-05 10:59"))
    assert relief(before_that, HELD_THEN_LOST) == (1, inf)
    assert before_that[NEVER_ANSWERED]["n_asked"] == 1
    assert relief(outcomes, HELD_THEN_LOST) == (4, 7)


def test_only_sessions_held_by_as_of_count(settings: Settings, outcomes: Outcomes) -> None:
    earlier = outcomes_of(Practice(settings, as_of="2026-07-08"))
    assert CAME_BACK_SESSION in outcomes and CAME_BACK_SESSION not in earlier
    assert earlier[CAME_BACK]["observation_ended"] == "not_yet_over"
    assert earlier[CAME_BACK]["return_upper"] == inf


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One session whose answer and condition were corrected three days after they were loaded."""
    folder = tmp_path_factory.mktemp("corrected")
    first = datetime(2026, 7, 10, 6, 0)
    rows = session(1, condition="ischemia", body_region="arm"), follow_up(1, **holding(4))
    settings = make_practice(folder, [rows[0]], [rows[1]], loaded_at=first)
    for of, row in (
        (SESSIONS, rows[0] | {"condition": "muscle_spasm"}),
        (FOLLOW_UPS, rows[1] | {"relief_holding": False}),
    ):
        path = write_rows(folder / "corrections" / f"{of.name}.csv", of, [row])
        assert load_file(settings, path, loaded_at=first + timedelta(days=3)).n_corrected == 1
    return settings


def test_a_correction_counts_once_it_was_loaded_and_not_before(corrected: Settings) -> None:
    now = outcomes_of(Practice(corrected))
    then = outcomes_of(Practice(corrected, loaded_by="2026-07-12"))
    assert (now["arm"]["condition"], relief(now, "arm")) == ("muscle_spasm", (0, 4))
    assert (then["arm"]["condition"], relief(then, "arm")) == ("ischemia", (4, inf))
    assert outcomes_of(Practice(corrected, loaded_by="2026-07-09")) == {}


# --- clocks --------------------------------------------------------------------------------------


def test_elapsed_time_is_measured_in_utc_when_the_clocks_change(tmp_path: Path) -> None:
    # In New York the clocks went forward on 2026-03-08, the night after this session.
    ends = "2026-03-07 11:00"
    at = {"started_at": "2026-03-07 10:00", "ended_at": ends, "body_region": "arm"}
    gone = days_after(36 * HOUR, ends)
    day_four = days_after(4, ends)
    settings = make_practice(
        tmp_path,
        [session(1, **at)],
        [
            follow_up(1, asked_at=gone, answered_at=gone, soreness=0),
            follow_up(2, session_id="S1", asked_at=day_four, answered_at=day_four)
            | {"relief_holding": True},
        ],
        time_zone="America/New_York",
    )
    found = outcomes_of(Practice(settings))
    assert soreness(found, "arm") == (0, 35)
    assert relief(found, "arm") == (4, inf)


def test_a_session_belongs_to_its_local_date(tmp_path: Path) -> None:
    late = {"started_at": "2026-06-30 22:00", "ended_at": "2026-06-30 23:00"}
    settings = make_practice(
        tmp_path, [session(1, **late, body_region="arm")], time_zone="America/New_York"
    )
    found = outcomes_of(Practice(settings))["arm"]  # 02:00 on July 1 in UTC
    assert (found["quarter"], found["month"]) == ("2026Q2", "2026-06")


# --- half-open intervals, all the way to a number ------------------------------------------------


@pytest.fixture(scope="module")
def half_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """Weekly check-ins of twenty sessions, and six sessions on days 4, 7 and 14."""
    weekly = [[lost(7)]] * 10 + [[holding(7), lost(14)]] * 10
    six = [
        [lost(4)],
        [lost(4)],
        [holding(4), lost(7)],
        [holding(4), lost(7)],
        [holding(7), lost(14)],
        [holding(14)],
    ]
    sessions: list[dict[str, object]] = []
    answers: list[dict[str, object]] = []
    for region, rows in (("weekly", weekly), ("six", six)):
        for of_session in rows:
            number = len(sessions) + 1
            sessions.append(session(number, body_region=region))
            for answer in of_session:
                answers.append(follow_up(len(answers) + 1, session_id=f"S{number}") | answer)
    folder = tmp_path_factory.mktemp("half_open")
    practice = Practice(make_practice(folder, sessions, answers))
    yield practice
    practice.store.close()


def shares(practice: Practice, region: str, *days: int) -> list[float | None]:
    """The share still relieved on each day, in percent."""
    found = []
    for day in days:
        table = outcome(practice.view, f"relief_at_{day}_days", "body_region")
        found += [row.value for row in table.rows if row.levels == (region,)]
    return found


def test_ten_lost_in_the_first_week_and_ten_in_the_second_are_half_at_day_seven(
    half_open: Practice,
) -> None:
    assert shares(half_open, "weekly", 7, 14) == pytest.approx([50, 0])


def test_six_sessions_on_shared_check_in_days_are_simple_fractions(half_open: Practice) -> None:
    assert shares(half_open, "six", 4, 7, 14) == pytest.approx([400 / 6, 200 / 6, 100 / 6])


def test_on_a_check_in_day_the_check_ins_leave_nothing_open(half_open: Practice) -> None:
    rows = outcome(half_open.view, "relief_at_7_days", "body_region").rows
    assert len(rows) == 2
    for row in rows:
        assert row.known_lower == pytest.approx(row.known_upper)


def test_between_check_in_days_both_ends_are_told(half_open: Practice) -> None:
    row = outcome(half_open.view, "relief_at_4_days", "body_region").rows[1]
    assert row.levels == ("weekly",)
    # Ten of twenty lost relief somewhere in (0, 7]: at day 4 all, or none of them.
    assert (row.known_lower, row.known_upper) == pytest.approx((50, 100))
    assert row.value == pytest.approx(100 - 50 * 4 / 7)
