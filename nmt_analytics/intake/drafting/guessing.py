"""A first draft of a mapping: which column of a file is probably which of ours.

Goes by header words and by the shape of what stands below them; whoever owns the file confirms it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nmt_analytics.intake.drafting.summaries import Summary
from nmt_analytics.intake.mapping import Mapping as FileMapping
from nmt_analytics.intake.mapping import name_key
from nmt_analytics.intake.wordlists import formless_score, header_score
from nmt_analytics.schema import FACTS, FOLLOW_UPS, SESSION_NOTES, SESSIONS, Column, table

_TIMES = ("time", "date")
_EMAIL_BONUS = 30
"""An address is the one key that booking programs and form tools share."""
_MOSTLY = 0.9
_MOST_YES_NO = 4
"""Yes, no and two ways of not knowing; the codes 1 and 2 of some survey tools are fewer."""
_SAME_THING = {
    "follow_up_id": "note_id",
    "answered_at": "noted_at",
    "note_id": "follow_up_id",
    "noted_at": "answered_at",
}
"""Columns that form tools always have: what they become where a row is a note, or a check-in."""
_FOLLOW_UP_SIGNS = ("relief_holding", "soreness", "recommend")
_NOTE_SIGNS = ("condition", "severity_before", "stress_level", "hold_seconds", "pressure_felt")


@dataclass(frozen=True)
class Guess:
    """One of our columns, the column or columns of theirs it may be read from, and how sure."""

    column: Column
    theirs: tuple[str, ...]
    is_known: bool = False
    """Whether the tool is known to write it so."""


def guess_table(base: FileMapping | None, summaries: Mapping[str, Summary]) -> str:
    """Which of our tables one row of the file belongs to; nothing when no column shows it."""
    if base and base.table == SESSIONS.name:
        return base.table
    n_follow_up = sum(_best(name, summaries) is not None for name in _FOLLOW_UP_SIGNS)
    n_note = sum(_best(name, summaries) is not None for name in _NOTE_SIGNS)
    is_session = any(formless_score("session", header) for header in summaries)
    if base is None and not n_follow_up and is_session:
        return SESSIONS.name
    if not n_note and not n_follow_up:
        return ""
    return SESSION_NOTES.name if n_note > n_follow_up else FOLLOW_UPS.name


def guess_columns(
    base: FileMapping | None, into: str, summaries: Mapping[str, Summary]
) -> list[Guess]:
    """For every column of the table `into`, what it is read from; nothing where none fits.

    What the base knows stands; each further column of theirs is taken once, the best fit first.
    """
    columns = table(into).file_columns
    known = _known_columns(base, into, summaries)
    taken = {theirs for names in known.values() for theirs in names}
    fits = sorted(
        (
            (score, ours.name, theirs)
            for ours in columns
            if ours.name not in known
            for theirs, summary in summaries.items()
            if theirs not in taken and (score := _fit(ours, theirs, summary))
        ),
        key=lambda fit: -fit[0],
    )
    found: dict[str, str] = {}
    for _, ours_name, theirs in fits:
        if ours_name not in found and theirs not in taken:
            found[ours_name] = theirs
            taken.add(theirs)
    clocks = [name for name, each in summaries.items() if each.kind == "clock"]
    return [
        Guess(column, known[column.name], is_known=True)
        if column.name in known
        else Guess(column, _with_clock(found.get(column.name), clocks, summaries))
        for column in columns
    ]


def _with_clock(
    theirs: str | None, clocks: list[str], summaries: Mapping[str, Summary]
) -> tuple[str, ...]:
    """A column of dates together with the first column of times of day, where there is one."""
    if theirs is None:
        return ()
    return (theirs, clocks[0]) if clocks and summaries[theirs].kind == "date" else (theirs,)


def _known_columns(
    base: FileMapping | None, into: str, summaries: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """What the base says of the file's own columns, in the words of the table `into`."""
    if base is None:
        return {}
    headers = {name_key(header): header for header in summaries}
    names = {column.name for column in table(into).file_columns}
    known = {}
    for ours, theirs in base.columns.items():
        name = ours if ours in names else _SAME_THING.get(ours, "")
        there = tuple(headers[name_key(each)] for each in theirs if name_key(each) in headers)
        if name in names and there:
            known[name] = there
    return known


def _best(ours_name: str, summaries: Mapping[str, Summary]) -> str | None:
    columns = {column.name: column for of in FACTS for column in of.file_columns}
    scores = {
        theirs: _fit(columns[ours_name], theirs, summary) for theirs, summary in summaries.items()
    }
    best = max(scores, key=lambda theirs: scores[theirs], default=None)
    return best if best is not None and scores[best] else None


def _fit(ours: Column, theirs: str, summary: Summary) -> int:
    """How well a column of theirs fits one of ours; 0 when its cells cannot be that."""
    score = header_score(ours.name, theirs)
    is_mostly_filled = summary.n_filled >= _MOSTLY * summary.n_rows
    if ours.name == "client_id" and summary.kind == "email" and is_mostly_filled:
        score += 0 if header_score("therapist_id", theirs) else _EMAIL_BONUS
    return score if score and could_be(ours, summary) else 0


def could_be(ours: Column, summary: Summary) -> bool:
    """Whether a column with these cells can be read as one of ours at all."""
    if not summary.n_filled:
        return True
    if ours.low is not None and ours.high is not None:
        is_whole = summary.kind in ("whole_number", "yes_no")
        return is_whole and (summary.high is None or summary.high <= ours.high)
    if ours.type == "BOOLEAN" and summary.n_different > _MOST_YES_NO:
        return False
    return summary.kind in _kinds_for(ours)


def _kinds_for(ours: Column) -> tuple[str, ...]:
    if ours.is_identifier:
        return ("words", "text", "email", "phone", "whole_number", "number")
    if ours.type == "TIMESTAMP":
        return _TIMES
    if ours.type == "BOOLEAN":
        return ("yes_no", "words", "whole_number")
    return ("words", "yes_no", "whole_number") if ours.words else ("words",)


def with_base(base: FileMapping | None, into: str, guesses: Iterable[Guess]) -> FileMapping:
    """The mapping that the chosen columns make, with all that the base knows besides them."""
    columns = {guess.column.name: guess.theirs for guess in guesses if guess.theirs}
    if base is None:
        return FileMapping(name="", table=into, columns=columns)
    return replace(base, table=into, columns=columns)
