"""A view of one level: every number of one condition, equal to its row in a breakdown."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import curves, description
from nmt_analytics.outcomes.analysis import outcome
from nmt_analytics.outcomes.answer_times import answer_times
from nmt_analytics.outcomes.driving import drivers
from nmt_analytics.outcomes.view import View
from nmt_analytics.practice import Practice
from nmt_analytics.settings import read_settings

CONDITIONS = {"muscle_spasm": range(1, 9), "ischemia": range(9, 15), None: range(15, 21)}
METRICS = (
    *("sessions", "clients", "follow_up_response", "relief_days_median", "relief_at_4_days"),
    *("pain_change", "soreness_gone_by_36_hours", "return_days_median"),
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """Twenty clients; those with an odd number come back on July 21 for a muscle spasm."""
    first = [
        session(number, condition=condition, pain_before=8, pain_after=number % 7)
        for condition, numbers in CONDITIONS.items()
        for number in numbers
    ]
    later = {"started_at": "2026-07-21 10:00", "ended_at": "2026-07-21 11:00"}
    again = [
        each | later | {"session_id": f"{each['session_id']}b", "condition": "muscle_spasm"}
        for each in first[::2]
    ]
    check_ins = [
        follow_up(
            f"{number}_{day}",
            session_id=f"S{number}",
            asked_at=days_after(day),
            answered_at=days_after(day) if (number + day) % 5 else None,
            relief_holding=(day < 2 + number % 9) if (number + day) % 5 else None,
            soreness=(number % 3 if day == 1 else 0) if (number + day) % 5 else None,
        )
        for number in range(1, 21)
        for day in (1, 4, 7, 14)
    ]
    practice = Practice(
        make_practice(tmp_path_factory.mktemp("levels"), [*first, *again], check_ins)
    )
    yield practice.view
    practice.store.close()


def only(view: View, level: str) -> View:
    return replace(view, only=("condition", level))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("level", ["muscle_spasm", "ischemia", "not_recorded"])
def test_a_number_of_one_level_is_its_row_in_the_breakdown(
    view: View, metric: str, level: str
) -> None:
    rows = {row.levels[0]: row for row in outcome(view, metric, "condition").rows}
    (alone,) = outcome(only(view, level), metric).rows
    assert alone.n_sessions
    assert replace(rows[level], levels=()) == alone


def test_a_curve_of_one_level_is_its_curve_in_the_breakdown(view: View) -> None:
    by = {each.levels[0]: each for each in curves.curve(view, "relief", "condition", None).curves}
    (alone,) = curves.curve(only(view, "ischemia"), "relief", None, None).curves
    assert alone.points
    assert by["ischemia"].points == alone.points


def test_check_ins_and_answers_of_the_levels_add_up_to_all(view: View) -> None:
    def asked_and_answered(of: View) -> tuple[int, int]:
        days = description.data_quality(of).check_ins
        return sum(d.n_asked or 0 for d in days), sum(d.n_answered or 0 for d in days)

    levels = ("muscle_spasm", "ischemia", "not_recorded")
    counted = [asked_and_answered(only(view, level)) for level in levels]
    assert asked_and_answered(view) == tuple(map(sum, zip(*counted, strict=True)))

    # Of the ischemia clients only four answered after a day: their level hides its own times.
    first_day = [answer_times(only(view, level)).times[0] for level in levels]
    hidden_when_alone = 4
    assert [each.hidden != "" for each in first_day] == [False, True, False]
    shown = sum(each.n_answers or 0 for each in first_day)
    assert answer_times(view).times[0].n_answers == shown + hidden_when_alone


def test_a_remembered_answer_of_all_is_not_given_for_one_level(view: View) -> None:
    everything = outcome(view, "sessions").rows[0].value
    spasms = outcome(only(view, "muscle_spasm"), "sessions").rows[0].value
    assert (everything, spasms) == (30, 8 + 10)
    assert outcome(view, "sessions").rows[0].value == everything
    assert drivers(view) != drivers(only(view, "ischemia"))


def test_a_level_that_nobody_has_holds_no_session(view: View) -> None:
    found = description.overview(only(view, "nerve_damage"))
    assert (found.sessions.value, found.sessions.hidden) == (0, "")
    assert (found.clients.value, found.clients.hidden) == (0, "")


def test_a_practice_keeps_one_level_whatever_moment_it_is_seen_at(view: View) -> None:
    practice = Practice(read_settings(view.store.path.parents[1]), store=view.store)
    review = practice.only(condition="ischemia")
    assert review.view.only == review.as_of("2026-07-03").view.only == ("condition", "ischemia")
    assert review.overview("2026Q3").bundle.title == "Ischemia, July to September 2026"
    assert review.only().view.only == ("", "")


@pytest.mark.parametrize(
    ("level", "says"),
    [
        ({"condition": "ischaemia"}, 'Did you mean "ischemia"?'),
        ({"colour": "blue"}, "condition, stress_level"),
        ({"condition": "ischemia", "stress_level": "low"}, "One level at a time"),
    ],
)
def test_a_level_that_does_not_exist_is_named(view: View, level: dict, says: str) -> None:
    practice = Practice(read_settings(view.store.path.parents[1]), store=view.store)
    with pytest.raises(UsageError, match=re.escape(says)):
        practice.only(**level)


def test_one_level_alone_is_never_shared(view: View) -> None:
    shared = Practice(read_settings(view.store.path.parents[1]), audience="shared")
    with pytest.raises(UsageError, match="for the owner"):
        shared.only(condition="ischemia")
