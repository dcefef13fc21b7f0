"""The only module that imports papermill and nbconvert: one page, moved in whole.

A notebook is executed with checked parameters, its answers become a self-contained page, and
the page's folder replaces the previous one as a whole. Knows notebooks, not numbers.
"""

import logging
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nmt_analytics.errors import NmtError, ReportError
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting import assets
from nmt_analytics.reporting.engine import CellError, Output, run_cells
from nmt_analytics.reporting.gaps import say_gaps_once
from nmt_analytics.reporting.output_scan import refuse_leaks
from nmt_analytics.reporting.page import Page, compose
from nmt_analytics.reporting.parameters import (
    Parameter,
    Value,
    check_parameters,
    declared_parameters,
)
from nmt_analytics.reporting.publish import replaced_whole
from nmt_analytics.reporting.record import (
    MANIFEST,
    NOTEBOOK,
    PAGE,
    failure_note,
    make_record,
    note_failure,
    read_notebook,
    write_manifest,
    write_notebook,
)
from nmt_analytics.reporting.tables import write_results_csv, write_results_xlsx
from nmt_analytics.settings import Settings

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Rendered:
    """A page that is in place: its file, its headline and how many figures and numbers it has."""

    page: Path
    headline: str
    n_figures: int
    n_results: int


def render(
    settings: Settings,
    notebook: Path,
    out: Path,
    parameters: Mapping[str, Value],
    *,
    manifest: Mapping[str, Any],
    audience: str = "owner",
    lengths: Collection[int] = (),
    remarks: Callable[[], str] = str,
    progress: Progress | None = None,
) -> Rendered:
    """Executes `notebook` in the practice's folder and puts its page and numbers into `out`.

    `out` (reports/<report>/<period>/) gets report.html, results.csv, results.xlsx, notebook.ipynb
    and manifest.json, all or none. `manifest` says what else belongs to the record: report,
    title, period, as_of, loaded_by, store_hash. `audience` reaches a notebook that declares it.
    `lengths` (how many sessions and clients there are) is for the reader that goes through the
    finished files and refuses those that a client could be found in (output_scan.py). `remarks`
    is asked once the notebook has run; what it says stands below the page's header.
    Raises UsageError for a parameter that does not fit and ReportError, which leaves the previous
    page in place and notes the failure beside it, when the page cannot be made.
    """
    known = declared(notebook)
    given = {"audience": audience, **parameters} if "audience" in known else dict(parameters)
    check_parameters(known, given, notebook.name)
    try:
        executed = _execute(notebook, given, settings.folder, progress)
        page = _compose(executed, notebook, manifest, audience)
        record = make_record(page, notebook, given, {**manifest, "held": remarks()}, audience)
        with replaced_whole(out) as folder:
            _write(folder, page, executed, record)
            refuse_leaks(folder, audience, lengths)
    except ReportError as error:
        note_failure(out, str(error), audience)
        raise
    failure_note(out).unlink(missing_ok=True)
    return Rendered(out / PAGE, page.headline, record["n_figures"], record["n_results"])


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook's file declares, by name; parse_parameters types texts."""
    return declared_parameters(read_notebook(notebook), notebook.name)


@dataclass(frozen=True)
class Executed:
    """A notebook that was run: as papermill returns it, without outputs, and its full cells."""

    bare: Any
    cells: list[dict[str, Any]]


def _compose(
    executed: Executed, notebook: Path, manifest: Mapping[str, Any], audience: str
) -> Page:
    page = compose(executed.cells, str(manifest.get("title", notebook.stem)))
    report = str(manifest.get("report", notebook.stem))
    return say_gaps_once(page, report, parse_period(manifest.get("period")), audience)


