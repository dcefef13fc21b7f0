"""Every metric by two routes: six sessions worked out on paper, and the example recounted.

Six sessions of five clients; each ends at 11:00. What was said of them (day: relief, hour:
soreness; `-` asked and not answered):

    session  client  date    relief                     soreness            pain at 24 h
    S1       C1      Jul  1  d4 yes, d7 no              24 h 3, 36 h 0      5
    S2       C2      Jul  1  d4 no, d7 -                24 h 0              8
    S3       C3      Jul  3  d4 yes, d7 yes, d14 no     24 h 2, 36 h 1      4
    S4       C4      Jul  5  d4 yes, d7 no              24 h 0              6
    S5       C5      Jul  8  d7 -, d14 yes              24 h 1, 36 h 0      5
    S6       C1      Jul 13  d4 no, 24 h -
"""

from collections.abc import Iterator
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.analysis import outcome, outcome_of
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.metrics import METRICS, SILENT, find_dimensions, find_metric
from nmt_analytics.periods import ALL
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
T_4 = 2.7764451051977987
"""The 97.5th percentile of Student's t with 4 degrees of freedom: five clients."""
Said = dict[str, object]

WORKED = {
    # Six sessions of C1 to C5.
    "sessions": 6,
    "clients": 5,
    # Asked 4, 3, 5, 3, 4 and 2 times = 21; answered 4, 2, 5, 3, 3 and 1 times = 18.
    "follow_up_response": 100 * 18 / 21,
    # Intervals: S1 (4, 7], S2 (0, 4], S3 (7, 14], S4 (4, 7], S5 (14, oo), S6 (0, 4]. None overlap,
    # so each carries its share: S(4) = 4/6, S(7) = 2/6, S(14) = 1/6.
    "relief_at_4_days": 100 * 4 / 6,
    "relief_at_7_days": 100 * 2 / 6,
    "relief_at_14_days": 100 * 1 / 6,
    # From 4/6 on day 4 to 2/6 on day 7: one half is in the middle, on day 5.5.
    "relief_days_median": 5.5,
    # From 1 on day 0 to 4/6 on day 4: 3/4 is reached after three quarters of the way.
    "relief_days_q25": 3,
    # Trapezoids: 4 (1 + 4/6) / 2 + 3 (4/6 + 2/6) / 2 + 7 (2/6 + 1/6) / 2 + 14 (1/6).
    "relief_days_mean_28": 10 / 3 + 3 / 2 + 7 / 4 + 7 / 3,
    # Sore at 24 or 36 hours: S1, S3, S5 of the five with an answer.
    "soreness_any": 60,
    # Intervals in hours: S1 (24, 36], S2 (0, 24], S3 (36, oo), S4 (0, 24], S5 (24, 36].
    "soreness_gone_by_24_hours": 40,
    "soreness_gone_by_36_hours": 80,
    # 2/5 gone by 24 hours, 4/5 by 36: one half after a quarter of those 12 hours.
    "soreness_hours_median": 27,
    # 8 to 4, 6 to 5, 5 to 3, 4 to 1, 7 to 5, 2 to 2: -4 - 1 - 2 - 3 - 2 + 0 over 6.
    "pain_change": -2,
    # From 4 or more: 4 of 8 yes, 1 of 6 no, 2 of 5 yes, 3 of 4 yes, 2 of 7 (29 %) no.
    "pain_responders": 60,
    # At 24 hours 5 after 8 no, 8 after 6 yes, 4 after 5 no, 6 after 4 yes, 5 after 7 no.
    "flare_ups": 40,
    # 20, 25, 28, 32, 45, 50 seconds: halfway between 28 and 32; four of six from 20 to 40.
    "hold_seconds_median": 30,
    "hold_in_range": 100 * 4 / 6,
    # Only S6 felt right; of the other five all but S3 were adjusted.
    "pressure_felt_right": 100 / 6,
    "pressure_adjusted_when_not_right": 80,
    # C1 came back after 12 days. Followed up to Jul 13: S2 for 12 days, S3 10, S4 8, S5 5, S6 0.
    # At day 12 S1 and S2 are at risk and one comes back: S falls from 1 to 1/2 there.
    "return_days_median": 12,
    # 9, 10, 6, 8, 7 from S1 to S5.
    "recommend_mean": 8,
}


