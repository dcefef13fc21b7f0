"""One run: take in what is new, make what is due, note it, tell who wants to know.

A run goes on after a failure and fails at its end; it can be killed at any moment and carries on
the next time, because every step leaves either what was there before or what is new.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from nmt_analytics.errors import (
    BusyError,
    NmtError,
    NoDataError,
    RefusedRowsError,
    SettingsError,
    StoreError,
)
from nmt_analytics.reporting.catalogue import INDEX, write_index
from nmt_analytics.schedule import telling
from nmt_analytics.schedule.history import Journal, RunRecord
from nmt_analytics.schedule.inbox import Progress, remedy_without_data, take_in
from nmt_analytics.schedule.linking import say_unlinked
from nmt_analytics.schedule.outcome import Outcome
from nmt_analytics.schedule.run_page import write_runs
from nmt_analytics.schedule.updating import bring_up_to_date
from nmt_analytics.settings import Settings


@dataclass
class Run:
    """One run at work: what it has done so far, when it began (UTC) and what it writes into."""

    settings: Settings
    outcome: Outcome
    journal: Journal
    moment: datetime
    started: float

    def record(self, is_at_work: bool = False) -> RunRecord:
        """The run as the history keeps it."""
        seconds = time.monotonic() - self.started
        return self.outcome.record(self.moment, seconds, self.settings.reports, is_at_work)

    def note(self, is_at_work: bool = False) -> None:
        """Keep what was done so far: should we be killed now, the next run tells of it."""
        record = self.record(is_at_work)
        self.journal.note(replace(record, untold=self.journal.untold) if is_at_work else record)


def run(
    settings: Settings, *, force: bool = False, progress: Progress, now: datetime | None = None
) -> Outcome:
    """Bring everything up to date. `now` (UTC, without zone) is the clock; tests set it.

    Raises BusyError when another run is at work and StoreError when the data folder cannot be
    written; whatever else goes wrong is in the outcome.
    """
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    with _only_one(settings), closing(Journal(settings)) as journal:
        at_work = Run(settings, Outcome(), journal, moment, time.monotonic())
        try:
            journal.write(moment, "started")
            at_work.note(is_at_work=True)
            _take_in(settings, at_work.outcome, progress, now)
            for _ in bring_up_to_date(settings, at_work.outcome, progress, moment, force):
                at_work.note(is_at_work=True)
        except NmtError as error:
            at_work.outcome.problems.append(error)
        except Exception as defect:
            at_work.outcome.defect = f"A defect of nmt-analytics: {type(defect).__name__}."
            _finish(at_work)
            raise
        _finish(at_work)
        return at_work.outcome


def _take_in(
    settings: Settings, outcome: Outcome, progress: Progress, now: datetime | None
) -> None:
    intake = take_in(settings, progress, now)
    outcome.receipts = intake.receipts
    outcome.has_new_data = intake.has_new
    if intake.has_new:
        outcome.unlinked = say_unlinked(settings)
    outcome.problems += intake.refused
    if intake.stopped_by is not None:
        outcome.problems.append(intake.stopped_by)
    if any(receipt.n_quarantined for receipt in intake.receipts):
        where = settings.store.parent / "quarantine"
        outcome.problems.append(
            RefusedRowsError(f"Some records were refused; what to mend stands in {where}.")
        )
    if not settings.store.exists() and not outcome.problems:
        raise NoDataError(f"There is no data yet. {remedy_without_data(settings)}")


def _finish(at_work: Run) -> None:
    """Log, tell, note, show and call what wants to be called; what fails is one more problem."""
    settings, outcome, journal = at_work.settings, at_work.outcome, at_work.journal
    record = at_work.record()
    for event, of in (("loaded", record.loaded), ("made", record.made)):
        for each in of:
            journal.write(at_work.moment, event, what=each)
    untold = list(dict.fromkeys([*journal.untold, *record.made]))
    pages = [page for each in untold if (page := settings.reports / each).is_file()]
    unsent = telling.tell(settings, record, pages)
    outcome.problems += [] if unsent is None else [unsent]
    if settings.on_finish:
        _call_on_finish(at_work)
    record = replace(at_work.record(), untold=untold if unsent else [])
    for problem in record.problems:
        journal.write(at_work.moment, "problem", text=problem)
    journal.write(at_work.moment, "finished", result=record.result, seconds=record.seconds)
    journal.note(record)
    with journal.faults_kept():
        write_runs(settings, journal.runs)
        if _has_changed_the_index(at_work):
            write_index(settings, outcome.failed)
    outcome.problems += [] if journal.fault is None else [journal.fault]


def _has_changed_the_index(at_work: Run) -> bool:
    """Whether the index would be another: also where the run before named what is missing."""
    outcome, before = at_work.outcome, at_work.journal.runs[:-1]
    is_other = outcome.pages or outcome.printed or outcome.removed or outcome.failed
    return (
        bool(is_other or (before and before[-1].failed))
        or not (at_work.settings.reports / INDEX).is_file()
    )


def _call_on_finish(at_work: Run) -> None:
    """Call the owner's own command; it reads in its environment what came of the run."""
    settings, record = at_work.settings, at_work.record()
    told = {
        "NMT_ANALYTICS_RESULT": record.result,
        "NMT_ANALYTICS_EXIT_CODE": str(record.exit_code),
        "NMT_ANALYTICS_PAGES": "\n".join(str(page) for page in at_work.outcome.pages),
    }
    done = subprocess.run(
        settings.on_finish, shell=True, cwd=settings.folder, env=os.environ | told, check=False
    )
    if done.returncode:
        at_work.outcome.problems.append(
            SettingsError(
                f"The command on_finish of practice.toml ended with {done.returncode}. Mend the "
                "command, or remove it. The reports themselves are not concerned."
            )
        )


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    lock = FileLock(settings.store.parent / "run.lock", timeout=0, mode=0o600)
    try:
        settings.store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except Timeout:
        raise BusyError(
            "Another run of this practice is at work. Wait until it is done and try again."
        ) from None
    except OSError as fault:
        raise StoreError(
            f"{settings.store.parent} could not be written ({fault.strerror}). Check the disk's "
            "free space and the rights of that folder."
        ) from fault
    try:
        yield
    finally:
        lock.release()
