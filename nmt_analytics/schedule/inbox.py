"""Files in: what lies in the inbox is loaded, then moved out of the way.

A loaded file moves to <inbox>/done/, a refused one to <inbox>/refused/ with the reason beside it,
unless practice.toml says `keep_inbox = true`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nmt_analytics.errors import NmtError, NoDataError, UnreadableFileError
from nmt_analytics.printable import printable
from nmt_analytics.settings import Settings

if TYPE_CHECKING:
    from nmt_analytics.intake.load import Receipt
    from nmt_analytics.intake.mapping import Mapping as FileMapping

Progress = Callable[[str], None]
"""Told in a few words what is being done now."""
READABLE = (".csv", ".tsv", ".txt", ".xlsx", ".xls")
DONE, REFUSED = "done", "refused"
_REASON = ".reason.txt"


@dataclass
class Intake:
    """What came of the inbox: receipts of loaded files, reasons of refused ones."""

    receipts: list["Receipt"] = field(default_factory=list)
    refused: list[UnreadableFileError] = field(default_factory=list)
    stopped_by: NmtError | None = None

    @property
    def has_new(self) -> bool:
        """Whether any file brought something that the store did not have."""
        return any(r.n_accepted or r.n_corrected for r in self.receipts)


def load_files(
    settings: Settings,
    files: Sequence[Path] | None,
    mapping: "FileMapping | None",
    *,
    progress: Progress,
) -> Intake:
    """Load `files`, or all of the inbox; a file that is refused does not stop the others."""
    chosen = list(files) if files else inbox_files(settings)
    if not chosen:
        raise NoDataError(
            "Nothing to load: there is no csv or xlsx file in the inbox. "
            f"{remedy_without_data(settings)}"
        )
    return _load_each(settings, chosen, mapping, progress, None)


def take_in(settings: Settings, progress: Progress, now: datetime | None = None) -> Intake:
    """Load the whole inbox and move each file to done/ or refused/; one bad file stops nothing.

    What keeps every file from being loaded (no key, a full disk) ends it: `stopped_by` says so and
    the files stay where they are.
    """
    intake = Intake()
    for path in inbox_files(settings):
        before = _stamp(path)
        try:
            one = _load_each(settings, [path], None, progress, now)
        except NmtError as fault:
            intake.stopped_by = fault
            break
        intake.receipts += one.receipts
        if settings.keep_inbox or _stamp(path) != before:
            intake.refused += one.refused
            continue  # a file that is still being copied is tried again next time
        if one.refused:
            intake.refused.append(_set_aside(settings, path, one.refused[0]))
        else:
            _move(path, settings.inbox / DONE)
    return intake


def inbox_files(settings: Settings) -> list[Path]:
    """The files in the inbox that can be read, sessions before what refers to them."""
    if not settings.inbox.is_dir():
        return []
    found = [
        path
        for path in settings.inbox.iterdir()
        if path.suffix.lower() in READABLE and not path.name.startswith((".", "~$"))
    ]
    return sorted(found, key=lambda path: ("session" not in path.name.lower(), path.name))


def refused_files(settings: Settings) -> list[Path]:
    """The files that were refused and still lie there."""
    there = (settings.inbox / REFUSED).glob("*")
    return sorted(path for path in there if not path.name.endswith(_REASON))


def remedy_without_data(settings: Settings) -> str:
    """What to do when there is nothing to read, in a sentence or two."""
    done = settings.inbox / DONE
    if not settings.store.exists() and done.is_dir() and any(done.iterdir()):
        return (
            f"The files loaded before lie in {done}, but {settings.store.name} is gone: put its "
            f"copy back, or move those files into {settings.inbox} to load them again."
        )
    if settings.store.exists():
        return f"Put new exports into {settings.inbox}, or name a file."
    return (
        f"Put your exports into {settings.inbox}, or try the invented practice: nmt-analytics init "
        "demo --example"
    )


def _load_each(
    settings: Settings,
    paths: Sequence[Path],
    mapping: "FileMapping | None",
    progress: Progress,
    now: datetime | None,
) -> Intake:
    from nmt_analytics.intake.own_mappings import load_all  # noqa: PLC0415 - not needed by reports

    intake = Intake()
    for path in paths:
        progress(f"Reading {path.name}")
        try:
            intake.receipts += load_all(settings, path, mapping, loaded_at=now)
        except UnreadableFileError as refusal:
            intake.refused.append(refusal)
    return intake


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written; None when it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _set_aside(settings: Settings, path: Path, refusal: UnreadableFileError) -> UnreadableFileError:
    """Move a refused file to refused/, the reason beside it; the refusal says where it is now."""
    target = _move(path, settings.inbox / REFUSED)
    reason = UnreadableFileError(
        f"{str(refusal).replace(str(path), str(target)).rstrip('.')}. The file lies in {REFUSED} "
        "now; move it back into the inbox afterwards."
    )
    told = printable(f"{reason}\n", also="\n")
    target.with_name(f"{target.name}{_REASON}").write_text(told, encoding="utf-8")
    return reason


def _move(path: Path, folder: Path) -> Path:
    """Move a file without ever replacing another; where it is now comes back."""
    folder.mkdir(exist_ok=True, mode=0o700)
    target, number = folder / path.name, 2
    while target.exists():
        target = folder / f"{path.stem} ({number}){path.suffix}"
        number += 1
    path.rename(target)
    return target
