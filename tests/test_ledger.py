"""The release ledger: two pages that were shared cannot be subtracted from each other."""

import json
import random
import stat
from collections import Counter
from pathlib import Path

import page_reading
import pytest
from factories import days_after, follow_up, make_practice, quiet, session, write_rows
from proof_figures import record
from visits import Visit, invent_visits, rows_by

from nmt_analytics.errors import StoreError
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.disclosure import NOT_TO_BE_SHARED
from nmt_analytics.outcomes.holding import Behind, publish_beside
from nmt_analytics.outcomes.ledger import Ledger, ledger_at, ledger_beside
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.practice import Practice
from nmt_analytics.schedule.making import make_report
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

# Pairs of releases


def known_of(visits: list[Visit], row: Row) -> dict[str, str]:
    """What is known of each client of a cell by two dimensions."""
    seen: dict[str, list[str]] = {}
    for number, (client, *levels) in enumerate(visits):
        if tuple(levels) == row.levels:
            seen.setdefault(str(client), []).append(str(number))
    return {client: " ".join(numbers) for client, numbers in seen.items()}


def share(ledger: Ledger, visits: list[Visit]) -> dict[tuple[str, ...], Row]:
    rows, *margins = (rows_by(visits, *by) for by in ((1, 2), (1,), (2,)))
    behind = [
        Behind("|".join(row.levels), ledger.hashed(known_of(visits, row).items())) for row in rows
    ]
    shown = publish_beside(ledger, METRICS["sessions"], rows, margins, behind)
    ledger.commit()
    return {row.levels: row for row in shown}


def changed(chance: random.Random, visits: list[Visit]) -> list[Visit]:
    """The same practice a little later: sessions that came late, or that were corrected."""
    later = list(visits)
    for _ in range(chance.choice((1, 3, 9, 30))):
        client = max(visit[0] for visit in later) + 1
        _, first, second = chance.choice(visits)
        later.append((client, first, second))
    return later


def count_isolated(tmp_path: Path, n_pairs: int, seed: int) -> dict[str, int]:
    """Of cells shown in both of two releases with new numbers: those few clients can be had of."""
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    for number in range(n_pairs):
        ledger = Ledger(tmp_path / f"{seed}-{number}.json")
        before = invent_visits(chance)
        after = changed(chance, before)
        first = share(ledger, before)
        second = share(ledger, after)
        found["pairs"] += 1
        for levels, row in second.items():
            earlier = first.get(levels)
            if row.is_hidden or earlier is None or earlier.is_hidden:
                continue
            was, now = known_of(before, row), known_of(after, row)
            n_differ = sum(was.get(each) != now.get(each) for each in was.keys() | now.keys())
            would_differ = 0 < n_differ < 10
            found["cells shown twice"] += 1
            found["cells that few clients changed"] += would_differ
            found["differences that isolate 1 to 9 clients"] += would_differ and row != earlier
    return dict(found)


def assert_none_isolated(found: dict[str, int]) -> None:
    assert found["cells that few clients changed"] > found["pairs"] / 2
    assert found.get("differences that isolate 1 to 9 clients", 0) == 0


def test_no_difference_of_fifty_pairs_of_releases_isolates_few_clients(tmp_path: Path) -> None:
    assert_none_isolated(count_isolated(tmp_path, 50, seed=4))


@pytest.mark.prove
def test_no_difference_of_a_thousand_pairs_of_releases_isolates_few_clients(
    tmp_path: Path,
) -> None:
    found = count_isolated(tmp_path, 1000, seed=5)
    print(found)
    record("attack_on_releases", found)
    assert_none_isolated(found)


# The file


def test_the_ledger_is_for_its_owner_alone_and_holds_no_pseudonym(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "shared.json")
    clients = ledger.hashed([("3f2b8c1d-9a4e-4c57-b1aa-0f6d2e7c9b35", "known")])
    ledger.note("scope", clients)
    ledger.commit()
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert "3f2b8c1d" not in ledger.path.read_text("utf-8")
    assert not list(tmp_path.glob("*.next"))


