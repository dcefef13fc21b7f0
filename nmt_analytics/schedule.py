"""What is due; do it: load what is new, then render what is due.

A report is due when its period is over for `wait_days` and its page does not exist yet, or was
made from other data, parameters, notebook or version.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import NmtError, NoDataError, RefusedRowsError, UnreadableFileError
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.settings import ReportSettings, Settings

if TYPE_CHECKING:
    from nmt_analytics.intake.load import Receipt
    from nmt_analytics.intake.mapping import Mapping as FileMapping

Progress = Callable[[str], None]
READABLE = (".csv", ".tsv", ".txt", ".xlsx")


@dataclass
class Outcome:
    """What one run did, and the first error that it met."""

    receipts: list["Receipt"] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    up_to_date: list[Path] = field(default_factory=list)
    error: NmtError | None = None

    def lines(self) -> list[str]:
        """The run in words for the terminal: one line per file and page."""
        loaded = [line for receipt in self.receipts for line in receipt.lines()]
        made = [f"Made {page}" for page in self.pages]
        unchanged = [f"Up to date: {page}" for page in self.up_to_date]
        return loaded + made + unchanged

    def note(self, error: NmtError) -> None:
        """Keep the first error; the run goes on and fails at its end."""
        self.error = self.error or error


@dataclass(frozen=True)
class Plan:
    """One report's latest period, and the day from which it is due."""

    report: ReportSettings
    period: Period
    due_on: datetime
    page: Path

    def is_due(self, now: datetime) -> bool:
        """Whether the wait for late answers is over."""
        return now >= self.due_on


def run(
    settings: Settings, *, force: bool = False, progress: Progress, now: datetime | None = None
) -> Outcome:
    """Load what is new in the inbox and render what is due; go on after a failure."""
    outcome = Outcome()
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    try:
        outcome.receipts = load_files(settings, None, None, progress=progress)
    except UnreadableFileError as error:
        outcome.note(error)
    except NoDataError as error:
        if not settings.store.exists():
            raise error
    if any(receipt.n_quarantined for receipt in outcome.receipts):
        outcome.note(RefusedRowsError("Some records were refused; see data/quarantine."))
    practice = Practice(settings)
    for plan in plans(practice):
        if not plan.is_due(moment):
            continue
        try:
            _bring_up_to_date(practice, plan, outcome, force, progress)
        except NmtError as error:
            outcome.note(error)
    return outcome


def load_files(
    settings: Settings,
    files: Sequence[Path] | None,
    mapping: "FileMapping | None",
    *,
    progress: Progress,
) -> list["Receipt"]:
    """Load `files`, or all of the inbox; one receipt each. Raises at the end what one file met."""
    from nmt_analytics.intake.load import load_file  # noqa: PLC0415 - not needed by reports

    chosen = list(files) if files else inbox_files(settings)
    if not chosen:
        raise NoDataError(
            f"Nothing to load: there is no csv or xlsx file in {settings.inbox}. Put your exports "
            "there, or try the invented practice: nmt-analytics init demo --example"
        )
    receipts, faults = [], []
    for path in chosen:
        progress(f"Reading {path.name}")
        try:
            receipts.append(load_file(settings, path, mapping))
        except UnreadableFileError as fault:
            faults.append(fault)
    if faults:
        raise UnreadableFileError("\n".join(map(str, faults)))
    return receipts


def inbox_files(settings: Settings) -> list[Path]:
    """The files in the inbox that can be read, sessions before what refers to them."""
    if not settings.inbox.is_dir():
        return []
    found = [path for path in settings.inbox.iterdir() if path.suffix.lower() in READABLE]
    return sorted(found, key=lambda path: ("session" not in path.name.lower(), path.name))


