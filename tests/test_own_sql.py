"""Questions in SQL: sums over enough clients come back, and no client's row does."""

from pathlib import Path

import pytest
from factories import make_practice, note, session
from test_database import FORBIDDEN

from nmt_analytics.errors import StoreError, UsageError
from nmt_analytics.outcomes.disclosure import BESIDE_HIDDEN
from nmt_analytics.practice import Practice

COUNT = "count(*) as n, count(distinct client_id) as n_clients"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """Twenty clients with spasms, seven with cramps, three with nerve damage, one session each."""
    conditions = ["muscle_spasm"] * 20 + ["muscle_cramp"] * 7 + ["nerve_damage"] * 3
    rows = [
        session(n, condition=condition, pain_before=n % 11, modality="massage")
        for n, condition in enumerate(conditions)
    ]
    folder = tmp_path_factory.mktemp("sql") / "practice"
    return Practice(make_practice(folder, rows, [], [note(1, stress_level="low")]))


def test_rows_of_enough_clients_come_back_as_duckdb_counts_them(practice: Practice) -> None:
    found = practice.sql(
        f"select modality, {COUNT}, avg(pain_before) as pain from sessions group by all"
    )
    expected = sum(n % 11 for n in range(30)) / 30
    assert found.to_dict("records") == [
        {"modality": "massage", "n": 30, "n_clients": 30,
         "pain": pytest.approx(expected), "hidden": ""}
    ]  # fmt: skip


def test_small_rows_are_left_out_with_one_more_that_their_sum_would_give_back(
    practice: Practice,
) -> None:
    found = practice.sql(f"select condition, {COUNT} from sessions group by all order by n desc")
    assert found["condition"].tolist()[:1] == ["muscle_spasm"]
    assert found["hidden"].tolist() == ["", f"2 of 3 rows {BESIDE_HIDDEN}"]
    assert found.drop(columns="hidden").iloc[1].isna().all()


def test_a_single_row_of_few_clients_is_left_out(practice: Practice) -> None:
    found = practice.sql(f"select {COUNT} from sessions where condition = 'nerve_damage'")
    assert found["n"].isna().all() and found["hidden"].tolist() == [f"1 of 1 rows {BESIDE_HIDDEN}"]


def test_no_rows_are_an_empty_frame(practice: Practice) -> None:
    found = practice.sql(f"select condition, {COUNT} from sessions where false group by all")
    assert found.empty and found.columns.tolist() == ["condition", "n", "n_clients", "hidden"]


def test_every_client_alone_is_nobody(practice: Practice) -> None:
    found = practice.sql(f"select client_id::text as c, {COUNT} from sessions group by all")
    assert len(found) == 1 and found.drop(columns="hidden").isna().all(axis=None)


@pytest.mark.parametrize(
    "question",
    [
        "select * from sessions",
        "from sessions",
        "table session_notes",
        "select pain_before from sessions limit 3",
        "select count(*) as n from sessions",
        "select condition, count(*) as n_clients from sessions group by all",
        "select condition, 30 as n_clients from sessions",
        "select condition, count(distinct session_id) as n_clients from sessions group by all",
        "select *, count(distinct client_id) over () as n_clients from sessions",
        "select * from query('select * from sessions')",
        "select * from query_table('sessions')",
        "with imports as (select * from sessions) select * from imports",
        f"select 'all', {COUNT} from sessions union all select condition, 1, 5 from sessions",
        "select (select min(pain_before) from sessions) as pain from imports",
        "select file_name, pain_before from imports join sessions using (import_id)",
        "summarize sessions",
        f"select {COUNT}, unnest(list(pain_before)) as pain from sessions",
        "select * from store_info",
    ],
)
def test_what_does_not_count_its_clients_is_refused(practice: Practice, question: str) -> None:
    with pytest.raises(StoreError, match=r"count\(distinct client_id\) as n_clients"):
        practice.sql(question)


@pytest.mark.parametrize(
    "column",
    ["min(client_id)", "max(started_at)", "list(pain_before)", "first(sessions)",
     "histogram(pain_before)", "min(ended_at)::time", "encode(min(condition))"],
)  # fmt: skip
def test_single_values_in_a_row_of_many_clients_are_refused(
    practice: Practice, column: str
) -> None:
    with pytest.raises(StoreError, match="of single clients"):
        practice.sql(f"select {column} as x, {COUNT} from sessions")


@pytest.mark.parametrize(
    "question",
    ["select * from imports", "select rule, count(*) as n from quarantine group by all",
     "describe sessions", "show tables", "select 1 as one"],
)  # fmt: skip
def test_what_is_about_no_client_is_answered(practice: Practice, question: str) -> None:
    assert "hidden" not in practice.sql(question)


def test_months_and_days_may_be_grouped_by(practice: Practice) -> None:
    month = practice.sql(
        f"select date_trunc('month', local_on) as month, {COUNT} from sessions group by 1"
    )
    assert str(month["month"][0]) == "2026-07-01 00:00:00"
    assert len(practice.sql(f"select local_on, {COUNT} from sessions group by all")) == 1


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN)
def test_sql_reads_the_store_and_nothing_else(practice: Practice, sql: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(StoreError):
        practice.sql(sql.format(file=secret, folder=tmp_path))
    # What was asked in SQL changes no number.
    assert practice.outcome("sessions").data.rows[0].value == 30


@pytest.mark.parametrize("sql", ["selec 1", "select 1; select 2", "explain select 1", ""])
def test_what_is_no_single_select_is_refused_in_words(practice: Practice, sql: str) -> None:
    with pytest.raises(StoreError, match=r"SELECT|SQL"):
        practice.sql(sql)


def test_sql_is_not_for_sharing(practice: Practice) -> None:
    shared = Practice(practice.settings, audience="shared")
    with pytest.raises(UsageError, match="for the owner"):
        shared.sql(f"select {COUNT} from sessions")
