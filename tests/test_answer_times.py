"""Answers counted by when they came, against the promised times; hidden below five clients.

Six clients answered about relief and soreness after a day; five of them about relief alone on day
4, four on day 7, one on day 40. All were asked on days 1 and 2 only.
"""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.outcomes.answer_times import AnswerTime, AnswerTimes, answer_times
from nmt_analytics.outcomes.disclosure import NOT_TO_BE_SHARED
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.answers.answer_times import present_answer_times
from nmt_analytics.settings import Settings

QUARTER = parse_period("2026Q3")
CAME = [(1.02, range(1, 7)), (4, range(1, 6)), (7, range(1, 5)), (40, range(1, 2))]
ANSWERS = [
    follow_up(
        f"{number}_{days}",
        session_id=f"S{number}",
        asked_at=None,
        answered_at=days_after(days),
        relief_holding=True,
        **({"soreness": 1} if days < 2 else {}),
    )
    for days, numbers in CAME
    for number in numbers
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sessions = [session(number) for number in range(1, 7)]
    return make_practice(tmp_path_factory.mktemp("times"), sessions, ANSWERS)


def test_answers_are_counted_by_the_time_they_came(practice: Practice) -> None:
    found = answer_times(practice.view, QUARTER)
    few = "hidden: fewer than 5 clients"
    assert found.times == (
        AnswerTime(24, 6, 6, 6),
        AnswerTime(96, 5, 5, 0),
        AnswerTime(168, hidden=few),
        AnswerTime(29 * 24, hidden=few),
    )


def test_the_counts_are_those_of_the_answers_written_down(practice: Practice) -> None:
    ended = datetime(2026, 7, 1, 11)
    days = Counter(
        round((datetime.fromisoformat(str(each["answered_at"])) - ended).total_seconds() / 86400)
        for each in ANSWERS
    )
    counted = {each.hours / 24: each.n_answers for each in answer_times(practice.view).times}
    assert {day: n for day, n in counted.items() if n is not None} == {
        day: n for day, n in days.items() if n >= 5
    }


def test_half_a_day_is_told_apart_only_on_the_first_days(
    tmp_path: Path,
) -> None:
    hours = (6, 17, 30, 41, 43, 80)
    sessions = [session(number) for number in range(1, 6)]
    answers = [
        follow_up(
            f"{n}_{h}",
            session_id=f"S{n}",
            asked_at=None,
            answered_at=days_after(h / 24),
            soreness=1,
        )
        for n in range(1, 6)
        for h in hours
    ]
    practice = Practice(make_practice(tmp_path, sessions, answers))
    found = answer_times(practice.view)
    practice.store.close()
    # 6 and 17 hours are nearest to 12, 30 and 41 to 36 (from 30 on, until 42), 43 to day 2.
    assert [(each.hours, each.n_answers) for each in found.times] == [
        (12, 10), (36, 10), (48, 5), (72, 5),
    ]  # fmt: skip


def test_a_shared_page_shows_no_time_with_fewer_than_ten_clients(practice: Practice) -> None:
    shared = Practice(practice.settings, audience="shared")
    found = answer_times(shared.view)
    shared.store.close()
    assert {each.hidden for each in found.times} == {NOT_TO_BE_SHARED}
    assert present_answer_times(found).kind == "empty"


def test_what_few_clients_tell_of_is_hidden_and_not_told_by_subtraction(tmp_path: Path) -> None:
    # Twelve answer on day 1: nine of relief and soreness, three of relief alone.
    sessions = [session(number) for number in range(1, 13)]
    answers = [
        follow_up(number, relief_holding=True, soreness=1 if number > 3 else None)
        for number in range(1, 13)
    ]
    practice = Practice(make_practice(tmp_path, sessions, answers))
    found = answer_times(practice.view)
    practice.store.close()
    (time,) = found.times
    assert (time.n_answers, time.n_about_relief, time.n_about_soreness) == (12, None, None)
    assert time.hidden_about == "hidden: fewer than 5 clients" and not time.hidden
    shown = present_answer_times(found)
    assert shown.table is not None
    assert [getattr(cell, "mark", "") for cell in shown.table.rows[0]] == ["", "", *["hidden"] * 2]
    told = {each.metric: (each.value, each.hidden != "") for each in shown.results if each.levels}
    assert told["answers: about soreness"] == (None, True)
    # Hidden is not 0: no total of the promised hours is told, in the title or the files.
    assert shown.title.replace("\u00a0", " ") == "0 answers tell of relief on days 4 to 14"
    assert not any(each.metric.startswith("answers about soreness") for each in shown.results)
    assert "You could ask" not in shown.sentence


def test_the_title_counts_answers_of_the_promised_times_only() -> None:
    times = (
        AnswerTime(12, 100, 100, 100),
        AnswerTime(24, 20, 19, 18),
        AnswerTime(36, 10, 9, 8),
        AnswerTime(96, 7, 6, 5),
        AnswerTime(336, 6, 5, 0),
        AnswerTime(360, 100, 100, 100),
    )
    shown = present_answer_times(AnswerTimes(QUARTER, times))
    title = shown.title.replace("\u00a0", " ")
    assert title == (
        "26 answers tell of soreness after 24 to 36 hours, "
        "11 answers tell of relief on days 4 to 14"
    )
    assert shown.sentence == ""
    numbers = {(each.metric, tuple(each.levels.values())): each.value for each in shown.results}
    assert numbers["answers about soreness, 24 to 36 hours", ()] == 26
    assert numbers["answers: about relief", ("day 14",)] == 5


def test_a_promised_time_without_answers_says_what_to_ask() -> None:
    shown = present_answer_times(AnswerTimes(QUARTER, (AnswerTime(48, 9, 9, 9),)))
    assert "You could ask after 24 and 36 hours" in shown.sentence
    assert "You could ask on days 4, 7 and 14" in shown.sentence


def test_hidden_times_are_hatched_and_say_so(practice: Practice) -> None:
    shown = present_answer_times(answer_times(practice.view))
    assert shown.figure is not None
    hatched = [trace for trace in shown.figure["data"] if "pattern" in trace["marker"]]
    assert [trace["x"] for trace in hatched] == [[7], [29]]
    assert "Hatched" in shown.caption
    assert sum(result.hidden != "" for result in shown.results) == 2 * 3


@pytest.mark.parametrize(
    ("times", "title"),
    [
        ((), "July to September 2026: no answer yet"),
        ((AnswerTime(24, hidden="hidden"),), "July to September 2026: too few clients answered"),
    ],
)
def test_nothing_to_show_is_a_sentence(times: tuple[AnswerTime, ...], title: str) -> None:
    shown = present_answer_times(AnswerTimes(QUARTER, times))
    assert (shown.kind, shown.figure) == ("empty", None)
    assert shown.title.startswith(title)
