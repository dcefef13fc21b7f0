"""Puts a folder of finished files in place as a whole, or leaves the previous one untouched."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nmt_analytics.errors import BusyError, ReportError


@contextmanager
def replaced_whole(folder: Path) -> Iterator[Path]:
    """An empty folder to write into; it becomes `folder` when the block ends without error.

    Written beside it and moved, so that a reader sees all of the old or all of the new files.
    Raises BusyError when another process writes the same folder, ReportError when the disk does
    not let us.
    """
    building = folder.with_name(f".{folder.name}.building")
    previous = folder.with_name(f".{folder.name}.previous")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            _recover(folder, building, previous)
            building.mkdir()
            try:
                yield building
                _flush(building)
                _swap(building, folder, previous)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    except Timeout:
        raise BusyError(
            f"{folder} is being written by another run. Wait until it is done."
        ) from None
    except OSError as fault:
        raise ReportError(
            f"{folder} could not be written ({fault.strerror}); the previous page is untouched. "
            "Make room or allow writing there, then run the report again."
        ) from fault


def _recover(folder: Path, building: Path, previous: Path) -> None:
    """Clears away what a killed run has left, and brings back what it had moved aside."""
    shutil.rmtree(building, ignore_errors=True)
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    shutil.rmtree(previous, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _swap(building: Path, folder: Path, previous: Path) -> None:
    if folder.exists():
        folder.rename(previous)
    try:
        building.rename(folder)
    except OSError:
        if previous.exists():
            previous.rename(folder)
        raise
    shutil.rmtree(previous, ignore_errors=True)
