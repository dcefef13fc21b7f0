"""Every report there is, where its pages lie, and the index page that lists them all.

A new report is a notebook and one entry in REPORTS. A practice's own notebook is a report too:
its file name is its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from nmt_analytics.errors import UsageError, unknown_name
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.reporting import assets
from nmt_analytics.reporting.record import PAGE, read_failure, read_manifest
from nmt_analytics.reporting.wording import moment_in_words
from nmt_analytics.settings import Settings

INDEX, RUNS = "index.html", "runs.html"
READY, MISSING, FAILED = "ready", "missing", "failed"


@dataclass(frozen=True)
class Report:
    """One report: its name (and its notebook's), how it is spoken of, how often it is made.

    `each` names the parameter that a report has a page for every value of (`condition`), or ''.
    `is_over_twelve_months`: its numbers are about the twelve months up to the period's end.
    """

    name: str
    title: str
    description: str
    every: str = "quarter"
    each: str = ""
    is_over_twelve_months: bool = False

    @property
    def notebook(self) -> str:
        """The notebook's file name in the practice's notebooks folder."""
        return f"{self.name}.ipynb"


REPORTS = {
    report.name: report
    for report in (
        Report(
            "quarterly_outcomes",
            "Quarterly outcomes",
            "How long relief lasts and for whom, whether what you promise is true, and whether it "
            "is changing.",
        ),
        Report(
            "condition_review",
            "Condition review",
            "One condition in depth: how long relief lasts, for whom, and when clients come back.",
            each="condition",
            is_over_twelve_months=True,
        ),
        Report(
            "data_quality",
            "Data quality",
            "What came in, what was refused and why, who is asked and answers when, and what "
            "silence could hide.",
        ),
        Report(
            "method_check",
            "Method check",
            "Invented practices whose truth is known: do the estimates find it?",
            every="year",
        ),
    )
}


@dataclass(frozen=True)
class Entry:
    """One line of the index: a page that is ready, missing (due, not made) or failed.

    `path` is the page relative to the reports folder; '' when there is none, not even an old one.
    """

    report: str
    period: str
    variant: str
    status: str
    headline: str = ""
    as_of: str = ""
    restatement: str = ""
    reason: str = ""
    failed_for: str = ""
    """The audience whose page could not be made; the page that is there may be for another."""
    path: str = ""
    releases: tuple[str, ...] = ()
    """The pages that this one restates, relative to the reports folder, the first one first."""
    pdf: str = ""
    """The page on paper, relative to the reports folder; '' when it was not printed."""

    @property
    def title(self) -> str:
        """What the report is called: `Condition review: muscle spasm`."""
        known = REPORTS.get(self.report)
        title = known.title if known else title_of(self.report)
        return f"{title}: {self.variant.replace('_', ' ')}" if self.variant else title


def find_report(name: str, settings: Settings | None = None) -> Report:
    """The report of that name; with `settings`, the practice's own notebooks are reports too.

    Raises UsageError naming the nearest one when there is none of that name.
    """
    own = set() if settings is None else {path.stem for path in settings.notebooks.glob("*.ipynb")}
    if name in REPORTS:
        return REPORTS[name]
    if name in own:
        named = () if settings is None else settings.report
        every = next((each.every for each in named if each.name == name), "quarter")
        return Report(name, title_of(name), "A notebook of your own.", every)
    raise unknown_name("report", name, [*REPORTS, *sorted(own - REPORTS.keys())])


def span_of(report: str, period: Period) -> Period:
    """The days that a report's main numbers are about, in its page of `period`."""
    known = REPORTS.get(report)
    return period.twelve_months if known and known.is_over_twelve_months else period


def page_folder(settings: Settings, report: str, period: str, variant: str = "") -> Path:
    """Where a page lies: reports/<report>/<period>, with `,<variant>` for one page of several."""
    name = period.replace("..", "_to_") + (f",{variant}" if variant else "")
    return settings.reports / report / name


def read_folder_name(name: str) -> tuple[str, str]:
    """The period and the variant that the name of a page's folder holds."""
    period, _, variant = name.replace("_to_", "..").partition(",")
    return period, variant


def read_entries(settings: Settings, due: Iterable[tuple[str, str]] = ()) -> list[Entry]:
    """Every page that is there or should be, newest period first, then as REPORTS has them.

    Pages of one report about a condition each stand in the vocabulary's order. `due` names
    the (report, period) pairs that ought to exist.
    """
    entries = [
        entry
        for folder in sorted(settings.reports.glob("*/*"))
        if (entry := _entry(folder, settings)) is not None
    ]
    there = {(each.report, each.period) for each in entries}
    missing = [Entry(*pair, "", MISSING) for pair in dict.fromkeys(due) if pair not in there]
    order = list(REPORTS)
    known = {name: at for at, name in enumerate(order)}
    levels = {name: at for at, name in enumerate(settings.conditions)}
    by_report = sorted(
        entries + missing,
        key=lambda each: (
            known.get(each.report, len(order)),
            each.report,
            levels.get(each.variant, len(levels)),
            each.variant,
        ),
    )
    return sorted(by_report, key=lambda each: _newness(each.period), reverse=True)


def write_index(settings: Settings, due: Iterable[tuple[str, str]] = ()) -> Path:
    """Writes reports/index.html, replacing the one before as a whole; returns its path."""
    entries = read_entries(settings, due)
    groups = [
        {"heading": title_of_period(period), "entries": list(each)}
        for period, each in groupby(entries, key=lambda entry: entry.period)
    ]
    text = assets.index_page(
        {
            "practice": settings.name,
            "groups": groups,
            "counts": _counts(entries),
            "reports": {name: report.description for name, report in REPORTS.items()},
            "runs": RUNS if (settings.reports / RUNS).is_file() else "",
        }
    )
    settings.reports.mkdir(parents=True, exist_ok=True)
    index = settings.reports / INDEX
    building = index.with_name(f".{INDEX}.building")
    building.write_text(text, encoding="utf-8", newline="\n")
    building.replace(index)
    return index


def _counts(entries: Iterable[Entry]) -> str:
    """`9 ready, 1 failed`: the worst is named where there is any."""
    statuses = [entry.status for entry in entries]
    words = assets.words()["index"]
    named = [status for status in (READY, FAILED, MISSING) if status == READY or status in statuses]
    return ", ".join(f"{statuses.count(status)} {words[status]}" for status in named)


def _entry(path: Path, settings: Settings) -> Entry | None:
    """The entry of a page's folder, or of a failure note that has no page beside it."""
    is_note = path.name.endswith(".failed.json")
    folder = path.with_name(path.name.removesuffix(".failed.json")) if is_note else path
    if path.name.startswith(".") or (is_note and folder.is_dir()):
        return None
    record, failure = read_manifest(folder), read_failure(folder)
    if not record and not failure:
        return None
    period, variant = read_folder_name(folder.name)
    page = folder / PAGE
    failed_for = str(failure.get("audience", ""))
    is_of_another = record and failed_for and failed_for != record.get("audience")
    return Entry(
        report=folder.parent.name,
        period=period,
        variant=variant,
        status=FAILED if failure and not is_of_another else READY,
        headline=str(record.get("headline", "")),
        as_of=_moment_in_words(str(record.get("as_of") or ""), settings),
        restatement=str(record.get("restatement") or ""),
        reason=str(failure.get("reason", "")),
        failed_for=failed_for,
        path=_link(page, settings),
        pdf=_link(page.with_suffix(".pdf"), settings),
        releases=tuple(quote(f"{kept}/{PAGE}") for kept in record.get("releases", ())),
    )


def _link(path: Path, settings: Settings) -> str:
    """The link to a file from the index; '' when it is not there."""
    return quote(path.relative_to(settings.reports).as_posix()) if path.is_file() else ""


def _moment_in_words(iso: str, settings: Settings) -> str:
    """A UTC moment of a manifest as the practice's own day: `21 October 2026`."""
    if "T" not in iso:
        return iso
    return moment_in_words(settings.local(datetime.fromisoformat(iso)))


def title_of(name: str) -> str:
    """What a report of a practice's own is called: `stress_review` is `Stress review`."""
    return name.replace("_", " ").capitalize()


def _newness(period: str) -> tuple[date, date]:
    try:
        known = parse_period(period)
    except UsageError:
        return date.min, date.min
    return known.until_on, known.from_on


def title_of_period(period: str) -> str:
    """A period's name in words: `July to September 2026`; as it is when it names none."""
    try:
        words = parse_period(period).in_words
    except UsageError:
        return period
    return words[:1].upper() + words[1:]
