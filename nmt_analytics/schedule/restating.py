"""Closed periods: a released page keeps its numbers, and a new one says what moved and why."""

import csv
import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from nmt_analytics.outcomes import analysis
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS
from nmt_analytics.outcomes.view import prepare_outcomes
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.record import MANIFEST
from nmt_analytics.settings import Settings

RELEASED = "released"


def fingerprint(practice: Practice, period: Period) -> str:
    """What the period's sessions and check-ins say, as one short text; equal data, equal text."""
    view = practice.view
    with view.store.one_moment():
        prepare_outcomes(view, period)
        row = view.store.query("period_content")
    # Hashed, since a manifest goes along with a page: it must not say how many sessions there are.
    content = f"{row['n_sessions'][0]}-{row['content'][0]}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def read_manifest(page_folder: Path) -> dict[str, Any]:
    """The manifest of a page that was made; empty when there is none."""
    try:
        content = json.loads((page_folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def keep_release(settings: Settings, folder: Path) -> Path:
    """Copy a page that is about to be restated to reports/released/, where it stays reachable."""
    kept = settings.reports / RELEASED / folder.parent.name / folder.name
    number = 1 + max((int(each.name) for each in kept.glob("[0-9]*")), default=0)
    beside = kept / f".{number}.next"
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    beside.rename(kept / str(number))
    return kept / str(number)


def what_moved(practice: Practice, folder: Path, period: Period) -> str:
    """In words: what came in since the released page, and which of its main numbers moved."""
    manifest = read_manifest(folder)
    came = _late_arrivals(practice, period, str(manifest.get("loaded_by", "")))
    moved = [
        text
        for name, old in _released_numbers(folder, period).items()
        if (text := _movement(practice, name, old, period))
    ]
    return f"{came}. " + ("; ".join(moved) if moved else "No main number moved") + "."


def _late_arrivals(practice: Practice, period: Period, since: str) -> str:
    rows = practice.store.query(
        "late_arrivals",
        {
            "from_on": period.from_on,
            "until_on": period.until_on,
            "since": datetime.fromisoformat(since) if since else datetime(1900, 1, 1),
        },
    )
    counts = {
        "late or corrected sessions": int(rows["n_sessions"][0]),
        "late or corrected check-ins": int(rows["n_follow_ups"][0]),
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return " and ".join(told) or "Later sessions and answers"


def _released_numbers(folder: Path, period: Period) -> dict[str, float]:
    """The released page's undivided numbers of the period, by metric."""
    try:
        with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return {}
    plain = {"metric", "unit", "period", "value"}
    return {
        row["metric"]: float(row["value"])
        for row in rows
        if plain <= row.keys()
        and row["metric"] in METRICS
        and row["period"] == period.name
        and row["value"]
        and not any(row.get(dimension) for dimension in DIMENSIONS)
    }


def _movement(practice: Practice, name: str, old: float, period: Period) -> str:
    row = analysis.outcome(practice.view, name, None, period).rows[0]
    metric = METRICS[name]
    if row.value is None or f"{row.value:.0f}" == f"{old:.0f}":
        return ""
    unit = " %" if metric.unit == "%" else f" {metric.unit}"
    return f"{metric.label}: {old:.0f}{unit} before, {row.value:.0f}{unit} now"


def released_periods(settings: Settings, report: str) -> list[tuple[Period, Path]]:
    """The periods that a report has a page of, with the page's folder."""
    folders = sorted((settings.reports / report).glob("*/"))
    return [
        (parse_period(str(manifest["period"])), folder)
        for folder in folders
        if (manifest := read_manifest(folder)).get("period")
    ]
