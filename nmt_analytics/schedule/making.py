"""One page: its parameters checked, rendered, and the index put right."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nmt_analytics import __version__
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.practice import Practice
from nmt_analytics.schedule import restating
from nmt_analytics.schedule.inbox import Progress


def make_report(
    practice: Practice,
    name: str,
    period: str | None = None,
    parameters: Mapping[str, str] | None = None,
    *,
    progress: Progress,
) -> Path:
    """Render one report and put the index right; the path of its page.

    A page of the same period that was made from other data is kept as a release, and the new one
    says what moved.
    """
    from nmt_analytics.reporting import catalogue, render  # noqa: PLC0415 - half a second
    from nmt_analytics.reporting import parameters as declared  # noqa: PLC0415

    report = catalogue.find_report(name, practice.settings)
    chosen = parse_period(period) if period else practice.latest_period(report.every)
    notebook = practice.settings.notebooks / f"{name}.ipynb"
    known = declared.declared_parameters(render.read_notebook(notebook), notebook.name)
    given = declared.parse_parameters(known, parameters or {}, notebook.name)
    given |= {
        key: value
        for key, value in {"period": chosen.name, **practice.fixed_moments}.items()
        if key in known
    }
    progress(f"Making {report.title}, {chosen.in_words}")
    out = catalogue.page_folder(practice.settings, name, chosen.name)
    made = render.render(
        practice.settings,
        notebook,
        out,
        given,
        manifest=_manifest(practice, name, report.title, chosen) | _restated(practice, out, chosen),
        audience=practice.audience,
        progress=lambda done, total: progress(f"Making {report.title}: cell {done} of {total}"),
    )
    catalogue.write_index(practice.settings)
    return made.page


def is_current(practice: Practice, page: Path, period: Period) -> bool:
    """Whether the page was made from this data by this notebook and version."""
    made = restating.read_manifest(page.parent)
    if not page.is_file() or not made:
        return False
    notebook = practice.settings.notebooks / str(made.get("notebook"))
    return (
        made.get("period_hash") == restating.fingerprint(practice, period)
        and made.get("package_version") == __version__
        and made.get("audience") == practice.audience
        and notebook.is_file()
        and made.get("notebook_hash") == hashlib.sha256(notebook.read_bytes()).hexdigest()
    )


def _restated(practice: Practice, folder: Path, period: Period) -> dict[str, str]:
    """What the page says of the release that it replaces; empty when the data are the same."""
    made = restating.read_manifest(folder)
    if not made or made.get("period_hash") == restating.fingerprint(practice, period):
        kept = str(made.get("restatement", ""))
        return {"restatement": kept} if kept else {}
    moved = restating.what_moved(practice, folder, period)
    kept_at = restating.keep_release(practice.settings, folder)
    shown = kept_at.relative_to(practice.settings.reports).as_posix()
    return {"restatement": f"{moved} The earlier page is kept in reports/{shown}."}


def _manifest(practice: Practice, name: str, title: str, period: Period) -> dict[str, Any]:
    view = practice.view
    return {
        "report": name,
        "title": title,
        "practice": practice.settings.name,
        "period": period.name,
        "as_of": view.as_of.isoformat(timespec="seconds"),
        "loaded_by": view.loaded_by.isoformat(timespec="seconds"),
        "store_hash": practice.store.info().get("content_hash", ""),
        "period_hash": restating.fingerprint(practice, period),
    }
