"""Runs the code cells of a notebook in this process, and keeps what they display.

A kernel is a second Python that imports everything once more (4.3 s of CPU for each report);
here a further report costs what its cells cost. Notebooks are the practice's own files and run
with its rights either way.
"""

import io
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]
_MODULE = "nmt_notebook"


class CellError(Exception):
    """A cell failed: `number` counts all cells from 1, `line` is its line that failed.

    The cell's own error is chained as the cause.
    """

    def __init__(self, number: int, line: str) -> None:
        super().__init__(f"cell {number}: {line}")
        self.number = number
        self.line = line


class _Publisher(DisplayPublisher):
    """Keeps what `display(…)` shows."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.shell.outputs.append(
            {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        )


class _Hook(DisplayHook):
    """Keeps the value of a cell's last expression instead of printing it."""

    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def finish_displayhook(self) -> None:
        self._is_active = False

    def log_output(self, format_dict: dict) -> None:
        pass

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        self.shell.outputs.append(
            {
                "output_type": "execute_result",
                "data": format_dict,
                "metadata": md_dict or {},
                "execution_count": None,
            }
        )


class _Shell(InteractiveShell):
    """An IPython shell that hands over outputs and errors instead of printing them."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    def __init__(self, **settings: Any) -> None:
        self.outputs: list[Output] = []
        self.error: BaseException | None = None
        super().__init__(**settings)

    def showtraceback(self, exc_tuple: Any = None, *_: object, **__: object) -> None:
        # IPython comes here for errors in cells and for those while a result is displayed, which
        # it would swallow: a page must not be silently short of a figure.
        self.error = self.error or (exc_tuple or sys.exc_info())[1]

    def showsyntaxerror(self, *_: object, **__: object) -> None:
        self.error = self.error or sys.exc_info()[1]


def run_cells(
    cells: list[Any], progress: Callable[[int, int], None] | None = None
) -> list[list[Output]]:
    """Runs the code cells in order in one fresh namespace; the outputs of each cell, in order.

    `progress(done, total)` is called after each cell. Raises CellError, with the cell's own error
    as its cause, at the first cell that fails; the cells after it are not run.
    """
    number, outputs = 0, []
    with _fresh_shell() as shell:
        for done, cell in enumerate(cells, start=1):
            # Papermill puts one cell in; whoever opens the notebook counts without it.
            number += "injected-parameters" not in cell["metadata"].get("tags", ())
            is_code = cell["cell_type"] == "code"
            outputs.append(_run(shell, number, cell["source"]) if is_code else [])
            if progress is not None:
                progress(done, len(cells))
    return outputs


def _run(shell: _Shell, number: int, source: str) -> list[Output]:
    shell.outputs, shell.error = [], None
    printed, warned = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(warned):
        outcome = shell.run_cell(source, store_history=False)
    error = outcome.error_before_exec or outcome.error_in_exec or shell.error
    if error is not None:
        raise CellError(number, _failed_line(source, error)) from error
    streams = (("stdout", printed), ("stderr", warned))
    return [
        {"output_type": "stream", "name": name, "text": stream.getvalue()}
        for name, stream in streams
        if stream.getvalue()
    ] + shell.outputs


def _failed_line(source: str, error: BaseException) -> str:
    """The line of a cell that an error comes from; the last one when it arose while displaying."""
    lines = source.splitlines()
    frames = traceback.walk_tb(error.__traceback__)
    at = [number for frame, number in frames if frame.f_globals.get("__name__") == _MODULE]
    number = error.lineno if isinstance(error, SyntaxError) else at[0] if at else len(lines)
    return lines[min(number or 1, len(lines)) - 1].strip()


@contextmanager
def _fresh_shell() -> Iterator[_Shell]:
    config = Config()
    config.HistoryManager.enabled = False  # no history file, no thread that writes it
    config.InteractiveShell.cache_size = 0
    with TemporaryDirectory(prefix="nmt-ipython-") as folder:
        shell = _Shell(config=config, ipython_dir=folder, user_module=ModuleType(_MODULE))
        try:
            with _as_the_shell(shell):
                yield shell
        finally:
            _forget(shell)


@contextmanager
def _as_the_shell(shell: _Shell) -> Iterator[None]:
    """`display()` and the formatters ask for the one global shell: be it for a while.

    Inside JupyterLab there is one already, which comes back afterwards.
    """
    classes: list[Any] = list(_Shell._walk_mro())
    before = [each.__dict__.get("_instance") for each in classes]
    for each in classes:
        each._instance = shell
    try:
        yield
    finally:
        for each, instance in zip(classes, before, strict=True):
            each._instance = instance


def _forget(shell: _Shell) -> None:
    """Lets go of the notebook's namespace, which IPython's exit hook would hold for good."""
    import atexit  # noqa: PLC0415 - used only here

    atexit.unregister(shell.atexit_operations)
    shell.user_ns.clear()
    sys.modules.pop(_MODULE, None)
