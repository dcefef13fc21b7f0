"""Pages brought up to date: those that are due, and those whose data changed since."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nmt_analytics.errors import NmtError, ReportError
from nmt_analytics.periods import is_regular
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import MISSING, Entry, find_report
from nmt_analytics.reporting.record import PAGE, failure_note
from nmt_analytics.schedule import restating
from nmt_analytics.schedule.checking import Checked
from nmt_analytics.schedule.due import Plan, plan_of, plans
from nmt_analytics.schedule.inbox import Progress
from nmt_analytics.schedule.making import make_report
from nmt_analytics.schedule.outcome import Outcome
from nmt_analytics.settings import ReportSettings, Settings


def bring_up_to_date(
    settings: Settings, outcome: Outcome, progress: Progress, moment: datetime, force: bool
) -> Iterator[Path]:
    """Make what is due and restate what changed, one page after the other, into `outcome`."""
    if not settings.store.exists():
        return
    practice = Practice(settings)
    work = _Updating(practice, Checked(settings), outcome, progress)
    planned = plans(practice, moment)
    for plan in planned:
        if plan.is_due(settings.local(moment).date()):
            yield from work.update(plan, _wanted(plan, settings), force)
        else:
            outcome.waits.append(
                f"{plan.report.name} {plan.period.name} waits for late answers until {plan.due_on}."
            )
    for plan in _released(practice):
        if plan.page not in {each.page for each in planned}:
            yield from work.update(plan, None)
    work.checked.keep()
    for report in settings.report:
        _remove_oldest(settings, report, outcome)


def _wanted(plan: Plan, settings: Settings) -> dict[str, str]:
    """The parameters that practice.toml wants the page to be made with."""
    parameters = {key: str(value) for key, value in plan.report.parameters.items()}
    if plan.variant:
        parameters[find_report(plan.report.name, settings).each] = plan.variant
    return parameters


def _released(practice: Practice) -> list[Plan]:
    """The pages that are there already, as they were made: restated when their data changed."""
    return [
        replace(
            plan_of(practice, report, period),
            report=replace(
                report,
                audience=str(made.get("audience")),
                parameters=restating.own_parameters(made),
            ),
            page=folder / PAGE,
        )
        for report in {each.name: each for each in practice.settings.report}.values()
        for period, folder, made in restating.released_pages(practice.settings, report.name)
    ]


@dataclass
class _Updating:
    """One page after the other, with what all of them need."""

    practice: Practice
    checked: Checked
    outcome: Outcome
    progress: Progress

    def update(
        self, plan: Plan, wanted: Mapping[str, str] | None, force: bool = False
    ) -> Iterator[Path]:
        """Make the page when it is not there or not what it should be; leave it alone when it is.

        `wanted` are the parameters it should have been made with; None leaves it as it was made.
        """
        report, period = plan.report, plan.period.name
        given = report.parameters if wanted is None else wanted
        try:
            seen = Practice(self.practice.settings, audience=report.audience)
            each = find_report(report.name, seen.settings).each
            only = seen.only(**{each: given[each]}) if each in given else seen
            if force or not self.checked.is_current(only, plan.page, plan.period, wanted):
                page = make_report(seen, report.name, period, given, progress=self.progress)
                self.outcome.pages.append(page)
                yield page
            elif wanted is not None:
                self.outcome.up_to_date.append(plan.page)
            if "pdf" in report.formats and not plan.page.with_suffix(".pdf").is_file():
                self.outcome.printed.append(_print(plan.page, self.progress))
        except NmtError as error:
            self._note_failure(plan, error)
        except OSError as fault:
            self._note_failure(
                plan,
                ReportError(
                    f"it could not be written ({fault.strerror}). The page before it is untouched. "
                    "Check the disk's free space and the rights of the reports folder."
                ),
            )

    def _note_failure(self, plan: Plan, error: NmtError) -> None:
        """Keep what went wrong, said of the page that it is about."""
        title = Entry(plan.report.name, plan.period.name, plan.variant, MISSING).title
        said = type(error)(f"{title}, {plan.period.in_words}: {error}")
        self.outcome.failed.append((plan.report.name, plan.period.name))
        self.outcome.problems.append(said)


def _print(page: Path, progress: Progress) -> Path:
    from nmt_analytics.reporting import paper  # noqa: PLC0415 - few want paper

    progress(f"Printing {page.parent.parent.name} {page.parent.name}")
    return paper.write_pdf(page)


def _remove_oldest(settings: Settings, report: ReportSettings, outcome: Outcome) -> None:
    """Remove the oldest periods' pages beyond the number that practice.toml wants kept.

    Their earlier releases and notes of failures go with them: nothing would lead there any more.
    """
    if report.keep <= 0:
        return
    pages = [
        (period, folder)
        for period, folder, _ in restating.released_pages(settings, report.name)
        if is_regular(period, report.every, settings.year_starts)
    ]
    kept = sorted({period.until_on for period, _ in pages})[-report.keep :]
    try:
        for folder in (folder for period, folder in pages if period.until_on not in kept):
            shutil.rmtree(restating.releases_of(settings, folder), ignore_errors=True)
            failure_note(folder).unlink(missing_ok=True)
            shutil.rmtree(folder)
            outcome.removed.append(folder)
    except OSError as fault:
        outcome.problems.append(
            ReportError(
                f"Pages of {report.name} that are not to be kept could not be removed "
                f"({fault.strerror}). Check the rights of the reports folder."
            )
        )
