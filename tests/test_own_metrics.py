"""Metrics of one's own: the same numbers as ours and as pandas, hidden alike, never pasted SQL."""

import operator
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas
import pytest
from factories import make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.measures import NUMBERS, WORDS, Condition, read_condition
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

YEAR = "2026"
INTERVAL = ["value", "ci_lower", "ci_upper", "n_sessions", "n_clients"]
COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.fixture(scope="module")
def settings(example: Settings) -> Settings:
    return example


@pytest.fixture
def practice(settings: Settings) -> Iterator[Practice]:
    yield Practice(settings)


@pytest.fixture(scope="module")
def rows(settings: Settings) -> pandas.DataFrame:
    """The sessions of the year as they stand in the file's columns."""
    return Practice(settings).store.frame("select * from sessions where year(local_on) = 2026")


def numbers(practice: Practice, name: str, by: str | None = None) -> list[list[float]]:
    return practice.outcome(name, by, YEAR).table[INTERVAL].to_numpy(dtype=float).tolist()


# The same as ours


@pytest.mark.parametrize(
    ("defined", "ours"),
    [
        ({"mean_of": "pain_after - pain_before"}, "pain_change"),
        ({"mean_of": "recommend"}, "recommend_mean"),
        ({"mean_of": "hold_in_range"}, "hold_in_range"),
        ({"share_of": "flare_up = yes"}, "flare_ups"),
        ({"share_of": "pressure_right = yes"}, "pressure_felt_right"),
        ({"mean_of": "pain_responder"}, "pain_responders"),
    ],
    ids=str,
)
@pytest.mark.parametrize("by", [None, "condition"])
def test_what_is_defined_like_ours_is_the_same_to_the_last_digit(practice, defined, ours, by):
    practice.define("mine", **defined)
    assert np.array_equal(numbers(practice, "mine", by), numbers(practice, ours, by), True)


# The same as pandas


@pytest.mark.parametrize("column", ["severity_before", "pain_before", "pain_after", "hold_seconds"])
def test_a_mean_is_the_mean(practice, rows, column):
    practice.define("mine", mean_of=column)
    row = practice.outcome("mine", None, YEAR).data.rows[0]
    recorded = rows[rows[column].notna()]
    assert row.value == pytest.approx(recorded[column].mean())
    assert (row.n_sessions, row.n_clients) == (len(recorded), recorded["client_id"].nunique())


def test_a_ratio_is_one_sum_divided_by_the_other_with_a_jackknife_by_client(practice, rows):
    practice.define("mine", ratio_of=["pain_after", "pain_before"])
    row = practice.outcome("mine", None, YEAR).data.rows[0]
    both = rows[rows["pain_after"].notna() & rows["pain_before"].notna()]
    sums = both.groupby("client_id")[["pain_after", "pain_before"]].sum().to_numpy(dtype=float)
    above, below = sums.sum(axis=0)
    without = (above - sums[:, 0]) / (below - sums[:, 1])
    n = len(sums)
    error = np.sqrt((n - 1) / n * ((without - above / below) ** 2).sum())
    assert row.value == pytest.approx(above / below)
    # On the log scale; of so many clients t is within a hundredth of the normal.
    assert np.log(row.ci_upper / row.value) == pytest.approx(1.96 * error / row.value, rel=0.02)
    assert row.ci_upper / row.value == pytest.approx(row.value / row.ci_lower)


@pytest.mark.parametrize("sign", COMPARE)
def test_a_condition_compares_as_it_is_written(practice, rows, sign):
    practice.define("mine", mean_of="hold_seconds", among=f"pain_before {sign} 5")
    row = practice.outcome("mine", None, YEAR).data.rows[0]
    met = rows[rows["pain_before"].notna() & COMPARE[sign](rows["pain_before"].fillna(0), 5)]
    assert row.value == pytest.approx(met["hold_seconds"].mean())
    assert row.n_sessions == met["hold_seconds"].count()


def test_all_conditions_hold_together_and_what_is_not_recorded_meets_none(practice, rows):
    practice.define(
        "mine", share_of="pain_after <= 2", among=["pain_before >= 5", "stress_level != high"]
    )
    row = practice.outcome("mine", None, YEAR).data.rows[0]
    met = rows[
        (rows["pain_before"] >= 5)
        & rows["stress_level"].isin(["low", "moderate"])
        & rows["pain_after"].notna()
    ]
    assert row.n_sessions == len(met)
    assert row.value == pytest.approx(100 * (met["pain_after"] <= 2).mean())


def test_a_session_without_the_column_is_not_counted_as_no(practice, rows):
    practice.define("mine", share_of="pain_after <= 2")
    row = practice.outcome("mine", None, YEAR).data.rows[0]
    assert row.n_sessions == rows["pain_after"].count() < len(rows)


# Asked for like every other


def test_it_is_compared_charted_broken_down_and_listed_like_ours(practice):
    told = practice.define("mine", mean_of="hold_seconds", label="seconds held", better="up")
    assert list(told) == ["mine"]
    assert "mine" in practice.metrics and "mine" not in practice.dimensions
    assert practice.compare("mine", "2026Q3").data.difference is not None
    assert len(practice.control_chart("mine", period="2026Q3").data.points) > 12
    by_two = practice.outcome("mine", ["condition", "stress_level"], YEAR)
    assert "Seconds held" in by_two.sentence()
    assert practice.outcome("mine", "condition", YEAR).figure().data
    assert practice.compare_groups("mine", "stress_level", YEAR).sentence()
    assert practice.as_of("2026-06-30").outcome("mine", None, YEAR).data.rows[0].value


