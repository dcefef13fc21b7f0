"""A booking export, notes and forms become one story, in whatever order they come in."""

from itertools import permutations
from pathlib import Path

import pandas as pd
from factories import LOADED_AT, empty_practice, follow_up, make_practice, note, session, write_rows

from nmt_analytics.intake.drafting.map_file import Said, map_file
from nmt_analytics.intake.own_mappings import load_all
from nmt_analytics.outcomes.answers import Unlinked
from nmt_analytics.outcomes.fates import unlinked
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import ALL
from nmt_analytics.practice import Practice
from nmt_analytics.schedule import say_unlinked
from nmt_analytics.schema import SESSIONS
from nmt_analytics.settings import Settings

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
NOTES = (
    '"Timestamp","Email Address","Stress level","Condition"\n'
    '"2026/07/01 9:16:41 AM GMT+1","ada@example.org","High","Ischemia"\n'
)
CHECK_INS = (
    '"Timestamp","Email Address","Are the muscles still more relaxed?"\n'
    '"2026/07/05 9:16:41 AM GMT+1","Ada@example.org","Yes"\n'
    '"2026/07/06 9:16:41 AM GMT+1","nobody@example.org","Yes"\n'
)


def ask(practice: Settings, sql: str) -> list[list[object]]:
    """The rows of one SELECT after sessions, notes and check-ins were put together."""
    view = Practice(practice).view
    with view.store.one_moment():
        prepare_outcomes(view, ALL)
        found = view.store.frame(sql)
    view.store.close()
    return found.astype(object).values.tolist()


def unlinked_in(practice: Settings) -> Unlinked:
    view = Practice(practice).view
    found = unlinked(view)
    view.store.close()
    return found


def loaded_in_order(folder: Path, order: tuple[int, ...]) -> Settings:
    """A practice with a booking export, notes and a form, loaded one after the other."""
    practice = empty_practice(folder, "Europe/London")
    notes, check_ins = folder / "notes.csv", folder / "check_ins.csv"
    notes.write_text(NOTES, encoding="utf-8")
    check_ins.write_text(CHECK_INS, encoding="utf-8")
    for path in (notes, check_ins):
        map_file(practice, path, Said())
    files = [EXPORTS / "acuity.csv", notes, check_ins]
    for number in order:
        for receipt in load_all(practice, files[number], loaded_at=LOADED_AT):
            assert receipt.n_quarantined == 0
    return practice


def test_a_booking_export_notes_and_a_form_are_one_story_in_any_order(tmp_path: Path) -> None:
    contents = set()
    for order in permutations(range(3)):
        practice = loaded_in_order(tmp_path / str(order), order)
        assert ask(
            practice,
            """
            select condition, stress_level, cast(answered_seconds_after / 3600 as int) as hours
            from follow_ups_linked
            join sessions_described on session_number = answered_session_number
            """,
        ) == [["ischemia", "high", 95]]
        assert unlinked_in(practice) == Unlinked(1, 0, 0, n_check_ins=2, n_check_ins_unlinked=1)
        contents.add(Practice(practice).store.info()["content_hash"])
    assert len(contents) == 1


def test_of_two_sessions_on_one_day_a_note_joins_the_one_nearest_in_time(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [
            session(1, client_id="C", started_at="2026-07-01 09:00", ended_at=None),
            session(2, client_id="C", started_at="2026-07-01 15:00", ended_at=None),
        ],
        session_notes=[
            note(1, client_id="C", noted_at="2026-07-01 10:05", stress_level="low"),
            note(2, client_id="C", noted_at="2026-07-01 16:05", stress_level="high"),
        ],
    )
    found = ask(
        practice, "select hour(started_at), stress_level from sessions_described order by 1"
    )
    assert found == [[9, "low"], [15, "high"]]


