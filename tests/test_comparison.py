"""This period against the one before: what may be compared, and how sure the difference is.

Two quarters of one practice: 24 clients come in both, each with a session a quarter; in the third
quarter pain falls by 4 points, in the second by 3 for odd and by 1 for even clients. A further 12
clients come in the first quarter only.
"""

from dataclasses import replace
from math import sqrt
from statistics import NormalDist

import pytest
from factories import days_after, follow_up, make_practice, session
from scipy.special import stdtrit

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.analysis import outcome
from nmt_analytics.outcomes.answers import Change, Row
from nmt_analytics.outcomes.comparison import (
    AT_A_GLANCE,
    FEW_CLIENTS,
    NOT_PUBLISHED,
    NOT_REACHED,
    compare,
    compare_at_a_glance,
    recent,
)
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sessions: list[dict[str, object]] = []
    answers: list[dict[str, object]] = []

    def held(client: int, day: str, fall: int, lost_on: int | None) -> None:
        number = len(sessions) + 1
        at = {"started_at": f"{day} 10:00", "ended_at": f"{day} 11:00"}
        pain = {"pain_before": 7, "pain_after": 7 - fall}
        sessions.append(session(number, client_id=f"C{client}", **at, **pain))
        told = days_after(lost_on or 4, f"{day} 11:00")
        answer = {"asked_at": told, "answered_at": told, "relief_holding": lost_on is None}
        answers.append(follow_up(len(answers) + 1, session_id=f"S{number}") | answer)

    for client in range(1, 25):
        held(client, "2026-05-10", 3 if client % 2 else 1, lost_on=4)
        held(client, "2026-08-10", 4, lost_on=4 if client <= 6 else None)
    for client in range(25, 37):
        held(client, "2026-02-10", 2, lost_on=4)
    return make_practice(tmp_path_factory.mktemp("compared"), sessions, answers)


def change_of(practice: Practice, metric: str, period: str) -> Change:
    return compare(practice.view, metric, period)


def test_the_difference_is_this_period_minus_the_one_before(practice: Practice) -> None:
    change = change_of(practice, "pain_change", "2026Q3")
    assert (change.row.period, change.previous.period) == ("2026Q3", "2026Q2")
    assert (change.row.value, change.previous.value) == (-4, -2)
    assert change.difference == -2
    assert change.reason == ""


def test_a_client_of_both_periods_counts_once_in_the_interval(practice: Practice) -> None:
    # Each client's own difference is -1 or -3, so the jackknife is that of 24 such numbers.
    change = change_of(practice, "pain_change", "2026Q3")
    differences = [-1 if client % 2 else -3 for client in range(1, 25)]
    mean = sum(differences) / 24
    error = sqrt(sum((each - mean) ** 2 for each in differences) / (24 * 23))
    half = float(stdtrit(23, 0.975)) * error
    assert change.ci_lower == pytest.approx(mean - half)
    assert change.ci_upper == pytest.approx(mean + half)


def test_a_change_is_seen_when_its_interval_excludes_zero(practice: Practice) -> None:
    pain = change_of(practice, "pain_change", "2026Q3")
    assert pain.is_seen and pain.is_better is True
    relief = change_of(practice, "relief_at_4_days", "2026Q3")
    assert relief.difference == pytest.approx(75)
    assert relief.is_seen and relief.is_better is True
    hold = Change(METRICS["hold_seconds_median"], pain.row, pain.row, 3.0, 1.0, 5.0)
    assert hold.is_seen and hold.is_better is None
    unsure = Change(METRICS["pain_change"], pain.row, pain.row, -1.0, -2.0, 0.5)
    assert not unsure.is_seen and unsure.is_better is None
    worse = Change(METRICS["pain_change"], pain.row, pain.row, 1.0, 0.5, 2.0)
    assert worse.is_better is False


