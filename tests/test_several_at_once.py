"""Loads beside loads and readers beside a load; stores that were damaged and how they come back."""

import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from factories import LOADED_AT, follow_up, write_rows
from proof_figures import record
from siege import LOAD, N_ROWS, Siege, environment, held_hash, lay_siege, moved

from nmt_analytics.errors import BusyError, StoreError
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.quarantine import quarantine_file
from nmt_analytics.schema import FOLLOW_UPS
from nmt_analytics.store.database import Store
from nmt_analytics.store.files import writer_lock


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Siege:
    return lay_siege(tmp_path_factory.mktemp("siege"))


@pytest.fixture
def siege(laid: Siege, tmp_path: Path) -> Siege:
    return moved(laid, tmp_path / "practice")


def test_a_second_load_says_that_the_first_is_at_work(siege: Siege) -> None:
    before = siege.practice.store.read_bytes()
    with (
        writer_lock(siege.practice.store, 1),
        pytest.raises(BusyError, match="Another load is writing") as caught,
    ):
        load_file(siege.practice, siege.later, wait_seconds=0.1)
    assert caught.value.exit_code == 15
    assert siege.practice.store.read_bytes() == before


def test_two_loads_at_once_both_arrive(siege: Siege, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "other.csv", FOLLOW_UPS, [follow_up(n) for n in range(900, 950)])
    loads = [
        subprocess.Popen(
            [sys.executable, "-c", LOAD, siege.practice.folder, path], env=environment()
        )
        for path in (siege.later, other)
    ]
    assert [each.wait() for each in loads] == [0, 0]
    store = Store(siege.practice.store)
    found = store.frame("select count(*) as n from imports")["n"][0]
    asked = store.frame("select count(*) as n from follow_ups")["n"][0]
    store.close()
    assert (found, asked) == (4, N_ROWS + 50)


def test_the_same_file_loaded_twice_at_once_is_loaded_once(siege: Siege) -> None:
    errors: list[BaseException] = []

    def load() -> None:
        try:
            load_file(siege.practice, siege.later, wait_seconds=120)
        except BaseException as error:
            errors.append(error)

    loads = [threading.Thread(target=load) for _ in range(2)]
    for each in loads:
        each.start()
    for each in loads:
        each.join()
    assert errors == []
    store = Store(siege.practice.store)
    found = store.frame("select file_name from imports")["file_name"].tolist()
    store.close()
    assert found.count("later.csv") == 1


def test_a_notebook_that_is_open_sees_the_new_data_at_its_next_question(siege: Siege) -> None:
    store = Store(siege.practice.store)
    question = "select count(*) as n from sessions where year(known_until) = 9999"
    assert store.frame(question)["n"][0] == N_ROWS
    load_file(siege.practice, siege.later)
    assert store.frame(question)["n"][0] == N_ROWS + 10
    store.close()


def test_who_loads_beside_an_open_notebook_in_one_process_sees_the_new_data(siege: Siege) -> None:
    """Such as a notebook that loads: DuckDB shares what a process has open, by its path."""
    notebook = Store(siege.practice.store)
    question = "select count(*) as n from sessions where year(known_until) = 9999"
    assert notebook.frame(question)["n"][0] == N_ROWS
    receipt = load_file(siege.practice, siege.later)
    assert receipt.n_quarantined == 1
    assert quarantine_file(siege.practice, siege.later.name).exists()
    other = Store(siege.practice.store)
    assert other.frame(question)["n"][0] == N_ROWS + 10
    assert notebook.frame(question)["n"][0] == N_ROWS + 10
    notebook.close()
    other.close()


