"""How long the menus of the JupyterLab panel take to show another answer.

    python benchmarks/bench_panel.py

By the clock, as a person waits: each redraw asks something that was not asked before.
"""

import tempfile
import time
from itertools import product
from pathlib import Path

from measuring import Row, example_practice, table

import nmt_analytics as nmt

OUTCOMES = ("relief_days_median", "relief_at_7_days", "pain_change")
DIMENSIONS = ("condition", "stress_level", "activity_level", "month")


def measure() -> list[Row]:
    """The row of redraws of the panel."""
    with tempfile.TemporaryDirectory() as made:
        practice = nmt.open_practice(example_practice(Path(made)))
        panel = practice.panel()
        panel.show()  # imports what draws
        seconds = []
        for outcome, by in product(OUTCOMES, DIMENSIONS):
            panel.chosen.update(outcome=outcome, by=by, comparison="before")
            start = time.perf_counter()
            for bundle in panel.show():
                bundle.to_mime()
            seconds.append(time.perf_counter() - start)
        practice.store.close()
    return [Row("another answer of the JupyterLab panel", seconds, reach=0.5, unit="s")]


if __name__ == "__main__":
    print(table(measure()))
