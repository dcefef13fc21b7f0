"""The store: old or new and never half, private, and open to questions alone."""

import os
import stat
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from factories import follow_up, make_practice, session, write_rows

from nmt_analytics.errors import BusyError, NoDataError, StoreError
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.schema import SCHEMA_VERSION, SESSIONS, TABLES
from nmt_analytics.store.database import Connection, Store, rehearsal
from nmt_analytics.store.replacing import next_version

INFO = "insert into store_info values ($name, 'x')"


def new_store(path: Path, *names: str) -> Store:
    """A store in which store_info names these things."""
    with next_version(path) as connection:
        note(connection, *names)
    return Store(path)


def note(connection: Connection, *names: str) -> None:
    for name in names:
        connection.execute(INFO, {"name": name})


def noted(store: Store) -> set[str]:
    return set(store.info()) - {"schema_version"}


class InterruptedLoadError(Exception):
    """What happens in the middle of a load."""


# --- replaced as a whole -------------------------------------------------------------------------


def test_a_new_store_has_every_table_and_says_its_version(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    found = store.select("select table_name from duckdb_tables()")["table_name"].tolist()
    assert set(found) == {table.name for table in TABLES}
    assert store.info() == {"schema_version": str(SCHEMA_VERSION)}
    store.close()


def test_a_load_that_ends_well_is_seen_as_a_whole(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    with next_version(store.path) as connection:
        note(connection, "second")
        assert noted(store) == {"first"}
        note(connection, "third")
        assert noted(store) == {"first"}
    assert noted(store) == {"first", "second", "third"}
    store.close()


def test_a_load_that_fails_leaves_every_byte_as_it_was(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    before = store.path.read_bytes()
    with pytest.raises(InterruptedLoadError), next_version(store.path) as connection:
        note(connection, "second")
        raise InterruptedLoadError
    assert store.path.read_bytes() == before
    assert noted(store) == {"first"}
    store.close()


def test_a_failed_first_load_leaves_no_store(tmp_path: Path) -> None:
    path = tmp_path / "practice.duckdb"
    with pytest.raises(InterruptedLoadError), next_version(path):
        raise InterruptedLoadError
    assert not Store(path).exists()
    assert [each.name for each in tmp_path.iterdir()] in ([], ["practice.duckdb.lock"])


def test_what_a_killed_load_left_behind_is_no_part_of_the_next(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    for leftover in ("practice.duckdb.next", "practice.duckdb.next.wal"):
        (tmp_path / leftover).write_bytes(b"half a file")
    with next_version(store.path) as connection:
        note(connection, "second")
    assert noted(store) == {"first", "second"}
    assert not list(tmp_path.glob("*.next*"))
    store.close()


def test_the_version_before_is_kept_beside_the_store(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    before = store.path.read_bytes()
    with next_version(store.path) as connection:
        note(connection, "second")
    previous = tmp_path / "practice.duckdb.previous"
    assert previous.read_bytes() == before
    kept = Store(previous)
    assert noted(kept) == {"first"}
    for each in (store, kept):
        each.close()


def test_tables_that_a_load_lost_are_noticed_before_the_store_is_replaced(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    with (
        pytest.raises(StoreError, match="tables are missing after the load: quarantine"),
        next_version(store.path) as connection,
    ):
        connection.execute("drop table quarantine")
    assert noted(store) == {"first"}
    store.close()


# --- private -------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = new_store(folder / "practice.duckdb", "first")
    with next_version(store.path) as connection:
        note(connection, "second")
        assert _mode(folder / "practice.duckdb.next") == 0o600
    assert _mode(folder) == 0o700
    names = {path.name: _mode(path) for path in folder.iterdir()}
    assert {"practice.duckdb", "practice.duckdb.previous"} <= set(names)
    assert set(names.values()) == {0o600}
    store.close()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- one writer ----------------------------------------------------------------------------------


def test_a_second_load_waits_and_then_says_that_the_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "practice.duckdb"
    with (
        next_version(path),
        pytest.raises(BusyError, match="Another load is writing"),
        next_version(path, wait_seconds=0.05),
    ):
        pytest.fail("two loads at once")
    assert noted(new_store(path, "after")) == {"after"}


def test_a_second_load_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "practice.duckdb"
    with ExitStack() as first_load:
        connection = first_load.enter_context(next_version(path))
        note(connection, "first")
        second = threading.Thread(target=new_store, args=(path, "second"))
        second.start()
    second.join()
    assert noted(Store(path)) == {"first", "second"}


# --- readers -------------------------------------------------------------------------------------


def test_a_reader_sees_the_new_file_at_its_next_question(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    with store.one_moment():
        assert noted(store) == {"first"}
        new_store(store.path, "second").close()
        assert noted(store) == {"first"}
    assert noted(store) == {"first", "second"}
    store.close()


def test_what_was_remembered_and_prepared_ends_with_the_file(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, [session(number) for number in range(1, 7)])
    practice = Practice(settings)
    assert practice.outcome("sessions").data.rows[0].value == 6
    more = write_rows(tmp_path / "more" / "sessions.csv", SESSIONS, [session(7)])
    load_file(settings, more)
    assert practice.outcome("sessions").data.rows[0].value == 7
    practice.store.close()


def test_an_answer_is_computed_once_until_the_file_changes(tmp_path: Path) -> None:
    store, computed = new_store(tmp_path / "practice.duckdb"), []

    def answer() -> int:
        computed.append(1)
        return len(computed)

    assert [store.remember("key", answer), store.remember("key", answer)] == [1, 1]
    assert store.remember("other key", answer) == 2
    new_store(store.path, "second").close()
    assert store.remember("key", answer) == 3
    store.close()


def test_rows_are_prepared_once_for_each_set_of_parameters(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, [session(1)], [follow_up(1, relief_holding=True)])
    view = Practice(settings).view
    moment = {"as_of": view.as_of, "loaded_by": view.loaded_by}
    count = "select count(last_on) as n from days_known"
    with view.store.one_moment():
        view.store.prepare("days_known", moment)
        assert view.store.select(count)["n"].tolist() == [1]
        view.store.prepare("days_known", moment | {"as_of": "2026-01-01 00:00:00"})
        assert view.store.select(count)["n"].tolist() == [0]
    view.store.close()


def test_a_view_shows_what_its_variables_say_and_copies_no_row(tmp_path: Path) -> None:
    settings = make_practice(
        tmp_path, [session(1), session(2, started_at="2026-05-01 10:00", ended_at=None)]
    )
    view = Practice(settings).view
    every = {"from_on": date(2026, 7, 1), "until_on": date(2026, 9, 30)}
    every |= {"only_dimension": "", "only_level": ""}
    count = "select count(*) as n from session_outcomes"
    with view.store.one_moment():
        prepare_outcomes(view, parse_period(None))
        view.store.define("session_outcomes", every)
        assert view.store.select(count)["n"].tolist() == [1]
        view.store.define("session_outcomes", every | {"from_on": date(2026, 1, 1)})
        assert view.store.select(count)["n"].tolist() == [2]
        tables = view.store.select("select table_name from duckdb_tables() where temporary")
        assert "session_outcomes" not in tables["table_name"].tolist()
    view.store.close()


def test_a_small_store_is_read_on_one_thread(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    assert store.select("select current_setting('threads') as n")["n"].tolist() == [1]
    store.close()


def test_readers_are_bounded_in_memory_and_put_away_the_rest_apart(tmp_path: Path) -> None:
    new_store(tmp_path / "practice.duckdb").close()
    asked = """select current_setting('memory_limit') as memory,
        current_setting('temp_directory') as folder"""
    readers = [Store(tmp_path / "practice.duckdb") for _ in range(2)]
    told = [{name: values[0] for name, values in each.select(asked).items()} for each in readers]
    assert [each["memory"] for each in told] == ["2.7 GiB"] * 2
    assert {Path(each["folder"]).parent for each in told} == {tmp_path}
    assert told[0]["folder"] != told[1]["folder"]


def test_without_a_store_there_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="nmt-analytics load"):
        Store(tmp_path / "practice.duckdb").info()


FORBIDDEN = {
    "read a csv": "select * from read_csv('{file}')",
    "read text": "select * from read_text('{file}')",
    "list a folder": "select * from glob('{folder}/*')",
    "read by name": "select * from '{file}'",
    "write a csv": "copy store_info to '{folder}/out.csv'",
    "export": "export database '{folder}/out'",
    "attach": "attach '{folder}/other.duckdb' as other",
    "load an extension": "load httpfs",
    "unlock": "set enable_external_access = true",
    "delete": "delete from store_info",
    "update": "update store_info set value = 'y'",
    "insert": "insert into store_info values ('a', 'b')",
    "create": "create table more as select 1",
    "create for a while": "create or replace temp table session_outcomes as select 1",
    "drop": "drop table sessions",
    "hide behind a question": "select 1; drop table sessions",
    "checkpoint": "checkpoint",
}


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_question_can_neither_read_files_nor_write(sql: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", encoding="utf-8")
    store = new_store(tmp_path / "practice.duckdb", "first")
    before = store.path.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises(StoreError):
        store.frame(sql.format(file=secret, folder=tmp_path))
    assert (store.path.read_bytes(), sorted(tmp_path.iterdir())) == before
    assert noted(store) == {"first"}
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "select name from store_info",
        "from store_info",
        "with a as (select 1 as x) select * from a",
        "describe store_info",
        "explain select 1",
    ],
)
def test_a_question_may_be_asked_in_many_ways(sql: str, tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    assert len(store.frame(sql)) > 0
    store.close()


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("selec 1", "not valid SQL"),
        ("select nothing from store_info", "not valid SQL"),
        ("select * from nowhere", "not valid SQL"),
        ("select cast(value as integer) from store_info", "could not be answered"),
        ("select 127::tinyint + 1::tinyint", "could not be answered"),
    ],
)
def test_a_question_that_fails_is_answered_in_words(sql: str, says: str, tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    with next_version(store.path) as connection:
        connection.execute("insert into store_info values ('client', 'Jane Doe')")
    with pytest.raises(StoreError, match=says) as error:
        store.frame(sql)
    assert "Jane" not in str(error.value)
    store.close()


# --- files that are not what they should be ------------------------------------------------------


def _of_another_version(path: Path) -> None:
    with next_version(path) as connection:
        connection.execute("update store_info set value = '999' where name = 'schema_version'")


def _of_another_program(path: Path) -> None:
    with next_version(path) as connection:
        connection.execute("drop table store_info")
        connection.execute("create table store_info (something integer)")


@pytest.mark.parametrize("spoil", [_of_another_version, _of_another_program])
def test_a_store_of_another_version_is_refused_again_and_again(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    spoil(store.path)
    for _ in range(2):
        with pytest.raises(StoreError, match="another version of nmt-analytics"):
            store.info()
    with pytest.raises(StoreError, match="another version"), next_version(store.path):
        pytest.fail("loaded into a store of another version")
    with pytest.raises(StoreError, match="another version"), rehearsal(store.path):
        pytest.fail("rehearsed on a store of another version")


@pytest.mark.parametrize("content", [b"", b"not a database at all " * 400])
def test_a_damaged_file_names_the_version_before(content: bytes, tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    with next_version(store.path) as connection:
        note(connection, "second")
    store.close()
    store.path.write_bytes(content)
    with pytest.raises(StoreError, match=r"practice\.duckdb\.previous") as error:
        store.info()
    assert "practice.duckdb could not be read" in str(error.value)


def test_a_damaged_file_that_is_the_first_one_is_to_be_loaded_again(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb")
    store.close()
    store.path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="move it away and load your exports again") as error:
        store.info()
    assert "previous" not in str(error.value)


def test_a_file_that_is_cut_off_is_damaged(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, [session(number) for number in range(1, 200)])
    content = settings.store.read_bytes()
    settings.store.write_bytes(content[: len(content) // 3])
    store = Store(settings.store)
    with pytest.raises(StoreError, match="If the file is damaged"):
        store.frame("select * from sessions")


def test_the_version_before_takes_the_place_of_a_damaged_store(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    with next_version(store.path) as connection:
        note(connection, "second")
    store.path.write_bytes(b"damaged")
    (tmp_path / "practice.duckdb.previous").replace(store.path)
    assert noted(store) == {"first"}
    store.close()


def test_a_load_into_a_damaged_store_is_refused(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    store.close()
    store.path.write_bytes(b"damaged")
    with pytest.raises(StoreError, match="is damaged"), next_version(store.path):
        pytest.fail("loaded into a damaged store")
    assert store.path.read_bytes() == b"damaged"


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(StoreError, match="could not be written"), next_version(folder / "a.duckdb"):
        pytest.fail("wrote into a file as if it were a folder")


# --- rehearsal -----------------------------------------------------------------------------------


def test_a_rehearsal_sees_the_rows_and_writes_nothing(tmp_path: Path) -> None:
    store = new_store(tmp_path / "practice.duckdb", "first")
    before = store.path.read_bytes()
    with rehearsal(store.path) as connection:
        connection.execute("create temp table tried as select name from store_info")
        assert ("first",) in connection.execute("from tried").fetchall()
        with pytest.raises(Exception, match="store_info"):
            connection.execute("insert into store_info values ('a', 'b')")
    assert store.path.read_bytes() == before


def test_a_rehearsal_without_a_store_has_empty_tables(tmp_path: Path) -> None:
    with rehearsal(tmp_path / "practice.duckdb") as connection:
        for table in TABLES:
            assert connection.execute(f"from {table.name}").fetchall() == []
    assert not list(tmp_path.iterdir())