def test_of_the_five_numbers_of_a_page_a_change_is_seen_only_where_it_is_among_all(
    practice: Practice,
) -> None:
    alone = {name: change_of(practice, name, "2026Q3") for name in AT_A_GLANCE}
    together = {
        change.metric.name: change
        for change in compare_at_a_glance(practice.view, parse_period("2026Q3"))
    }
    assert list(together) == list(AT_A_GLANCE)
    compared = [name for name in AT_A_GLANCE if alone[name].ci_lower is not None]
    by_hand = []
    for name in compared:  # normal by the half interval that faces zero, then Holm step by step
        change = alone[name]
        near = change.ci_lower if change.difference > 0 else change.ci_upper
        z = 1.959964 * abs(change.difference) / abs(change.difference - near) if near else 0.0
        by_hand.append((2 * NormalDist().cdf(-z), name))
    largest = 0.0
    for place, (p_value, name) in enumerate(sorted(by_hand)):
        largest = max(largest, min(1.0, p_value * (len(by_hand) - place)))
        assert together[name].p_value == pytest.approx(largest, abs=1e-6), name
        assert together[name].is_seen == (alone[name].is_seen and largest < 0.05)
    assert together["pain_change"].is_seen


def test_a_change_that_one_in_twenty_brings_by_chance_is_not_seen_among_five() -> None:
    row = Row("2026Q3", (), 200, 90, 93.0, 84.0, 97.0)
    change = Change(METRICS["soreness_gone_by_36_hours"], row, row, -5.0, -9.5, -0.1)
    assert change.is_seen
    assert not replace(change, p_value=0.2).is_seen


def test_two_dates_are_compared_with_as_many_days_before_them(practice: Practice) -> None:
    change = change_of(practice, "relief_at_4_days", "2026-08-05..2026-08-31")
    assert change.previous.period == "2026-07-09..2026-08-04"
    assert change.reason == NOT_PUBLISHED and not change.is_seen


def test_counts_are_compared_without_an_interval(practice: Practice) -> None:
    change = change_of(practice, "sessions", "2026Q3")
    assert (change.difference, change.ci_lower, change.ci_upper) == (0, None, None)
    assert not change.is_seen


@pytest.mark.parametrize(
    ("metric", "period", "reason"),
    [
        ("pain_change", "2026Q1", NOT_PUBLISHED),
        ("pain_change", "2026Q2", FEW_CLIENTS),
        ("relief_days_median", "2026Q3", NOT_REACHED),
        ("recommend_mean", "2026Q3", NOT_PUBLISHED),
    ],
)
def test_nothing_is_compared_where_one_period_says_too_little(
    metric: str, period: str, reason: str, practice: Practice
) -> None:
    change = change_of(practice, metric, period)
    assert change.reason == reason
    assert (change.difference, change.ci_lower, change.ci_upper) == (None, None, None)
    assert not change.is_seen and change.is_better is None


def test_all_sessions_have_no_period_before_them(practice: Practice) -> None:
    with pytest.raises(UsageError, match="Name a period"):
        compare(practice.view, "pain_change")


def test_a_shared_difference_has_no_more_digits_than_its_numbers(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    pain = change_of(practice, "pain_change", "2026Q3")
    for number in (pain.difference, pain.ci_lower, pain.ci_upper):
        assert number is not None and number == round(number, 1)
    practice.store.close()


def test_the_run_of_periods_ends_with_this_one(practice: Practice) -> None:
    rows = recent(practice.view, METRICS["pain_change"], parse_period("2026Q3"), 4)
    assert [row.period for row in rows] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    assert [row.value for row in rows] == [None, -2, -2, -4]
    assert rows[0].is_hidden and rows[1].showing == "few clients"


def test_the_practice_compares_as_the_module_does(practice: Practice) -> None:
    answer = practice.compare("pain_change", "2026Q3")
    assert answer.data == change_of(practice, "pain_change", "2026Q3")


@pytest.mark.parametrize("period", ["2026Q3", "2026-08"])
def test_a_run_of_periods_counted_at_once_is_what_each_counts_by_itself(
    practice: Practice, period: str
) -> None:
    periods = [parse_period(period)]
    for _ in range(7):
        periods.insert(0, periods[0].previous)
    at_once = recent(practice.view, METRICS["relief_at_4_days"], periods[-1])
    practice.store.close()  # forgets what was counted
    one_by_one = [
        outcome(practice.view, "relief_at_4_days", None, each).rows[0] for each in periods
    ]
    assert list(at_once) == one_by_one
    assert any(row.n_sessions for row in at_once)
