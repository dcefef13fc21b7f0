"""Every limit that a number, a promise or a page hangs on, at its very edge.

Each was found by breaking it by hand: no other test noticed when it moved by the smallest step.
"""

from dataclasses import replace
from pathlib import Path

import answers
import numpy as np
import pytest
from factories import days_after, empty_practice, follow_up, make_practice, session, write_rows

from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.claims import CLAIMS, FROM_MILD_TO_SEVERE
from nmt_analytics.outcomes.comparison import FEW_CLIENTS, compare
from nmt_analytics.outcomes.covariates import prepare_covariates
from nmt_analytics.outcomes.curves import curve
from nmt_analytics.outcomes.disclosure import publish
from nmt_analytics.outcomes.ledger import Ledger
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.protection import Cell, hide_beside
from nmt_analytics.outcomes.returning import Returning, returning
from nmt_analytics.outcomes.verdicts import (
    ADJUSTED_PERCENT,
    CANNOT_TELL,
    HALF,
    SUPPORTED,
    against_limits,
)
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import ALL, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.leaks import Expected, is_axis, is_suspicious
from nmt_analytics.reporting.plots.curve_lines import starts_open
from nmt_analytics.schema import SESSIONS

# What may be shown


def test_one_to_nine_clients_who_differ_hold_a_number_and_ten_do_not(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "shared.json")
    before = {f"client {n}": "known" for n in range(30)}
    ledger.note("scope", before)
    ledger.commit()
    more = [before | {f"new {n}": "known" for n in range(number)} for number in range(12)]
    changed = [before | {f"client {n}": "else" for n in range(number)} for number in range(12)]
    for releases in (more, changed):
        held = [n for n, clients in enumerate(releases) if ledger.is_held("scope", clients)]
        assert held == list(range(1, 10))


@pytest.mark.parametrize(("small", "hidden"), [((2, 3), {0, 1}), ((2, 2), {0, 1, 2})])
def test_hidden_cells_of_a_line_suffice_when_their_sum_is_the_limit(
    small: tuple[int, int], hidden: set[int]
) -> None:
    cells = [Cell((f"level {n}",), n, is_small=True) for n in small]
    cells += [Cell(("many",), 20, is_small=False), Cell(("most",), 30, is_small=False)]
    assert hide_beside(cells, 5) == hidden


@pytest.mark.parametrize(("upper", "showing"), [(65.0, "wide interval"), (64.9, "full")])
def test_an_interval_is_wide_from_thirty_points_on(upper: float, showing: str) -> None:
    row = answers.row(value=50.0, lower=35.0, upper=upper)
    assert publish([row], METRICS["relief_at_4_days"], "owner")[0].showing == showing


@pytest.mark.parametrize(("n_followed", "last_day"), [(5, 7), (4, 3)])
def test_a_curve_goes_on_while_five_clients_are_followed(
    tmp_path: Path, n_followed: int, last_day: int
) -> None:
    # Of twelve clients these still held on days 4 and 7; the others had lost relief by day 4.
    told = [
        follow_up(
            f"{number} {day}",
            session_id=f"S{number}",
            asked_at=days_after(day),
            answered_at=days_after(day),
            relief_holding=number <= n_followed,
        )
        for number in range(1, 13)
        for day in (4, 7)
        if day == 4 or number <= n_followed
    ]
    settings = make_practice(tmp_path, [session(n) for n in range(1, 13)], told)
    practice = Practice(settings)
    (found,) = curve(practice.view, "relief").curves
    practice.store.close()
    assert found.points[-1].day == last_day


def test_a_finished_page_may_hold_sixty_steps_of_an_axis_and_four_hundred_values() -> None:
    nobody = Expected(5, own=frozenset(), days=frozenset(), lengths=frozenset())
    assert [is_axis(list(range(n))) for n in (60, 61)] == [True, False]
    assert [is_suspicious(n, nobody) for n in (400, 401)] == [False, True]


