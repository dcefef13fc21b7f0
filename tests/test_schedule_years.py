"""Nightly runs over arriving files, in one go, west and east of UTC: a spring, or two years.

The practice's year starts in April; a leap day is in it. Runs are at half past an hour of the night
that one night a year does not have and another has twice. Clients who come back tell at every visit
how the last one was, which is no reason to restate a closed period.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories import follow_up, quiet, session, write_rows
from unattended import notebook, small_practice

from nmt_analytics import schedule
from nmt_analytics.periods import period_containing
from nmt_analytics.reporting import render
from nmt_analytics.schedule.history import MOST_RUNS, read_runs
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings

TWO_YEARS = date(2023, 4, 1), date(2025, 4, 30)
A_SPRING = date(2024, 2, 1), date(2024, 5, 20)
"""First and last night: of both kinds of year, and of one that begins, leaps and changes clocks."""
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


@dataclass(frozen=True)
class Nights:
    """When runs happen: the zone, the local hour, the first and the last date."""

    zone: str
    hour: int
    first: date
    last: date
    n_twice: int
    """How many nights have that half hour twice."""

    def moments(self) -> Iterator[tuple[date, datetime]]:
        """Each local date with its UTC moment; both when the clock is set back."""
        day, zone = self.first, ZoneInfo(self.zone)
        while day <= self.last:
            local = datetime(day.year, day.month, day.day, self.hour, 30, tzinfo=zone)
            told = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
            real = {each for each in told if each.astimezone(zone).hour == self.hour}
            # A half hour that does not exist is run after the clock was set forward.
            for moment in sorted(real or told[:1]):
                yield day, moment.replace(tzinfo=None)
            day += timedelta(days=1)

    def due_dates(self) -> dict[tuple[str, str], date]:
        """When each report's page of each period is due, counted on the calendar alone."""
        due = {}
        for kind, wait in WAITS.items():
            day = self.first
            while day < self.last:
                period = period_containing(day, kind, year_starts=4)
                is_told = period.until_on + timedelta(days=1 + wait)
                if is_told <= self.last:
                    due[f"every_{kind}", period.name] = is_told
                day = period.until_on + timedelta(days=1)
        return due


WEST, EAST = "America/Los_Angeles", "Pacific/Auckland"


def test_a_spring_of_nights_makes_each_report_exactly_once_west_of_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = make_each_report_once(tmp_path, monkeypatch, Nights(WEST, 2, *A_SPRING, n_twice=0))
    assert figures["pages_made"] == 3 + 1 + 1


def test_a_spring_of_nights_makes_each_report_exactly_once_east_of_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = make_each_report_once(tmp_path, monkeypatch, Nights(EAST, 2, *A_SPRING, n_twice=1))
    assert figures["pages_made"] == 3 + 1 + 1


@pytest.mark.prove
@pytest.mark.parametrize(
    "nights",
    [Nights(WEST, 1, *TWO_YEARS, n_twice=2), Nights(EAST, 2, *TWO_YEARS, n_twice=3)],
    ids=lambda nights: nights.zone,
)
def test_two_years_of_nights_make_each_report_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nights: Nights
) -> None:
    from proof_figures import record

    figures = make_each_report_once(tmp_path, monkeypatch, nights)
    assert figures["pages_made"] == 24 + 8 + 2
    assert figures["pages_restated"] == 5
    record(f"run_nights_{nights.zone.partition('/')[2].lower()}", figures)


def make_each_report_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, nights: Nights
) -> dict[str, int]:
    """Live through the nights; fails when a page is made too often, too early, late or never."""
    settings = small_practice(folder / "practice", SETTINGS, time_zone=nights.zone)
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
    for night, now in nights.moments():
        if night.day == 1 and night > nights.first and night not in done:
            drop_month(settings, (night - timedelta(days=1)).replace(day=1))
        if night in LATE and night not in done:
            drop_late_answers(settings, LATE[night])
        done.add(night)
        outcome = schedule.run(settings, progress=quiet, now=now)
        n_nights += 1
        problems += [str(each) for each in outcome.problems if each.exit_code != 16]
        for page in outcome.pages:
            period = page.parent.name.replace("_to_", "..")
            made[page.parent.parent.name, period].append(night)

    assert problems == []
    due, restated = nights.due_dates(), restatements(nights)
    assert made == {
        key: [day, *([restated[key]] if key in restated else [])] for key, day in due.items()
    }
    assert n_rendered == len(due) + len(restated)
    assert n_nights == (nights.last - nights.first).days + 1 + nights.n_twice
    results = [run.result for run in read_runs(settings)]
    assert len(results) == min(n_nights, MOST_RUNS)
    assert {"failed", "interrupted"}.isdisjoint(results)
    kept = sorted((settings.reports / "released").glob("*/*/*"))
    assert {(each.parent.parent.name, each.parent.name.replace("_to_", "..")) for each in kept} == (
        set(restated)
    )
    return {
        "nights": n_nights,
        "pages_made": len(due),
        "pages_restated": len(restated),
        "renders": n_rendered,
        "problems": len(problems),
    }


def restatements(nights: Nights) -> dict[tuple[str, str], date]:
    """The night on which late answers restate a page: every one that counts their month."""
    return {
        (f"every_{kind}", period_containing(month, kind, year_starts=4).name): night
        for night, month in LATE.items()
        for kind in WAITS
        if nights.first <= month <= night <= nights.last
        and (f"every_{kind}", period_containing(month, kind, year_starts=4).name)
        in {key for key, day in nights.due_dates().items() if day < night}
    }
