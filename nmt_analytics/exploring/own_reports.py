"""A report of a practice's own: a notebook to begin with, and its entry in practice.toml."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from nmt_analytics.errors import NmtError, SettingsError, UsageError
from nmt_analytics.reporting.catalogue import REPORTS, title_of
from nmt_analytics.settings import FILE_NAME, Settings, read_settings
from nmt_analytics.settings_checks import PERIODS

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

_PARAMETERS = """\
period: str = "2026Q3"
as_of: str = ""
loaded_by: str = ""
audience: str = "owner\""""
_OPENING = """\
import nmt_analytics as nmt

practice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by, audience=audience)
practice.overview(period, about={title})"""
_BODY = (
    (
        "markdown",
        "## How long relief lasts\n\nSay here what to look at. Put your own questions in place of "
        "the ones below; explore.ipynb has an example of each.",
    ),
    ("code", "practice.relief_curve(period=period)"),
    ("code", 'practice.outcome("relief_at_7_days", by="stress_level", period=period)'),
    ("markdown", "## How sure this is"),
    ("code", "practice.silence(period=period)"),
)


def new_report(settings: Settings, name: str, every: str = "quarter") -> list[str]:
    """Make notebooks/NAME.ipynb and its [[report]] in practice.toml; what was done, in lines.

    Raises UsageError for a name that is taken or odd; then and when practice.toml cannot be
    written, nothing has changed.
    """
    notebook = settings.notebooks / f"{name}.ipynb"
    _check(settings, name, notebook, every)
    notebook.parent.mkdir(parents=True, exist_ok=True)
    notebook.write_text(_as_file(_cells(title_of(name))), encoding="utf-8")
    try:
        _enter(settings, name, every)
    except NmtError:
        notebook.unlink()
        raise
    return [
        f"Made {notebook} and its entry in {FILE_NAME}: a page for every {every}.",
        f"Write it in JupyterLab: nmt-analytics lab. Then: nmt-analytics report {name}",
    ]


def _check(settings: Settings, name: str, notebook: Path, every: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "A report's name is of small letters, digits and _, and begins with a letter: "
            "nmt-analytics new-report stress_review"
        )
    if every not in PERIODS:
        raise UsageError(f"--every is one of {', '.join(PERIODS)}.")
    if name in REPORTS or name == "explore" or notebook.exists():
        raise UsageError(f'There is a notebook "{name}" already. Choose another name.')
    if name in (report.name for report in settings.report):
        raise UsageError(f'{FILE_NAME} has a [[report]] "{name}" already. Choose another name.')


def _enter(settings: Settings, name: str, every: str) -> None:
    """Add the entry at the end of practice.toml, as a whole or not at all."""
    path = settings.folder / FILE_NAME
    before = path.read_bytes()
    text = before.decode("utf-8")
    entries = [] if "report" in tomllib.loads(text) else _kept_when_one_is_named(settings)
    lines = [line for entry in (*entries, (name, every)) for line in _entry(*entry)]
    end = "\r\n" if "\r\n" in text else "\n"
    building = path.with_name(f".{FILE_NAME}.next")
    try:
        building.write_bytes((text.rstrip() + end + end.join(["", *lines, ""])).encode())
        building.replace(path)
        read_settings(settings.folder)
    except OSError as fault:
        building.unlink(missing_ok=True)
        raise SettingsError(
            f"{path} could not be written ({fault.strerror}). Check its rights."
        ) from None
    except SettingsError:
        path.write_bytes(before)
        raise


def _kept_when_one_is_named(settings: Settings) -> list[tuple[str, str]]:
    """The reports that are made while practice.toml names none: they are to stay."""
    return [(report.name, report.every) for report in settings.report]


def _entry(name: str, every: str) -> list[str]:
    return ["[[report]]", f'name = "{name}"', f'every = "{every}"']


def _cells(title: str) -> list[dict[str, Any]]:
    opening = _OPENING.format(title=json.dumps(title))
    cells = [_cell("code", _PARAMETERS), _cell("code", opening)]
    cells[0]["metadata"] = {"tags": ["parameters"]}
    return cells + [_cell(kind, text) for kind, text in _BODY]


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _as_file(cells: list[dict[str, Any]]) -> str:
    numbered = [{**cell, "id": f"c{at:02d}"} for at, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
