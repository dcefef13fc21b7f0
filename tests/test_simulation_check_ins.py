"""Check-ins of an invented practice follow its schedule and tell the hidden truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmt_analytics.simulation import PRESETS, PracticeTruth, SimulatedPractice, simulate
from nmt_analytics.vocabulary import CHECK_IN_HOURS

ZONE = "America/New_York"


def true_hours(start: pd.Series, end: pd.Series, zone: str = ZONE) -> np.ndarray:
    """Hours between local times by the time zone database; it raises at a gap or an overlap."""
    utc = [t.dt.tz_localize(zone, ambiguous="raise", nonexistent="raise") for t in (start, end)]
    return ((utc[1] - utc[0]).dt.total_seconds() / 3600).to_numpy()


def check_ins_of(practice: SimulatedPractice) -> pd.DataFrame:
    """Every check-in beside its session, the hidden truth and the client's next session."""
    sessions = practice.sessions[["session_id", "started_at", "ended_at", "pain_before"]].copy()
    sessions["next_at"] = practice.sessions.groupby("client_id").started_at.shift(-1)
    sessions = sessions.merge(practice.hidden.drop(columns="client_id"), on="session_id")
    check_ins = practice.follow_ups.merge(sessions, on="session_id", validate="m:1")
    check_ins["hours_asked"] = true_hours(check_ins.ended_at, check_ins.asked_at)
    check_ins["hours"] = true_hours(check_ins.ended_at, check_ins.answered_at)
    check_ins["is_holding"] = check_ins.hours < 24 * check_ins.relief_days
    return check_ins


@pytest.fixture(scope="module")
def practice() -> SimulatedPractice:
    return simulate(6000, seed=12)


@pytest.fixture(scope="module")
def check_ins(practice) -> pd.DataFrame:
    return check_ins_of(practice)


def test_a_practice_asks_at_each_check_in_until_the_clients_next_session(practice, check_ins):
    assert (check_ins.next_at.isna() | (check_ins.asked_at < check_ins.next_at)).all()
    asked_of_last = check_ins[check_ins.next_at.isna()].groupby("session_id").size()
    assert (asked_of_last == len(CHECK_IN_HOURS)).all()
    assert len(asked_of_last) == practice.sessions.client_id.nunique()
    n_due = sum(
        (check_ins.drop_duplicates("session_id").next_at - pd.Timedelta(hours=h + 6))
        .gt(check_ins.drop_duplicates("session_id").ended_at)
        .sum()
        for h in CHECK_IN_HOURS
    )
    assert (check_ins.next_at.notna()).sum() >= n_due > 0


def test_questions_come_by_day_within_six_hours_of_their_schedule(check_ins) -> None:
    of_schedule = check_ins.groupby("session_id").cumcount().map(dict(enumerate(CHECK_IN_HOURS)))
    off = check_ins.hours_asked - of_schedule
    assert off.abs().max() <= 6.5  # five and a half at night, one more when the clock changes
    assert (off[of_schedule != 36].abs() <= 1).all()
    clock = check_ins.asked_at.dt.strftime("%H:%M")
    assert clock.between("08:00", "21:00").all()


def test_answers_come_awake_after_their_question_and_before_the_next(check_ins) -> None:
    answered = check_ins[check_ins.answered_at.notna()]
    assert len(answered) > 20_000
    assert (answered.answered_at >= answered.asked_at).all()
    assert answered.answered_at.dt.hour.between(7, 22).all()
    following = check_ins.groupby("session_id").asked_at.shift(-1).loc[answered.index]
    assert (following.isna() | (answered.answered_at < following)).all()
    assert (answered.next_at.isna() | (answered.answered_at < answered.next_at)).all()
    late = (answered.answered_at - answered.asked_at) > pd.Timedelta(hours=6)
    assert 0.05 < late.mean() < 0.25


def test_unanswered_check_ins_are_rows_without_answers(check_ins) -> None:
    unanswered = check_ins[check_ins.answered_at.isna()]
    assert len(unanswered) > 5000
    assert unanswered[["relief_holding", "soreness", "pain", "recommend"]].isna().all(axis=None)
    assert check_ins.source.eq("check_in").all()
    assert check_ins.follow_up_id.is_unique


def test_answers_tell_the_truth_except_a_few_that_take_a_no_back(check_ins) -> None:
    said = check_ins[check_ins.relief_holding.notna()].copy()
    said["holding"] = said.relief_holding.astype(bool)
    is_wrong = said.holding != said.is_holding
    assert not (is_wrong & said.is_holding).any()
    no_so_far = (~said.holding).groupby(said.session_id).cumsum() - ~said.holding
    assert (no_so_far[is_wrong] > 0).all()
    may_contradict = (no_so_far > 0) & ~said.is_holding
    assert is_wrong[may_contradict].mean() == pytest.approx(0.03, abs=0.01)


def test_soreness_is_above_zero_until_it_is_gone_and_asked_for_four_days(check_ins) -> None:
    sore = check_ins[check_ins.soreness.notna()]
    assert ((sore.soreness > 0) == (sore.hours < sore.soreness_hours)).all()
    assert sore.hours_asked.max() < 98
    still_sore = sore[sore.hours_asked < 25].soreness > 0
    assert still_sore.mean() == pytest.approx(0.2, abs=0.03)


