"""Where things stand: what is loaded, what is due, what waits, what the last run did."""

from datetime import UTC, datetime

from nmt_analytics.practice import Practice
from nmt_analytics.schedule import history
from nmt_analytics.schedule.due import Plan, local_date, plans
from nmt_analytics.schedule.inbox import inbox_files
from nmt_analytics.settings import Settings


def status_lines(settings: Settings, now: datetime | None = None) -> list[str]:
    """What is loaded, up to when, what is due and what was refused, in lines."""
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    waiting = inbox_files(settings)
    lines = [settings.name]
    if waiting and not settings.keep_inbox:
        lines.append(f"{len(waiting)} files wait in {settings.inbox}.")
    practice = Practice(settings)
    if not practice.store.exists():
        return [*lines, f"No data yet. Put your exports into {settings.inbox}."]
    lines += _of_the_data(practice)
    for plan in plans(practice, moment, history.last_finished(settings, moment)):
        lines.append(_of_the_plan(plan, practice, moment))
    runs = history.read_runs(settings)
    if runs:
        lines.append(f"Last run: {runs[-1].started_at.replace('T', ' ')} UTC, {runs[-1].result}.")
    return lines


def _of_the_data(practice: Practice) -> list[str]:
    quality = practice.data_quality().data
    lines = [
        f"Sessions from {practice.first_day()} to {practice.last_day()}.",
        f"Last load: {practice.view.loaded_by:%Y-%m-%d %H:%M} UTC.",
        f"{quality.n_read:,} records read, {quality.n_stored:,} stored.",
    ]
    return lines + [f"Refused: {count:,} by {rule}." for rule, count in quality.refused]


def _of_the_plan(plan: Plan, practice: Practice, moment: datetime) -> str:
    if plan.page.is_file():
        state = "made"
    elif plan.is_due(local_date(practice, moment)):
        state = "due; nmt-analytics run makes it"
    else:
        state = f"waits for late answers until {plan.due_on}"
    return f"{plan.report.name} {plan.period.name}: {state}."
