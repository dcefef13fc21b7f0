"""Row rules as SQL conditions on what was read, and the faults of the rows that break them.

A record that breaks a rule is refused as a whole, in all tables that it would fill.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from nmt_analytics.intake.interpretation import landed_columns, read_texts
from nmt_analytics.intake.local_days import FIRST_YEAR, local_days
from nmt_analytics.intake.nearest_words import UNKNOWN_WORD, suggest_words
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS, Column, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import make_table, one_value

TOLERANCE = timedelta(days=1)
"""A clock or zone that is off does not make a session of today one of the future."""
LONGEST_SESSION = timedelta(hours=24)

_SHORT_WORDS = r"[\p{L}\p{N} _/-]+"
_N_SHORT = 40
ANSWERS = ("relief_holding", "soreness", "pain", "recommend")


@dataclass(frozen=True)
class Check:
    """A rule on one column: the SQL condition under which a record is refused."""

    column: str
    rule: str
    condition: str


def prepare(
    connection: Connection,
    settings: Settings,
    latest: datetime,
    record_faults: Iterable[tuple[int, str]],
) -> None:
    """Make what the rules look up (the zone's days, the conditions, the latest moment) and faults.

    `record_faults` are the lines whose record is broken as such, each with its rule.
    """
    make_table(connection, "local_days", local_days(settings.time_zone, latest.year + 1))
    conditions = {"word": np.array(settings.conditions, dtype=object)}
    make_table(connection, "known_conditions", conditions)
    connection.execute("set variable latest = $latest", {"latest": latest + TOLERANCE})
    connection.execute(
        "create temp table faults (line bigint, column_name varchar, rule varchar, nearest varchar)"
    )
    lines, rules = zip(*record_faults, strict=True) if record_faults else ((), ())
    columns = {"line": np.array(lines, "int64"), "rule": np.array(rules, dtype=object)}
    if lines:
        make_table(connection, "record_faults", columns)
        connection.execute("insert into faults select line, '', rule, null from record_faults")


def is_broken_sql(of: Table, landed: Iterable[str]) -> str:
    """SQL on read_<table>: whether any rule refuses the row."""
    broken = " or ".join(f"({check.condition})" for check in checks(of, landed))
    return f"case when {broken} then true else false end"


def note_faults(connection: Connection, of: Table, landed: Iterable[str]) -> None:
    """Add to the faults which rules the broken rows of arriving_<table> break."""
    broken = f"(select line from arriving_{of.name} where is_broken)"
    if not one_value(connection, f"select count(*) from {broken}"):
        return
    connection.execute(
        f"create temp table broken_{of.name} as from whole_{of.name} where line in {broken}"
    )
    read_texts(connection, of, landed, f"broken_{of.name}", prefix="broken_")
    judged = f"judged_{of.name}"
    connection.execute(f"create temp table {judged} as from broken_read_{of.name}")
    found = checks(of, landed)
    for check in found:
        connection.execute(
            f"insert into faults select distinct line, '{check.column}', '{check.rule}', null "
            f"from {judged} where {check.condition}"
        )
    worded = [check.column for check in found if check.rule == UNKNOWN_WORD]
    suggest_words(connection, of, worded, judged)


def checks(of: Table, landed: Iterable[str]) -> list[Check]:
    """The rules that apply to a file which brings the columns `landed`."""
    landed = list(landed)
    there = {f"{name}_text" for name in landed}
    found = [check for column in landed_columns(of, landed) for check in _column_checks(column)]
    found += [
        Check(column.name, "completeness.required", f"{_text(column.name, there)} is null")
        for column in of.file_columns
        if column.required
    ]
    if of is SESSIONS and "ended_at" in landed:
        found += _SESSION_CHECKS
    if of is FOLLOW_UPS:
        found += _follow_up_checks(there)
    return found


def _text(name: str, there: Iterable[str]) -> str:
    return f"{name}_text" if f"{name}_text" in there else "null::varchar"


def _column_checks(column: Column) -> list[Check]:
    name, text = column.name, f"{column.name}_text"
    cannot_be_read = f"{text} is not null and {name} is null"
    if column.is_identifier:
        found = {}
    elif column.type == "TIMESTAMP":
        written = f"coalesce({name}_local, {name}_instant)"
        found = {
            "conformance.time": f"{text} is not null and {written} is null",
            "conformance.time_skipped": f"{name}_is_skipped",
            "plausibility.year": f"{written} < timestamp '{FIRST_YEAR}-01-01'",
            "plausibility.future": f"coalesce({name}, {written}) > getvariable('latest')",
        }
    elif column.type == "BOOLEAN":
        found = {"conformance.yes_no": cannot_be_read}
    elif column.low is not None:
        found = {
            "conformance.whole_number": cannot_be_read,
            "conformance.range": f"{name} not between {column.low} and {column.high}",
        }
    elif column.extendable:
        found = {UNKNOWN_WORD: f"{name} not in (select word from known_conditions)"}
    elif column.words:
        found = {UNKNOWN_WORD: f"{name} not in {column.words}"}
    else:
        too_long = f"length({text}) > {_N_SHORT}"
        other = f"not regexp_full_match({text}, '{_SHORT_WORDS}')"
        found = {"conformance.short_words": f"{too_long} or {other}"}
    return [Check(name, rule, condition) for rule, condition in found.items()]


_HOURS = int(LONGEST_SESSION.total_seconds() // 3600)
_SESSION_CHECKS = [
    Check("ended_at", "plausibility.ended_before_started", "ended_at < started_at"),
    Check(
        "ended_at",
        "plausibility.session_length",
        f"ended_at > started_at + to_hours({_HOURS})",
    ),
]


def _follow_up_checks(there: Iterable[str]) -> list[Check]:
    client, session = _text("client_id", there), _text("session_id", there)
    asked, answered = _text("asked_at", there), _text("answered_at", there)
    answers = " or ".join(f"{_text(name, there)} is not null" for name in ANSWERS)
    found = [
        Check(
            "client_id",
            "completeness.client_or_session",
            f"{client} is null and {session} is null",
        ),
        Check(
            "asked_at",
            "completeness.asked_or_answered",
            f"{asked} is null and {answered} is null",
        ),
        Check(
            "answered_at",
            "completeness.answered_at",
            f"{answered} is null and {asked} is not null and ({answers})",
        ),
    ]
    if {"asked_at_text", "answered_at_text"} <= set(there):
        found.append(
            Check("answered_at", "plausibility.answered_before_asked", "answered_at < asked_at")
        )
    return found
