"""Each client counted once, beside the numbers per session.

Twenty-five clients with one session each still had relief on day 4; five clients with ten sessions
each had lost it by then.
"""

from pathlib import Path

import numpy as np
import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.known_truth import invent_practice
from nmt_analytics.outcomes.counting import count_sessions
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.per_client import COMPARED, ClientsRow, each_client_once
from nmt_analytics.outcomes.resampling import estimate
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

OFTEN, ONCE = 5, 25


def rows() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    sessions, answers = [], []
    visits = [(client, day, False) for client in range(OFTEN) for day in range(0, 60, 6)]
    visits += [(client, 0, True) for client in range(OFTEN, OFTEN + ONCE)]
    for number, (client, day, held) in enumerate(visits, start=1):
        start, end = days_after(day, "2026-07-01 10:00"), days_after(day)
        sessions.append(
            session(number, client_id=f"C{client}", started_at=start, ended_at=end, pain_before=6)
            | {"pain_after": 3 if held else 6}
        )
        asked = days_after(4, end)
        answers.append(follow_up(number, asked_at=asked, answered_at=asked, relief_holding=held))
    return sessions, answers


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_practice(tmp_path_factory.mktemp("often"), *rows())


def row_of(practice: Practice, metric: str) -> ClientsRow:
    table = each_client_once(practice.view)
    return next(row for row in table.rows if row.metric.name == metric)


def test_clients_who_come_often_count_once(practice: Practice) -> None:
    row = row_of(practice, "relief_at_4_days")
    assert row.per_session.value == pytest.approx(100 * 25 / 75)
    assert row.per_client.value == pytest.approx(100 * 25 / 30)
    assert (row.per_client.n_clients, row.per_client.n_sessions) == (30, 75)
    assert row.are_apart
    assert row.points_apart == pytest.approx(50)


def test_a_mean_is_the_mean_of_the_means_of_clients(practice: Practice) -> None:
    row = row_of(practice, "pain_change")
    assert row.per_session.value == pytest.approx(-3 * 25 / 75)
    assert row.per_client.value == pytest.approx(-3 * 25 / 30)
    assert not row.are_apart  # only shares are held against five percentage points


def test_weights_in_thirds_equal_the_clients_weighed_in_python(tmp_path: Path) -> None:
    known = invent_practice("friendly", tmp_path / "p", 300, 1)
    view = known.practice.view
    (counts,) = count_sessions(view, "relief", (), parse_period(None))
    clients, client = np.unique(counts.bucket, return_inverse=True)
    cells = (counts.bucket, counts.lower, counts.upper)
    weights = counts.n / np.bincount(client, counts.n)[client]
    assert weights.sum() == pytest.approx(len(clients))
    for row in each_client_once(view).rows:
        if row.metric.outcome == "relief":
            found = estimate(row.metric.estimate, *cells, weights)
            assert row.per_client.value == pytest.approx(found.value * row.metric.factor)
            assert row.per_client.ci_lower == pytest.approx(found.ci_lower * row.metric.factor)
    known.practice.store.close()


def test_every_metric_compared_is_published_in_both_ways(practice: Practice) -> None:
    answer = practice.per_client()
    assert answer.table["metric"].tolist() == [name for name in COMPARED for _ in range(2)]
    assert set(answer.table["counted"]) == {"per session", "per client"}
    assert set(COMPARED) <= set(METRICS)


def test_the_page_and_what_stands_out_say_when_the_two_differ(practice: Practice) -> None:
    said = "33 % counted by session, but 83 % if each client counts once"
    assert said in practice.per_client().sentence().replace("\N{NO-BREAK SPACE}", " ")
    findings = [item.text for item in practice.findings("2026").bundle.items]
    assert any("if each client counts once" in text for text in findings)


def test_few_clients_are_not_held_against_each_other(tmp_path: Path) -> None:
    sessions, answers = rows()
    few = Practice(make_practice(tmp_path, sessions[:60], answers[:60]))
    row = row_of(few, "relief_at_4_days")
    assert row.per_client.showing == "few clients"
    assert not row.are_apart
    assert "too few clients to compare" in few.per_client().sentence()
    few.store.close()


def test_what_is_hidden_stays_hidden_per_client(tmp_path: Path) -> None:
    sessions, answers = rows()
    tiny = Practice(make_practice(tmp_path, sessions[:30], answers[:30]))
    row = row_of(tiny, "relief_at_4_days")
    assert row.per_session.is_hidden
    assert row.per_client.value is None
    tiny.store.close()
