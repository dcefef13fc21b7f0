"""Whether a page still says what the data say, found out as cheaply as can be.

Most nights nothing was loaded. Where something was, most of it is about later times. What was found
is kept in reports/.checked.json, so that each page is looked at once for each load.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from nmt_analytics.periods import Period
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.record import read_manifest
from nmt_analytics.schedule import restating
from nmt_analytics.schedule.history import write_whole
from nmt_analytics.settings import Settings

CHECKED = ".checked.json"


class Checked:
    """When each page was last found to say what the data say, by its path."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.reports / CHECKED
        self._found: dict[str, dict[str, str]] = {}
        with suppress(OSError, ValueError):
            self._found = dict(json.loads(self._path.read_text(encoding="utf-8")))
        self._before = dict(self._found)

    def is_current(
        self,
        practice: Practice,
        page: Path,
        period: Period,
        parameters: Mapping[str, object] | None = None,
    ) -> bool:
        """Whether the page says what the data say; with `parameters`, also that it was made so.

        A new version of the package alone makes no page anew: a released period keeps its numbers.
        """
        made = read_manifest(page.parent)
        if not page.is_file() or not made:
            return False
        if parameters is not None and not _is_made_so(practice, made, parameters):
            return False
        report = str(made.get("report"))
        closed = restating.closed(practice, report, period)
        now = known_by(closed) | {"made_at": str(made.get("made_at"))}
        seen = self._found.get(str(page), {})
        if seen.get("made_at") != now["made_at"]:
            seen = {name: str(made.get(name)) for name in now}
        if seen == now:
            return True
        is_unmoved = seen["as_of"] == now["as_of"] and not restating.has_learned(
            closed, seen["loaded_by"]
        )
        if not is_unmoved and made.get("period_hash") != restating.fingerprint(
            closed, report, period
        ):
            return False
        self._found[str(page)] = now
        return True

    def keep(self) -> None:
        """Write down what was found, for the next run; it is only a shortcut."""
        if self._found != self._before:
            with suppress(OSError):
                write_whole(self._path, json.dumps(self._found, indent=1))


def known_by(practice: Practice) -> dict[str, str]:
    """What fixes every number: as of, loaded by, and the store's content."""
    view, store = practice.view, practice.store
    content = store.remember(("content hash",), lambda: store.info().get("content_hash", ""))
    return {
        "as_of": view.as_of.isoformat(),
        "loaded_by": view.loaded_by.isoformat(),
        "store_hash": content,
    }


def hash_of(notebook: Path) -> str:
    """SHA-256 of a notebook's file."""
    return hashlib.sha256(notebook.read_bytes()).hexdigest()


def _is_made_so(practice: Practice, made: dict[str, Any], parameters: Mapping[str, object]) -> bool:
    notebook = practice.settings.notebooks / str(made.get("notebook"))
    return (
        restating.own_parameters(made) == {name: str(value) for name, value in parameters.items()}
        and made.get("audience") == practice.audience
        and notebook.is_file()
        and made.get("notebook_hash") == hash_of(notebook)
    )
