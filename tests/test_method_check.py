"""The check of the methods: invented practices asked as any other, set beside their truth."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from answers import hidden, row
from factories import make_practice, session
from proof_figures import record

from nmt_analytics import method_check
from nmt_analytics.errors import UsageError
from nmt_analytics.known_truth import CHECKED, SMALL_CLIENTS, MethodCheck
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.trials import Trial
from nmt_analytics.reporting.answers.trials import trial_in_a_cell, trial_in_brief
from nmt_analytics.reporting.render import render
from nmt_analytics.simulation import PRESETS

SESSIONS = 600
NO_BREAK = "\u00a0"


@pytest.fixture(scope="module")
def check() -> MethodCheck:
    return method_check(sessions=SESSIONS, seed=1)


def test_every_preset_is_a_practice_that_can_be_asked_like_any_other(check):
    for name in PRESETS:
        assert check.practice(name).outcome("relief_at_4_days").data.rows[0].value > 50
    with pytest.raises(UsageError, match=r'no invented practice "frendly".*"friendly"'):
        check.practice("frendly")


def test_no_record_of_an_invented_practice_is_refused_or_lost(check):
    for name in PRESETS:
        quality = check.practice(name).data_quality().data
        assert quality.refused == ()
        assert quality.n_read == quality.n_stored
    told = {each.name: each for each in check.overview().data.practices}
    assert told["friendly"].n_sessions == SESSIONS == told["friendly"].overview.sessions.value
    assert told["small"].n_clients == SMALL_CLIENTS == told["small"].overview.clients.value


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(check):
    def estimates(of):
        return of.outcome("relief_at_14_days").data

    assert estimates(method_check(sessions=SESSIONS, seed=1)) == estimates(check)
    assert estimates(method_check(sessions=SESSIONS, seed=2)) != estimates(check)


def test_the_truth_is_close_to_what_really_happened_to_these_sessions(check):
    for trial in check.outcome("relief_at_7_days").data.trials:
        durations = check._known[trial.practice].simulated.hidden["relief_days"]
        happened = 100 * (durations > 7).mean()
        chance = 100 * math.sqrt(0.25 / len(durations))
        assert trial.truth == pytest.approx(happened, abs=4 * chance)


def test_an_estimate_is_what_the_practice_itself_says(check):
    for trial in check.outcome("relief_days_median").data.trials:
        practice = check.practice(trial.practice)
        assert trial.row == practice.outcome("relief_days_median").data.rows[0]
        assert trial.naive == practice.naive_averages().data


def trial(truth, **numbers):
    return Trial("friendly", METRICS["relief_at_4_days"], truth, row(**numbers))


def test_a_range_holds_the_truth_up_to_its_ends_and_an_open_one_beyond():
    ends = {"value": 60.0, "lower": 50.0, "upper": 70.0}
    assert [trial(at, **ends).holds_truth for at in (49.9, 50.0, 70.0, 70.1)] == [
        *(False, True, True, False)
    ]
    assert trial(99.0, **(ends | {"upper": None})).holds_truth
    assert not replace(trial(60.0, **ends), row=hidden()).holds_truth


def test_a_trial_in_brief_marks_what_missed():
    ends = {"value": 60.0, "lower": 50.0, "upper": 70.0}
    assert trial_in_brief(trial(55.0, **ends)).replace(NO_BREAK, " ") == "✓ 60 %, truth 55 %"
    assert trial_in_brief(trial(75.0, **ends)).replace(NO_BREAK, " ") == "✗ 60 %, truth 75 %"


def test_a_trial_in_a_cell_leaves_a_unit_that_the_row_names_to_it():
    ends = {"value": 60.0, "lower": 50.0, "upper": 70.0}
    assert trial_in_a_cell(trial(55.0, **ends)).replace(NO_BREAK, " ") == "✓ 60 % (55 %)"
    days = replace(
        trial(9.2, value=8.6, lower=7.0, upper=9.1), metric=METRICS["relief_days_median"]
    )
    assert trial_in_a_cell(days).replace(NO_BREAK, " ") == "✗ 9 (9)"


def test_counts_of_ranges_that_hold_the_truth_agree_with_the_rows(check):
    table = check.overview().data
    trials = [trial for each in table.tables for trial in each.trials]
    assert {trial.metric.name for trial in trials} == set(CHECKED)
    by_hand = {
        name: sum(
            trial.row.ci_lower <= trial.truth <= trial.row.ci_upper
            for trial in trials
            if trial.practice == name
        )
        for name in PRESETS
    }
    assert {name: table.held(name)[0] for name in PRESETS} == by_hand
    assert table.held(*PRESETS) == (sum(by_hand.values()), len(CHECKED) * len(PRESETS))
    assert by_hand["friendly"] >= 4


def test_silence_that_hangs_on_relief_makes_it_look_longer_than_it_is(check):
    trials = {each.practice: each for each in check.silence(day=7).data}
    silent, friendly = trials["silent"], trials["friendly"]
    assert silent.table.row.value > silent.truth + 5
    assert silent.table.highest - silent.table.lowest > 5
    assert friendly.table.highest - friendly.table.lowest < 5
    for each in trials.values():
        lowest, highest = each.room
        assert lowest <= each.table.row.ci_lower <= each.table.row.ci_upper <= highest


def answers_of(check):
    return {
        "overview": check.overview(),
        "summary": check.summary(),
        "practices": check.practices(),
        "median": check.outcome("relief_days_median"),
        "share": check.outcome("relief_at_14_days"),
        "pain": check.outcome("pain_change"),
        "silence": check.silence(),
    }


def test_every_answer_shows_itself_with_its_numbers_in_the_results(check):
    for name, answer in answers_of(check).items():
        bundle = answer.bundle
        shown = bundle.to_mime()
        assert shown["text/plain"], name
        assert bundle.title
        assert bundle.results
        assert isinstance(answer.table, pd.DataFrame)
        assert all(result.shown for result in bundle.results), name


def test_a_figure_draws_the_truth_of_each_practice_as_an_upright_stroke(check):
    answer = check.outcome("relief_days_median")
    figure = answer.figure()
    (strokes,) = [trace for trace in figure.data if trace.marker.symbol == "line-ns"]
    assert list(strokes.x) == [trial.truth for trial in answer.data.trials]
    triangles = [trace.x[0] for trace in figure.data if "triangle-" in str(trace.marker.symbol)]
    naive = [trial.naive for trial in answer.data.trials]
    expected = {each.last_holding for each in naive} | {each.first_lost for each in naive}
    assert expected <= set(triangles)


def test_every_number_of_the_table_stands_in_the_results(check):
    bundle = check.summary().bundle
    values = {round(result.value, 6) for result in bundle.results if result.value is not None}
    for trials in check.overview().data.tables:
        for each in trials.trials:
            assert round(each.truth, 6) in values
            assert round(each.row.value, 6) in values


def test_the_report_is_a_page_with_header_table_and_two_figures(tmp_path):
    settings = make_practice(tmp_path / "practice", [session(1)], [])
    notebook = Path(__file__).parents[1] / "notebooks" / "method_check.ipynb"
    made = render(settings, notebook, tmp_path / "page", {"sessions": 300}, manifest={})
    assert made.headline.startswith("Where answering does not depend on how it went")
    assert made.n_figures == 2
    assert made.n_results > 60


def test_a_metric_without_a_truth_and_a_tiny_practice_are_refused(check):
    with pytest.raises(UsageError, match="metric with a known truth"):
        check.outcome("recommend_mean")
    with pytest.raises(UsageError, match="at least 300 sessions"):
        method_check(sessions=20)


def test_the_practices_are_gone_with_the_check():
    made = method_check(sessions=300, seed=3)
    folder = Path(made._folder.name)
    assert (folder / "friendly" / "sessions.csv").is_file()
    del made
    assert not folder.exists()


@pytest.mark.prove
def test_the_figures_of_the_methods_page_come_from_the_report_as_it_is_rendered():
    made = method_check()
    tables = made.overview().data.tables
    figures = {
        name: {
            trial.metric.name: {
                "truth": trial.truth,
                "estimate": trial.row.value,
                "lower": trial.row.ci_lower,
                "upper": trial.row.ci_upper,
            }
            for table in tables
            for trial in table.trials
            if trial.practice == name
        }
        for name in PRESETS
    }
    for trial in made.outcome("relief_days_median").data.trials:
        naive = {"last_holding": trial.naive.last_holding, "first_lost": trial.naive.first_lost}
        figures[trial.practice]["simple averages"] = naive
        assert naive["last_holding"] < trial.truth < naive["first_lost"]
    record("method_check", figures)