# What is counted


def outcomes_of(folder: Path, sessions: list, told: list, column: str) -> list[object]:
    """One column of all sessions' outcomes, in the order of their regions' names."""
    practice = Practice(make_practice(folder, sessions, told))
    with practice.store.one_moment():
        prepare_outcomes(practice.view, ALL)
        found = practice.store.frame(f"select {column} as it from session_outcomes order by 1")
    practice.store.close()
    return found["it"].tolist()


def test_pain_at_seventy_two_hours_is_a_flare_up_and_a_minute_later_it_is_not(
    tmp_path: Path,
) -> None:
    sessions = [session(n, pain_before=4) for n in (1, 2)]
    told = [
        follow_up(n, asked_at=moment, answered_at=moment, pain=6)
        for n, moment in ((1, "2026-07-04 11:00"), (2, "2026-07-04 11:01"))
    ]
    calm = [follow_up(f"{n} at first", session_id=f"S{n}", pain=4) for n in (1, 2)]
    assert outcomes_of(tmp_path, sessions, told + calm, "flare_up") == [0, 1]


def test_soreness_that_was_gone_at_half_past_is_gone_by_the_next_hour(tmp_path: Path) -> None:
    told = [
        follow_up(n, asked_at=moment, answered_at=moment, soreness=0)
        for n, moment in ((1, "2026-07-02 11:30"), (2, "2026-07-02 11:29"))
    ]
    sessions = [session(n) for n in (1, 2)]
    assert outcomes_of(tmp_path, sessions, told, "soreness_upper") == [24, 25]


def test_a_session_is_lost_from_sight_twenty_eight_days_after_it(tmp_path: Path) -> None:
    # Loaded, and so as of, 2026-10-25 06:00.
    sessions = [
        session(n, started_at="2026-09-27 05:00", ended_at=f"2026-09-27 06:0{n}") for n in (0, 1)
    ]
    assert outcomes_of(tmp_path, sessions, [], "observation_ended") == ["lost", "not_yet_over"]


@pytest.mark.parametrize(("n_clients", "reason"), [(20, ""), (19, FEW_CLIENTS)])
def test_periods_are_compared_from_twenty_clients_on(
    tmp_path: Path, n_clients: int, reason: str
) -> None:
    sessions = [
        session(
            f"{n} {month}",
            client_id=f"C{n}",
            started_at=f"2026-{month}-10 10:00",
            ended_at=None,
            pain_before=8,
            pain_after=5 + n % 2,
        )
        for n in range(25)
        for month in ("05", "08")
        if month == "05" or n < n_clients
    ]
    practice = Practice(make_practice(tmp_path, sessions))
    change = compare(practice.view, "pain_change", "2026Q3")
    practice.store.close()
    assert (change.reason, change.row.n_clients) == (reason, n_clients)


@pytest.mark.parametrize(("n_clients", "n_buckets"), [(1000, 1000), (1001, 500)])
def test_up_to_a_thousand_clients_each_is_left_out_by_itself(
    tmp_path: Path, n_clients: int, n_buckets: int
) -> None:
    sessions = [session(n) for n in range(n_clients)]
    assert len(set(outcomes_of(tmp_path, sessions, [], "bucket"))) == n_buckets


@pytest.mark.parametrize(("minute", "share"), [("11:00", 100), ("11:01", 0)])
def test_who_comes_exactly_a_week_after_an_answer_came_within_a_week(
    tmp_path: Path, minute: str, share: int
) -> None:
    sessions = [session(n) for n in range(40)]
    sessions += [
        session(f"{n} again", client_id=f"C{n}", started_at=f"2026-07-12 {minute}", ended_at=None)
        for n in range(40)
    ]
    # Who was known for a week less a day is left out; by this visit everybody was.
    sessions.append(session("last", started_at="2026-08-30 10:00", ended_at=None))
    at = {"asked_at": "2026-07-05 11:00", "answered_at": "2026-07-05 11:00"}
    told = [follow_up(n, relief_holding=n % 2 == 0, **at) for n in range(40)]
    practice = Practice(make_practice(tmp_path, sessions, told))
    found = returning(practice.view)
    practice.store.close()
    assert (found.after_lost, found.after_held) == (share, share)


