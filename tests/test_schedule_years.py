"""Two years of nightly runs over arriving files, in one go, west and east of UTC.

The practice's year starts in April; a year with a leap day is in it. Runs are at half past two at
night, local time: an hour that one night a year does not have and another has twice. Clients who
come back tell at every visit how the last one was, which is no reason to restate a closed period.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories import follow_up, session, write_rows
from unattended import notebook, small_practice

from nmt_analytics import schedule
from nmt_analytics.periods import period_containing
from nmt_analytics.reporting import render
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

FIRST, LAST = date(2023, 4, 1), date(2025, 4, 30)
WAITS = {"month": 10, "quarter": 15, "year": 18}
SETTINGS = "year_starts = 4\n" + "".join(
    f'[[report]]\nname = "every_{kind}"\nevery = "{kind}"\nwait_days = {days}\n'
    for kind, days in WAITS.items()
)
CELLS = (
    'period: str = "2026Q3"\nas_of: str = ""\nloaded_by: str = ""',
    "import nmt_analytics as nmt\npractice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by)\n"
    'practice.outcome("follow_up_response", period=period)',
)
LATE = {date(2023, 7, 25): date(2023, 6, 1), date(2024, 5, 15): date(2024, 2, 1)}
"""Night → the month whose last check-ins arrive then, after it was closed."""
N_CLIENTS = 12


def last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def drop_month(settings: Settings, month: date) -> None:
    """Two visits of each client, on the 20th and on the last day, in two months with a check-in.

    Some tell at a visit that the relief since the last one did not hold until then.
    """
    sessions, follow_ups = [], []
    for day in (month.replace(day=20), last_day(month)):
        for number in range(N_CLIENTS):
            name = f"{day}-{number}"
            sessions.append(
                session(
                    session_id=f"S{name}",
                    client_id=f"C{number}",
                    started_at=f"{day} 10:00",
                    ended_at=f"{day} 11:00",
                    previous_relief_holding=bool((number + day.day) % 3),
                )
            )
            if day.day == 20 and month in LATE.values():
                row = asked(name, day, number)
                follow_ups.append(
                    row if number % 2 else row | {"answered_at": None, "relief_holding": None}
                )
    write_rows(settings.inbox / f"sessions_{month}.csv", SESSIONS, sessions)
    if follow_ups:
        write_rows(settings.inbox / f"check_ins_{month}.csv", FOLLOW_UPS, follow_ups)


def asked(name: str, day: date, number: int) -> dict[str, object]:
    moment = f"{day + timedelta(days=3)} 11:00"
    return follow_up(
        follow_up_id=f"F{name}",
        session_id=f"S{name}",
        client_id=f"C{number}",
        asked_at=moment,
        answered_at=moment,
        relief_holding=bool(number % 3),
    )


def drop_late_answers(settings: Settings, month: date) -> None:
    """The answers that the month's own file did not have yet, given in time and sent too late."""
    day = month.replace(day=20)
    rows = [asked(f"{day}-{number}", day, number) for number in range(0, N_CLIENTS, 2)]
    write_rows(settings.inbox / f"late_check_ins_{month}.csv", FOLLOW_UPS, rows)


def nights(zone: ZoneInfo) -> Iterator[tuple[date, datetime]]:
    """Each local date with the UTC moment of half past two; both when the clock is set back."""
    day = FIRST
    while day <= LAST:
        moments = {
            datetime(day.year, day.month, day.day, 2, 30, tzinfo=zone, fold=fold).astimezone(UTC)
            for fold in (0, 1)
        }
        for moment in sorted(moments):
            yield day, moment.replace(tzinfo=None)
        day += timedelta(days=1)


def due_dates() -> dict[tuple[str, str], date]:
    """When each report's page of each period is due, counted on the calendar alone."""
    due = {}
    for kind, wait in WAITS.items():
        day = FIRST
        while day < LAST:
            period = period_containing(day, kind, year_starts=4)
            is_told = period.until_on + timedelta(days=1 + wait)
            if is_told <= LAST:
                due[f"every_{kind}", period.name] = is_told
            day = period.until_on + timedelta(days=1)
    return due


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", pytest.param("Pacific/Auckland", marks=pytest.mark.prove)]
)
def test_two_years_of_nights_make_each_report_exactly_once(
    tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small_practice(tmp_path / "practice", SETTINGS, time_zone=zone)
    for kind in WAITS:
        notebook(settings.folder, CELLS, f"every_{kind}")
    n_rendered = 0
    really = render.render

    def counted(*arguments: object, **options: object) -> object:
        nonlocal n_rendered
        n_rendered += 1
        return really(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(render, "render", counted)

    made: dict[tuple[str, str], list[date]] = defaultdict(list)
    n_nights, problems, done = 0, [], set()
    for night, now in nights(settings.zone):
        if night.day == 1 and night > FIRST and night not in done:
            drop_month(settings, (night - timedelta(days=1)).replace(day=1))
        if night in LATE and night not in done:
            drop_late_answers(settings, LATE[night])
        done.add(night)
        outcome = schedule.run(settings, progress=lambda _: None, now=now)
        n_nights += 1
        problems += [str(each) for each in outcome.problems if each.exit_code != 16]
        for page in outcome.pages:
            period = page.parent.name.replace("_to_", "..")
            made[page.parent.parent.name, period].append(night)

    assert problems == []
    restated = {
        ("every_month", "2023-06"): date(2023, 7, 25),
        ("every_quarter", "2023Q2"): date(2023, 7, 25),
        ("every_month", "2024-02"): date(2024, 5, 15),
        ("every_quarter", "2024Q1"): date(2024, 5, 15),
        ("every_year", "2023-04-01..2024-03-31"): date(2024, 5, 15),
    }
    expected = {
        key: [day, *([restated[key]] if key in restated else [])]
        for key, day in due_dates().items()
    }
    assert made == expected
    assert len(due_dates()) == 24 + 8 + 2
    assert n_rendered == len(due_dates()) + len(restated)
    assert n_nights == (LAST - FIRST).days + 1 + 2  # two autumns have an hour twice
    results = [run.result for run in read_runs(settings)]
    assert len(results) == 400
    assert {"failed", "interrupted"}.isdisjoint(results)
    kept = sorted((settings.reports / "released").glob("*/*/*"))
    assert {(each.parent.parent.name, each.parent.name.replace("_to_", "..")) for each in kept} == (
        set(restated)
    )