def make_report(
    practice: Practice,
    name: str,
    period: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    progress: Progress,
) -> Path:
    """Render one report and put the index right; the path of its page."""
    from nmt_analytics.reporting import (  # noqa: PLC0415
        catalogue,
        render,
    )
    from nmt_analytics.reporting import parameters as declared  # noqa: PLC0415

    report = catalogue.find_report(name, practice.settings)
    chosen = parse_period(period) if period else practice.latest_period(report.every)
    notebook = practice.settings.notebooks / f"{name}.ipynb"
    known = declared.declared_parameters(render.read_notebook(notebook), notebook.name)
    given = declared.parse_parameters(known, parameters or {}, notebook.name)
    given |= {"period": chosen.name, **practice.fixed_moments}
    progress(f"Making {report.title}, {chosen.in_words}")
    out = catalogue.page_folder(practice.settings, name, chosen.name)
    made = render.render(
        practice.settings,
        notebook,
        out,
        given,
        manifest=_manifest(practice, name, report.title, chosen),
        audience=practice.audience,
        progress=lambda done, total: progress(f"Making {report.title}: cell {done} of {total}"),
    )
    catalogue.write_index(practice.settings)
    return made.page


def plans(practice: Practice) -> list[Plan]:
    """The latest complete period of each report in practice.toml and when it is due."""
    return [_plan(practice, report) for report in practice.settings.report]


def _plan(practice: Practice, report: ReportSettings) -> Plan:
    period = practice.latest_period(report.every)
    over = datetime(period.until_on.year, period.until_on.month, period.until_on.day)
    from nmt_analytics.reporting.catalogue import page_folder  # noqa: PLC0415

    page = page_folder(practice.settings, report.name, period.name) / "report.html"
    return Plan(report, period, over + timedelta(days=1 + report.wait_days), page)


def _bring_up_to_date(
    practice: Practice, plan: Plan, outcome: Outcome, force: bool, progress: Progress
) -> None:
    if not force and _is_current(practice, plan):
        outcome.up_to_date.append(plan.page)
        return
    page = make_report(practice, plan.report.name, plan.period.name, progress=progress)
    outcome.pages.append(page)


def _is_current(practice: Practice, plan: Plan) -> bool:
    """Whether the page was made from this data by this notebook and version."""
    manifest = plan.page.with_name("manifest.json")
    if not plan.page.is_file() or not manifest.is_file():
        return False
    from nmt_analytics import __version__  # noqa: PLC0415

    made = json.loads(manifest.read_text("utf-8"))
    notebook = practice.settings.notebooks / f"{plan.report.name}.ipynb"
    return (
        made.get("store_hash") == practice.store.info().get("content_hash")
        and made.get("package_version") == __version__
        and made.get("audience") == practice.audience
        and made.get("notebook_hash") == hashlib.sha256(notebook.read_bytes()).hexdigest()
    )


def _manifest(practice: Practice, name: str, title: str, period: Period) -> dict[str, Any]:
    view = practice.view
    return {
        "report": name,
        "title": title,
        "practice": practice.settings.name,
        "period": period.name,
        "as_of": view.as_of.isoformat(timespec="seconds"),
        "loaded_by": view.loaded_by.isoformat(timespec="seconds"),
        "store_hash": practice.store.info().get("content_hash", ""),
    }


def status_lines(settings: Settings, now: datetime | None = None) -> list[str]:
    """What is loaded, up to when, what is due and what was refused, in lines."""
    practice = Practice(settings)
    if not practice.store.exists():
        waiting = len(inbox_files(settings))
        return [settings.name, f"No data yet. {waiting} files wait in {settings.inbox}."]
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    quality = practice.data_quality().data
    lines = [
        settings.name,
        f"Sessions up to {practice.last_day()}.",
        f"Last load: {practice.view.loaded_by:%Y-%m-%d %H:%M} UTC.",
        f"{quality.n_read} records read, {quality.n_stored} stored.",
    ]
    lines += [f"Refused: {count} by {rule}" for rule, count in quality.refused]
    for plan in plans(practice):
        state = "made" if plan.page.is_file() else "not made yet"
        when = "due" if plan.is_due(moment) else f"waits until {plan.due_on:%Y-%m-%d}"
        lines.append(f"{plan.report.name} {plan.period.name}: {state}, {when}.")
    return lines
