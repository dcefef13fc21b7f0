"""What is said when the store cannot be read, written or asked: what, where, and what to do."""

from pathlib import Path

from nmt_analytics.errors import StoreError
from nmt_analytics.schema import SCHEMA_VERSION
from nmt_analytics.store import files


def unreadable(path: Path, fault: Exception) -> StoreError:
    """DuckDB could not read or write the file."""
    return StoreError(
        f"{path.name} could not be read or written ({type(fault).__name__}); nothing was changed. "
        f"Check the disk's free space and rights. If the file is damaged, {_way_back(path)}"
    )


def unwritable(path: Path, fault: OSError) -> StoreError:
    """The disk refused a file of the store."""
    return StoreError(
        f"{path.name} could not be written: {fault.strerror}. The data is as it was before. "
        "Check the disk's free space and rights, then try again."
    )


def other_version(path: Path, version: str) -> StoreError:
    """The file has another layout than this version reads, or none at all."""
    return StoreError(
        f"{path.name} was written by another version of nmt-analytics (layout {version}, "
        f"this one reads {SCHEMA_VERSION}). Install that version, or move the file away and "
        "load your exports again."
    )


def unanswerable(fault: Exception) -> StoreError:
    """A question failed; DuckDB's own words could quote a row."""
    return StoreError(
        f"The question could not be answered ({type(fault).__name__}). Look at the casts and "
        "the arithmetic in it; try_cast gives null where cast fails."
    )


def _way_back(path: Path) -> str:
    previous = files.previous_version(path)
    if not previous.exists():
        return "move it away and load your exports again."
    return (
        f"the version before it is {previous.name} in the same folder: put it in the place of "
        f"{path.name}, then load your exports again (what is there already stays as it is)."
    )
