"""CPU time of our pages from the shell against a stock papermill + nbconvert notebook.

Three runs of each, the least counts: the example's quarterly page with `nmt-analytics report`,
and benchmarks/stock_notebook.ipynb (six Plotly figures of the same data) with papermill and
nbconvert as they come. Then every further page that one `report` command makes.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
N_RUNS = 3
ONE_THREAD = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def cpu_seconds(folder: Path, *commands: list[str]) -> float:
    """User and system time of the commands, run one after the other in `folder`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ONE_THREAD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def example_practice(folder: Path) -> Path:
    """The example practice in a folder of its own, loaded."""
    shutil.copy(ROOT / "practice.toml", folder)
    for part in ("data/example", "notebooks"):
        shutil.copytree(ROOT / part, folder / part)
    subprocess.run([BIN / "nmt-analytics", "load"], cwd=folder, check=True, capture_output=True)
    return folder


def stock_seconds(folder: Path) -> float:
    """Papermill with its own kernel, then nbconvert with its own template."""
    notebook = ROOT / "benchmarks" / "stock_notebook.ipynb"
    return cpu_seconds(
        folder,
        [str(BIN / "papermill"), str(notebook), "stock.ipynb", "--no-progress-bar"],
        [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input", "stock.ipynb"],
    )


def report_seconds(folder: Path, *arguments: str) -> float:
    """One `nmt-analytics report` command."""
    return cpu_seconds(folder, [str(BIN / "nmt-analytics"), "report", *arguments])


def main() -> None:
    """Print what was measured and the two ratios that issue 5 asks for."""
    with tempfile.TemporaryDirectory() as made:
        folder = example_practice(Path(made))
        period = ("--period", "2026Q3")
        stock, page, one, all_of_them = [], [], [], []
        for _ in range(N_RUNS):  # in turn, so that a busy machine slows all alike
            stock.append(stock_seconds(folder))
            page.append(report_seconds(folder, "quarterly_outcomes", *period))
            one.append(report_seconds(folder, "condition_review", *period))
            all_of_them.append(
                report_seconds(folder, "condition_review", "--all-conditions", *period)
            )
        n_pages = len(list((folder / "reports" / "condition_review").glob("*/report.html")))
    further = (min(all_of_them) - min(one)) / (n_pages - 1)
    print(f"stock papermill + nbconvert, six figures: {min(stock):.1f} s of CPU")
    print(f"our quarterly page: {min(page):.1f} s, {min(page) / min(stock):.2f} of stock")
    print(f"one condition: {min(one):.1f} s; all {n_pages} conditions: {min(all_of_them):.1f} s")
    print(f"every further page of the same run: {further:.2f} s")


if __name__ == "__main__":
    main()
