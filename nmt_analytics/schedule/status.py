"""Where things stand: what is loaded, what is due, what waits, what the last run did."""

from collections.abc import Iterator
from datetime import UTC, datetime

from nmt_analytics.errors import SettingsError
from nmt_analytics.outcomes import fates
from nmt_analytics.periods import Period, day_in_words, is_regular
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import FAILED, INDEX, Entry, read_entries
from nmt_analytics.schedule import history, installing, restating
from nmt_analytics.schedule.due import Plan, next_period, plans
from nmt_analytics.schedule.inbox import inbox_files, refused_files, remedy_without_data
from nmt_analytics.settings import ReportSettings, Settings

_RUN_IN_WORDS = {
    "made": "made what was due",
    "nothing due": "loaded new data; nothing was due",
    "no new data": "found no new data, and nothing was due",
    "failed": "failed",
    "interrupted": "was interrupted; the next one carries on",
}
_FAILED_FOR = {"owner": "making it for yourself", "shared": "making it to be shared"}
MOST_EARLIER = 6


def status_lines(settings: Settings, now: datetime | None = None) -> list[str]:
    """What is loaded, up to when, what exists, what is due and what was refused, in lines."""
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    lines = [settings.name, *_of_the_inbox(settings)]
    practice = Practice(settings)
    if not practice.store.exists():
        lines.append(f"No data yet. {remedy_without_data(settings)}")
    else:
        lines += _of_the_data(practice)
        entries = read_entries(settings)
        planned = plans(practice, moment)
        for report in settings.report:
            lines += _of_the_report(practice, report, planned, entries, moment)
    index = settings.reports / INDEX
    lines += [f"All pages: {index}"] if index.is_file() else []
    return [*lines, *_of_the_last_run(settings), _of_the_scheduler(settings)]


def _of_the_inbox(settings: Settings) -> Iterator[str]:
    waiting, refused = inbox_files(settings), refused_files(settings)
    if waiting and not settings.keep_inbox:
        wait = "1 file waits" if len(waiting) == 1 else f"{len(waiting)} files wait"
        yield f"{wait} in {settings.inbox}; nmt-analytics run loads what is new."
    if refused:
        lie = "1 refused file lies" if len(refused) == 1 else f"{len(refused)} refused files lie"
        yield (
            f"{lie} in {refused[0].parent}, with the reason beside it. Mend what is wrong and put "
            "it back into the inbox, or delete it."
        )


def _of_the_data(practice: Practice) -> list[str]:
    records = fates.records(practice.view)
    n_refused = sum(count for _, count in records.refused)
    first, last = practice.first_day(), practice.last_day()
    lines = [
        f"Sessions from {day_in_words(first)} to {day_in_words(last)}.",
        f"Last load: {_moment(practice.settings, practice.view.loaded_by)}.",
        f"Records read: {records.n_read:,} (where files overlap, more than once); "
        f"refused: {n_refused:,}.",
    ]
    return lines + [f"  {count:,} by {rule}" for rule, count in records.refused]


def _of_the_report(
    practice: Practice,
    report: ReportSettings,
    planned: list[Plan],
    entries: list[Entry],
    moment: datetime,
) -> Iterator[str]:
    """The plan of one report: what exists, what is due, what waits until when."""
    yield f"{report.name}, every {report.every}:"
    own = [plan for plan in planned if plan.report == report]
    yield from _of_earlier_pages(practice.settings, report, own)
    known = {(each.report, each.period, each.variant): each for each in entries}
    not_made = _not_made_by_the_last_run(practice.settings)
    today = practice.settings.local(moment).date()
    for plan in own:
        entry = known.get((report.name, plan.period.name, plan.variant))
        has_failed = f"{report.name}/{plan.period.name}" in not_made
        yield f"  {_name(plan)}: {_state(plan, entry, plan.is_due(today), has_failed)}"
    yield from _of_what_comes(practice, next_period(practice, report, moment), moment)


def _of_earlier_pages(settings: Settings, report: ReportSettings, own: list[Plan]) -> Iterator[str]:
    """The newest periods that have a page and are no longer looked at."""
    shown = {plan.page.parent for plan in own}
    earlier = dict.fromkeys(
        _period(period)
        for period, folder, _ in restating.released_pages(settings, report.name)
        if folder not in shown and is_regular(period, report.every, settings.year_starts)
    )
    if earlier:
        n_more = len(earlier) - MOST_EARLIER
        more = f" and {n_more} more" if n_more > 0 else ""
        yield f"  earlier pages: {', '.join([*earlier][-MOST_EARLIER:])}{more}"


def _not_made_by_the_last_run(settings: Settings) -> set[str]:
    return {each for run in history.read_runs(settings)[-1:] for each in run.failed}


def _state(plan: Plan, entry: Entry | None, is_due: bool, has_failed: bool) -> str:
    if entry is not None and entry.status == FAILED:
        kept = " The page made before is still there." if entry.path else ""
        return f"failed. {entry.reason}{kept}"
    if entry is not None and entry.path:
        again = f", restated {_times(len(entry.releases))}" if entry.releases else ""
        other = f"; {_FAILED_FOR[entry.failed_for]} failed. {entry.reason}" if entry.reason else ""
        return f"made as of {entry.as_of}{again}{other}"
    if is_due and has_failed:
        return "due, but the last run could not make it; below it says why"
    if is_due:
        return "due; nmt-analytics run makes it"
    return f"waits for late answers until {day_in_words(plan.due_on)}"


def _of_what_comes(practice: Practice, plan: Plan, moment: datetime) -> Iterator[str]:
    """The period after the newest one that is over and known: when it is due, or what it needs."""
    today = practice.settings.local(moment).date()
    loaded_on = practice.settings.local(practice.view.loaded_by).date()
    if practice.last_day() < plan.period.previous.from_on:
        yield f"  {_period(plan.period.previous)}: no session was loaded, so no page"
    if plan.period.until_on >= today:
        yield f"  {_period(plan.period)}: not over yet; due on {day_in_words(plan.due_on)}"
    elif loaded_on <= plan.period.until_on:
        yield (
            f"  {_period(plan.period)}: waits for exports; the last load was on "
            f"{day_in_words(loaded_on)}, before the period was over"
        )


def _of_the_last_run(settings: Settings) -> list[str]:
    runs = history.read_runs(settings)
    if not runs:
        return []
    last = runs[-1]
    when = _moment(settings, datetime.fromisoformat(last.started_at))
    said = f"Last run: {when}; it {_RUN_IN_WORDS[last.result]}"
    if not last.problems:
        return [f"{said}."]
    return [f"{said}:", *(f"  {line}" for each in last.problems for line in each.splitlines())]


def _of_the_scheduler(settings: Settings) -> str:
    try:
        found = [each.system for each in installing.installed(settings)]
    except SettingsError as fault:  # a folder or a crontab that no scheduler can be asked about
        return str(fault)
    if found:
        return f"It runs by itself every day, through {' and '.join(found)}."
    return "It does not run by itself. To have it run every day: nmt-analytics schedule install"


def _name(plan: Plan) -> str:
    about = f", {plan.variant.replace('_', ' ')}" if plan.variant else ""
    return f"{_period(plan.period)}{about}"


def _period(period: Period) -> str:
    return period.name.replace("..", " to ")


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _moment(settings: Settings, moment: datetime) -> str:
    local = settings.local(moment)
    return f"{day_in_words(local)}, {local:%H:%M}"