def told(day: float, end: str, **answers: object) -> Said:
    """One check-in `day` days after `end`, answered at once, or not when nothing is said."""
    moment = days_after(day, end)
    return {"asked_at": moment, "answered_at": moment if answers else None, **answers}


def six_sessions() -> tuple[list[Said], list[Said]]:
    yes: Said = {"relief_holding": True}
    no: Said = {"relief_holding": False}
    said: dict[int, tuple[str, str, dict[float, Said]]] = {
        1: (
            "C1",
            "2026-07-01",
            {1: {"soreness": 3, "pain": 5}, 1.5: {"soreness": 0}, 4: yes, 7: no},
        ),
        2: ("C2", "2026-07-01", {1: {"soreness": 0, "pain": 8}, 4: no, 7: {}}),
        3: (
            "C3",
            "2026-07-03",
            {1: {"soreness": 2, "pain": 4}, 1.5: {"soreness": 1}, 4: yes, 7: yes, 14: no},
        ),
        4: ("C4", "2026-07-05", {1: {"soreness": 0, "pain": 6}, 4: yes, 7: no}),
        5: (
            "C5",
            "2026-07-08",
            {1: {"soreness": 1, "pain": 5}, 1.5: {"soreness": 0}, 7: {}, 14: yes},
        ),
        6: ("C1", "2026-07-13", {1: {}, 4: no}),
    }
    columns = {
        "pain_before": (8, 6, 5, 4, 7, 2),
        "pain_after": (4, 5, 3, 1, 5, 2),
        "hold_seconds": (20, 25, 28, 32, 45, 50),
        "pressure_felt": ("too_strong", "too_light") * 2 + ("too_strong", "right"),
        "pressure_adjusted": (True, True, False, True, True, False),
    }
    recommended = {1: 9, 2: 10, 3: 6, 4: 8, 5: 7}
    sessions: list[Said] = []
    answers: list[Said] = []
    for number, (client, day, of_session) in said.items():
        values = {name: column[number - 1] for name, column in columns.items()}
        start, end = f"{day} 10:00", f"{day} 11:00"
        sessions.append(session(number, client_id=client, started_at=start, ended_at=end, **values))
        for days, what in of_session.items():
            row = told(days, end, **what)
            if days == 1 and what:
                row["recommend"] = recommended[number]
            answers.append(follow_up(len(answers) + 1, session_id=f"S{number}") | row)
    return sessions, answers


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    practice = Practice(make_practice(tmp_path_factory.mktemp("six"), *six_sessions()))
    yield practice
    practice.store.close()


def number_of(practice: Practice, metric: str) -> Row:
    """The metric over all sessions, as the owner may see it."""
    (row,) = outcome(practice.view, metric).rows
    assert not row.is_hidden
    return row


def test_every_metric_has_its_worked_example() -> None:
    assert set(WORKED) == set(METRICS)


@pytest.mark.parametrize("metric", WORKED)
def test_a_metric_gives_what_paper_gives(metric: str, six: Practice) -> None:
    assert number_of(six, metric).value == pytest.approx(WORKED[metric], rel=1e-9)


@pytest.mark.parametrize(
    ("metric", "n_sessions"),
    [
        ("sessions", 6),
        ("follow_up_response", 6),
        ("relief_days_median", 6),
        ("soreness_any", 5),
        ("soreness_gone_by_24_hours", 5),
        ("pain_change", 6),
        ("pain_responders", 5),
        ("flare_ups", 5),
        ("hold_in_range", 6),
        ("pressure_felt_right", 6),
        ("pressure_adjusted_when_not_right", 5),
        ("return_days_median", 6),
        ("recommend_mean", 5),
    ],
)
def test_a_metric_counts_the_sessions_of_its_population(
    metric: str, n_sessions: int, six: Practice
) -> None:
    row = number_of(six, metric)
    assert (row.n_sessions, row.n_clients) == (n_sessions, 5)


def test_sessions_without_an_answer_stand_beside_every_outcome(six: Practice) -> None:
    (row,) = outcome_of(six.view, SILENT, (), ALL).rows
    assert (row.value, row.n_sessions) == (0, 6)