def test_a_damaged_ledger_is_refused_and_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "shared.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="what was shared before"):
        Ledger(path)


def test_what_was_noted_and_not_released_is_not_kept(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "shared.json")
    ledger.note("scope", ledger.hashed([("a", "1")]))
    assert not ledger.path.exists()
    assert not ledger.is_held("scope", ledger.hashed([("b", "1")]))
    ledger.commit()
    assert ledger.is_held("scope", ledger.hashed([("b", "1")]))


def test_a_second_release_keeps_the_first_in_mind(tmp_path: Path) -> None:
    # Three clients at first, twenty others then: the first three and one more would be too near.
    ledger = Ledger(tmp_path / "shared.json")
    for clients in ("abc", "defghijklmnopqrstuvw"):
        ledger.note("scope", ledger.hashed([(each, "1") for each in clients]))
        ledger.commit()
    again = Ledger(ledger.path)
    assert again.is_held("scope", again.hashed([(each, "1") for each in "abcx"]))
    assert len(json.loads(ledger.path.read_text("utf-8"))["sets"]["scope"]) == 2


def test_a_client_who_is_forgotten_is_in_no_set(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "shared.json")
    ledger.note("scope", ledger.hashed([("a", "1"), ("b", "1")]))
    ledger.commit()
    assert ledger.forget("a") == 1
    assert ledger.forget("a") == 0
    again = Ledger(ledger.path)
    assert not again.is_held("scope", again.hashed([("b", "1")]))


# Through a practice


def sessions_of(clients: range) -> list[dict[str, object]]:
    return [
        session(
            number,
            condition=("ischemia", "muscle_cramp")[number % 2],
            pain_before=8,
            pain_after=number % 8,
        )
        for number in clients
    ]


def answers_of(clients: range) -> list[dict[str, object]]:
    return [
        follow_up(
            number,
            asked_at=days_after(4),
            answered_at=days_after(4),
            relief_holding=number % 3 > 0,
            soreness=1,
        )
        for number in clients
    ]


def tables_of(settings: Settings) -> tuple[list[object], Practice]:
    ledger_at.cache_clear()
    practice = Practice(settings, audience="shared")
    tables = [
        practice.outcome(metric, by).data.rows
        for metric in ("sessions", "pain_change", "relief_at_4_days")
        for by in (None, "condition", ["condition", "stress_level"])
    ]
    practice.store.close()
    return tables, practice


def add(settings: Settings, clients: range) -> None:
    path = settings.folder / "data" / "inbox" / f"sessions{clients.start}.csv"
    load_file(settings, write_rows(path, SESSIONS, sessions_of(clients)))


def test_a_number_that_few_clients_changed_is_shared_as_it_was(tmp_path: Path) -> None:
    first = range(1, 49)
    settings = make_practice(tmp_path, sessions_of(first), answers_of(first))
    before, practice = tables_of(settings)
    assert practice.ledger is not None
    assert practice.relief_curve().data.curves[0].points
    assert practice.compare_groups("pain_change", "condition").data.compared
    assert practice.naive_averages().data.last_holding is not None
    assert not any(r.per_client.is_hidden for r in practice.per_client().data.rows[-3:-1])
    practice.ledger.commit()

    add(settings, range(49, 55))
    held, practice = tables_of(settings)
    assert held == before
    assert practice.ledger is not None and practice.ledger.held
    assert practice.relief_curve().data.curves[0].points == ()
    assert all(day.hidden for day in practice.data_quality().data.check_ins)
    assert all(row.per_client.is_hidden for row in practice.per_client().data.rows)
    assert practice.compare("pain_change", "2026Q3").data.reason == NOT_TO_BE_SHARED
    assert practice.compare_groups("pain_change", "condition").data.compared == ()
    assert practice.naive_averages().data.last_holding is None

    add(settings, range(55, 89))
    after, practice = tables_of(settings)
    assert after != before
    assert practice.ledger is not None and not practice.ledger.held