def test_pain_is_lower_while_relief_holds_and_high_in_a_flare_up(check_ins) -> None:
    pain = check_ins[check_ins.pain.notna() & check_ins.pain_before.notna()]
    above_usual = pain.pain.astype(float) - pain.usual_pain
    late = pain.hours > 72
    held = late & pain.is_holding
    # Whole scores cannot fall below zero, which takes a little off the effect of -1.9.
    assert above_usual[held].mean() == pytest.approx(-1.8, abs=0.1)
    assert above_usual[late & ~pain.is_holding].mean() == pytest.approx(0.0, abs=0.1)
    flares = simulate(3000, seed=1, truth=PracticeTruth(flare_up_share=1.0))
    early = check_ins_of(flares).query("hours <= 72 and pain.notna() and pain_before.notna()")
    assert (early.pain == np.minimum(early.pain_before + 2, 10)).all()


def test_willingness_to_recommend_is_asked_on_day_seven_only(check_ins) -> None:
    asked = check_ins[check_ins.recommend.notna()]
    assert asked.hours_asked.between(167, 169).all()
    assert asked.recommend.astype(float).mean() == pytest.approx(8.4, abs=0.3)


def test_the_next_intake_tells_whether_earlier_relief_still_holds(practice) -> None:
    sessions = practice.sessions.merge(
        practice.hidden[["session_id", "relief_days"]], on="session_id"
    )
    of_client = sessions.groupby(practice.hidden.client_id)
    sessions["true_client"] = practice.hidden.client_id
    previous_end, previous_relief = of_client.ended_at.shift(), of_client.relief_days.shift()
    asked = sessions.previous_relief_holding.notna()
    assert not asked[previous_end.isna()].any()
    assert asked[previous_end.notna()].mean() == pytest.approx(0.9 * 0.97, abs=0.015)
    hours = true_hours(previous_end, sessions.started_at)
    holding = sessions.previous_relief_holding[asked].astype(bool)
    assert (holding == (hours < 24 * previous_relief)[asked]).all()


def test_clients_stop_at_random_as_often_as_the_truth_says() -> None:
    truth = replace(PRESETS["friendly"], stopping_hazard=0.2, answering_client_sd=0.0)
    check_ins = check_ins_of(simulate(6000, seed=3, truth=truth))
    number = check_ins.groupby("session_id").cumcount()
    shares = check_ins.answered_at.notna().groupby(number).mean()
    # The first two questions are so close that some are overtaken by the next one.
    for asked_before in (2, 3, 4, 5):
        still_answering = 0.97 * 0.8 ** (asked_before + 1)
        assert shares[asked_before] == pytest.approx(still_answering, abs=0.02)


def share_answered_after_relief_ended(preset: str) -> tuple[float, float]:
    """Share of questions answered that were asked while relief held, and after it ended."""
    check_ins = check_ins_of(simulate(4000, seed=6, truth=PRESETS[preset]))
    asked_while_held = check_ins.hours_asked < 24 * check_ins.relief_days
    answered = check_ins.answered_at.notna()
    return answered[asked_while_held].mean(), answered[~asked_while_held].mean()


def test_silent_clients_stop_answering_once_relief_ended_and_friendly_ones_do_not() -> None:
    friendly, silent = map(share_answered_after_relief_ended, ("friendly", "silent"))
    assert min(friendly) > 0.9
    assert silent[0] == pytest.approx(0.71, abs=0.05)
    assert silent[1] < 0.5 * silent[0]


def days_to_return(truth: PracticeTruth) -> pd.DataFrame:
    practice = simulate(4000, seed=6, truth=truth)
    days = practice.sessions.started_at.groupby(practice.hidden.client_id).diff(-1).abs()
    found: dict[str, Any] = {"days": days.dt.days, "relief_days": practice.hidden.relief_days}
    return pd.DataFrame(found).dropna()


def test_returning_clients_come_back_because_relief_ended() -> None:
    never = days_to_return(PRESETS["friendly"])
    often = days_to_return(PRESETS["returning"])
    assert abs(never.corr(method="spearman").iloc[0, 1]) < 0.05
    assert often.corr(method="spearman").iloc[0, 1] > 0.4
    assert often.days.median() < never.days.median() - 3


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
def test_no_local_time_falls_into_a_gap_or_an_overlap_and_elapsed_time_is_true(zone) -> None:
    practice = simulate(3000, seed=4, timezone=zone, truth=PRESETS["friendly"])
    merged = practice.follow_ups.merge(practice.sessions, on="session_id").merge(
        practice.hidden, on="session_id"
    )
    true_hours(merged.started_at, merged.asked_at, zone)
    answered = merged[merged.relief_holding.notna()]
    hours = true_hours(answered.ended_at, answered.answered_at, zone)
    assert (answered.relief_holding.astype(bool) == (hours < 24 * answered.relief_days)).all()