def _execute(
    notebook: Path, parameters: Mapping[str, Value], folder: Path, progress: Progress | None
) -> Executed:
    outputs: list[list[Output]] = []
    try:
        bare = _papermill().execute_notebook(
            str(notebook.resolve()).replace("{", "{{").replace("}", "}}"),  # it formats paths
            None,
            dict(parameters),
            engine_name="nmt",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=folder,
            run=lambda cells: outputs.extend(run_cells(cells, progress)),
        )
    except CellError as failed:
        raise ReportError(_reason(notebook, failed)) from failed.__cause__
    pairs = zip(bare.cells, outputs, strict=True)
    return Executed(
        bare,
        [
            {**cell, "outputs": shown} if cell["cell_type"] == "code" else dict(cell)
            for cell, shown in pairs
        ],
    )


def _reason(notebook: Path, failed: CellError) -> str:
    """Which cell failed and why. Only our own errors speak: others may quote a client's value."""
    cause = failed.__cause__
    why = str(cause) if isinstance(cause, NmtError) else f"it raised {type(cause).__name__}"
    return (
        f"{notebook.name}, cell {failed.number} ({failed.line[:60]}): {why}{_stop(why)} "
        "The previous page is untouched. To see more, run the notebook (nmt-analytics lab)."
    )


def _stop(sentence: str) -> str:
    return "" if sentence.endswith((".", "!", "?")) else "."


def _write(folder: Path, page: Page, executed: Executed, record: Mapping[str, Any]) -> None:
    text, _ = _exporter().from_notebook_node(executed.bare, assets.page_resources(page, record))
    (folder / PAGE).write_text(text, encoding="utf-8", newline="\n")
    write_results_csv(folder / "results.csv", page.results)
    write_results_xlsx(folder / "results.xlsx", page.results, assets.about(record), page.title)
    write_notebook(folder / NOTEBOOK, executed.cells)
    write_manifest(folder / MANIFEST, record)


@contextmanager
def _unavailable(*modules: str) -> Iterator[None]:
    """Lets imports of `modules` fail for a while, as if they were not installed."""
    known: dict[str, Any] = sys.modules
    absent = [name for name in modules if name not in known]
    known.update(dict.fromkeys(absent))  # None means: cannot be imported
    try:
        yield
    finally:
        for name in absent:
            known.pop(name, None)


@cache
def _papermill() -> Any:
    """Papermill with an engine `nmt` that runs cells in this process.

    Outputs go past papermill and nbconvert, which would copy and check each of them four times.
    """
    # nbformat imports jsonschema, which imports every checker of string formats it finds; these
    # two cost 1.4 s and check web addresses and durations, of which a notebook has none.
    with _unavailable("rfc3987_syntax", "isoduration"):
        import papermill  # noqa: PLC0415 - a second that only pages need
    from papermill.engines import Engine, papermill_engines  # noqa: PLC0415

    class InProcess(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, _kernel: str, **settings: Any) -> None:
            settings["run"](nb_man.nb.cells)

    papermill_engines.register("nmt", InProcess)
    # It warns about parameters whose type it cannot read; they have been checked already.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    return papermill


@cache
def _exporter() -> Any:
    """nbconvert with our template: no code cells, everything escaped."""
    _papermill()
    from nbconvert.exporters.templateexporter import TemplateExporter  # noqa: PLC0415
    from nbconvert.filters.markdown_mistune import (  # noqa: PLC0415
        IPythonRenderer,
        MarkdownWithMath,
    )

    def as_html(markdown: str) -> str:
        renderer = IPythonRenderer(
            escape=True, allow_harmful_protocols=False, exclude_anchor_links=True
        )
        return MarkdownWithMath(renderer=renderer).render(markdown)

    class PageExporter(TemplateExporter):
        file_extension = ".html"
        output_mimetype = "text/html"

        def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
            return nb, resources  # no preprocessor of ours needs the deep copy of all figures

        def _create_environment(self) -> Any:
            return assets.prepare(super()._create_environment(), as_html)

    return PageExporter(
        template_paths=[str(assets.TEMPLATE)],
        template_file="page.html.j2",
        default_preprocessors=[],
    )
