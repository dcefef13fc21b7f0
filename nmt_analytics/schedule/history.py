"""What runs did: one line per event in reports/run.log, every run in reports/runs.json.

Nothing of a client stands in either: file names, counts, rule names, pages and our own messages.
"""

import json
import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

from nmt_analytics.settings import Settings

LOG, HISTORY = "run.log", "runs.json"
MOST_RUNS = 400
Result = Literal["made", "nothing due", "no new data", "failed"]


@dataclass(frozen=True)
class RunRecord:
    """One finished run: when (UTC), how long, what it made and what went wrong."""

    started_at: str
    seconds: float
    result: Result
    exit_code: int
    loaded: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_runs(settings: Settings) -> list[RunRecord]:
    """The runs that finished, oldest first; a damaged history counts as none."""
    try:
        content = json.loads((settings.reports / HISTORY).read_text(encoding="utf-8"))
        return [RunRecord(**each) for each in content]
    except (OSError, ValueError, TypeError):
        return []


def last_finished(settings: Settings, now: datetime) -> datetime | None:
    """When the last run without a failure started (UTC); None before the first.

    A run in the future (the clock was set back) does not count.
    """
    moments = [
        datetime.fromisoformat(run.started_at)
        for run in read_runs(settings)
        if run.result != "failed"
    ]
    return max((moment for moment in moments if moment <= now), default=None)


def note_run(settings: Settings, record: RunRecord) -> None:
    """Add one run to the history, replacing the file as a whole."""
    runs = [*read_runs(settings), record][-MOST_RUNS:]
    write_whole(settings.reports / HISTORY, json.dumps([asdict(run) for run in runs], indent=1))


def write_whole(path: Path, text: str) -> None:
    """Put `text` into `path` at once: never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.next")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


class EventLog:
    """reports/run.log, rotated: one line per event with its UTC moment."""

    def __init__(self, settings: Settings) -> None:
        settings.reports.mkdir(parents=True, exist_ok=True)
        self._handler = RotatingFileHandler(
            settings.reports / LOG, maxBytes=500_000, backupCount=3, encoding="utf-8"
        )

    def write(self, moment: datetime, event: str, **details: Any) -> None:
        """One line: moment, event, and details as key=value."""
        told = " ".join(f"{key}={json.dumps(value)}" for key, value in details.items())
        line = f"{moment.isoformat(timespec='seconds')}Z {event} {told}".rstrip()
        self._handler.emit(logging.makeLogRecord({"msg": line}))

    def close(self) -> None:
        """Let go of the file."""
        self._handler.close()