def test_what_is_defined_anew_is_answered_anew_and_is_of_one_practice(practice, settings):
    practice.define("mine", mean_of="pain_before")
    before = practice.outcome("mine", None, YEAR).data.rows[0].value
    practice.define("mine", mean_of="pain_after")
    assert practice.outcome("mine", None, YEAR).data.rows[0].value < before
    with pytest.raises(UsageError, match='There is no metric "mine"'):
        Practice(settings).outcome("mine")


def test_every_column_can_be_averaged_and_every_word_asked_for(practice):
    for column, (unit, _) in NUMBERS.items():
        practice.define("mine", mean_of=column)
        table = practice.outcome("mine", None, YEAR).table
        assert table["unit"][0] == unit
        assert table["n_sessions"][0] > 0, column
    for column, words in WORDS.items():
        word = words[0] if words else "other"
        practice.define("mine", mean_of="hold_seconds", among=f"{column} != {word}")
        assert practice.outcome("mine", None, YEAR).sentence(), column


# The door out


def small(tmp_path: Path, n_left_out: int) -> Practice:
    """Thirty clients, all but a few of whom had much pain before."""
    rows = [
        session(number, pain_before=2 if number <= n_left_out else 7, pain_after=1)
        for number in range(1, 31)
    ]
    return Practice(make_practice(tmp_path, rows))


@pytest.mark.parametrize(
    ("n_left_out", "is_hidden"), [(0, False), (1, True), (4, True), (5, False)]
)
def test_a_condition_that_leaves_few_clients_out_is_hidden(tmp_path, n_left_out, is_hidden):
    practice = small(tmp_path, n_left_out)
    practice.define("mine", mean_of="pain_after", among="pain_before >= 5")
    row = practice.outcome("mine").data.rows[0]
    assert row.is_hidden == is_hidden
    assert (row.n_clients is None) == is_hidden
    practice.store.close()


def test_few_clients_are_hidden_however_they_were_picked(tmp_path):
    practice = small(tmp_path, 4)
    practice.define("mine", mean_of="pain_after", among="pain_before < 5")
    table = practice.outcome("mine").table
    assert table["hidden"][0] == "hidden: fewer than 5 clients"
    assert table[INTERVAL].isna().all(axis=None)
    practice.store.close()


def test_conditions_are_for_the_owner_and_the_rest_is_shared_as_ours_is(settings):
    shared = Practice(settings, audience="shared")
    with pytest.raises(UsageError, match="for the owner"):
        shared.define("mine", mean_of="hold_seconds", among="pain_before >= 5")
    shared.define("mine", mean_of="hold_seconds")
    table = shared.outcome("mine", "condition", YEAR).table
    assert (table["n_clients"].dropna() % 5 == 0).all()
    assert (table["hidden"] != "").any()


# What cannot be written


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"mean_of": "client_id"}, "no column to average"),
        ({"mean_of": "pain_aftr"}, 'Did you mean "pain_after"'),
        ({"mean_of": "1) from sessions; drop table sessions --"}, "no column"),
        ({"mean_of": "pain_after - hold_seconds"}, "not two numbers of one unit"),
        ({"share_of": "local_on = 2026-07-01"}, "no column"),
        ({"share_of": "pain_after"}, "Write for example"),
        ({"share_of": "pain_after <= two"}, "comes a number"),
        ({"mean_of": "pain_after", "among": "stress_level > low"}, "which are = or !="),
        ({"mean_of": "pain_after", "among": "stress_level = hihg"}, 'Did you mean "high"'),
        ({"share_of": "condition = ischemia"}, r'by="condition"'),
        ({"share_of": "severity_before >= 7"}, r'by="severity_band"'),
        ({"ratio_of": ["pain_after"]}, "two columns"),
        ({"ratio_of": "pain_after"}, "two columns"),
        ({}, "Say one of"),
        ({"mean_of": "pain_after", "share_of": "pain_after = 1"}, "Say one of"),
        ({"mean_of": "pain_after", "better": "higher"}, "left away"),
    ],
    ids=str,
)
def test_whatever_is_not_of_the_fixed_columns_and_signs_is_refused(practice, wrong, says):
    with pytest.raises(UsageError, match=says):
        practice.define("mine", **wrong)
    assert "mine" not in practice.metrics


@pytest.mark.parametrize("name", ["sessions", "Mine", "my metric", "", "x" * 99])
def test_a_name_that_is_taken_or_odd_is_refused(practice, name):
    with pytest.raises(UsageError, match="cannot be the name"):
        practice.define(name, mean_of="hold_seconds")


def test_a_word_of_the_practices_own_is_a_value_and_never_sql(practice):
    hostile = "neck' or 1=1 --"
    assert read_condition(f"body_region = {hostile}", ()) == Condition(
        "body_region", "=", word=hostile
    )
    practice.define("mine", mean_of="hold_seconds", among=f"body_region = {hostile}")
    assert practice.outcome("mine", None, YEAR).data.rows[0].is_hidden
    assert practice.store.frame("select count(*) as n from sessions")["n"][0] == 3000
