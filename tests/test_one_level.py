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
from nmt_analytics.outcomes.before_and_after import pressure_loop
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


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """Twelve clients with spasms, six with ischemia, three with cramps, answering on day 4."""
    sizes = {"muscle_spasm": 12, "ischemia": 6, "muscle_cramp": 3}
    conditions = [name for name, n in sizes.items() for _ in range(n)]
    sessions = [
        session(
            number,
            condition=condition,
            stress_level=("low", "high")[number % 2],
            pain_before=8,
            pain_after=2,
            pressure_felt=("too_strong", "right")[number % 2],
            pressure_adjusted=True,
        )
        for number, condition in enumerate(conditions, start=1)
    ]
    check_ins = [
        follow_up(
            number,
            asked_at=days_after(4),
            answered_at=days_after(4),
            relief_holding=number % 3 > 0,
            soreness=0,
        )
        for number in range(1, 22)
    ]
    practice = Practice(make_practice(tmp_path_factory.mktemp("uneven"), sessions, check_ins))
    yield practice.view
    practice.store.close()


def test_a_page_of_one_level_hides_what_the_breakdown_hides_beside_another(uneven: View) -> None:
    # Ischemia has six clients; its sessions taken from the total would give the cramps back.
    by_condition = outcome(uneven, "sessions", "condition")
    hidden = {row.levels[0] for row in by_condition.rows if row.is_hidden}
    assert hidden == {"ischemia", "muscle_cramp"}
    alone = only(uneven, "ischemia")
    for metric in METRICS:
        assert outcome(alone, metric).rows[0].is_hidden, metric
    assert {curve.hidden != "" for curve in curves.curve(alone, "relief").curves} == {True}
    assert drivers(alone).ratios == () and drivers(alone).n_clients is None
    assert all(time.hidden for time in answer_times(alone).times)
    quality = description.data_quality(alone)
    assert all(day.hidden for day in quality.check_ins)
    assert {count for _, count in quality.ended} == {quality.n_contradictions} == {None}
    pressure = pressure_loop(alone)
    assert pressure.after_adjusting.is_hidden and pressure.after_not_adjusting.is_hidden
    assert all(row.is_hidden for _, row in pressure.felt)
    assert not outcome(only(uneven, "muscle_spasm"), "sessions").rows[0].is_hidden


def test_pages_of_all_levels_side_by_side_hide_what_their_grid_hides(uneven: View) -> None:
    grid = outcome(uneven, "sessions", ["condition", "stress_level"]).rows
    hidden = {row.levels for row in grid if row.is_hidden}
    levels = dict.fromkeys(row.levels[0] for row in grid)
    alone = {
        (level, *row.levels)
        for level in levels
        for row in outcome(only(uneven, level), "sessions", "stress_level").rows
        if row.is_hidden
    }
    assert hidden <= alone


def test_one_level_alone_has_one_dimension_at_a_time(uneven: View) -> None:
    with pytest.raises(UsageError, match="one dimension at a time"):
        outcome(only(uneven, "ischemia"), "sessions", ["stress_level", "severity_band"])
