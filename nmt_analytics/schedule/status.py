"""Where things stand: what is loaded, what is due, what waits, what the last run did."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from nmt_analytics.outcomes import description
from nmt_analytics.periods import Period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import FAILED, Entry, read_entries
from nmt_analytics.schedule import history, restating
from nmt_analytics.schedule.due import Plan, local_date, next_period, plans
from nmt_analytics.schedule.inbox import inbox_files
from nmt_analytics.settings import ReportSettings, Settings

_RUN_IN_WORDS = {
    "made": "made what was due",
    "nothing due": "loaded new data; nothing was due",
    "no new data": "found no new data, and nothing was due",
    "failed": "failed",
    "interrupted": "was interrupted; the next one carries on",
}
MOST_EARLIER = 6


def status_lines(settings: Settings, now: datetime | None = None) -> list[str]:
    """What is loaded, up to when, what exists, what is due and what was refused, in lines."""
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    lines = [settings.name, *_of_the_inbox(settings)]
    practice = Practice(settings)
    if not practice.store.exists():
        lines.append(f"No data yet. Put your exports into {settings.inbox}.")
    else:
        lines += _of_the_data(practice)
        entries = read_entries(settings)
        planned = plans(practice, moment)
        for report in settings.report:
            lines += _of_the_report(practice, report, planned, entries, moment)
    return [*lines, *_of_the_last_run(settings)]


def _of_the_inbox(settings: Settings) -> list[str]:
    waiting = inbox_files(settings)
    if not waiting or settings.keep_inbox:
        return []
    files = "1 file waits" if len(waiting) == 1 else f"{len(waiting)} files wait"
    return [f"{files} in {settings.inbox}; nmt-analytics run loads what is new."]


def _of_the_data(practice: Practice) -> list[str]:
    records = description.records(practice.view)
    lines = [
        f"Sessions from {_day(practice.first_day())} to {_day(practice.last_day())}.",
        f"Last load: {_moment(practice.settings, practice.view.loaded_by)}.",
        f"{records.n_read:,} records read, {records.n_stored:,} stored.",
    ]
    return lines + [f"Refused: {count:,} by {rule}." for rule, count in records.refused]


def _of_the_report(
    practice: Practice,
    report: ReportSettings,
    planned: list[Plan],
    entries: list[Entry],
    moment: datetime,
) -> Iterator[str]:
    """The plan of one report: what exists, what is due, what waits until when."""
    own = [plan for plan in planned if plan.report == report]
    known = {(each.report, each.period, each.variant): each for each in entries}
    yield f"{report.name}, every {report.every}:"
    shown = {plan.page for plan in own}
    earlier = [
        period.name
        for period, folder, _ in restating.released_pages(practice.settings, report.name)
        if not any(page.parent == folder for page in shown)
    ]
    if earlier:
        named = dict.fromkeys(earlier)
        more = f" and {len(named) - MOST_EARLIER} more" if len(named) > MOST_EARLIER else ""
        yield f"  earlier pages: {', '.join([*named][-MOST_EARLIER:])}{more}"
    today = local_date(practice, moment)
    for plan in own:
        entry = known.get((report.name, plan.period.name, plan.variant))
        yield f"  {_name(plan)}: {_state(plan, entry, plan.is_due(today))}"
    yield from _of_what_comes(practice, next_period(practice, report, moment), moment)


def _state(plan: Plan, entry: Entry | None, is_due: bool) -> str:
    if entry is not None and entry.status == FAILED:
        kept = " The page made before is still there." if entry.path else ""
        return f"failed. {entry.reason}{kept}"
    if entry is not None and entry.path:
        again = f", restated {_times(len(entry.releases))}" if entry.releases else ""
        return f"made as of {entry.as_of}{again}"
    if is_due:
        return "due; nmt-analytics run makes it"
    return f"waits for late answers until {_day(plan.due_on)}"


def _of_what_comes(practice: Practice, plan: Plan, moment: datetime) -> Iterator[str]:
    """The period after the newest one that is over and known: when it is due, or what it needs."""
    today = local_date(practice, moment)
    loaded_on = local_date(practice, practice.view.loaded_by)
    if plan.period.until_on >= today:
        yield f"  {_period(plan.period)}: not over yet; due on {_day(plan.due_on)}"
    elif loaded_on <= plan.period.until_on:
        yield (
            f"  {_period(plan.period)}: waits for exports; the last load was on {_day(loaded_on)}, "
            "before the period was over"
        )
    if practice.last_day() < plan.period.previous.from_on:
        yield f"  {_period(plan.period.previous)}: no sessions, so no page"


def _of_the_last_run(settings: Settings) -> list[str]:
    runs = history.read_runs(settings)
    if not runs:
        return []
    last = runs[-1]
    when = _moment(settings, datetime.fromisoformat(last.started_at))
    return [f"Last run: {when}; it {_RUN_IN_WORDS[last.result]}.", *last.problems]


def _name(plan: Plan) -> str:
    about = f", {plan.variant.replace('_', ' ')}" if plan.variant else ""
    return f"{_period(plan.period)}{about}"


def _period(period: Period) -> str:
    return period.name.replace("..", " to ")


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(settings: Settings, moment: datetime) -> str:
    local = moment.replace(tzinfo=UTC).astimezone(settings.zone)
    return f"{_day(local)}, {local:%H:%M}"
