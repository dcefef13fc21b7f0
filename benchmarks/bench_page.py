"""CPU time of our pages and commands against the stock way and against importing pandas.

    python benchmarks/bench_page.py [RUNS]

The stock way is benchmarks/stock_notebook.ipynb (six Plotly figures of the same data) with
papermill and nbconvert as they come. All take their turns, so that a busy machine slows all alike.
"""

import sys
import tempfile
from pathlib import Path

from measuring import BIN, COMMAND, ROOT, Row, cpu_of_commands, example_practice, table

PERIOD = ("--period", "2026Q3")
STOCK = ROOT / "benchmarks" / "stock_notebook.ipynb"
WORK = {
    "stock": (
        [str(BIN / "papermill"), str(STOCK), "stock.ipynb", "--no-progress-bar"],
        [str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input", "stock.ipynb"],
    ),
    "quarterly": ([COMMAND, "report", "quarterly_outcomes", *PERIOD],),
    "one": ([COMMAND, "report", "condition_review", *PERIOD],),
    "all": ([COMMAND, "report", "condition_review", "--all-conditions", *PERIOD],),
    "pandas": ([sys.executable, "-c", "import pandas"],),
    "help": ([COMMAND, "--help"],),
    "status": ([COMMAND, "status"],),
    "metric": ([COMMAND, "metric", "relief_at_4_days", "--by", "condition", *PERIOD],),
}


def measure(n_runs: int = 3) -> list[Row]:
    """The rows of pages against the stock way, and of commands against importing pandas."""
    with tempfile.TemporaryDirectory() as made:
        folder = example_practice(Path(made))
        runs = [
            {name: cpu_of_commands(folder, *commands) for name, commands in WORK.items()}
            for _ in range(n_runs)
        ]
        n_pages = len(list((folder / "reports" / "condition_review").glob("*/report.html")))
    seconds = {name: [run[name] for run in runs] for name in WORK}
    further = [(run["all"] - run["one"]) / (n_pages - 1) for run in runs]
    stock, pandas = "stock papermill + nbconvert", "import pandas"
    every = [n_pages * each for each in seconds["stock"]]
    return [
        Row("quarterly page, from the shell", seconds["quarterly"], stock, seconds["stock"], 0.5),
        Row(f"{n_pages} condition pages in one run", seconds["all"], f"{stock}, each", every, 0.1),
        Row("every further page of the same run", further, reach=0.6),
        *(
            Row(f"nmt-analytics {name}", seconds[key], pandas, seconds["pandas"], reach)
            for name, key, reach in (
                ("--help", "help", 1.0),
                ("status", "status", 1.5),
                ("metric … --by condition", "metric", 2.0),
            )
        ),
    ]


if __name__ == "__main__":
    print(table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3)))