def test_a_note_as_near_to_two_sessions_joins_neither_and_is_counted(tmp_path: Path) -> None:
    times = [("2026-07-01 09:00", "2026-07-01 10:00"), ("2026-07-01 15:00", "2026-07-01 16:00")]
    practice = make_practice(
        tmp_path,
        [session(n, client_id="C", started_at=a, ended_at=b) for n, (a, b) in enumerate(times)],
        session_notes=[
            note(1, client_id="C", noted_at="2026-07-01 12:30", stress_level="low"),
            # During the second session: 20 minutes before its end, four hours after the first.
            note(2, client_id="C", noted_at="2026-07-01 15:40", condition="ischemia"),
        ],
    )
    found = ask(
        practice, "select stress_level, condition from sessions_described order by started_at"
    )
    assert [[None if pd.isna(each) else each for each in row] for row in found] == [
        [None, None],
        [None, "ischemia"],
    ]
    assert unlinked_in(practice) == Unlinked(2, 0, 1, n_check_ins=0, n_check_ins_unlinked=0)
    assert say_unlinked(practice) == [
        "1 of 2 notes are as near to one session of that day as to another and are not used. "
        "Correct their time."
    ]


def test_an_answer_before_its_session_is_counted_and_not_used(tmp_path: Path) -> None:
    """Which session was when may be known only later, so that no row is refused for it."""
    practice = make_practice(
        tmp_path,
        [session(1)],
        [
            follow_up(1, asked_at=None, answered_at="2026-07-01 09:00", relief_holding=False),
            follow_up(2, session_id="S1", asked_at=None, relief_holding=True),
        ],
    )
    assert unlinked_in(practice) == Unlinked(0, 0, 0, 2, 0, n_answers_before_session=1)
    assert say_unlinked(practice) == [
        "1 of 2 check-ins were answered before the session that they name was over and are not "
        "used. Correct session or time."
    ]
    assert ask(
        practice,
        "select relief_holding from follow_ups_linked where answered_session_number is not null",
    ) == [[True]]


def test_an_intake_form_and_a_later_note_tell_of_one_session_together(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, condition=None, started_at="2026-07-01 09:00", ended_at="2026-07-01 10:00")],
        session_notes=[
            note(1, noted_at="2026-07-01 08:50", stress_level="high", condition="other"),
            note(
                2,
                client_id="C1",
                noted_at="2026-07-01 10:10",
                modality="massage",
                condition="ischemia",
            ),
        ],
    )
    assert ask(practice, "select stress_level, condition, modality from sessions_described") == [
        ["high", "ischemia", "massage"]
    ]


def test_a_note_joins_by_the_practices_day_and_not_by_that_of_utc(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, started_at="2026-07-01 18:00", ended_at=None)],
        # 18:00 and 21:30 in New York lie on two days in UTC.
        session_notes=[note(1, noted_at="2026-07-01 21:30", stress_level="low")],
        time_zone="America/New_York",
    )
    assert ask(practice, "select stress_level from sessions_described") == [["low"]]


def test_what_finds_no_session_is_kept_counted_and_found_when_the_session_comes(
    tmp_path: Path,
) -> None:
    practice = make_practice(
        tmp_path,
        [session(9)],
        [follow_up(1, session_id=None, client_id="C1", relief_holding=True)],
        [note(1, stress_level="low")],
    )
    assert unlinked_in(practice) == Unlinked(1, 1, 0, n_check_ins=1, n_check_ins_unlinked=1)
    assert say_unlinked(practice) == [
        "1 of 1 check-ins have found no session so far. They are kept and join it once it is "
        "loaded. If they are many, see that both files name clients in the same way, such as by "
        "e-mail address.",
        "1 of 1 notes have found no session of their client on that day so far. They are kept and "
        "join it once it is loaded.",
    ]
    later = write_rows(tmp_path / "later.csv", SESSIONS, [session(1)])
    load_all(practice, later, loaded_at=LOADED_AT)
    assert unlinked_in(practice) == Unlinked(1, 0, 0, n_check_ins=1, n_check_ins_unlinked=0)
    assert say_unlinked(practice) == []
    fates = Practice(practice).refusals().table.set_index("fate")["value"].to_dict()
    assert [n for fate, n in fates.items() if "without a session" in fate] == [0]
