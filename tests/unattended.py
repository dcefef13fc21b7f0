"""A practice whose reports make themselves: one small notebook, files that arrive, a set clock."""

import json
from datetime import datetime
from pathlib import Path

from factories import days_after, empty_practice, follow_up, quiet, session, write_rows

from nmt_analytics import schedule
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

CELLS = (
    'period: str = "2026Q3"\nas_of: str = ""\nloaded_by: str = ""\naudience: str = "owner"',
    "import nmt_analytics as nmt\npractice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by,"
    " audience=audience)\npractice.overview(period)",
    'practice.outcome("relief_at_4_days", period=period)',
)
REPORT = '[[report]]\nname = "small"\nevery = "month"\nwait_days = 10\n'


def notebook(folder: Path, cells: tuple[str, ...] = CELLS, name: str = "small") -> None:
    """A notebook of the practice's own, which is a report of that name."""
    (folder / "notebooks").mkdir(exist_ok=True)
    content = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": ["parameters"]} if number == 0 else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")


def small_practice(folder: Path, extra: str = REPORT, **options: str) -> Settings:
    """A practice with the notebook `small` and an empty inbox."""
    made = empty_practice(folder, extra=extra, **options)
    notebook(made.folder)
    made.inbox.mkdir(parents=True)
    return made


def drop_month(settings: Settings, month: int, *, n: int = 24, late: bool = False) -> None:
    """A month's sessions of 24 clients, or an answer to each that comes three weeks late."""
    numbers = range(1, n + 1)
    start = f"2026-{month:02d}-05 11:00"
    if late:
        rows = [
            follow_up(
                number,
                follow_up_id=f"L{month}-{number}",
                session_id=f"S{month}-{number}",
                client_id=f"C{number}",
                asked_at=days_after(4, start),
                answered_at=days_after(4.2, start),
                relief_holding="yes" if number % 2 else "no",
            )
            for number in numbers
        ]
        write_rows(settings.inbox / f"late_follow_ups_{month}.csv", FOLLOW_UPS, rows)
        return
    rows = [
        session(
            number,
            session_id=f"S{month}-{number}",
            client_id=f"C{number}",
            started_at=f"2026-{month:02d}-05 10:00",
            ended_at=f"2026-{month:02d}-05 11:00",
        )
        for number in numbers
    ]
    write_rows(settings.inbox / f"sessions_{month}.csv", SESSIONS, rows)


def run(settings: Settings, now: datetime) -> schedule.Outcome:
    return schedule.run(settings, progress=quiet, now=now)


def page_names(outcome: schedule.Outcome) -> list[str]:
    """The periods of the pages that a run made."""
    return [page.parent.name for page in outcome.pages]
