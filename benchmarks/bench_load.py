"""What loading costs against plain DuckDB reading the same files as text into a table.

    python benchmarks/bench_load.py [SESSIONS]

Target: at most 3 times the processor time, for one million sessions with four million follow-ups.
Both run in processes of their own, several times in turn; the ratio is that of the medians.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pandas as pd
from measuring import Row, table

from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.pseudonyms import make_key
from nmt_analytics.settings import read_settings

FILES = ("sessions.csv", "follow_ups.csv")
N_ROUNDS = 3
CHECK_IN_DAYS = np.array([1, 4, 7, 14])
_T = TypeVar("_T")


def write_practice(folder: Path, n_sessions: int) -> None:
    """Canonical files of `n_sessions` sessions with four follow-ups each."""
    random = np.random.default_rng(7)
    start = np.datetime64("2020-01-01T08:00") + random.integers(0, 5 * 365 * 24 * 60, n_sessions)
    client = random.integers(0, n_sessions // 10 + 1, n_sessions)
    _sessions(random, start, client).to_csv(folder / FILES[0], index=False)
    _follow_ups(random, start, client).to_csv(folder / FILES[1], index=False)
    (folder / "practice.toml").write_text('[practice]\ntimezone = "America/New_York"\n')
    make_key(folder / "practice.key")


def _sessions(random: np.random.Generator, start: np.ndarray, client: np.ndarray) -> pd.DataFrame:
    n = len(start)

    def one_of(*words: str) -> np.ndarray:
        return np.array(words)[random.integers(0, len(words), n)]

    return pd.DataFrame(
        {
            "session_id": _ids("S", np.arange(n)),
            "client_id": _ids("C", client),
            "therapist_id": one_of("T1", "T2", "T3"),
            "started_at": _times(start),
            "ended_at": _times(start + 60),
            "modality": "neuromuscular_therapy",
            "condition": one_of("muscle_spasm", "muscle_cramp", "ischemia", "nerve_compression"),
            "body_region": one_of("neck", "lower back", "shoulder", "calf"),
            "severity_before": random.integers(0, 11, n),
            "pain_before": random.integers(0, 11, n),
            "pain_after": random.integers(0, 11, n),
            "stress_level": one_of("low", "moderate", "high"),
            "activity_level": one_of("low", "moderate", "high"),
            "hold_seconds": random.integers(15, 45, n),
            "pressure_felt": one_of("right", "too_light", "too_strong"),
            "pressure_adjusted": one_of("yes", "no"),
            "nutrient_shortfall": one_of("none", "magnesium", "calcium"),
            "previous_relief_holding": one_of("yes", "no", ""),
        }
    )


def _follow_ups(random: np.random.Generator, start: np.ndarray, client: np.ndarray) -> pd.DataFrame:
    session = np.repeat(np.arange(len(start)), len(CHECK_IN_DAYS))
    n = len(session)
    asked = start[session] + 60 + np.tile(CHECK_IN_DAYS, len(start)) * 24 * 60
    return pd.DataFrame(
        {
            "follow_up_id": _ids("F", np.arange(n)),
            "client_id": _ids("C", client[session]),
            "session_id": _ids("S", session),
            "source": "check_in",
            "asked_at": _times(asked),
            "answered_at": _times(asked + random.integers(0, 600, n)),
            "relief_holding": np.array(["yes", "no"])[random.integers(0, 2, n)],
            "soreness": random.integers(0, 11, n),
            "pain": random.integers(0, 11, n),
            "recommend": random.integers(0, 11, n),
        }
    )


def _ids(letter: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(letter, np.char.zfill(numbers.astype("U8"), 8))


def _times(moments: np.ndarray) -> pd.Series:
    return pd.Series(np.datetime_as_string(moments, unit="m")).str.replace("T", " ")


def read_as_text(folder: Path) -> None:
    """Plain DuckDB: every column as text into a table of a database file."""
    with duckdb.connect(str(folder / "text.duckdb")) as connection:
        connection.execute("set enable_progress_bar = false")
        for name in FILES:
            connection.execute(
                f"create or replace table {name.removesuffix('.csv')} as "
                "from read_csv($path, all_varchar = true)",
                {"path": str(folder / name)},
            )


def load(folder: Path) -> None:
    """Our way: validated, pseudonymised, compared, in a store of its own."""
    settings = read_settings(folder)
    for path in (settings.store.parent).glob("practice.duckdb*"):
        path.unlink()
    for name in FILES:
        print("  " + load_file(settings, folder / name).sentence(), file=sys.stderr)


def measure(work: Callable[[Path], None], folder: Path) -> tuple[float, float, float]:
    """Processor seconds, seconds and peak gigabytes of one run in a process of its own."""
    return _in_a_process(_measured, work, folder)


def _in_a_process(work: Callable[..., _T], *arguments: object) -> _T:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _measured(work: Callable[[Path], None], folder: Path) -> tuple[float, float, float]:
    before, start = time.process_time(), time.perf_counter()
    work(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return time.process_time() - before, time.perf_counter() - start, peak


def compare(n_sessions: int = 1_000_000, n_rounds: int = N_ROUNDS) -> list[Row]:
    """The row of loading against reading as text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Not in this process: those that follow would begin with its peak of memory.
        _in_a_process(write_practice, folder, n_sessions)
        runs = [(measure(read_as_text, folder), measure(load, folder)) for _ in range(n_rounds)]
    text, ours = zip(*runs, strict=True)
    return [
        Row(
            f"load {n_sessions:,} sessions and {4 * n_sessions:,} follow-ups",
            [each[0] for each in ours],
            "DuckDB reading the same as text",
            [each[0] for each in text],
            3.0,
            note=f"{max(each[2] for each in ours):.1f} GB at most",
        )
    ]


if __name__ == "__main__":
    print(table(compare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
