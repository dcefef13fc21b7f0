"""Chosen columns → a whole mapping: formats of times, words, levels, statuses, what recognises it.

What the file shows is written down; what it leaves open is asked or refused, never guessed.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace

from nmt_analytics.intake.cells import Cells
from nmt_analytics.intake.date_order import DateOrderError, order_shown
from nmt_analytics.intake.mapping import Mapping, name_key
from nmt_analytics.intake.mapping_parts import Band, Times
from nmt_analytics.intake.skips import SkipRule
from nmt_analytics.intake.summaries import MOST_CHOICES, Summary
from nmt_analytics.intake.time_formats import find_formats
from nmt_analytics.intake.wordlists import (
    answer_kind,
    answers_of,
    formless_score,
    status_words,
)
from nmt_analytics.schema import SESSIONS, table
from nmt_analytics.vocabulary import LEVELS

_LEVEL_BANDS = (Band(None, 3, "low"), Band(4, 6, "moderate"), Band(7, None, "high"))
NOON = "12:00"


@dataclass(frozen=True)
class Looked:
    """A file looked at: its cells, and the summary of each of its columns by header."""

    cells: Cells
    summaries: AnyMapping[str, Summary]


def complete_times(mapping: Mapping, looked: Looked, date_order: str) -> Mapping:
    """The mapping with formats that read its columns of times, in one order of day and month.

    `date_order` is what the owner said, or nothing. Raises DateOrderError, naming the column,
    where the file leaves it open and nothing was said.
    """
    formats = list(mapping.times.formats)
    for theirs in _time_columns(mapping):
        formats += [each for each in _formats(theirs, looked) if each not in formats]
    has_bare_dates = any(
        looked.summaries[theirs[0]].kind == "date"
        for theirs in _time_columns(mapping)
        if len(theirs) == 1
    )
    time_of_day = mapping.times.time_of_day or (NOON if has_bare_dates else "")
    times = replace(
        mapping.times, formats=tuple(formats), time_of_day=time_of_day, date_order=date_order
    )
    orders = {_order_shown(theirs, looked, times) for theirs in _time_columns(mapping)} - {""}
    if not date_order and len(orders) == 1:
        times = replace(times, date_order=orders.pop())
    return replace(mapping, times=times)


def _time_columns(mapping: Mapping) -> list[tuple[str, ...]]:
    return [theirs for ours, theirs in mapping.columns.items() if ours.endswith("_at")]


def _formats(theirs: tuple[str, ...], looked: Looked) -> tuple[str, ...]:
    """The formats of one column, or of a date and a time that stand in two."""
    if len(theirs) == 1:
        return looked.summaries[theirs[0]].formats
    return find_formats(list(dict.fromkeys(_joined(theirs, looked))))


def _joined(theirs: tuple[str, ...], looked: Looked) -> list[str]:
    columns = [looked.cells.column(each) for each in theirs]
    joined = [" ".join(filter(None, texts)) for texts in zip(*columns, strict=True)]
    return [text for text in joined if text]


def _order_shown(theirs: tuple[str, ...], looked: Looked, times: Times) -> str:
    try:
        return order_shown(_joined(theirs, looked), times)
    except DateOrderError as fault:
        raise DateOrderError(f'column "{" + ".join(theirs)}": {fault}') from None


def complete_words(mapping: Mapping, looked: Looked) -> tuple[Mapping, list[str]]:
    """The mapping with their words in ours where the lists know them, and what they do not know.

    Only of closed questions; what somebody wrote in words of their own never gets into a mapping.
    """
    columns, remarks = dict(mapping.columns), []
    values, bands = dict(mapping.values), dict(mapping.bands)
    for column in table(mapping.table).file_columns:
        theirs = mapping.columns.get(column.name, ())
        if len(theirs) != 1 or not (column.words or column.type == "BOOLEAN"):
            continue
        summary = looked.summaries[theirs[0]]
        if column.words == LEVELS and summary.kind == "whole_number":
            bands.setdefault(column.name, _LEVEL_BANDS)
            remarks.append(f"{column.name}: 0-3 is read as low, 4-6 as moderate, 7-10 as high.")
            continue
        texts = [
            text
            for text in set(looked.cells.column(theirs[0]))
            if text and text not in mapping.missing
        ]
        if len(texts) > MOST_CHOICES:
            remarks.append(
                f"{column.name}: {len(texts)} different answers are too many for a closed question."
            )
            continue
        if column.type == "BOOLEAN" and summary.kind == "whole_number":
            remarks.append(_coded(column.name, theirs[0]))
            del columns[column.name]
            continue
        found = answers_of(answer_kind(column.name), texts)
        known = {text.casefold(): ours for text, ours in sorted(found.items()) if ours}
        n_unknown = sum(
            not ours and text.casefold() not in values.get(column.name, {})
            for text, ours in found.items()
        )
        values[column.name] = known | values.get(column.name, {})
        if n_unknown:
            remarks.append(
                f"{column.name}: {n_unknown} of {len(texts)} different answers have no word of "
                f"ours yet and would be refused. Write each under [values.{column.name}]."
            )
    values = {name: words for name, words in values.items() if words}
    return replace(mapping, columns=columns, values=values, bands=bands), remarks


def _coded(ours: str, theirs: str) -> str:
    """What to write where yes and no are two numbers: which is which is never guessed."""
    return (
        f'{ours} is left out: "{theirs}" holds code numbers, and nothing says which one is yes. '
        f'If 1 is yes and 2 is no, write {ours} = "{theirs}" under [columns], and at the end '
        f"[values.{ours}] with 1 = true and 2 = false below it."
    )


def complete_sessions(mapping: Mapping, looked: Looked) -> Mapping:
    """A mapping of sessions with the statuses that are none, lengths, and the future left out."""
    if mapping.table != SESSIONS.name or mapping.skip or mapping.check_ins:
        return mapping
    status = _best_formless("status", mapping, looked)
    skip = mapping.skip
    if status:
        skip += tuple(
            SkipRule(rule, status, values=status_words(what))
            for rule, what in (("cancelled", "cancelled"), ("no-show", "no_show"))
        )
    duration = "" if "ended_at" in mapping.columns else _best_formless("duration", mapping, looked)
    times = replace(mapping.times, duration_column=mapping.times.duration_column or duration)
    return replace(mapping, skip=skip, times=times, skip_future=True)


def _best_formless(what: str, mapping: Mapping, looked: Looked) -> str:
    used = set(map(name_key, mapping.source_columns))
    scores = {
        header: formless_score(what, header)
        for header, summary in looked.summaries.items()
        if name_key(header) not in used and summary.n_different <= 10 * MOST_CHOICES
    }
    best = max(scores, key=lambda header: scores[header], default="")
    return best if best and scores[best] else ""


def complete_recognition(mapping: Mapping, base: Mapping | None, headers: list[str]) -> Mapping:
    """The mapping with the headers by which a later export of the same kind is known again."""
    there = {name_key(header): header for header in headers}
    wanted = [name for each in mapping.columns.values() for name in each]
    if base:
        fitting = [each for each in base.recognise if {name_key(n) for n in each} <= set(there)]
        longest: tuple[str, ...] = max(fitting, key=len, default=())
        wanted += longest
    found = dict.fromkeys(there[name_key(name)] for name in wanted if name_key(name) in there)
    return replace(mapping, recognise=(tuple(found),))
