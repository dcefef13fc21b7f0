"""Everything measured in one go: one table, benchmarks/results.md and the chart of docs.

    python benchmarks/run.py [--runs 3] [--load 1000000] [--sessions 3000,100000,1000000]

Ratios are taken within the run; seconds are of this machine.
"""

import os
import platform
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

import bench_load
import bench_numbers
import bench_page
import bench_panel
import bench_r
import bench_survival
import chart
from measuring import ROOT, Row, table

RESULTS = ROOT / "benchmarks" / "results.md"
PICTURE = ROOT / "docs" / "pictures" / "cost.svg"


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each page and command")
    parser.add_argument("--load", type=int, default=1_000_000, help="sessions to load; 0: none")
    parser.add_argument("--sessions", default="3000,100000,1000000", help="sizes for the numbers")
    asked = parser.parse_args()
    load_before = os.getloadavg()[0]
    rows = bench_page.measure(asked.runs)
    rows += bench_survival.measure()
    rows += bench_r.measure()
    numbers, sizes = bench_numbers.measure(
        tuple(int(each) for each in asked.sessions.split(",")), asked.runs
    )
    rows += numbers
    if asked.load:
        rows += bench_load.compare(asked.load, min(asked.runs, bench_load.N_ROUNDS))
    rows += bench_panel.measure()
    PICTURE.write_text(chart.draw(sizes), encoding="utf-8")
    write(RESULTS, rows, (load_before, os.getloadavg()[0]))
    print(RESULTS.read_text(encoding="utf-8"))


def write(path: Path, rows: list[Row], loads: tuple[float, float]) -> None:
    """Write the table; `loads` is how busy the machine was at the start and at the end."""
    where = f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processors"
    head = [
        "# What things cost",
        "",
        f"Written by `make bench` on {date.today():%d %B %Y} ({where}, Python "
        f"{platform.python_version()}). Seconds are of this machine; ratios were taken within the "
        "one run and say more. Processes that ran or waited for a processor: "
        f"{loads[0]:.1f} at the start, {loads[1]:.1f} at the end.",
        "",
    ]
    path.write_text("\n".join([*head, table(rows), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
