"""A table of text and its mapping → our columns, still as text, one row per record.

Their words become ours, their times ISO 8601. What cannot be translated is passed on as it stands,
so that the row rules refuse it with its line.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nmt_analytics.intake.formats import TextTable
from nmt_analytics.intake.mapping import Mapping, name_key
from nmt_analytics.intake.times import after, read_time

_JOIN = "\x1f"
"""Between the parts of an identifier; cannot be typed, so parts never run into each other."""

Column = list[str | None]


@dataclass(frozen=True)
class Translation:
    """Table → columns of text (object arrays, None: empty), `line` first; and what was left out."""

    arrays: dict[str, dict[str, np.ndarray]]
    skipped: dict[str, int]


def translate(
    table: TextTable, mapping: Mapping, landed: Sequence[str], zone_name: str
) -> Translation:
    """The records of `table` in our columns `landed`, without those that are no session.

    Times without an offset are in the mapping's zone, else in the practice's (`zone_name`).
    """
    cells = _Cells(table)
    kept, skipped = _without_skipped(cells, mapping)
    columns = {name: _read_column(cells, mapping, name, kept) for name in landed}
    columns |= {name: [value] * len(kept) for name, value in mapping.constants.items()}
    lines = np.array([table.lines[index] for index in kept], dtype="int64")
    arrays = {mapping.table: _as_arrays(lines, columns)}
    if mapping.check_ins:
        arrays["follow_ups"] = _read_check_ins(cells, mapping, kept, lines, columns, zone_name)
    return Translation(arrays, skipped)


class _Cells:
    """The cells of a table by header, found whatever its capitals and blanks."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._position = {name_key(name): number for number, name in enumerate(table.columns)}

    def __contains__(self, header: str) -> bool:
        return name_key(header) in self._position

    def column(self, header: str, kept: Sequence[int]) -> list[str]:
        """The trimmed cells of one column in the records `kept`."""
        position = self._position[name_key(header)]
        rows = self._table.rows
        return [rows[index][position].strip() for index in kept]

    def __len__(self) -> int:
        return len(self._table.rows)


def _without_skipped(cells: _Cells, mapping: Mapping) -> tuple[list[int], dict[str, int]]:
    """The records that stay, and how many each rule left out (the first rule that holds)."""
    kept = list(range(len(cells)))
    skipped: Counter[str] = Counter()
    for rule in mapping.skip:
        if rule.column not in cells:
            continue
        holds = [rule.holds(value) for value in cells.column(rule.column, kept)]
        skipped[rule.rule] += sum(holds)
        kept = [index for index, leaves in zip(kept, holds, strict=True) if not leaves]
    return kept, {rule: n for rule, n in skipped.items() if n}


def _read_column(cells: _Cells, mapping: Mapping, name: str, kept: Sequence[int]) -> Column:
    theirs = [header for header in mapping.columns[name] if header in cells]
    parts = [cells.column(header, kept) for header in theirs]
    is_identifier = name.endswith("_id")
    joined = parts[0] if len(parts) == 1 else list(_joined(parts, _JOIN if is_identifier else " "))
    if name.endswith("_at"):
        zones = _zones(cells, mapping, kept)
        return [
            read_time(text, mapping.times, zone) if _is_there(text, mapping) else None
            for text, zone in zip(joined, zones, strict=True)
        ]
    return _translated(joined, mapping, name)


def _translated(texts: Sequence[str], mapping: Mapping, name: str) -> Column:
    """Each text in our words; a word that is looked up once is remembered."""
    words = _word_reader(mapping, name)
    known: dict[str, str | None] = {}
    for text in texts:
        if text not in known:
            known[text] = words(text) if _is_there(text, mapping) else None
    return [known[text] for text in texts]


def _word_reader(mapping: Mapping, name: str) -> Callable[[str], str]:
    values = mapping.values.get(name, {})
    bands = mapping.bands.get(name, ())
    folds_case = name in mapping.fold_case

    def read(text: str) -> str:
        if text.casefold() in values:
            return values[text.casefold()]
        for band in bands if _is_number(text) else ():
            if band.holds(float(text)):
                return band.word
        return text.casefold() if folds_case else text

    return read


def _read_check_ins(
    cells: _Cells,
    mapping: Mapping,
    kept: Sequence[int],
    lines: np.ndarray,
    session: dict[str, Column],
    zone_name: str,
) -> dict[str, np.ndarray]:
    """Every check-in of every record: asked and, where there is a value, answered on time."""
    ends = session.get("ended_at") or session["started_at"]
    starts = session["started_at"]
    columns: dict[str, Column] = {}
    answers = sorted({answer for each in mapping.check_ins for answer in each.columns})
    found: list[dict[str, Column]] = []
    for check_in in mapping.check_ins:
        values: dict[str, Column] = {
            answer: _translated(cells.column(check_in.columns[answer], kept), mapping, answer)
            if answer in check_in.columns
            else [None] * len(kept)
            for answer in answers
        }
        asked: Column = [
            after(end or start, check_in.after_seconds, zone_name)
            for end, start in zip(ends, starts, strict=True)
        ]
        is_answered = [any(each) for each in zip(*values.values(), strict=True)]
        answered: Column = [
            moment if there else None for moment, there in zip(asked, is_answered, strict=True)
        ]
        found.append({"asked_at": asked, "answered_at": answered, **values})
    for name in ("client_id", "session_id"):
        if name in session:
            columns[name] = session[name] * len(found)
    if "session_id" not in session:
        columns["session_started_at"] = starts * len(found)
    for name in ("asked_at", "answered_at", *answers):
        columns[name] = [value for each in found for value in each[name]]
    return _as_arrays(np.tile(lines, len(found)), columns)


def _zones(cells: _Cells, mapping: Mapping, kept: Sequence[int]) -> list[str]:
    if mapping.times.zone_column in cells:
        return cells.column(mapping.times.zone_column, kept)
    return [mapping.times.zone] * len(kept)


def _joined(parts: Sequence[Sequence[str]], joint: str) -> Iterator[str]:
    for values in zip(*parts, strict=True):
        yield joint.join(values) if any(values) else ""


def _is_there(text: str, mapping: Mapping) -> bool:
    return bool(text) and text not in mapping.missing


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _as_arrays(lines: np.ndarray, columns: dict[str, Column]) -> dict[str, np.ndarray]:
    return {"line": lines} | {
        name: np.array([value or None for value in values], dtype=object)
        for name, values in columns.items()
    }
