"""Files that are locked, copied, kept, flushed and removed; only their owner can read them.

No database is known here; what stands in the files is database.py's affair.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from nmt_analytics.errors import BusyError


@contextlib.contextmanager
def writer_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """Keep every other writer of the file out; BusyError when one is still there after waiting.

    Makes the file's folder where there is none yet.
    """
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


def keep_previous(path: Path) -> None:
    """Keep the file as `<name>.previous` beside it, as a whole; nothing when there is none."""
    if not path.exists():
        return
    previous = path.with_name(path.name + ".previous")
    beside = path.with_name(path.name + ".previous.next")
    remove(beside)
    try:
        beside.hardlink_to(path)
    except OSError:
        copy_private(path, beside)
    beside.replace(previous)


def flush(path: Path) -> None:
    """Return when the file's bytes are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return when the folder's names are on the disk (Windows does so by itself)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def overflow_folder(path: Path) -> Path:
    """Where a database file's connection puts what does not fit in memory."""
    return path.with_name(path.name + ".tmp")


def remove(path: Path) -> None:
    """Remove a database file, its write-ahead log and its overflow, where they are."""
    for each in (path, path.with_name(path.name + ".wal")):
        each.unlink(missing_ok=True)
    shutil.rmtree(overflow_folder(path), ignore_errors=True)
