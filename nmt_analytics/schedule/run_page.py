"""reports/runs.html: what the runs did, newest first, quiet ones in a row as one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from nmt_analytics.periods import day_in_words
from nmt_analytics.printable import printable
from nmt_analytics.reporting import assets, catalogue
from nmt_analytics.schedule.history import RunRecord, write_whole
from nmt_analytics.settings import Settings

MOST_SHOWN = 60
_QUIET = ("nothing due", "no new data")


def write_runs(settings: Settings, runs: Sequence[RunRecord]) -> None:
    """Writes reports/runs.html as a whole; `runs` are those of the history, oldest first."""
    write_whole(settings.reports / catalogue.RUNS, assets.runs_page(_content(settings, runs)))


def _content(settings: Settings, runs: Sequence[RunRecord]) -> dict[str, Any]:
    rows = [list(rows) for _, rows in groupby(reversed(runs), key=_sameness)]
    shown = rows[:MOST_SHOWN]
    first_made = {page: run.started_at for run in reversed(runs) for page in run.made}
    return {
        "practice": settings.name,
        "runs": [_row(settings, each, first_made) for each in shown],
        "is_cut": len(rows) > len(shown),
    }


def _sameness(run: RunRecord) -> tuple[str, str]:
    """Quiet runs in a row are one row; every other run is its own."""
    is_quiet = run.result in _QUIET and not run.problems and not run.loaded
    return run.result, "" if is_quiet else run.started_at


def _row(
    settings: Settings, runs: Sequence[RunRecord], first_made: Mapping[str, str]
) -> dict[str, Any]:
    """One row of runs alike, newest first; `first_made` says when each page was made first."""
    newest, oldest = runs[0], runs[-1]
    return {
        "when": _local(settings, oldest.started_at),
        "until": _local(settings, newest.started_at),
        "n": len(runs),
        "seconds": f"{newest.seconds:,.0f}" if newest.seconds >= 1 else "under 1",
        "result": newest.result,
        "made": [
            _page(settings, each) | {"is_again": first_made[each] != newest.started_at}
            for each in newest.made
        ],
        "loaded": [printable(each) for each in newest.loaded],
        "problems": [printable(each, also="\n") for each in newest.problems],
    }


def _local(settings: Settings, moment: str) -> str:
    local = settings.local(datetime.fromisoformat(moment))
    return f"{day_in_words(local)}, {local:%H:%M}"


def _page(settings: Settings, page: str) -> dict[str, Any]:
    """A page's title in words, and its link while it is there."""
    report, folder, _ = page.split("/", 2)
    period, variant = catalogue.read_folder_name(folder)
    title = catalogue.Entry(report, period, variant, catalogue.READY).title
    title = f"{title}, {catalogue.title_of_period(period)}"
    is_there = (settings.reports / page).is_file()
    return {"title": title, "href": quote(page) if is_there else ""}
