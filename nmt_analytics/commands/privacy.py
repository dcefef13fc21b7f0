"""Commands for the people behind the numbers: forget."""

import getpass
import sys
from typing import Annotated

import typer

from nmt_analytics.commands.options import Folder, settings_of
from nmt_analytics.commands.printing import say, tell
from nmt_analytics.errors import UsageError


def forget(
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask once more before removing.")
    ] = False,
    returns: Annotated[
        bool,
        typer.Option("--returns", help="A forgotten client comes back: take in what is new."),
    ] = False,
    folder: Folder = None,
) -> None:
    """Remove every trace of one client, whom it asks for.

    Example: nmt-analytics forget
    """
    from nmt_analytics import schedule
    from nmt_analytics.intake.forgetting import find_traces, let_return

    settings = settings_of(folder)
    identifier = _asked("The client's identifier, as your exports write it (not shown): ")
    if returns:
        let_return(settings, identifier)
        tell("From now on this client is taken in again; what was forgotten stays forgotten.")
        return
    traces = find_traces(settings, identifier)
    say(schedule.what_is_there(traces))
    if not yes and not typer.confirm("Remove it all? It cannot be undone", err=True):
        raise UsageError("Nothing was removed.")
    schedule.forget(settings, traces)
    for line in schedule.what_is_left(settings, traces, identifier):
        tell(line)


def _asked(question: str) -> str:
    """One line that nobody sees typed, and that stands in no shell's history."""
    if sys.stdin.isatty():
        answer = getpass.getpass(question)
    else:
        say(question)
        answer = sys.stdin.readline()
    if not answer.strip():
        raise UsageError("No identifier was given. Nothing was changed.")
    return answer.strip()
