"""What is due: which period of which report should have a page by now."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from nmt_analytics.periods import Period, latest_complete, period_containing
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import REPORTS, page_folder
from nmt_analytics.schedule.making import levels_of
from nmt_analytics.settings import ReportSettings

MOST_MISSED = 12
"""How many missed periods one run catches up with at most."""


@dataclass(frozen=True)
class Plan:
    """One report's page of one period, and the local date from which it is due.

    `variant` is the level that the page is about, of a report with a page for each.
    """

    report: ReportSettings
    period: Period
    due_on: date
    page: Path
    variant: str = ""

    def is_due(self, today: date) -> bool:
        """Whether the wait for late answers is over."""
        return today >= self.due_on


def local_date(practice: Practice, now: datetime) -> date:
    """The practice's local date at a UTC moment."""
    return now.replace(tzinfo=UTC).astimezone(practice.settings.zone).date()


def plans(practice: Practice, now: datetime, last_run: datetime | None) -> list[Plan]:
    """What should exist or soon will: per report the latest period, and those missed.

    A period was missed when it became due after the last run that finished (a machine that slept).
    Periods that no session belongs to have no page.
    """
    return [
        page
        for report in practice.settings.report
        for plan in _plans_of(practice, report, now, last_run)
        for page in _pages_of(practice, plan)
    ]


def _pages_of(practice: Practice, plan: Plan) -> list[Plan]:
    """The plan itself, or one for each level of what its report has a page each for."""
    name = plan.report.name
    each = REPORTS[name].each if name in REPORTS else ""
    if not each:
        return [plan]
    named = plan.report.parameters.get(each)
    levels = [str(named)] if named else levels_of(practice, each, plan.period)
    return [
        replace(
            plan,
            variant=level,
            page=page_folder(practice.settings, name, plan.period.name, level) / "report.html",
        )
        for level in levels
    ]


def _plans_of(
    practice: Practice, report: ReportSettings, now: datetime, last_run: datetime | None
) -> list[Plan]:
    newest = _newest_period(practice, report.every, local_date(practice, now))
    found = [_plan(practice, report, newest)]
    if not found[0].is_due(local_date(practice, now)):
        # The one before is the latest that can be there already.
        found.append(_plan(practice, report, newest.previous))
    first_day = practice.first_day()
    seen_until = None if last_run is None else local_date(practice, last_run)
    while len(found) < MOST_MISSED:
        earlier = _plan(practice, report, found[-1].period.previous)
        is_missed = seen_until is not None and earlier.due_on > seen_until
        if not is_missed or earlier.period.until_on < first_day:
            break
        found.append(earlier)
    return [plan for plan in reversed(found) if plan.period.until_on >= first_day]


def _newest_period(practice: Practice, every: str, today: date) -> Period:
    """The latest period that is over, today and in the data, and has sessions."""
    known_until = min(today, local_date(practice, practice.view.as_of))
    starts = practice.settings.year_starts
    newest = latest_complete(known_until - timedelta(days=1), every, starts)
    last_day = practice.last_day()
    return newest if newest.from_on <= last_day else period_containing(last_day, every, starts)


def _plan(practice: Practice, report: ReportSettings, period: Period) -> Plan:
    folder = page_folder(practice.settings, report.name, period.name)
    due_on = period.until_on + timedelta(days=1 + report.wait_days)
    return Plan(report, period, due_on, folder / "report.html")