def test_verdicts_and_silence_are_those_of_all_data_while_numbers_are_held(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, sessions_of(range(1, 53)), answers_of(range(6, 53)))
    _, practice = tables_of(settings)
    assert practice.ledger is not None
    assert practice.outcome("sessions").data.rows[0].n_sessions == 50
    practice.overview()
    practice.ledger.commit()

    add(settings, range(53, 59))
    answers = write_rows(settings.inbox / "late.csv", FOLLOW_UPS, answers_of(range(53, 59)))
    load_file(settings, answers)
    _, practice = tables_of(settings)
    assert practice.overview().data.sessions.n_sessions == 50
    of_owner = {row.promise: row.verdict for row in Practice(settings).claims().data.rows}
    shared = {row.promise: row.verdict for row in practice.claims().data.rows if row.rows}
    told = {promise: verdict for promise, verdict in shared.items() if "cannot" not in verdict}
    assert told and told.items() <= of_owner.items()


def test_a_curve_of_few_clients_is_hidden_and_not_noted(tmp_path: Path) -> None:
    clients = range(1, 52)
    rows = sessions_of(clients)
    few = [row | {"condition": "nerve_damage"} for row in rows[:3]]
    ledger_at.cache_clear()
    practice = Practice(
        make_practice(tmp_path, [*few, *rows[3:]], answers_of(clients)), audience="shared"
    )
    curves = practice.relief_curve("condition").data.curves
    assert sorted(bool(each.points) for each in curves) == [False, False, True]
    assert practice.ledger is not None
    practice.ledger.commit()
    (scope,) = json.loads(practice.ledger.path.read_text("utf-8"))["sets"]
    assert scope.endswith(next(each.levels[0] for each in curves if each.points))


def test_the_owner_sees_every_number_as_it_is(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, sessions_of(range(1, 31)))
    practice = Practice(settings)
    assert practice.ledger is None
    assert practice.outcome("sessions").data.rows[0].value == 30
    practice.store.close()
    assert not ledger_beside(settings.store).exists()


# On a page


def write_notebook(settings: Settings) -> None:
    parameters = 'period: str = "2026Q3"\naudience: str = "shared"'
    sources = {
        parameters: ["parameters"],
        "import nmt_analytics as nmt\npractice = nmt.open_practice(audience=audience)": [],
        "practice.overview(period)": [],
        'practice.outcome("pain_change", period=period)': [],
    }
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": tags}, "outputs": [],
         "source": source, "execution_count": None}
        for n, (source, tags) in enumerate(sources.items())
    ]  # fmt: skip
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    settings.notebooks.mkdir(exist_ok=True)
    (settings.notebooks / "small.ipynb").write_text(json.dumps(content), encoding="utf-8")


def page_for(settings: Settings, audience: str) -> tuple[str, dict]:
    practice = Practice(settings, audience=audience)
    page = make_report(practice, "small", "2026Q3", progress=quiet)
    practice.store.close()
    text = " ".join(page_reading.read_page(page).text).replace("\u00a0", " ")
    return text, json.loads((page.parent / "manifest.json").read_text("utf-8"))


def test_a_shared_page_says_what_it_holds_back_and_nothing_of_the_owners_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_at.cache_clear()
    settings = make_practice(tmp_path, sessions_of(range(1, 49)))
    write_notebook(settings)
    monkeypatch.chdir(tmp_path)
    owners, _ = page_for(settings, "owner")
    assert "48 sessions" in owners

    first, manifest = page_for(settings, "shared")
    assert "48" not in first and "50 sessions" in first
    assert "restatement" not in manifest and "Held back" not in first
    assert ledger_beside(settings.store).exists()

    add(settings, range(49, 55))
    ledger_at.cache_clear()
    second, manifest = page_for(settings, "shared")
    assert "Held back" in second and "fewer than 10 clients differ" in manifest["held"]
    assert "50 sessions" in second and "55 sessions" not in second
