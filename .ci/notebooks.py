"""Notebooks in version control hold no outputs: they could hold a practice's numbers.

`python .ci/notebooks.py` fails and names those that do; with --strip it takes the outputs out.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDERS = ("notebooks", "benchmarks", "tests/fixtures/notebooks")


def main(strip: bool) -> int:
    """Check or strip every notebook; the number of those that hold outputs."""
    full = [path for path in all_notebooks() if has_outputs(read(path))]
    for path in full:
        if strip:
            text = json.dumps(stripped(read(path)), indent=1, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8")
        done = "outputs taken out" if strip else "holds outputs; take them out with: make strip"
        print(f"{path.relative_to(ROOT)}: {done}", file=sys.stderr)
    return 0 if strip else len(full)


def all_notebooks() -> list[Path]:
    """The notebooks of the folders that are in version control."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))]


def read(path: Path) -> dict[str, Any]:
    """The content of a notebook's file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def has_outputs(notebook: dict[str, Any]) -> bool:
    """Whether a cell holds what it displayed, or when it was run, or a widget's state is kept."""
    return "widgets" in notebook["metadata"] or any(
        cell.get("outputs") or cell.get("execution_count") is not None for cell in notebook["cells"]
    )


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook without outputs, numbers of runs and states of widgets."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    notebook["metadata"].pop("widgets", None)
    return notebook


if __name__ == "__main__":
    sys.exit(main("--strip" in sys.argv[1:]))
