"""One run: take in what is new, make what is due, note it, tell who wants to know.

A run goes on after a failure and fails at its end; it can be killed at any moment and carries on
the next time, because every step leaves either what was there before or what is new.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from nmt_analytics.errors import (
    BusyError,
    NmtError,
    NoDataError,
    RefusedRowsError,
    ReportError,
)
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import find_report
from nmt_analytics.schedule import history, restating, telling
from nmt_analytics.schedule.due import Plan, local_date, plans
from nmt_analytics.schedule.history import EventLog, Result, RunRecord
from nmt_analytics.schedule.inbox import Progress, take_in
from nmt_analytics.schedule.making import is_current, make_report
from nmt_analytics.settings import ReportSettings, Settings

if TYPE_CHECKING:
    from nmt_analytics.intake.load import Receipt


@dataclass
class Outcome:
    """What one run did, and the first error that it met."""

    receipts: list["Receipt"] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    up_to_date: list[Path] = field(default_factory=list)
    problems: list[NmtError] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    has_new_data: bool = False

    @property
    def error(self) -> NmtError | None:
        """The first error, whose exit code the run ends with; all of them are named."""
        if not self.problems:
            return None
        first = self.problems[0]
        return type(first)("\n".join(str(problem) for problem in self.problems))

    @property
    def result(self) -> Result:
        """The run in two words: made, nothing due, no new data or failed."""
        if any(not isinstance(each, RefusedRowsError) for each in self.problems):
            return "failed"
        if self.pages:
            return "made"
        return "nothing due" if self.has_new_data else "no new data"

    def lines(self) -> list[str]:
        """The run in words for the terminal: one line per file and page."""
        loaded = [line for receipt in self.receipts for line in receipt.lines()]
        made = [f"Made {page}" for page in self.pages]
        unchanged = [f"Up to date: {page}" for page in self.up_to_date]
        return loaded + made + unchanged + self.waits


def run(
    settings: Settings, *, force: bool = False, progress: Progress, now: datetime | None = None
) -> Outcome:
    """Bring everything up to date. `now` (UTC, without zone) is the clock; tests set it.

    Raises BusyError when another run is at work, and NoDataError when there is nothing at all.
    """
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    started = time.monotonic()
    with _only_one(settings):
        outcome = Outcome()
        log = EventLog(settings)
        try:
            log.write(moment, "started")
            _take_in(settings, outcome, progress, now)
            _make_what_is_due(settings, outcome, progress, moment, force)
        except NmtError as error:
            outcome.problems.append(error)
        finally:
            _finish(settings, outcome, log, moment, time.monotonic() - started)
        return outcome


def _take_in(
    settings: Settings,
    outcome: Outcome,
    progress: Progress,
    now: datetime | None,
) -> None:
    intake = take_in(settings, progress, now)
    outcome.receipts = intake.receipts
    outcome.has_new_data = intake.has_new
    outcome.problems += intake.refused
    if any(receipt.n_quarantined for receipt in intake.receipts):
        where = settings.store.parent / "quarantine"
        outcome.problems.append(
            RefusedRowsError(f"Some records were refused; what to mend stands in {where}.")
        )
    if not settings.store.exists() and not outcome.problems:
        raise NoDataError(
            f"There is no data yet: no csv or xlsx file in {settings.inbox}. Put your exports "
            "there, or try the invented practice: nmt-analytics init demo --example"
        )


def _make_what_is_due(
    settings: Settings, outcome: Outcome, progress: Progress, moment: datetime, force: bool
) -> None:
    if not settings.store.exists():
        return
    practice = Practice(settings)
    today = local_date(practice, moment)
    made_for: set[Path] = set()
    for plan in plans(practice, moment, history.last_finished(settings, moment)):
        made_for.add(plan.page)
        if not plan.is_due(today):
            outcome.waits.append(
                f"{plan.report.name} {plan.period.name} waits for late answers until {plan.due_on}."
            )
            continue
        _bring_up_to_date(practice, plan, outcome, progress, force)
    for plan in _released(settings):
        if plan.page not in made_for:
            _bring_up_to_date(practice, plan, outcome, progress, False)
    for report in settings.report:
        _keep_newest(settings, report)


def _released(settings: Settings) -> list[Plan]:
    """The pages that are there already; those whose data changed since are restated."""
    return [
        Plan(
            report,
            period,
            period.until_on,
            folder / "report.html",
            variant=folder.name.partition(",")[2],
        )
        for report in settings.report
        for period, folder in restating.released_periods(settings, report.name)
    ]


def _bring_up_to_date(
    practice: Practice, plan: Plan, outcome: Outcome, progress: Progress, force: bool
) -> None:
    report, period = plan.report, plan.period.name
    seen = Practice(practice.settings, audience=report.audience)
    parameters = {key: str(value) for key, value in report.parameters.items()}
    try:
        each = find_report(report.name, practice.settings).each
        level = {each: plan.variant} if plan.variant else {}
        parameters |= level
        if not force and is_current(seen.only(**level), plan.page, plan.period):
            outcome.up_to_date.append(plan.page)
            return
        made = make_report(seen, report.name, period, parameters, progress=progress)
        outcome.pages.append(made)
    except NmtError as error:
        outcome.problems.append(error)
    except OSError as fault:
        outcome.problems.append(
            ReportError(
                f"{report.name} {period} could not be written ({fault.strerror}). The page before "
                "it is untouched. Check the disk's free space and rights of the reports folder."
            )
        )


def _keep_newest(settings: Settings, report: ReportSettings) -> None:
    """Remove the oldest periods' pages beyond the number that practice.toml wants kept."""
    if report.keep <= 0:
        return
    pages = restating.released_periods(settings, report.name)
    kept = sorted({period.until_on for period, _ in pages})[-report.keep :]
    for period, folder in pages:
        if period.until_on not in kept:
            shutil.rmtree(folder)


def _finish(
    settings: Settings, outcome: Outcome, log: EventLog, moment: datetime, seconds: float
) -> None:
    error = outcome.error
    record = RunRecord(
        started_at=moment.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        result=outcome.result,
        exit_code=0 if error is None else error.exit_code,
        loaded=[receipt.sentence() for receipt in outcome.receipts],
        made=[page.relative_to(settings.reports).as_posix() for page in outcome.pages],
        problems=[str(problem) for problem in outcome.problems],
    )
    for line in record.loaded:
        log.write(moment, "loaded", file=line)
    for page in record.made:
        log.write(moment, "made", page=page)
    for problem in record.problems:
        log.write(moment, "problem", text=problem)
    log.write(moment, "finished", result=record.result, seconds=record.seconds)
    log.close()
    history.note_run(settings, record)
    unsent = telling.tell(settings, record, outcome.pages)
    if unsent is not None:
        outcome.problems.append(unsent)
    if settings.on_finish:
        subprocess.run(settings.on_finish, shell=True, cwd=settings.folder, check=False)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    settings.store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(settings.store.parent / "run.lock", timeout=0, mode=0o600)
    try:
        with lock:
            yield
    except Timeout:
        raise BusyError(
            "Another run of this practice is at work. Wait until it is done and try again."
        ) from None
