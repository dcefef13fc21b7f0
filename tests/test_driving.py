"""What lengthens or shortens relief, from the store to publishable ratios.

Sixty clients with two sessions each; relief lasts half as long under high stress (54 clients) and
as long under moderate stress (six clients, whose other session was under low stress).
"""

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.outcomes import driving
from nmt_analytics.outcomes.disclosure import NOT_TO_BE_SHARED
from nmt_analytics.outcomes.drivers import BEYOND_THE_MODEL
from nmt_analytics.outcomes.driving import OF_A_PART, TOO_FEW, drivers, groups_to_fit
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

DAYS = {"low": (6, 8, 10, 13), "moderate": (6, 8, 10, 13), "high": (3, 4, 5, 6)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sessions: list[dict[str, object]] = []
    answers: list[dict[str, object]] = []
    for client in range(1, 61):
        other = "moderate" if client <= 6 else "high"
        for day, stress in (("2026-06-01", "low"), ("2026-08-01", other)):
            number = len(sessions) + 1
            at = {"started_at": f"{day} 10:00", "ended_at": f"{day} 11:00"}
            sessions.append(session(number, client_id=f"C{client}", stress_level=stress, **at))
            lost = DAYS[stress][client % 4]
            for days, holding in ((lost - 1, True), (lost, False)):
                told = days_after(days, f"{day} 11:00")
                said = {"asked_at": told, "answered_at": told, "relief_holding": holding}
                answers.append(follow_up(len(answers) + 1, session_id=f"S{number}") | said)
    return make_practice(tmp_path_factory.mktemp("driving"), sessions, answers)


def test_a_ratio_compares_a_level_with_its_reference(practice: Practice) -> None:
    table = drivers(practice.view)
    ratios = {ratio.level: ratio for ratio in table.ratios if ratio.term == "stress_level"}
    assert set(ratios) == {"moderate", "high"}
    high = ratios["high"]
    assert (high.reference, high.n_clients, high.n_sessions) == ("low", 54, 54)
    # Middles of the intervals: 2.5, 3.5, 4.5 and 5.5 days against 5.5, 7.5, 9.5 and 12.5.
    geometric_means = [(2.5 * 3.5 * 4.5 * 5.5) ** 0.25, (5.5 * 7.5 * 9.5 * 12.5) ** 0.25]
    assert high.value == pytest.approx(geometric_means[0] / geometric_means[1], rel=0.05)
    assert high.ci_lower < high.value < high.ci_upper < 1
    assert ratios["moderate"].ci_lower < 1 < ratios["moderate"].ci_upper
    assert (table.n_clients, table.n_sessions, table.refusal) == (60, 120, "")


def test_the_history_up_to_a_period_is_fitted(practice: Practice) -> None:
    table = drivers(practice.view, "2026-07")
    assert table.period.name == "up to 2026-07-31"
    # Only the sessions in June, all of them under low stress.
    assert table.n_sessions == 60
    assert not [ratio for ratio in table.ratios if ratio.term == "stress_level"]


def test_a_level_with_few_clients_is_hidden_from_others(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    table = drivers(practice.view)
    shown = {ratio.level for ratio in table.ratios if ratio.term == "stress_level"}
    hidden = {each.level: each.reason for each in table.hidden}
    assert shown == {"high"}
    assert hidden == {"moderate": NOT_TO_BE_SHARED}
    rows = {row["level"]: row for row in table.records()}
    assert rows["moderate"]["hidden"] == NOT_TO_BE_SHARED
    for number in ("n_sessions", "n_clients", "value", "ci_lower", "ci_upper"):
        assert rows["moderate"][number] is None
    practice.store.close()


def test_the_fit_that_is_handed_out_knows_nothing_of_a_hidden_level(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    fit = drivers(practice.view).fit
    assert fit is not None
    assert "moderate" not in {ratio.level for ratio in fit.terms}
    assert all("moderate" not in key for other in fit.sensitivity.values() for key in other.ratios)
    assert fit.sensitivity
    assert fit.names == () and fit.coefficients.size == fit.covariance.size == 0
    practice.store.close()


def test_shared_ratios_are_rounded_like_everything_shared(settings: Settings) -> None:
    practice = Practice(settings, audience="shared")
    table = drivers(practice.view)
    for ratio in table.ratios:
        assert ratio.n_clients % 5 == ratio.n_sessions % 5 == 0
        assert ratio.value == round(ratio.value, 2)
    assert not any(character.isdigit() for note in table.notes for character in note)
    practice.store.close()


@pytest.mark.parametrize(
    ("n_sessions", "n_groups"), [(0, 500), (100_000, 500), (200_000, 250), (90_000_000, 1)]
)
def test_above_100_000_sessions_as_many_groups_are_fitted_as_hold_them(
    n_sessions: int, n_groups: int
) -> None:
    assert groups_to_fit(n_sessions) == n_groups


def test_the_ratios_of_a_network_are_those_of_a_part_of_its_clients_and_say_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "NETWORK_SESSIONS", 84)
    owner = Practice(settings)
    table = drivers(owner.view)
    assert (table.n_clients, table.n_sessions) == (60, 120)
    assert OF_A_PART in table.notes
    assert table.notes.count(BEYOND_THE_MODEL) == 1
    monkeypatch.setattr(driving, "NETWORK_SESSIONS", 10)  # of 120 sessions 41 groups: 40 clients
    part = drivers(owner.view, "2026Q3")
    high = {ratio.level: ratio for ratio in part.ratios}["high"]
    assert (part.n_clients, part.n_sessions) == (40, 80)
    assert high.ci_lower < high.value < high.ci_upper < 1
    owner.store.close()
    whole = Practice(settings)
    monkeypatch.undo()
    assert OF_A_PART not in drivers(whole.view).notes
    whole.store.close()


def test_too_few_clients_have_no_table_and_a_reason(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("few")
    settings = make_practice(
        folder,
        [session(number) for number in range(1, 31)],
        [follow_up(number, relief_holding=number > 20) for number in range(1, 31)],
    )
    owner = Practice(settings)
    table = drivers(owner.view)
    assert table.ratios == () and "30 clients have answered" in table.refusal
    shared = drivers(Practice(settings, audience="shared").view)
    assert shared.ratios == () and shared.refusal == TOO_FEW
    nobody = drivers(owner.view, "2020")
    assert (nobody.ratios, nobody.n_clients, nobody.refusal) == ((), None, TOO_FEW)
    assert nobody.records() == []
    owner.store.close()


def test_each_record_has_every_column(practice: Practice) -> None:
    table = drivers(practice.view)
    assert table.records()
    for record in table.records():
        assert set(record) == set(table.columns)
