"""What is loaded survives kills, failing disks and full disks: the store is before or after.

Short forms here; `make prove` runs the full ones. Where there is no C compiler the disk is made to
fail by limits on the size of files, by a small disk, and in Python's own calls.
"""

import errno
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from disks import read_only, small_disk
from factories import make_practice, session, write_rows
from proof_figures import record
from siege import FAULTS, Siege, count_calls, lay_siege, moved

from nmt_analytics.errors import StoreError
from nmt_analytics.intake.load import load_file
from nmt_analytics.schema import SESSIONS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="forks, limits and signals as Linux has them"
)

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
KILLED = -1
STEPS = ("open", "fsync", "link", "replace", "unlink", "chmod", "mkdir")
"""Python's calls to the disk in a load."""


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Siege:
    return lay_siege(tmp_path_factory.mktemp("siege"))


@pytest.fixture
def siege(laid: Siege, tmp_path: Path) -> Siege:
    return moved(laid, tmp_path / "practice")


@pytest.fixture
def failing_disk(siege: Siege, library: Path) -> Siege:
    """A siege in which any call to the disk can be made to fail."""
    return replace(siege, library=library)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """failing_disk.c, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler to stand between DuckDB and the disk")
    made = tmp_path_factory.mktemp("library") / "failing_disk.so"
    source = FAULTS / "failing_disk.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture(scope="module")
def n_calls(laid: Siege, library: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls to the disk a load makes."""
    return count_calls(replace(laid, library=library), tmp_path_factory.mktemp("calls"))


def assert_all_said(siege: Siege, attacks: list[dict[str, Any]]) -> int:
    """How many of the attacks were refused; each is said in words and leaves the store whole."""
    answers = siege.attack(attacks)
    for how, answer in zip(attacks, answers, strict=True):
        siege.assert_whole(answer)
        siege.assert_said(how, answer)
    return sum(answer["came"]["exit_code"] != 0 for answer in answers)


# ------------------------------------------------------------------------------------------ kills


@pytest.mark.parametrize(
    ("n_kills", "seed"),
    [(8, 0), *(pytest.param(125, seed, marks=pytest.mark.prove) for seed in (1, 2, 3, 4))],
)
def test_a_load_killed_at_any_moment_leaves_the_old_store_or_the_new(
    siege: Siege, n_kills: int, seed: int
) -> None:
    (unharmed,) = siege.attack([{}])
    assert unharmed["left"]["kept"] == siege.after
    longest = unharmed["came"]["seconds"]
    moments = random.Random(seed)
    answers = siege.attack([{"kill_after": moments.uniform(0, longest)} for _ in range(n_kills)])
    for answer in answers:
        siege.assert_whole(answer)
    n_killed = sum("killed" in answer["came"] for answer in answers)
    if seed:
        figures = {"kills": n_kills, "hit_a_running_load": n_killed, "stores_lost": 0}
        record(f"load_kills_{seed}", figures)
    assert n_killed > 0


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.prove), 11])
def test_a_load_killed_at_each_call_to_the_disk(
    failing_disk: Siege, n_calls: int, step: int
) -> None:
    attacks = [{"at": number, "errno": KILLED} for number in range(1, n_calls + 1, step)]
    answers = failing_disk.attack(attacks)
    for answer in answers:
        assert "killed" in answer["came"]
        failing_disk.assert_whole(answer)
    if step == 1:
        record("load_killed_at_each_call", {"calls": n_calls, "stores_lost": 0})


# ----------------------------------------------------------------------------------- failing disks


@pytest.mark.parametrize("is_over", [False, True], ids=["one call", "from then on"])
@pytest.mark.parametrize(
    ("step", "code"),
    [(13, errno.ENOSPC), *(pytest.param(1, code, marks=pytest.mark.prove) for code in ERRORS)],
)
def test_a_disk_that_fails_at_each_call_is_said_in_words(
    failing_disk: Siege, n_calls: int, step: int, code: int, is_over: bool
) -> None:
    numbers = range(1 + step // 2, n_calls + 1, step)
    attacks = [{"at": n, "errno": code, "all": is_over} for n in numbers]
    n_refused = assert_all_said(failing_disk, attacks)
    if step == 1:
        how = "from_then_on" if is_over else "once"
        figures = {"faults": len(attacks), "calls": n_calls, "loads_refused": n_refused}
        record(f"load_disk_fails_{how}_{errno.errorcode[code]}", figures)
    assert n_refused >= len(attacks) / 2


@pytest.mark.prove
def test_each_step_of_a_load_that_fails_is_said_in_words(siege: Siege) -> None:
    attacks = [
        {"step": step, "at": at, "errno": code}
        for step in STEPS
        for at in range(1, 9)
        for code in ERRORS
    ]
    n_refused = assert_all_said(siege, attacks)
    record("load_step_fails", {"faults": len(attacks), "loads_refused": n_refused})
    assert n_refused >= 4 * len(ERRORS)


@pytest.mark.parametrize("n_sizes", [4, pytest.param(60, marks=pytest.mark.prove)])
def test_a_file_that_cannot_grow_is_said_in_words(siege: Siege, n_sizes: int) -> None:
    n_bytes = siege.practice.store.stat().st_size
    attacks = [{"most_bytes": n_bytes * number // n_sizes} for number in range(n_sizes + 1)]
    n_refused = assert_all_said(siege, attacks)
    if n_sizes >= 60:
        record("load_files_cannot_grow", {"limits": len(attacks), "loads_refused": n_refused})
    assert n_refused == len(attacks)


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    rows = [session(n, body_region=f"region {n % 150}") for n in range(120_000)]
    large = write_rows(tmp_path / "large.csv", SESSIONS, rows)
    small = write_rows(tmp_path / "small.csv", SESSIONS, [session(2)])
    with small_disk(tmp_path / "disk", "5m") as disk:
        practice = make_practice(disk / "practice", [session(1)])
        before = practice.store.read_bytes()
        names = sorted(each.name for each in practice.store.parent.iterdir())
        with pytest.raises(StoreError, match=r"Check the disk's free space"):
            load_file(practice, large)
        assert practice.store.read_bytes() == before
        assert sorted(each.name for each in practice.store.parent.iterdir()) == names
        assert load_file(practice, small).n_accepted == 1


def test_a_folder_that_may_only_be_read_is_said_in_words(tmp_path: Path) -> None:
    practice = make_practice(tmp_path / "practice", [session(1)])
    data = practice.store.parent
    later = write_rows(tmp_path / "b.csv", SESSIONS, [session(2)])
    before = practice.store.read_bytes()
    with read_only(data), pytest.raises(StoreError, match="Check the disk's free space and rights"):
        load_file(practice, later)
    assert practice.store.read_bytes() == before
    assert load_file(practice, later).n_accepted == 1
