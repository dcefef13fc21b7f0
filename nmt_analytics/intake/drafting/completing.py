"""Chosen columns → a whole mapping: formats of times, words, levels, statuses, what recognises it.

What the file shows is written down; what it leaves open is asked or refused, never guessed.
"""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace

from nmt_analytics.intake.cells import Cells
from nmt_analytics.intake.date_order import DateOrderError, order_shown
from nmt_analytics.intake.drafting.summaries import MOST_CHOICES, Summary
from nmt_analytics.intake.mapping import Mapping, name_key
from nmt_analytics.intake.mapping_parts import Band, Times
from nmt_analytics.intake.skips import SkipRule
from nmt_analytics.intake.time_formats import find_formats
from nmt_analytics.intake.wordlists import (
    answer_kind,
    answers_of,
    formless_score,
    status_words,
)
from nmt_analytics.schema import SESSIONS, Column, table
from nmt_analytics.vocabulary import LEVELS

_LEVEL_BANDS = (Band(None, 3, "low"), Band(4, 6, "moderate"), Band(7, None, "high"))
_HIGHEST_CODE = 5
"""A question in whole numbers up to here has code numbers or a scale other than 0 to 10."""
_MANY_ANSWERS = 20
NOON = "12:00"

AskCodes = Callable[[Column, Sequence[str]], dict[str, str]]
"""Answers with what each code number of a column stands for."""


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


def complete_words(
    mapping: Mapping, looked: Looked, ask_codes: AskCodes | None = None
) -> tuple[Mapping, list[str]]:
    """The mapping with their words in ours where the lists know them, and what they do not know.

    Only of closed questions; what somebody wrote in words of their own never gets into a mapping.
    What code numbers stand for is asked with `ask_codes`, else their columns are left out.
    """
    columns, remarks = dict(mapping.columns), []
    values, bands = dict(mapping.values), dict(mapping.bands)
    for column, theirs in _closed_questions(mapping):
        name, summary = column.name, looked.summaries[theirs]
        if column.words == LEVELS and (summary.high or 0) > _HIGHEST_CODE:
            bands.setdefault(name, _LEVEL_BANDS)
            remarks.append(f"{name}: 0-3 is read as low, 4-6 as moderate, 7-10 as high.")
            continue
        texts = set(looked.cells.column(theirs)) - {"", *mapping.missing}
        if len(texts) > MOST_CHOICES:
            remarks.append(
                f"{name}: {len(texts)} different answers are too many for a closed question."
            )
        elif summary.kind != "whole_number":
            values[name], unknown = _in_our_words(column, texts, values.get(name, {}))
            remarks += unknown
        elif name not in values and name not in bands:
            values[name] = ask_codes(column, sorted(texts, key=int)) if ask_codes else {}
            if not values[name]:
                remarks.append(_coded(column, theirs))
                del columns[name]
    values = {name: words for name, words in values.items() if words}
    remarks += _short_scales(mapping, looked)
    return replace(mapping, columns=columns, values=values, bands=bands), remarks


def _closed_questions(mapping: Mapping) -> list[tuple[Column, str]]:
    """Our columns of fixed words that are read from one column of theirs, with that one."""
    return [
        (column, mapping.columns[column.name][0])
        for column in table(mapping.table).file_columns
        if (column.words or column.type == "BOOLEAN")
        and len(mapping.columns.get(column.name, ())) == 1
    ]


def _in_our_words(
    column: Column, texts: set[str], said: AnyMapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Their words in ours, what was `said` of them first; and a remark when some stay unknown."""
    found = answers_of(answer_kind(column.name), texts)
    known = {text.casefold(): ours for text, ours in sorted(found.items()) if ours}
    n_unknown = sum(not ours and text.casefold() not in said for text, ours in found.items())
    remark = (
        f"{column.name}: {n_unknown} of {len(texts)} different answers have no word of "
        f"ours yet and would be refused. Write each under [values.{column.name}]."
    )
    return known | dict(said), [remark] if n_unknown else []


def _coded(column: Column, theirs: str) -> str:
    """What to write where answers are code numbers: which one means what is never guessed."""
    ours, words = column.name, ("true", "false") if column.type == "BOOLEAN" else column.words
    meanings = " and ".join(f"{code} = {word}" for code, word in enumerate(words[:2], start=1))
    return (
        f'{ours} is left out: "{theirs}" holds code numbers, and nothing says what they stand for. '
        f'Write {ours} = "{theirs}" under [columns], and at the end [values.{ours}] with lines '
        f"such as {meanings} below it."
    )


def _short_scales(mapping: Mapping, looked: Looked) -> list[str]:
    """Scores whose many answers all lie below 6: perhaps of another scale than 0 to 10."""
    scores = [each.name for each in table(mapping.table).file_columns if each.high == 10]
    summaries = {
        name: looked.summaries[mapping.columns[name][0]]
        for name in scores
        if name in mapping.columns
    }
    return [
        f"{name}: the answers run from {each.low} to {each.high}. If the question's scale ends "
        "there, leave the column out: it cannot be converted to 0 to 10."
        for name, each in summaries.items()
        if each.n_filled >= _MANY_ANSWERS and (each.high or 0) <= _HIGHEST_CODE
    ]


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
