"""Each group against all others: a client on both sides counts once, and chance is allowed for."""

from pathlib import Path

import numpy as np
import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.known_truth import invent_practice
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.counting import count_sessions
from nmt_analytics.outcomes.estimators import SurvivalShare
from nmt_analytics.outcomes.group_tests import benjamini_hochberg, holm, score_test
from nmt_analytics.outcomes.groups import FEW_CLIENTS, GroupDifference, compare_groups
from nmt_analytics.outcomes.resampling import estimate_difference
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings
from nmt_analytics.vocabulary import NOT_RECORDED

EACH = 30
HELD_OF_30 = {"low": 24, "moderate": 21, "high": 6}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Thirty clients for each stress level, asked on day 4; six more of an unknown level."""
    sessions, answers = [], []
    clients = [(stress, n < held) for stress, held in HELD_OF_30.items() for n in range(EACH)]
    clients += [(None, True)] * 6
    for number, (stress, held) in enumerate(clients, start=1):
        condition = "ischemia" if number <= 8 else "muscle_cramp"
        values = {"stress_level": stress, "condition": condition, "pain_before": 6}
        sessions.append(session(number, **values, pain_after=3 if held else 6))
        asked = days_after(4)
        answers.append(follow_up(number, asked_at=asked, answered_at=asked, relief_holding=held))
    return make_practice(tmp_path_factory.mktemp("groups"), sessions, answers)


def by_level(table) -> dict[str, GroupDifference]:
    return {each.level: each for each in table.rows}


def test_a_group_is_held_against_all_other_recorded_ones(practice: Practice) -> None:
    table = compare_groups(practice.view, "relief_at_4_days", "stress_level")
    rows = by_level(table)
    assert list(rows) == ["low", "moderate", "high"]
    assert rows["high"].difference == pytest.approx(100 * (6 / 30 - 45 / 60))
    assert rows["high"].is_seen
    assert rows["high"].ci_upper < -20
    assert not rows["moderate"].is_seen
    assert rows["moderate"].p_value > 0.05


def by_hand(view, dimension: str) -> dict[str, tuple[object, float]]:
    """Each level's difference from the others in S(7), with the p-value of the score test."""
    counted = {
        counts.levels[0]: counts
        for counts in count_sessions(view, "relief", (dimension,), parse_period(None))
        if counts.levels[0] != NOT_RECORDED
    }
    found = {}
    for level, own in counted.items():
        others = [counts.cells for name, counts in counted.items() if name != level]
        rest = [np.concatenate(each) for each in zip(*others, strict=True)]
        cells = [np.concatenate(each) for each in zip(own.cells, rest, strict=True)]
        group = np.repeat([1, 0], [len(own.n), len(rest[0])])
        p_value = score_test(cells[0], group, *cells[1:]).p_value
        found[level] = estimate_difference(SurvivalShare(7), own.cells, tuple(rest)), p_value
    return found


@pytest.mark.parametrize(
    ("dimension", "adjust"), [("stress_level", holm), ("modality", benjamini_hochberg)]
)
def test_intervals_and_p_values_are_those_of_difference_and_adjusted_score_test(
    tmp_path: Path, dimension: str, adjust
) -> None:
    known = invent_practice("friendly", tmp_path / "p", 700, 1)
    table = compare_groups(known.practice.view, "relief_at_7_days", dimension)
    expected = by_hand(known.practice.view, dimension)
    compared = [row.level for row in table.compared]
    assert len(compared) > 1
    for level in compared:
        row, (found, _) = by_level(table)[level], expected[level]
        assert row.difference == pytest.approx(100 * found.value)
        assert (row.ci_lower, row.ci_upper) == pytest.approx(
            (100 * found.ci_lower, 100 * found.ci_upper)
        )
    p_values = adjust(np.array([expected[level][1] for level in compared]))
    assert [row.p_value for row in table.compared] == pytest.approx(p_values.tolist())
    known.practice.store.close()


def test_few_clients_are_not_compared_and_have_no_number(practice: Practice) -> None:
    table = compare_groups(practice.view, "relief_at_4_days", "condition")
    assert {each.reason for each in table.rows} == {FEW_CLIENTS}
    answer = practice.compare_groups("relief_at_4_days", "condition")
    assert answer.table[["value", "n_clients", "p_value"]].isna().all(axis=None)
    assert "too little data to tell" in answer.sentence()


def test_means_are_compared_too(practice: Practice) -> None:
    rows = by_level(compare_groups(practice.view, "pain_change", "stress_level"))
    assert rows["high"].difference == pytest.approx(-3 * 6 / 30 + 3 * 45 / 60)
    assert rows["high"].is_seen


def test_the_sentence_names_the_groups_that_can_be_told(practice: Practice) -> None:
    answer = practice.compare_groups("relief_at_4_days", "stress_level")
    assert "less under high stress" in answer.sentence()
    assert "moderate" not in answer.sentence()
    assert answer.figure().data


@pytest.mark.parametrize(
    ("metric", "by", "says"),
    [
        ("sessions", "condition", "not compared by sessions"),
        ("return_days_median", "condition", "not compared by return_days_median"),
        ("relief_at_4_days", ["condition", "stress_level"], "one dimension at a time"),
        ("relief_at_4_days", "conditoin", 'Did you mean "condition"'),
    ],
)
def test_a_wrong_question_says_what_to_ask(practice: Practice, metric, by, says) -> None:
    with pytest.raises(UsageError, match=says):
        practice.compare_groups(metric, by)


def test_a_group_is_told_apart_only_when_interval_and_test_agree() -> None:
    row = Row("2026Q3", ("high",))
    assert GroupDifference("high", row, 5.0, 1.0, 9.0, p_value=0.01).is_seen
    assert not GroupDifference("high", row, 5.0, 1.0, 9.0, p_value=0.2).is_seen
    assert not GroupDifference("high", row, 5.0, -1.0, 9.0, p_value=0.01).is_seen
