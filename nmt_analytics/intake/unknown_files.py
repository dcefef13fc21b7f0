"""What is said of a file that no mapping reads: which tool wrote it, and the way on."""

import re
from collections.abc import Sequence
from pathlib import Path

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.files.headers import refuse_record_as_header
from nmt_analytics.intake.mapping import recognise_form

_N_SHOWN = 12
_LONGEST = 40


def unknown_file(columns: Sequence[str], path: Path) -> UnreadableFileError:
    """The error for a file with these columns, with what its owner can do about it."""
    refuse_record_as_header(columns, path.name)
    if len(columns) == 1:  # a letter, a key: whatever stands there is no name of a column
        return UnreadableFileError(
            f"{path.name}: this is no table of columns, as exports are. Name an export."
        )
    tool = recognise_form(columns)
    if tool:
        what = f"this looks like {tool.title}. What its questions mean, only you know"
    else:
        what = f"no known export has these columns: {listed(columns, _N_SHOWN)}"
    return UnreadableFileError(
        f"{path.name}: {what}. Say once which column is which: nmt-analytics map {as_typed(path)}"
    )


def as_typed(path: Path) -> str:
    """A path as it is typed into a command, in quotation marks where it needs them."""
    text = str(path)
    return f'"{text}"' if re.search(r"[^\w./\\:~-]", text) else text


def listed(names: Sequence[str], n_shown: int = 30) -> str:
    """The names in quotation marks, cut where they are long, and how many more there are."""
    shown = ", ".join(f'"{_cut(name)}"' for name in names[:n_shown])
    return shown + (f" and {len(names) - n_shown} more" if len(names) > n_shown else "")


def _cut(name: str) -> str:
    return f"{name[: _LONGEST - 1]}…" if len(name) > _LONGEST else name
