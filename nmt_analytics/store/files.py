"""Files that are locked, copied, kept, flushed and removed; only their owner can read them.

No database is known here; what stands in the files is database.py's affair.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from nmt_analytics.errors import BusyError, StoreError


@contextlib.contextmanager
def writer_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """Keep every other writer of the file out; BusyError when one is still there after waiting.

    Makes the file's folder where there is none yet.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - readers need no lock

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=wait_seconds, mode=0o600)
    try:
        with lock:
            yield
    except Timeout:
        raise BusyError(
            f"Another load is writing {path.name}. Wait until it is done and try again."
        ) from None


def copy_private(source: Path, target: Path) -> None:
    """Copy a file to one that only its owner can read, even while it is written."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as writing, source.open("rb") as reading:
        shutil.copyfileobj(reading, writing, 1 << 20)


def previous_version(path: Path) -> Path:
    """Where the version before the file's last replacement is kept."""
    return path.with_name(path.name + ".previous")


def keep_previous(path: Path) -> None:
    """Keep the file as its previous version, as a whole; nothing when there is none."""
    if not path.exists():
        return
    previous = previous_version(path)
    beside = path.with_name(path.name + ".previous.next")
    remove(beside)
    try:
        try:
            beside.hardlink_to(path)
        except OSError:
            copy_private(path, beside)
        beside.replace(previous)
    finally:
        # A link moved onto another link of the same file stays where it is (POSIX rename).
        sweep(beside)


def flush(path: Path) -> None:
    """Return when the file's bytes are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def confirm_replacement(path: Path) -> None:
    """Return when the disk knows which file `path` is now (Windows sees to that by itself).

    Raises StoreError when the disk does not say so; the new file is in place all the same.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as fault:
        raise StoreError(
            f"{path.name} holds the new data, but the disk did not confirm it: {fault.strerror}. "
            "Check the disk, then load the file again."
        ) from fault


def overflow_folder(path: Path) -> Path:
    """Where a database file's connection puts what does not fit in memory."""
    return path.with_name(path.name + ".tmp")


def remove(path: Path) -> None:
    """Remove a database file, its write-ahead log and its overflow, where they are."""
    for each in (path, path.with_name(path.name + ".wal")):
        each.unlink(missing_ok=True)
    shutil.rmtree(overflow_folder(path), ignore_errors=True)


def sweep(path: Path) -> None:
    """Remove a file as `remove` does, where it can be: the next load tries again."""
    with contextlib.suppress(OSError):
        remove(path)
