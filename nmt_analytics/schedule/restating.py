"""Closed periods: a released page keeps its numbers, and a new one says what moved and why.

A period closes when the wait for late answers is over. What happens after that moment is not part
of it; what is learned later about the time before is, and makes a restatement.
"""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.catalogue import span_of
from nmt_analytics.reporting.record import read_manifest
from nmt_analytics.schedule import movements
from nmt_analytics.settings import Settings

RELEASED = "released"
MOMENTS = ("period", "as_of", "loaded_by", "audience")
"""Parameters of every notebook that are not its own: what each page is asked with."""


def closed(practice: Practice, report: str, period: Period) -> Practice:
    """The practice as it stood when the period closed for this report, as far as that is over.

    The practice itself where its moment was asked for, or practice.toml does not name the report.
    """
    waits = [each.wait_days for each in practice.settings.report if each.name == report]
    if not waits or "as_of" in practice.fixed_moments:
        return practice
    closing = closing_moment(practice.settings, period, waits[0])
    is_over = closing < practice.view.as_of.replace(tzinfo=UTC)
    return practice.as_of(closing) if is_over else practice


def closing_moment(settings: Settings, period: Period, wait_days: int) -> datetime:
    """The end of the last local day on which late answers count, in UTC."""
    last_on = period.until_on + timedelta(days=wait_days)
    return datetime.combine(last_on, time.max, settings.zone).astimezone(UTC)


def fingerprint(practice: Practice, report: str, period: Period) -> str:
    """What a page's sessions and check-ins say, as one short text; equal data, equal text.

    Hashed, since a manifest goes along with a page: it must not say how many sessions there are.
    """
    content = "{}-{}".format(*_content(practice, span_of(report, period)))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def has_learned(practice: Practice, since: str) -> bool:
    """Whether the store learned anything since then (UTC) about the time up to our moment.

    A quick answer that spares the fingerprint of a page that nothing new can concern.
    """
    view = practice.view
    moments = {
        "as_of": view.as_of,
        "since": datetime.fromisoformat(since),
        "loaded_by": view.loaded_by,
    }
    return bool(view.store.query("learned_since", moments)["is_any"][0])


def has_sessions(practice: Practice, period: Period) -> bool:
    """Whether any session was held in the period; without one there is no page."""
    return _content(practice, period)[0] > 0


def _content(practice: Practice, period: Period) -> tuple[int, str]:
    view = practice.view

    def content() -> tuple[int, str]:
        prepare_outcomes(view, period)
        row = view.store.query("period_content")
        return int(row["n_sessions"][0]), str(row["content"][0])

    return view.store.remember(("period content", period, *view.key), content)


def own_parameters(manifest: dict[str, Any]) -> dict[str, str]:
    """The parameters that a page was made with, beside its period and its moments."""
    given = manifest.get("parameters", {})
    return {name: str(value) for name, value in given.items() if name not in MOMENTS}


def restatement(practice: Practice, folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """What the new page of `record` says of those it replaces; empty for a first release.

    The page that is there is kept as a release when anything that makes a page has changed since,
    unless it was made before its period was over. `releases` of the manifest are the folders kept
    so far, below the reports folder, oldest first.
    """
    made = read_manifest(folder)
    if not made:
        return {}
    releases = list(made.get("releases", ()))
    if not _reasons(made, record):
        known = {"releases": releases, "restatement": made.get("restatement")}
        return {name: value for name, value in known.items() if value}
    if _is_release(practice.settings, made):
        kept = _keep_release(practice.settings, folder).relative_to(practice.settings.reports)
        releases += [kept.as_posix()] if kept.as_posix() not in releases else []
    if not releases or made.get("audience", record["audience"]) != record["audience"]:
        return {}  # what the owner saw is no earlier release of what is shared: its numbers stay in
    first = practice.settings.reports / releases[0]
    released = read_manifest(first)
    moved = movements.in_words(practice, first, released, record, _reasons(released, record))
    return {"releases": releases, "restatement": moved}


def _is_release(settings: Settings, made: dict[str, Any]) -> bool:
    """Whether a page knows its period to the end; one made before that was a look ahead."""
    try:
        as_of = datetime.fromisoformat(str(made.get("as_of"))).replace(tzinfo=UTC)
    except ValueError:
        return True
    return as_of >= closing_moment(settings, parse_period(str(made["period"])), 0)


def released_pages(
    settings: Settings, report: str
) -> Iterator[tuple[Period, Path, dict[str, Any]]]:
    """The pages that a report has: period, folder and manifest of each."""
    for folder in sorted((settings.reports / report).glob("*/")):
        manifest = read_manifest(folder)
        if manifest.get("period") and not folder.name.startswith("."):
            yield parse_period(str(manifest["period"])), folder, manifest


def releases_of(settings: Settings, folder: Path) -> Path:
    """Where the earlier releases of a page lie, given the page's folder."""
    return settings.reports / RELEASED / folder.parent.name / folder.name


def _keep_release(settings: Settings, folder: Path) -> Path:
    """Copy a page that is about to be restated to reports/released/, once, as a whole."""
    kept = releases_of(settings, folder)
    number = max((int(each.name) for each in kept.glob("[0-9]*")), default=0)
    if number and read_manifest(kept / str(number)) == read_manifest(folder):
        return kept / str(number)  # a run that was killed had kept it already
    beside = kept / f".{number + 1}.next"
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    return beside.rename(kept / str(number + 1))


def _reasons(made: dict[str, Any], record: dict[str, Any]) -> list[str]:
    """Which of the things that make a page differ: data, settings, notebook, version."""
    differs = {
        "data": made.get("period_hash") != record["period_hash"],
        "settings": own_parameters(made) != own_parameters(record)
        or made.get("audience") != record["audience"],
        "notebook": made.get("notebook_hash") != record["notebook_hash"],
        "version": made.get("package_version") != record["package_version"],
    }
    return [name for name, is_so in differs.items() if is_so]
