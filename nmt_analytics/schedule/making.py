"""One page: its parameters checked, rendered, and the index put right."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nmt_analytics.errors import NoDataError, ReportError, UsageError
from nmt_analytics.outcomes import analysis
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import ALL, Period, day_in_words, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting import assets, catalogue
from nmt_analytics.reporting import parameters as declared
from nmt_analytics.reporting.record import PAGE, read_notebook
from nmt_analytics.schedule import restating
from nmt_analytics.schedule.checking import hash_of, known_by
from nmt_analytics.schedule.inbox import Progress
from nmt_analytics.vocabulary import NOT_RECORDED, label


def make_report(
    practice: Practice,
    name: str,
    period: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    progress: Progress,
) -> Path:
    """Render one report and put the index right; the path of its page.

    A period that is closed is seen as it stood then. A page of the same period that was made from
    other data is kept as a release, and the new one says what moved. A report with a page for each
    level (of a condition) makes the one that the parameter names.
    """
    from nmt_analytics.reporting import render  # noqa: PLC0415 - half a second

    report = catalogue.find_report(name, practice.settings)
    chosen = parse_period(period) if period else practice.latest_period(report.every)
    practice = restating.closed(practice, name, chosen)
    notebook = practice.settings.notebooks / report.notebook
    given, variant = _parameters(practice, report, notebook, chosen, parameters or {})
    seen = practice.only(**{report.each: variant}) if variant else practice
    what = ", ".join(filter(None, (report.title, label(variant), chosen.in_words)))
    progress(f"Making {what}")
    out = catalogue.page_folder(practice.settings, name, chosen.name, variant)
    _check_sessions(practice, catalogue.span_of(name, chosen), out)
    try:
        page = render.render(
            practice.settings,
            notebook,
            out,
            given,
            manifest=_manifest(seen, report, chosen, notebook, out, given),
            audience=practice.audience,
            lengths=_lengths(seen, catalogue.span_of(name, chosen)),
            remarks=lambda: _held(practice),
            progress=lambda done, total: progress(f"Making {what}: cell {done} of {total}"),
        ).page
    except ReportError:
        with suppress(OSError):  # where no page can be written, no index can
            catalogue.write_index(practice.settings)  # a page that failed is seen there too
        raise
    catalogue.write_index(practice.settings)
    if practice.ledger is not None:
        practice.ledger.commit()
    return page


def _check_sessions(practice: Practice, period: Period, out: Path) -> None:
    """Raises NoDataError for a new page about a period without a session, which says nothing.

    A page that is there is made anew all the same: whose sessions are gone may be on it. And
    where there are check-ins alone, a page says so.
    """
    if restating.has_sessions(practice, period) or (out / PAGE).is_file():
        return
    if not restating.has_sessions(practice, ALL):
        return
    first, last = practice.first_day(), practice.last_day()
    raise NoDataError(
        f"No session was held in {period.in_words}, so there is nothing to show. Name a period "
        f"between {day_in_words(first)} and {day_in_words(last)}, such as --period "
        f"{practice.latest_period().name}"
    )


def _parameters(
    practice: Practice,
    report: catalogue.Report,
    notebook: Path,
    period: Period,
    given: Mapping[str, str],
) -> tuple[dict[str, Any], str]:
    """What the notebook is to be run with, and the level that its page is about, or ''."""
    for name in restating.MOMENTS:
        if name in given:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{name} has an option of its own. Write: {option} {given[name]}")
    known = declared.declared_parameters(read_notebook(notebook), notebook.name)
    own = {name: each for name, each in known.items() if name not in restating.MOMENTS}
    if given and not own:
        raise UsageError(
            f"{report.name} takes no parameters. Leave -p (in practice.toml: parameters) away."
        )
    wanted = declared.parse_parameters(own, given, notebook.name)
    moments = {"period": period.name, **practice.fixed_moments}
    wanted |= {name: value for name, value in moments.items() if name in known}
    if not report.each:
        return wanted, ""
    return wanted, str(wanted.get(report.each, known[report.each].default))


def _manifest(
    practice: Practice,
    report: catalogue.Report,
    period: Period,
    notebook: Path,
    out: Path,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What the page says of itself: what it was made of, and what it restates."""
    record = {
        "report": report.name,
        "title": report.title,
        "practice": practice.settings.name,
        "period": period.name,
        **known_by(practice),
        "period_hash": restating.fingerprint(practice, report.name, period),
        "audience": practice.audience,
    }
    made_of = {
        "notebook_hash": hash_of(notebook),
        "package_version": assets.package_version(),
        "parameters": given,
    }
    return record | restating.restatement(practice, out, record | made_of)


def _held(practice: Practice) -> str:
    """What a shared page says of numbers that it may not bring up to date."""
    n_held = len(practice.ledger.held) if practice.ledger is not None else 0
    if not n_held:
        return ""
    return (
        "Some numbers are as they were shared before, or left out: fewer than 10 clients differ "
        "from the earlier page, and the two pages together would show them."
    )


def conditions_of(practice: Practice, name: str, period: str | None = None) -> list[dict[str, str]]:
    """The parameters of each page of a report about one condition, in the vocabulary's order.

    Raises UsageError for a report that is not about one, NoDataError when no condition has enough
    clients for a page.
    """
    report = catalogue.find_report(name, practice.settings)
    if report.each != "condition":
        raise UsageError(
            f"{name} is one page about all conditions. Leave --all-conditions away, or write: "
            "nmt-analytics report condition_review --all-conditions"
        )
    chosen = parse_period(period) if period else practice.latest_period(report.every)
    levels = levels_of(practice, report.each, catalogue.span_of(name, chosen))
    if not levels:
        raise NoDataError(
            f"No condition has enough clients in {chosen.in_words} for a page of its own."
        )
    return [{report.each: level} for level in levels]


def levels_of(practice: Practice, dimension: str, period: Period) -> list[str]:
    """The recorded levels of a dimension that have enough clients in the period for a page."""
    rows = analysis.outcome(practice.view, "clients", dimension, period).rows
    levels = [row.levels[0] for row in rows if not row.is_hidden]
    return [level for level in levels if level != NOT_RECORDED]


def _lengths(practice: Practice, period: Period) -> tuple[int, ...]:
    """How many sessions and clients there are: nothing on a page may have just as many values."""
    view = practice.view
    with view.store.one_moment():
        prepare_outcomes(view, period)
        row = view.store.query("sessions_and_clients")
    return tuple(int(number[0]) for number in row.values())
