"""What is due: which period of which report should have a page by now."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from nmt_analytics.periods import Period, is_regular, latest_complete, period_containing
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import REPORTS, page_folder, span_of
from nmt_analytics.reporting.record import PAGE
from nmt_analytics.schedule import restating
from nmt_analytics.schedule.making import levels_of
from nmt_analytics.settings import ReportSettings


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


def plans(practice: Practice, now: datetime) -> list[Plan]:
    """What should exist or soon will: per report the latest period, and those missed.

    A period was missed when it has no page and an earlier one has: the machine slept, or the
    exports came late. Periods without a session have no page.
    """
    return [
        page
        for report in practice.settings.report
        for plan in _plans_of(practice, report, now)
        for page in _pages_of(practice, plan)
    ]


def next_period(practice: Practice, report: ReportSettings, now: datetime) -> Plan:
    """The first period of a report whose end has not come, or that no export reaches yet."""
    newest = _newest_over(practice, report.every, now)
    starts = practice.settings.year_starts
    after = period_containing(newest.until_on + timedelta(days=1), report.every, starts)
    return plan_of(practice, report, after)


def plan_of(practice: Practice, report: ReportSettings, period: Period) -> Plan:
    """The plan of a report's page of one period."""
    folder = page_folder(practice.settings, report.name, period.name)
    due_on = period.until_on + timedelta(days=1 + report.wait_days)
    return Plan(report, period, due_on, folder / PAGE)


def _pages_of(practice: Practice, plan: Plan) -> list[Plan]:
    """The plan itself, or one for each level of what its report has a page each for."""
    name = plan.report.name
    each = REPORTS[name].each if name in REPORTS else ""
    if not each:
        return [plan]
    named = plan.report.parameters.get(each)
    seen = restating.closed(practice, name, plan.period)
    levels = [str(named)] if named else levels_of(seen, each, span_of(name, plan.period))
    return [
        replace(
            plan,
            variant=level,
            page=page_folder(practice.settings, name, plan.period.name, level) / PAGE,
        )
        for level in levels
    ]


def _plans_of(practice: Practice, report: ReportSettings, now: datetime) -> list[Plan]:
    starts, last_day = practice.settings.year_starts, practice.last_day()
    newest = _newest_over(practice, report.every, now)
    if newest.from_on > last_day:
        newest = period_containing(last_day, report.every, starts)
    found = [plan_of(practice, report, newest)]
    while not found[-1].is_due(practice.settings.local(now).date()):
        found.append(plan_of(practice, report, found[-1].period.previous))
    made = [
        period
        for period, _, _ in restating.released_pages(practice.settings, report.name)
        if is_regular(period, report.every, starts)
    ]
    oldest_made = min((period.from_on for period in made), default=date.max)
    while found[-1].period not in made and found[-1].period.from_on > oldest_made:
        found.append(plan_of(practice, report, found[-1].period.previous))
    first_day = practice.first_day()
    return [
        plan
        for plan in reversed(found)
        if plan.period.until_on >= first_day
        and (plan.period in made or restating.has_sessions(practice, plan.period))
    ]


def _newest_over(practice: Practice, every: str, now: datetime) -> Period:
    """The latest period that is over, today and in the data."""
    settings = practice.settings
    known_until = settings.local(min(now, practice.view.as_of)).date()
    return latest_complete(known_until - timedelta(days=1), every, settings.year_starts)
