"""Which mapping a file is read with: the practice's own folder first, then the known exports.

A workbook may hold several tables; each sheet that is recognised is read with a mapping of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nmt_analytics.errors import UsageError, unknown_name
from nmt_analytics.intake.files.foreign import is_workbook, refuse_foreign
from nmt_analytics.intake.files.headers import (
    count_header_rows,
    find_known_header,
    fold_row,
    name_columns,
)
from nmt_analytics.intake.files.workbooks import Sheet, read_sheets
from nmt_analytics.intake.formats import sniff_layout
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import Mapping, known_mappings, read_mapping, recognise
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.settings import Settings

_N_HEAD = 200


def mappings_folder(settings: Settings) -> Path:
    """Where the practice's own mappings are kept, beside practice.toml."""
    return settings.folder / "mappings"


def own_mappings(settings: Settings) -> tuple[Mapping, ...]:
    """The practice's own mappings, by name; raises UsageError for one that is not as it should."""
    return tuple(read_mapping(path) for path in sorted(mappings_folder(settings).glob("*.toml")))


def named_mapping(settings: Settings, name: str) -> Mapping:
    """The mapping file `name`, else the practice's own or the known mapping of that name.

    Raises UsageError when there is none.
    """
    if Path(name).is_file():
        return read_mapping(Path(name))
    named = {each.name: each for each in (*known_mappings(), *own_mappings(settings))}
    if name not in named:
        raise unknown_name("mapping", name, sorted(named))
    return named[name]


def load_all(
    settings: Settings,
    path: Path,
    mapping: Mapping | None = None,
    *,
    loaded_at: datetime | None = None,
) -> list[Receipt]:
    """Load one file with the mapping named, the practice's own, or a known one.

    One receipt for each table in it; arguments and errors as in `load_file`.
    """
    kinds = (mapping,) if mapping else mappings_for(settings, path)
    return [load_file(settings, path, kind, loaded_at=loaded_at) for kind in kinds]


def mappings_for(settings: Settings, path: Path) -> tuple[Mapping | None, ...]:
    """The mappings to read a file with, one for each table in it; None: the known one that fits.

    Raises UsageError when two of the practice's own mappings fit equally well.
    """
    own = own_mappings(settings)
    head = _first_bytes(path)
    if is_workbook(head):
        return _of_sheets(path, own)
    if not own or not head.strip():
        return (None,)
    columns = sniff_layout(path, is_header=lambda row: choose(row, own) is not None).columns
    return (choose(columns, own),)


def choose(columns: Sequence[str], own: Sequence[Mapping]) -> Mapping | None:
    """The mapping for a file with these columns: of the practice's own, else a known one."""
    fits = [(each.n_recognised(columns), each) for each in own]
    best = max((n for n, _ in fits), default=0)
    chosen = [each for n, each in fits if n == best]
    if not best:
        return recognise(columns)
    if len(chosen) > 1:
        names = ", ".join(each.name for each in chosen)
        raise UsageError(
            f"Several of your mappings fit this file equally well: {names}. Delete the ones you do "
            "not need from the folder mappings, or name one with --mapping."
        )
    return chosen[0]


def _of_sheets(path: Path, own: Sequence[Mapping]) -> tuple[Mapping | None, ...]:
    data = path.read_bytes()
    refuse_foreign(data, path.name)
    kinds = {sheet.name: _kind_of(sheet, own) for sheet in read_sheets(data, path.name)}
    found = {name: kind for name, kind in kinds.items() if kind}
    if len(found) > 1:
        return tuple(_on_sheet(kind, name) for name, kind in found.items())
    return tuple(found.values()) or (None,)


def _kind_of(sheet: Sheet, own: Sequence[Mapping]) -> Mapping | None:
    rows = [fold_row(row) for row in sheet.rows[:_N_HEAD]]
    start = find_known_header(rows, lambda row: choose(row, own) is not None)
    if start is None:
        return None
    n_rows = count_header_rows(rows[start : start + 3])
    return choose(rows[start], own) or choose(name_columns(rows[start : start + n_rows]), own)


def _on_sheet(kind: Mapping, sheet: str) -> Mapping:
    """The mapping bound to one sheet, as a mapping of its own."""
    return replace(
        kind, file=replace(kind.file, sheet=sheet), source=f"# sheet {sheet}\n{kind.source}"
    )


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError:
        return b""
