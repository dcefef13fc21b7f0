"""What is due; do it: load what is new, render what is due, tell who wants to know.

Split by verb: inbox.py takes files in, due.py says what is due, making.py renders, restating.py
keeps closed periods, updating.py brings the pages up to date, running.py does one run, outcome.py
and history.py keep what came of it, front.py shows it, telling.py mails it, status.py says how
things stand, and installing.py hands the run to the system's own scheduler.
"""

from nmt_analytics.schedule.inbox import load_files
from nmt_analytics.schedule.making import conditions_of, make_report
from nmt_analytics.schedule.outcome import Outcome
from nmt_analytics.schedule.running import run
from nmt_analytics.schedule.status import status_lines

__all__ = ["Outcome", "conditions_of", "load_files", "make_report", "run", "status_lines"]