def test_the_interval_of_a_mean_leaves_out_one_client_at_a_time(six: Practice) -> None:
    # Without C1 -8/4, without C2 -11/5, C3 -10/5, C4 -9/5, C5 -10/5; the whole is -12/6.
    spread = 4 / 5 * (0**2 + 0.2**2 + 0**2 + 0.2**2 + 0**2)
    row = number_of(six, "pain_change")
    assert row.ci_lower == pytest.approx(-2 - T_4 * spread**0.5)
    assert row.ci_upper == pytest.approx(-2 + T_4 * spread**0.5)


def test_the_interval_of_a_share_is_made_on_the_logit_scale(six: Practice) -> None:
    # Responders are C1, C3 and C4 of five: without one of them 2/4, without another 3/4.
    spread = 4 / 5 * (3 * 0.1**2 + 2 * 0.15**2)
    half = T_4 * spread**0.5 / (0.6 * 0.4)
    row = number_of(six, "pain_responders")
    assert row.ci_lower == pytest.approx(100 / (1 + exp(-(log(0.6 / 0.4) - half))))
    assert row.ci_upper == pytest.approx(100 / (1 + exp(-(log(0.6 / 0.4) + half))))


def test_a_median_knows_only_the_check_ins_around_it(six: Practice) -> None:
    row = number_of(six, "relief_days_median")
    assert (row.known_lower, row.known_upper) == (4, 7)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_says_what_it_means_and_for_whom(metric: Any) -> None:
    assert metric.name in METRICS
    assert metric.label and metric.meaning and metric.population
    assert not metric.label.endswith(".") and not metric.meaning.endswith(".")


def test_an_unknown_metric_names_the_nearest_one() -> None:
    with pytest.raises(UsageError, match='Did you mean "relief_at_4_days"'):
        find_metric("relief_at_4_day")


def test_a_number_is_broken_down_by_two_known_dimensions_at_most() -> None:
    assert find_dimensions("condition, stress_level") == ("condition", "stress_level")
    assert find_dimensions(None) == ()
    with pytest.raises(UsageError, match='Did you mean "condition"'):
        find_dimensions("conditions")
    with pytest.raises(UsageError, match="two dimensions at most"):
        find_dimensions(["condition", "stress_level", "month"])
    with pytest.raises(UsageError, match="named twice"):
        find_dimensions(["month", "month"])


# --- the example practice, recounted with plain pandas -------------------------------------------


@pytest.fixture(scope="module")
def settings(example: Settings) -> Settings:
    return example


@pytest.fixture(scope="module")
def recounted() -> dict[str, pd.Series]:
    """One series per metric: a value for each session (or check-in) that it counts.

    Indexed by the session's id; made from the csv files alone.
    """
    return recount(read("sessions"), read("follow_ups"))


def read(name: str) -> pd.DataFrame:
    frame = pd.read_csv(EXAMPLE / f"{name}.csv", keep_default_na=False, na_values=[""])
    for column in frame.columns[frame.columns.str.endswith("_at")]:
        local = pd.to_datetime(frame[column]).dt.tz_localize(
            "America/New_York", ambiguous=True, nonexistent="raise"
        )
        frame[column] = local.dt.tz_convert("UTC")
    return frame