def test_a_reader_never_sees_half_a_load(siege: Siege) -> None:
    seen: set[tuple[int, int]] = set()
    is_over = threading.Event()

    def read() -> None:
        store = Store(siege.practice.store)
        while not is_over.is_set():
            found = store.frame(
                "select count(*) as n, count(pain_before) as n_pain, "
                "from sessions where year(known_until) = 9999"
            )
            seen.add((int(found["n"][0]), int(found["n_pain"][0])))
        store.close()

    def wait_until_seen(state: tuple[int, int]) -> None:
        while state not in seen and reader.is_alive():
            time.sleep(0.01)

    before, after = (N_ROWS, 0), (N_ROWS + 10, N_ROWS + 10)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_until_seen(before)
        load_file(siege.practice, siege.later)
        wait_until_seen(after)
    finally:
        is_over.set()
        reader.join()
    assert seen == {before, after}


# -------------------------------------------------------------------------------- damaged stores


READ_ALL = """
import sys
from pathlib import Path
from nmt_analytics.errors import NmtError
from nmt_analytics.intake.facts import content_hash
from nmt_analytics.store.database import rehearsal

for line in sys.stdin:
    try:
        with rehearsal(Path(line.strip())) as connection:
            print(content_hash(connection), flush=True)
    except NmtError as error:
        print(type(error).__name__, str(error), flush=True)
"""
"""Reads all of each store named on standard input: its content hash, or how it was refused."""


def damage(siege: Siege, folder: Path, n_flips: int) -> None:
    """Flip bits and cut the store off at random; what is read is right or refused."""
    original = siege.practice.store.read_bytes()
    moments = random.Random(42)
    paths = []
    for number in range(n_flips):
        data = bytearray(original)
        if number % 10 == 9:
            data = data[: moments.randrange(len(data))]
        else:
            data[moments.randrange(len(data))] ^= 1 << moments.randrange(8)
        path = folder / f"damaged {number}.duckdb"
        path.write_bytes(data)
        paths.append(path)
    found = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        input="".join(f"{path}\n" for path in paths),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    answers = found.stdout.splitlines()
    assert len(answers) == n_flips, found.stderr
    refused = [answer for answer in answers if answer != siege.before]
    for answer in refused:
        assert answer.startswith("StoreError"), answer
        assert "load your exports again" in answer, answer
    if n_flips >= 1000:
        figures = {"damages": n_flips, "refused": len(refused), "wrong": 0}
        record("load_damaged_stores", {**figures, "of_no_effect": n_flips - len(refused)})
    assert len(refused) >= n_flips // 20


def test_a_damaged_store_is_refused_with_the_way_back(siege: Siege, tmp_path: Path) -> None:
    damage(siege, tmp_path, 40)


@pytest.mark.prove
def test_a_thousand_damaged_stores_are_right_or_refused(siege: Siege, tmp_path: Path) -> None:
    damage(siege, tmp_path, 1000)


def test_the_kept_version_is_the_store_before_the_load(siege: Siege) -> None:
    before = siege.practice.store.read_bytes()
    load_file(siege.practice, siege.later, loaded_at=LOADED_AT)
    previous = siege.practice.store.with_name("practice.duckdb.previous")
    assert previous.read_bytes() == before
    shutil.copyfile(previous, siege.practice.store)
    assert held_hash(siege.practice) == siege.before
    assert load_file(siege.practice, siege.later).n_corrected == N_ROWS


def test_a_load_refuses_a_damaged_store_and_leaves_the_version_before_it(siege: Siege) -> None:
    """Also when the load itself would never read the damaged part."""
    store, places = siege.practice.store, random.Random(7)
    previous = store.with_name("practice.duckdb.previous")
    sound, kept = store.read_bytes(), previous.read_bytes()
    n_refused = 0
    while n_refused < 5:
        data = bytearray(sound)
        data[places.randrange(len(data))] ^= 1
        store.write_bytes(data)
        try:
            held_hash(siege.practice)
        except StoreError:
            with pytest.raises(StoreError):
                load_file(siege.practice, siege.later)
            assert previous.read_bytes() == kept
            assert store.read_bytes() == data
            n_refused += 1
