"""A table of text and its mapping → our columns, still as text, one row per record.

Their words become ours, their times ISO 8601. What cannot be translated is passed on as it stands,
so that the row rules refuse it with its line.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nmt_analytics.intake.cells import Cells
from nmt_analytics.intake.date_order import DateOrderError, decide_order
from nmt_analytics.intake.formats import TextTable
from nmt_analytics.intake.mapping import Mapping
from nmt_analytics.intake.pseudonyms import BETWEEN_PARTS
from nmt_analytics.intake.times import after, read_duration, read_time

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
    Raises DateOrderError where the file leaves open whether the day or the month comes first.
    """
    cells = Cells(table, mapping.carry_down)
    kept, skipped = _without_skipped(cells, mapping, table.name)
    columns = _read_columns(cells, mapping, landed, kept, zone_name)
    columns |= {name: [value] * len(kept) for name, value in mapping.constants.items()}
    lines = np.array([table.lines[index] for index in kept], dtype="int64")
    arrays = {mapping.table: _as_arrays(lines, columns)}
    if mapping.check_ins:
        arrays["follow_ups"] = _read_check_ins(cells, mapping, kept, lines, columns, zone_name)
    return Translation(arrays, skipped)


def _read_columns(
    cells: Cells, mapping: Mapping, landed: Sequence[str], kept: Sequence[int], zone_name: str
) -> dict[str, Column]:
    columns = {name: _read_column(cells, mapping, name, kept) for name in landed}
    if mapping.times.duration_column in cells and "ended_at" not in columns:
        columns["ended_at"] = _ends(cells, mapping, columns["started_at"], kept, zone_name)
    return columns


def _without_skipped(
    cells: Cells, mapping: Mapping, file_name: str
) -> tuple[list[int], dict[str, int]]:
    """The records that stay, and how many each rule left out (the first rule that holds)."""
    kept = list(range(len(cells)))
    skipped: Counter[str] = Counter()
    for rule in mapping.skip:
        if rule.holds_for_file(file_name):
            return [], {rule.rule: len(cells)}
        if rule.column not in cells:
            continue
        values = cells.column(rule.column, kept)
        holds = [rule.holds(value, mapping.missing) for value in values]
        skipped[rule.rule] += sum(holds)
        kept = [index for index, leaves in zip(kept, holds, strict=True) if not leaves]
    return kept, {rule: n for rule, n in skipped.items() if n}


def _read_column(cells: Cells, mapping: Mapping, name: str, kept: Sequence[int]) -> Column:
    theirs = [header for header in mapping.columns[name] if header in cells]
    joined = _joined([cells.column(header, kept) for header in theirs], mapping, name)
    if not name.endswith("_at"):
        return _translated(joined, mapping, name)
    there = [text if _is_there(text, mapping) else "" for text in joined]
    try:
        times = decide_order(filter(None, there), mapping.times)
    except DateOrderError as fault:
        raise DateOrderError(f'column "{" + ".join(theirs)}": {fault}') from None
    zones = _zones(cells, mapping, kept)
    return [
        read_time(text, times, zone) if text else None
        for text, zone in zip(there, zones, strict=True)
    ]


def _ends(
    cells: Cells, mapping: Mapping, starts: Column, kept: Sequence[int], zone_name: str
) -> Column:
    """When each session ended, from its start and how long it took; unreadable lengths as empty."""
    texts = cells.column(mapping.times.duration_column, kept)
    minutes = [read_duration(text) if _is_there(text, mapping) else None for text in texts]
    return [
        after(start, 60 * length, zone_name) if length else None
        for start, length in zip(starts, minutes, strict=True)
    ]


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

    def read(text: str) -> str:
        if text.casefold() in values:
            return values[text.casefold()]
        for band in bands if _is_number(text) else ():
            if band.holds(float(text)):
                return band.word
        return text

    return read


def _read_check_ins(
    cells: Cells,
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


def _zones(cells: Cells, mapping: Mapping, kept: Sequence[int]) -> list[str]:
    if mapping.times.zone_column in cells:
        return cells.column(mapping.times.zone_column, kept)
    return [mapping.times.zone] * len(kept)


def _joined(parts: Sequence[Sequence[str]], mapping: Mapping, name: str) -> list[str]:
    """One text for each record: of several columns all, or the first that is filled.

    The parts of an identifier keep their places, so that no two identifiers become the same.
    """
    if len(parts) == 1:
        return list(parts[0])
    if name in mapping.first_of:
        return [
            next((text for text in texts if _is_there(text, mapping)), "")
            for texts in zip(*parts, strict=True)
        ]
    if name.endswith("_id"):
        return [
            BETWEEN_PARTS.join(texts) if any(texts) else "" for texts in zip(*parts, strict=True)
        ]
    return [" ".join(filter(None, texts)) for texts in zip(*parts, strict=True)]


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