def recount(sessions: pd.DataFrame, follow_ups: pd.DataFrame) -> dict[str, pd.Series]:
    sessions = sessions.sort_values(["client_id", "started_at"]).set_index("session_id")
    following = sessions.groupby("client_id")["started_at"].shift(-1)
    answers = follow_ups.dropna(subset="answered_at").sort_values("answered_at")
    told = pd.merge_asof(
        answers.drop(columns="session_id"),
        sessions.reset_index()[["session_id", "client_id", "ended_at"]].sort_values("ended_at"),
        left_on="answered_at",
        right_on="ended_at",
        by="client_id",
        allow_exact_matches=False,
    ).dropna(subset="session_id")
    told["hours"] = (told["answered_at"] - told["ended_at"]).dt.total_seconds() / 3600
    before_next = ~(told["answered_at"] > told["session_id"].map(following))
    told = told[before_next].set_index("session_id")

    before, after = sessions["pain_before"], sessions["pain_after"]
    rated = before.notna() & after.notna()
    fall = (before - after)[rated]
    judged = before[rated][before[rated] >= 4]
    sore = told.dropna(subset="soreness").query("hours <= 48").groupby(level=0)["soreness"].max()
    worst = told.dropna(subset="pain").query("hours <= 72").groupby(level=0)["pain"].max()
    worst_above = (worst - before.reindex(worst.index)).dropna()
    hold, felt = sessions["hold_seconds"].dropna(), sessions["pressure_felt"].dropna()
    not_right = sessions.loc[felt.index[felt != "right"], "pressure_adjusted"].dropna()
    asked = follow_ups.dropna(subset="asked_at").set_index("session_id")
    latest = told.dropna(subset="recommend").sort_values("hours").groupby(level=0)
    return {
        "sessions": pd.Series(1, sessions.index),
        "clients": sessions["client_id"],
        "follow_up_response": 100 * asked["answered_at"].notna(),
        "soreness_any": 100 * (sore > 0),
        "pain_change": -fall,
        "pain_responders": 100 * ((fall[judged.index] >= 2) & (fall[judged.index] >= 0.3 * judged)),
        "flare_ups": 100 * (worst_above >= 2),
        "hold_seconds_median": hold,
        "hold_in_range": 100 * hold.between(20, 40),
        "pressure_felt_right": 100 * (felt == "right"),
        "pressure_adjusted_when_not_right": 100 * (not_right == "yes"),
        "recommend_mean": latest["recommend"].last(),
    }


def in_quarter(series: pd.Series) -> pd.Series:
    """The entries whose session was held from July to September 2026."""
    on = read("sessions").set_index("session_id")["started_at"].dt.tz_convert("America/New_York")
    return series[series.index.map(on) >= pd.Timestamp("2026-07-01", tz="America/New_York")]


RECOUNTED = [name for name in METRICS if "relief_" not in name and "soreness_g" not in name]
RECOUNTED = [name for name in RECOUNTED if not name.endswith(("hours_median", "days_median"))]


def total(metric: str, series: pd.Series) -> float:
    """What the metric makes of one value for each session."""
    if metric == "sessions":
        return float(series.sum())
    if metric == "clients":
        return float(series.nunique())
    return float(series.median() if metric.endswith("median") else series.astype(float).mean())


def test_every_metric_that_is_no_survival_is_recounted(recounted: dict[str, pd.Series]) -> None:
    assert set(RECOUNTED) == set(recounted)


@pytest.mark.parametrize("metric", RECOUNTED)
def test_plain_pandas_finds_the_same_number(
    metric: str, practice: Practice, recounted: dict[str, pd.Series]
) -> None:
    series = in_quarter(recounted[metric])
    assert series.index.nunique() > 30
    (row,) = outcome(practice.view, metric, None, "2026Q3").rows
    assert row.value == pytest.approx(total(metric, series), rel=1e-9)
    assert row.n_sessions == series.index.nunique()


@pytest.mark.parametrize("metric", ["pain_change", "flare_ups", "sessions"])
def test_plain_pandas_finds_the_same_number_for_each_condition(
    metric: str, practice: Practice, recounted: dict[str, pd.Series]
) -> None:
    condition = read("sessions").set_index("session_id")["condition"].fillna("not_recorded")
    groups = recounted[metric].groupby(lambda key: condition[key])
    rows = {row.levels[0]: row for row in outcome(practice.view, metric, "condition").rows}
    assert set(rows) == set(groups.groups)
    for level, series in groups:
        assert not rows[str(level)].is_hidden
        assert rows[str(level)].value == pytest.approx(total(metric, series), rel=1e-9)


def test_the_days_until_the_return_are_a_product_of_shares_that_stay_away(
    practice: Practice,
) -> None:
    sessions = read("sessions").sort_values(["client_id", "started_at"])
    on = (
        sessions["started_at"].dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
    )
    following = on.groupby(sessions["client_id"]).shift(-1)
    waited = (following.fillna(on.max()) - on).dt.days.to_numpy()
    came = following.notna().to_numpy()
    away, median = 1.0, np.nan
    for day in np.unique(waited[came]):
        away *= 1 - (came & (waited == day)).sum() / (waited >= day).sum()
        if away <= 0.5:
            median = day
            break
    (row,) = outcome(practice.view, "return_days_median").rows
    assert row.value == median
