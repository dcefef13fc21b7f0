"""What a restated page says of its first release: what came in since, and which numbers moved."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from nmt_analytics.outcomes import analysis
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.outcomes.view import View, prepare_outcomes
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.bundle import Result
from nmt_analytics.reporting.catalogue import span_of
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import forms, say
from nmt_analytics.reporting.wording import estimate_in_words, first_upper, value_in_words

MOST_MOVED = 6
"""How many numbers a restatement names; it counts the others."""


def in_words(
    practice: Practice,
    first: Path,
    released: Mapping[str, Any],
    record: Mapping[str, Any],
    reasons: Sequence[str],
) -> str:
    """Why a page differs from its first release, and which of its main numbers moved.

    `first` is the folder of that release and `released` its manifest, `record` the page's own;
    `reasons` are any of data, settings, notebook, version.
    """
    period = span_of(str(record["report"]), parse_period(str(record["period"])))
    said = [say(f"restatement.{name}") for name in reasons if name not in ("data", "version")]
    if "data" in reasons:
        counts_less = str(record["as_of"]) < str(released.get("as_of", ""))
        came = say("restatement.closed") if counts_less else _what_came(practice, released, period)
        said.insert(0, came)
    if "version" in reasons:
        before, now = released.get("package_version"), record["package_version"]
        said.append(say("restatement.version", before=before, now=now))
    if not reasons:
        said.append(say("restatement.as_before"))
    numbers = _released_numbers(first, period)
    if numbers:  # a page of somebody's own may show none that can be compared
        said.append(_moved(practice, numbers, period))
    return " ".join(first_upper(sentence) for sentence in said)


def _moved(practice: Practice, numbers: Mapping[str, Mapping[str, str]], period: Period) -> str:
    """The sentence that names the numbers that moved, or says that none did."""
    moved = list(_movements(practice, numbers, period))
    if not moved:
        return say("restatement.none_moved")
    if len(moved) > MOST_MOVED:
        moved[MOST_MOVED:] = [say("restatement.others", n=len(moved) - MOST_MOVED)]
    return "; ".join(moved) + "."


def _what_came(practice: Practice, released: Mapping[str, Any], period: Period) -> str:
    """How many sessions and check-ins of the page came, or were corrected, since its release."""
    # How few came is nobody's business outside the practice, nor where the page hides how many
    # there are.
    is_counted = practice.audience == "owner" and not _is_hidden(practice, period)
    if not is_counted or not all(released.get(name) for name in ("as_of", "loaded_by")):
        return say("restatement.data")
    told = []
    for what, count in _late_arrivals(practice, released, period).items():
        one, many = forms(f"restatement.{what}")
        told += [(one if count == 1 else many).format(n=f"{count:,}")] if count else []
    if not told:
        return say("restatement.removed")
    return say("restatement.came", what=say("restatement.and").join(told))


def _is_hidden(practice: Practice, period: Period) -> bool:
    return analysis.outcome(practice.view, "sessions", None, period).rows[0].is_hidden


def _late_arrivals(
    practice: Practice, released: Mapping[str, Any], period: Period
) -> dict[str, int]:
    """Sessions and check-ins that the page counts now, and at its release did not, or not so.

    Where there are fewer than at its release, those that are gone.
    """
    now = practice.view
    then = replace(
        now,
        as_of=datetime.fromisoformat(released["as_of"]),
        loaded_by=datetime.fromisoformat(released["loaded_by"]),
    )
    counted, released_with = _facts(now, period), _facts(then, period)
    return {what: _n_different(counted[what], released_with[what]) for what in counted}


def _n_different(now: np.ndarray, then: np.ndarray) -> int:
    """How many of some fingerprints are new, or how many are gone when those are more."""
    _, which = np.unique(np.concatenate([now, then]), return_inverse=True)
    change = np.bincount(which, weights=np.repeat([1, -1], [len(now), len(then)]))
    return int(max(change[change > 0].sum(), -change[change < 0].sum()))


def _facts(view: View, period: Period) -> dict[str, np.ndarray]:
    with view.store.one_moment():
        prepare_outcomes(view, period)
        rows = view.store.query("page_facts")
    return {kind: rows["content"][rows["kind"] == kind] for kind in ("sessions", "follow_ups")}


def _movements(
    practice: Practice, numbers: Mapping[str, Mapping[str, str]], period: Period
) -> Iterator[str]:
    """Each number of the first release that is now written otherwise."""
    for name, released in numbers.items():
        metric = METRICS[name]
        row = analysis.outcome(practice.view, name, None, period).rows[0]
        before = _as_released(released, metric)
        now = say("restatement.hidden") if row.is_hidden else estimate_in_words(row, metric)
        if before.split() != now.split():  # whatever spaces results.csv writes
            number = topic(metric)
            number = number[:1].lower() + number[1:]
            yield say("restatement.moved", number=number, before=before, now=now)


def _as_released(row: Mapping[str, str], metric: Metric) -> str:
    """The number of a line of results.csv as `estimate_in_words` has it: no range, no remark."""
    if row["value"]:
        return value_in_words(float(row["value"]), metric)
    if row["hidden"]:
        return say("restatement.hidden")
    return row["shown"].partition(" (")[0].partition(";")[0]


def _released_numbers(folder: Path, period: Period) -> dict[str, dict[str, str]]:
    """The lines of the released page's results about all of the period's sessions, by metric."""
    try:
        with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return {}
    own = {each.name for each in fields(Result)} - {"levels"}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        is_plain = own <= row.keys() and not any(row[name] for name in row.keys() - own)
        if is_plain and row["metric"] in METRICS and row["period"] == period.name:
            found.setdefault(row["metric"], row)
    return found
