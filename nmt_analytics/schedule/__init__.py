"""What is due; do it: load what is new, render what is due, tell who wants to know.

Split by verb: inbox.py takes files in, due.py says what is due, making.py renders, restating.py
keeps closed periods, movements.py says what moved in them, updating.py brings the pages up to date,
running.py does one run, outcome.py and history.py keep what came of it, run_page.py shows it,
telling.py mails it, status.py says how things stand, forgetting.py takes a client out, and
installing.py hands the run to the system's own scheduler.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmt_analytics.schedule.forgetting import forget, what_is_left, what_is_there
    from nmt_analytics.schedule.inbox import load_files
    from nmt_analytics.schedule.linking import say_unlinked
    from nmt_analytics.schedule.making import conditions_of, make_report
    from nmt_analytics.schedule.outcome import Outcome
    from nmt_analytics.schedule.running import run
    from nmt_analytics.schedule.status import status_lines

__all__ = [
    "Outcome",
    "conditions_of",
    "forget",
    "load_files",
    "make_report",
    "run",
    "say_unlinked",
    "status_lines",
    "what_is_left",
    "what_is_there",
]

_ROOMS = {
    "Outcome": "outcome",
    "conditions_of": "making",
    "forget": "forgetting",
    "load_files": "inbox",
    "make_report": "making",
    "run": "running",
    "say_unlinked": "linking",
    "status_lines": "status",
    "what_is_left": "forgetting",
    "what_is_there": "forgetting",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that `nmt-analytics status` does not load what only a run needs.
    if name not in _ROOMS:
        raise AttributeError(f"module 'nmt_analytics.schedule' has no attribute '{name}'")
    return getattr(import_module(f"nmt_analytics.schedule.{_ROOMS[name]}"), name)
