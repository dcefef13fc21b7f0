"""What is due; do it: load what is new, render what is due, tell who wants to know.

Split by verb: inbox.py takes files in, due.py says what is due, making.py renders, restating.py
keeps closed periods, running.py does one run, history.py and telling.py say what came of it, and
installing.py hands the run to the system's own scheduler.
"""

from nmt_analytics.schedule.inbox import load_files
from nmt_analytics.schedule.making import conditions_of, make_report
from nmt_analytics.schedule.running import Outcome, run
from nmt_analytics.schedule.status import status_lines

__all__ = ["Outcome", "conditions_of", "load_files", "make_report", "run", "status_lines"]
