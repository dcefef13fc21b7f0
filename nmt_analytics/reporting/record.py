"""What is kept beside a page: the executed notebook, the manifest, the note of a failure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting import assets
from nmt_analytics.reporting.page import Page
from nmt_analytics.reporting.parameters import Value

PAGE, MANIFEST, NOTEBOOK = "report.html", "manifest.json", "notebook.ipynb"


def read_notebook(path: Path) -> dict[str, Any]:
    """The content of a notebook file; raises ReportError when it is missing or none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] >= 4 and isinstance(content["cells"], list):
            return content
    except FileNotFoundError:
        raise ReportError(
            f"{path} does not exist. `nmt-analytics init` writes the package's notebooks."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ReportError(f"{path} is not a notebook of format 4. Open and save it in JupyterLab.")


def make_record(
    page: Page,
    notebook: Path,
    parameters: Mapping[str, Value],
    manifest: Mapping[str, Any],
    audience: str,
) -> dict[str, Any]:
    """What manifest.json says; `made_at` is its only value that differs between equal renders."""
    return {
        **manifest,
        "title": page.title,
        "headline": page.headline,
        "audience": audience,
        "parameters": dict(parameters),
        "notebook": notebook.name,
        "notebook_hash": hashlib.sha256(notebook.read_bytes()).hexdigest(),
        "package_version": assets.package_version(),
        "n_figures": sum(answer["figure"] is not None for answer in page.answers),
        "n_results": len(page.results),
        "made_at": _now(),
    }


def write_manifest(path: Path, record: Mapping[str, Any]) -> None:
    """Writes manifest.json."""
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the page in a folder; empty when there is none."""
    return _read(folder / MANIFEST)


def read_failure(out: Path) -> dict[str, Any]:
    """The note of a failure beside `out`; empty when there is none."""
    return _read(failure_note(out))


def write_notebook(path: Path, cells: Iterable[Mapping[str, Any]]) -> None:
    """Writes an executed notebook, one cell a line, without clock readings and random ids."""
    lines = [
        json.dumps(_lasting(cell, number), ensure_ascii=False)
        for number, cell in enumerate(cells, start=1)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    text = ",\n".join(lines)
    end = f'"metadata": {{"kernelspec": {json.dumps(kernel)}}}, "nbformat": 4, "nbformat_minor": 5'
    path.write_text(f'{{"cells": [\n{text}\n],\n{end}}}\n', encoding="utf-8")


def failure_note(out: Path) -> Path:
    """The file beside `out` that says why its last render failed; it exists only after one."""
    return out.with_name(f"{out.name}.failed.json")


def note_failure(out: Path, reason: str, audience: str) -> None:
    """Writes the note of a failure: why, when, and for whom the page was to be.

    Where nothing can be written there is no note: the error itself must still be told.
    """
    note = {"reason": reason, "audience": audience, "failed_at": _now()}
    with suppress(OSError):
        out.parent.mkdir(parents=True, exist_ok=True)
        write_manifest(failure_note(out), note)


def _lasting(cell: Mapping[str, Any], number: int) -> dict[str, Any]:
    metadata = {key: value for key, value in cell["metadata"].items() if key != "papermill"}
    return {**cell, "id": f"cell-{number}", "metadata": metadata}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
