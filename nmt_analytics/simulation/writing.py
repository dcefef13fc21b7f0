"""Writes an invented practice as the canonical files: sessions.csv, follow_ups.csv, truth.json.

Rows are laid out as bytes, whole columns at once: pandas' `to_csv` took 2.8 times as long (100,000
sessions with their check-ins), and a million sessions have to be made and written in a minute.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_ROWS_AT_ONCE = 200_000


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes `frame` as UTF-8 CSV: times YYYY-MM-DD HH:MM, yes/no, empty where nothing is.

    No value may hold a comma, a quote or a line end, which no word of the vocabulary does.
    """
    with path.open("wb") as file:
        file.write((",".join(frame.columns) + "\n").encode())
        for first in range(0, len(frame), _ROWS_AT_ONCE):
            file.write(_rows_as_bytes(frame.iloc[first : first + _ROWS_AT_ONCE]))


def write_json(content: dict[str, Any], path: Path) -> None:
    """Writes `content` as indented UTF-8 JSON, its keys in the order given."""
    path.write_bytes((json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _rows_as_bytes(rows: pd.DataFrame) -> bytes:
    """Columns side by side, each padded to its width with NUL; then the padding goes."""
    n = len(rows)
    comma, line_end = np.full((n, 1), ord(","), np.uint8), np.full((n, 1), ord("\n"), np.uint8)
    parts = []
    for name in rows:
        cells = np.ascontiguousarray(_as_text(rows[name]))
        parts += [cells.view(np.uint8).reshape(n, cells.itemsize), comma]
    parts[-1] = line_end
    return np.hstack(parts).tobytes().translate(None, b"\0")


def _as_text(column: pd.Series) -> np.ndarray:
    """The cells of a column as fixed-width bytes, empty where missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.array([*column.cat.categories, ""], dtype="S")[column.cat.codes]
    if isinstance(column.dtype, pd.BooleanDtype):
        return np.array(["no", "yes", ""], dtype="S")[column.astype("Int8").fillna(2).to_numpy()]
    if pd.api.types.is_integer_dtype(column.dtype):
        whole = column.fillna(-1).to_numpy(dtype=np.int64)
        return np.array([*map(str, range(whole.max() + 1)), ""], dtype="S")[whole]
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _times_as_text(column.to_numpy())
    return column.to_numpy(dtype="S", na_value="")


def _times_as_text(times: np.ndarray) -> np.ndarray:
    text = np.datetime_as_string(times, unit="m").astype("S16")
    text[np.isnat(times)] = b""
    characters = text.view("S1").reshape(len(text), 16)
    characters[characters == b"T"] = b" "
    return text