def test_a_number_recorded_in_half_of_the_sessions_is_used() -> None:
    def used(recorded: int) -> bool:
        hold = np.where(np.arange(20) < recorded, 30.0, np.nan)
        found = prepare_covariates({}, {"hold_seconds": hold}, np.ones(20), np.arange(20))
        return "hold_seconds" in found.numeric

    assert [used(n) for n in (10, 9)] == [True, False]


def test_a_region_has_forty_letters_at_most(tmp_path: Path) -> None:
    rows = [session(n, body_region="upper back " + "x" * (29 + n)) for n in (0, 1)]
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, rows)
    receipt = load_file(empty_practice(tmp_path), path)
    assert (receipt.n_accepted, receipt.quarantined) == (1, {"conformance.short_words": 1})


# What is said


def reaching_down_to(lower: float) -> Row:
    return answers.row(value=lower + 5, lower=lower, upper=lower + 8)


@pytest.mark.parametrize(
    ("metric", "used", "limit"),
    [
        ("pressure_adjusted_when_not_right", ADJUSTED_PERCENT, 80),
        ("soreness_gone_by_36_hours", HALF, 50),
    ],
)
def test_a_promise_is_kept_from_its_limit_on(metric: str, used: float, limit: float) -> None:
    verdicts = [
        against_limits(METRICS[metric], reaching_down_to(lower), used, None)[0]
        for lower in (limit, limit - 0.1)
    ]
    assert verdicts == [SUPPORTED, CANNOT_TELL]
    assert "at least 80 %" in CLAIMS["pressure_adjusted"].means


def test_mild_and_severe_are_as_far_apart_as_the_middles_of_their_bands() -> None:
    mild, severe = (0, 1, 2, 3), (7, 8, 9, 10)
    assert np.mean(severe) - np.mean(mild) == FROM_MILD_TO_SEVERE


def test_silence_forbids_a_headline_above_fifty_points_and_is_told_above_twenty_five() -> None:
    wide = [answers.silence(lowest=20.0, highest=upper).is_too_wide for upper in (70.0, 70.1)]
    assert wide == [False, True]
    told = [
        len(answers.stand_out(silence=answers.silence(lowest=40.0, highest=upper)).items)
        for upper in (65.0, 65.1)
    ]
    assert told == [0, 1]


def test_advice_about_answers_begins_below_half_of_them() -> None:
    def advised(n_answered: int) -> int:
        days = tuple((hours, 100, n_answered) for hours in (24, 36, 96, 336))
        return len(answers.stand_out(quality=answers.quality(check_ins=days)).items)

    assert [advised(n) for n in (50, 49)] == [0, 1]


def test_coming_back_tells_of_relief_above_ten_points_and_is_asked_about_from_eighty_percent() -> (
    None
):
    found = Returning(
        parse_period(None), after_lost=40.0, after_held=30.0, ci_lower=1.0, ci_upper=20.0
    )
    assert not found.tells_of_relief
    assert replace(found, after_lost=40.1).tells_of_relief
    assert not replace(found, after_lost=40.1, ci_lower=0.0).tells_of_relief
    assert [replace(found, asked=share).is_asked for share in (80.0, 79.9)] == [True, False]


@pytest.mark.parametrize(("second", "is_open"), [(50.0, False), (49.9, True)])
def test_a_curve_is_dotted_where_more_than_fifty_points_are_lost_unasked(
    second: float, is_open: bool
) -> None:
    points = (answers.point(0, 100.0), answers.point(24, second), answers.point(36, 40.0))
    assert starts_open(answers.Curve((), 120, 50, points)) == is_open
