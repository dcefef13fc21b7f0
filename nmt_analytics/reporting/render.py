"""The only module that imports papermill and nbconvert: one page, moved in whole.

A notebook is executed with checked parameters, its answers become a self-contained page, and
the page's folder replaces the previous one as a whole. Knows notebooks, not numbers.
"""

import hashlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from nmt_analytics.errors import NmtError, ReportError
from nmt_analytics.reporting import assets
from nmt_analytics.reporting.engine import CellError, run_cells
from nmt_analytics.reporting.page import Page, compose
from nmt_analytics.reporting.parameters import (
    Parameter,
    Value,
    check_parameters,
    declared_parameters,
)
from nmt_analytics.reporting.parameters import parse_parameters as parse  # noqa: F401 - for callers
from nmt_analytics.reporting.publish import replaced_whole
from nmt_analytics.reporting.tables import write_results_csv, write_results_xlsx
from nmt_analytics.settings import Settings

PAGE, MANIFEST = "report.html", "manifest.json"
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
    progress: Progress | None = None,
) -> Rendered:
    """Executes `notebook` in the practice's folder and puts its page and numbers into `out`.

    `out` (reports/<report>/<period>/) gets report.html, results.csv, results.xlsx, notebook.ipynb
    and manifest.json, all or none. `manifest` says what else belongs to the record: report,
    title, period, as_of, loaded_by, store_hash. `audience` reaches a notebook that declares it.
    Raises UsageError for a parameter that does not fit and ReportError, which leaves the previous
    page in place and notes the failure beside it, when the page cannot be made.
    """
    known = declared(notebook)
    given = {"audience": audience, **parameters} if "audience" in known else dict(parameters)
    check_parameters(known, given, notebook.name)
    try:
        executed = _execute(notebook, given, settings.folder, progress)
        page = compose(executed.cells, str(manifest.get("title", notebook.stem)))
        record = _record(page, notebook, given, manifest, audience)
        with replaced_whole(out) as folder:
            _write(folder, page, executed, record)
    except ReportError as error:
        _note_failure(out, str(error))
        raise
    failure_note(out).unlink(missing_ok=True)
    return Rendered(out / PAGE, page.headline, record["n_figures"], record["n_results"])


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook's file declares, by name; parse_parameters types texts."""
    return declared_parameters(read_notebook(notebook), notebook.name)


def failure_note(out: Path) -> Path:
    """The file beside `out` that says why its last render failed; it exists only after one."""
    return out.with_name(f"{out.name}.failed.json")


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


def _execute(
    notebook: Path, parameters: Mapping[str, Value], folder: Path, progress: Progress | None
) -> Any:
    papermill = _papermill()
    try:
        return papermill.execute_notebook(
            str(notebook.resolve()).replace("{", "{{").replace("}", "}}"),  # it formats paths
            None,
            dict(parameters),
            engine_name="nmt",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=folder,
            progress=progress,
        )
    except CellError as failed:
        raise ReportError(_reason(notebook, failed)) from failed.__cause__


def _reason(notebook: Path, failed: CellError) -> str:
    """Which cell failed and why. Only our own errors speak: others may quote a client's value."""
    cause = failed.__cause__
    why = str(cause) if isinstance(cause, NmtError) else f"it raised {type(cause).__name__}"
    return (
        f"{notebook.name}, cell {failed.number} ({failed.line[:60]}): {why}{_stop(why)} "
        "The previous page is untouched. To see more, run the notebook: nmt-analytics lab"
    )


def _stop(sentence: str) -> str:
    return "" if sentence.endswith((".", "!", "?")) else "."


def _record(
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
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _write(folder: Path, page: Page, executed: Any, record: Mapping[str, Any]) -> None:
    about = assets.about(record)
    resources = assets.page_resources(page, about)
    text, _ = _exporter().from_notebook_node(executed, resources)
    (folder / PAGE).write_text(text, encoding="utf-8", newline="\n")
    write_results_csv(folder / "results.csv", page.results)
    write_results_xlsx(folder / "results.xlsx", page.results, about, page.title)
    _write_json(folder / "notebook.ipynb", _without_timings(executed))
    _write_json(folder / MANIFEST, record)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _without_timings(executed: Any) -> Any:
    """The executed notebook without papermill's clock readings, random ids and machine paths."""
    for number, cell in enumerate(executed.cells, start=1):
        cell.metadata.pop("papermill", None)
        cell["id"] = f"cell-{number}"
    executed.metadata.pop("papermill", None)
    return executed


def _note_failure(out: Path, reason: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    _write_json(failure_note(out), {"reason": reason, "failed_at": at})


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
    """Papermill with an engine `nmt` that runs cells in this process."""
    # nbformat imports jsonschema, which imports every checker of string formats it finds; these
    # two cost 1.4 s and check web addresses and durations, of which a notebook has none.
    with _unavailable("rfc3987_syntax", "isoduration"):
        import papermill  # noqa: PLC0415 - a second that only pages need
    from nbformat import from_dict  # noqa: PLC0415
    from papermill.engines import Engine, papermill_engines  # noqa: PLC0415

    class InProcess(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, _kernel: str, **settings: Any) -> None:
            run_cells(nb_man.nb.cells, settings["progress"])
            nb_man.nb = from_dict(nb_man.nb)

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

        def _create_environment(self) -> Any:
            return assets.prepare(super()._create_environment(), as_html)

    return PageExporter(
        template_paths=[str(assets.TEMPLATE)],
        template_file="page.html.j2",
        default_preprocessors=[],
    )
