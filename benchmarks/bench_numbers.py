"""All numbers of the quarterly page as a practice grows: processor time, time and memory.

    python benchmarks/bench_numbers.py [--sessions 3000,100000]

Each size is a simulated practice that is written, loaded and asked, every step in a process of its
own. Of the largest sizes, ten or a hundred copies of a smaller practice with clients of their own
(`enlarge`): writing and loading files of ten million sessions would take an hour.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import duckdb
from measuring import COMMAND, ROOT, Cost, Row, cost_of_command, example_practice, table

SIZES = (3_000, 100_000)
SIMULATED = 100_000
"""Above it a practice is made of copies."""
PERIOD = "2026Q3"
NUMBERS = [sys.executable, str(ROOT / "benchmarks" / "quarterly_numbers.py"), PERIOD]
PAGE = [COMMAND, "report", "quarterly_outcomes", "--period", PERIOD]


@dataclass(frozen=True)
class Sized:
    """What a practice of some size costs; `load` is None where it was made of copies."""

    n_sessions: int
    load: Cost | None
    numbers: Cost
    page: Cost


def measure(sizes: tuple[int, ...] = SIZES, n_runs: int = 3) -> tuple[list[Row], list[Sized]]:
    """The rows about the example practice and about each size, and the costs for the chart."""
    with tempfile.TemporaryDirectory() as made:
        folder = example_practice(Path(made))
        example = [ask_all(folder).cpu for _ in range(n_runs)]
    rows = [Row("all quarterly numbers of the example practice", example, reach=1.5)]
    measured = measure_sizes(sizes)
    for each in measured:
        least = min(measured, key=lambda other: other.n_sessions).numbers
        parts = f"{each.numbers.parts['statistics']:.1f} s of it statistics"
        memory = f"{each.numbers.gigabytes:.2g} GB, {each.numbers.wall:.0f} s by the clock"
        rows.append(
            Row(
                f"all quarterly numbers at {each.n_sessions:,} sessions",
                [each.numbers.cpu],
                f"at {SIZES[0]:,}",
                [least.cpu],
                note=f"{parts}; {memory}",
            )
        )
    return rows, measured


def measure_sizes(sizes: tuple[int, ...]) -> list[Sized]:
    """Each size's costs, the smallest first."""
    measured = []
    with tempfile.TemporaryDirectory() as made:
        smaller = Path(made) / "smaller"
        for n_sessions in sorted(sizes):
            folder = Path(made) / str(n_sessions)
            load = None
            if n_sessions <= SIMULATED or not smaller.exists():
                load = _load_simulated(folder, min(n_sessions, SIMULATED))
            if n_sessions >= SIMULATED and not smaller.exists():
                shutil.copytree(folder, smaller)
            if n_sessions > SIMULATED:
                load = None
                enlarge(smaller, folder, n_sessions // SIMULATED)
            measured.append(
                Sized(n_sessions, load, ask_all(folder), cost_of_command(folder, PAGE)[0])
            )
            shutil.rmtree(folder)
    return measured


def ask_all(folder: Path) -> Cost:
    """Every number of the quarterly page, asked in a process of its own."""
    cost, printed = cost_of_command(folder, NUMBERS)
    seconds = json.loads(printed)
    parts = {"queries": seconds["queries"], "statistics": seconds["all"] - seconds["queries"]}
    return Cost(cost.cpu, cost.wall, cost.gigabytes, parts)


def _load_simulated(folder: Path, n_sessions: int) -> Cost:
    init = ["init", str(folder), "--name", "A simulated practice", "--timezone", "America/New_York"]
    subprocess.run([COMMAND, *init], check=True, capture_output=True)
    inbox, count = str(folder / "data" / "inbox"), str(n_sessions)
    subprocess.run([COMMAND, "simulate", inbox, "--sessions", count, "--seed", "1"], check=True)
    return cost_of_command(folder, [COMMAND, "load"])[0]


def enlarge(smaller: Path, folder: Path, times: int) -> None:
    """Make a practice with `times` as many sessions: copies of each, of clients of their own."""
    shutil.copytree(smaller, folder, dirs_exist_ok=True)
    ids = {
        "sessions": ("session_id", "client_id"),
        "follow_ups": ("follow_up_id", "client_id", "session_id"),
    }
    limits = {"memory_limit": "4GB"}
    with duckdb.connect(str(folder / "data" / "practice.duckdb"), config=limits) as store:
        store.execute("set enable_progress_bar = false")
        for name, columns in ids.items():
            new = ", ".join(f"cast(md5({each} || copy) as uuid) as {each}" for each in columns)
            store.execute(
                f"insert into {name} by name select * exclude (copy) replace ({new}) "
                f"from {name}, (select unnest(range(1, {times})) as copy) as copies"
            )


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", default=",".join(map(str, SIZES)))
    sizes = tuple(int(each) for each in parser.parse_args().sessions.split(","))
    print(table(measure(sizes)[0]))


if __name__ == "__main__":
    main()
