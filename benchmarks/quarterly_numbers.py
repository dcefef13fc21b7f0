"""Ask for every number of the quarterly page once, in this process, and print what that cost.

    python benchmarks/quarterly_numbers.py [PERIOD]     (in a practice's folder)

Prints a line of JSON: seconds of processor in all, imports included, and of them in queries.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nmt_analytics.store.database import Store

ROOT = Path(__file__).parents[1]


def main(period: str) -> None:
    in_queries = [0.0]
    for name in ("select", "prepare"):
        setattr(Store, name, _timed(getattr(Store, name), in_queries))
    _ask_every_number(period)
    print(json.dumps({"all": time.process_time(), "queries": in_queries[0]}))


def _timed(method: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return method(*arguments, **named)
        finally:
            seconds[0] += time.process_time() - start

    return timed


def _ask_every_number(period: str) -> None:
    """Run the notebook's cells; an answer holds its numbers before anything is drawn of it."""
    notebook = json.loads((ROOT / "notebooks" / "quarterly_outcomes.ipynb").read_text("utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", ()) and period:
                names["period"] = period


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
