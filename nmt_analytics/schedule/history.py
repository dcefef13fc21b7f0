"""What runs did: one line per event in reports/run.log, every run in reports/runs.json.

Nothing of a client stands in either: file names, counts, rule names, pages and our own messages.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

from nmt_analytics.errors import ReportError
from nmt_analytics.settings import Settings

LOG, HISTORY, SCHEDULER_LOG = "run.log", "runs.json", "scheduler.log"
MOST_RUNS = 400
LARGEST_LOG = 500_000
"""Bytes, after which run.log becomes run.log.1; three such are kept."""
Result = Literal["made", "nothing due", "no new data", "failed", "interrupted"]


@dataclass(frozen=True)
class RunRecord:
    """One run: when (UTC), how long, what it made and what went wrong.

    `made` are pages below the reports folder, `failed` the report and period of those that could
    not be made, `untold` the pages that no mail could be sent about yet.
    A run that is still at work, or was killed, is "interrupted".
    """

    started_at: str
    seconds: float
    result: Result
    exit_code: int
    loaded: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)


def read_runs(settings: Settings) -> list[RunRecord]:
    """The runs, oldest first; a damaged history counts as none."""
    try:
        content = json.loads((settings.reports / HISTORY).read_text(encoding="utf-8"))
        return [RunRecord(**each) for each in content]
    except (OSError, ValueError, TypeError):
        return []


def write_whole(path: Path, text: str) -> None:
    """Put `text` into `path` at once: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.next")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


class Journal:
    """The log and the history of one practice, as one run writes them.

    A reports folder that cannot be written stops no run: `fault` keeps the first error.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._handler: _LogFile | None = None
        self._before = read_runs(settings)[-MOST_RUNS + 1 :]
        self._lines = [json.dumps(vars(run)) for run in self._before]
        self.runs = self._before
        self.fault: ReportError | None = None
        with self.faults_kept():
            settings.reports.mkdir(parents=True, exist_ok=True)
            _forget_long_output(settings.reports / SCHEDULER_LOG)
            self._handler = _LogFile(
                settings.reports / LOG, maxBytes=LARGEST_LOG, backupCount=3, encoding="utf-8"
            )

    @property
    def untold(self) -> list[str]:
        """The pages that were made before this run and that nobody was told of."""
        if not self._before:
            return []
        last = self._before[-1]
        return [*last.untold, *(last.made if last.result == "interrupted" else [])]

    def write(self, moment: datetime, event: str, **details: Any) -> None:
        """One line of the log: moment, event, and details as key=value."""
        told = " ".join(f"{key}={json.dumps(value)}" for key, value in details.items())
        line = f"{moment.isoformat(timespec='seconds')}Z {event} {told}".rstrip()
        with self.faults_kept():
            if self._handler is not None:
                self._handler.emit(logging.makeLogRecord({"msg": line}))

    def note(self, record: RunRecord) -> None:
        """Put this run into the history, replacing what was noted of it before."""
        self.runs = [*self._before, record]
        lines = ",\n".join([*self._lines, json.dumps(vars(record))])
        with self.faults_kept():
            write_whole(self._settings.reports / HISTORY, f"[\n{lines}\n]")

    def close(self) -> None:
        """Let go of the log file."""
        if self._handler is not None:
            self._handler.close()

    @contextmanager
    def faults_kept(self) -> Iterator[None]:
        """What the disk refuses in this block becomes `fault`, and the block is left."""
        try:
            yield
        except OSError as fault:
            self.fault = self.fault or ReportError(
                f"The log and the index in {self._settings.reports} could not be written "
                f"({fault.strerror}). Check the disk's free space and the rights of that folder."
            )


class _LogFile(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        raise  # noqa: PLE0704 - called while the fault is handled; the journal notices it


def _forget_long_output(path: Path) -> None:
    """Empty what the system's scheduler collected of our output when it has grown long."""
    if path.is_file() and path.stat().st_size > LARGEST_LOG:
        path.write_bytes(b"")
