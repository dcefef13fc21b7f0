"""Someone asks to be forgotten: the store, the ledger, and what the owner has to look at."""

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from nmt_analytics.intake.forgetting import Traces, forget_rows
from nmt_analytics.outcomes.ledger import ledger_at, ledger_beside
from nmt_analytics.reporting.record import MANIFEST, PAGE
from nmt_analytics.settings import Settings

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_IN_WORDS = {"sessions": "sessions", "session_notes": "notes", "follow_ups": "check-ins"}


def forget(settings: Settings, traces: Traces) -> None:
    """Remove every trace of a client: from the ledger first, then from the store.

    Whoever is stopped in between finds the client still there and can say it again.
    """
    ledger = ledger_beside(settings.store)
    if ledger.exists():
        ledger_at(ledger).forget(str(traces.client))
    forget_rows(settings, traces)


def what_is_there(traces: Traces) -> str:
    """What the store holds of a client, in one line."""
    counts = (f"{n:,} {_IN_WORDS[kind]}" for kind, n in traces.n_rows.items())
    return "The store holds " + ", ".join(counts) + " of this client."


def what_is_left(settings: Settings, traces: Traces, identifier: str) -> list[str]:
    """What the owner has to judge: files that still name the client, pages that count the client.

    Names files only. Pages hold nobody's row; some of their numbers have this client among others.
    """
    lines = ["Forgotten: no row, no byte of it in the store, and no version before it."]
    naming = sorted({*_files_that_name(settings, identifier), *traces.file_names})
    lines += ["Files that name this client, or did when they were loaded; look and delete:"]
    lines += [f"  {name}" for name in naming] or ["  none"]
    pages = _pages(settings)
    lines += ["Pages that may count this client among others (nobody's row is in them):"]
    lines += [f"  {page}" for page in pages] or ["  none"]
    lines += ["To make them without this client: nmt-analytics run --force"] * bool(pages)
    return [
        *lines,
        "Copies that you keep elsewhere (backups, the program that exports) are yours to see to.",
    ]


def _files_that_name(settings: Settings, identifier: str) -> Iterator[str]:
    folders = (settings.inbox, settings.inbox / "done", settings.inbox / "refused")
    for path in (each for folder in folders for each in sorted(folder.glob("*"))):
        if path.is_file() and _names(path, identifier.strip()):
            yield path.relative_to(settings.inbox.parent).as_posix()


def _names(path: Path, identifier: str) -> bool:
    """Whether the identifier, or each of its parts, stands by itself in a file or in its parts."""
    texts = [unicodedata.normalize("NFC", text) for text in _texts(path)]
    return _stands_in(identifier, texts) or all(
        _stands_in(part, texts) for part in identifier.split("+")
    )


def _stands_in(words: str, texts: list[str]) -> bool:
    """However it is capitalised and spaced, as for the door in."""
    spaced = r"\s+".join(map(re.escape, unicodedata.normalize("NFC", words).split()))
    word = re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
    return any(word.search(text) for text in texts)


def _texts(path: Path) -> Iterator[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                yield unescape(parts.read(name).decode("utf-8", errors="replace"))
        return
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        yield content.decode(encoding, errors="replace")


def _pages(settings: Settings) -> list[str]:
    made = settings.reports.rglob(MANIFEST)
    return sorted(
        (each.parent / PAGE).relative_to(settings.reports.parent).as_posix()
        for each in made
        if (each.parent / PAGE).is_file()
    )
