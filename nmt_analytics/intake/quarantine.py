"""data/quarantine/<file>.csv: which lines of a file were refused, and how to mend each.

Written from the store, so that it can be made again at any time. Never holds a value of a row.
"""

import contextlib
import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from nmt_analytics.errors import StoreError
from nmt_analytics.intake.rules import RULES, mend
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Store

_REFUSED = """
select
    quarantine.* exclude (import_id) replace (
        case when count(distinct table_name) over () > 1 then concat(table_name, '.', column_name)
             else column_name end as column_name
    )
from quarantine join imports using (import_id)
where file_name = $file_name
order by table_name, line, column_name, rule
"""


def quarantine_file(settings: Settings, file_name: str) -> Path:
    """Where the refused lines of a file are listed."""
    name = file_name if file_name.lower().endswith(".csv") else f"{file_name}.csv"
    return settings.store.parent / "quarantine" / name


def write_quarantine(settings: Settings, file_name: str) -> Path | None:
    """List the refused lines of a file; None, and no list, when there are none."""
    path = quarantine_file(settings, file_name)
    store = Store(settings.store)
    found = store.select(_REFUSED, {"file_name": file_name})
    store.close()
    lines, columns, rules = (found[name].tolist() for name in ("line", "column_name", "rule"))
    # A store that nothing was loaded into since the column exists does not have it.
    nearest = found["nearest"].tolist() if "nearest" in found else [None] * len(lines)
    if not lines:
        with _list_faults(path):
            path.unlink(missing_ok=True)
        return None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["line", "column", "rule", "what is wrong", "how to mend it"])
    for line, column, name, word in zip(lines, columns, rules, nearest, strict=True):
        writer.writerow([line, column, name, RULES[name].fault, mend(name, column, word or "")])
    with _list_faults(path):
        _write_private(path, text.getvalue())
    return path


@contextlib.contextmanager
def _list_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StoreError(
            f"The file was loaded, but quarantine/{path.name}, the list of its refused lines, "
            f"could not be brought up to date: {fault.strerror}. Check the disk's free space and "
            "rights, then load the file again."
        ) from fault


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(path.name + ".next")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
