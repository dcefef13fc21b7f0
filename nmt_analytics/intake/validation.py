"""Landed text → typed rows and faults, by the row rules, all in SQL.

Expects whole_<table>(line, our columns as text); makes typed_<table> and the faults. A record
that breaks a rule is refused as a whole, in all tables that it would fill.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nmt_analytics.intake.local_days import FIRST_YEAR, local_days
from nmt_analytics.intake.pseudonyms import Key, derived_key_sql, pseudonym_sql
from nmt_analytics.schema import FOLLOW_UPS, SESSION_NOTES, SESSIONS, Column, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection

N_TOLERATED = timedelta(days=1)
"""A clock or zone that is off does not make a session of today one of the future."""
LONGEST_SESSION = timedelta(hours=24)
SESSION_STARTED_AT = "session_started_at"
"""Names the session of a follow-up in a wide file that has no session ids."""

_NAIVE = r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_WITH_OFFSET = rf"({_NAIVE}) ?(Z|([+-])(\d{{2}}):?(\d{{2}})?)"
_WHOLE = r"[+-]?\d{1,6}(\.0+)?"
_SHORT_WORDS = r"[\p{L}\p{N} _/-]+"
_N_SHORT = 40
_YES = ("true", "yes", "y", "1")
_NO = ("false", "no", "n", "0")


@dataclass(frozen=True)
class _Check:
    """A rule on one column: the SQL condition under which a record is refused."""

    column: str
    rule: str
    condition: str


def prepare(connection: Connection, settings: Settings, latest: datetime) -> None:
    """Make what the rules look up: the zone's days, the conditions, the faults to be filled."""
    days = local_days(settings.time_zone, latest.year + 1)
    connection.register("days_of_zone", days)
    connection.execute(
        "create temp table local_days as select * replace (day::date as day) from days_of_zone"
    )
    connection.unregister("days_of_zone")
    connection.execute("create temp table known_conditions (condition varchar)")
    connection.executemany(
        "insert into known_conditions values ($1)", [[each] for each in settings.conditions]
    )
    connection.execute("create temp table faults (line bigint, column_name varchar, rule varchar)")


def type_rows(
    connection: Connection,
    of: Table,
    landed: Iterable[str],
    *,
    key: Key,
    zone_name: str,
    latest: datetime,
    prefix: str = "",
) -> None:
    """Make typed_<table> from read_<table>, into which the columns `landed` were read.

    Identifiers become pseudonyms, local times UTC; `is_broken` says that some rule refuses the row.
    Adds the faults of broken rows. `latest` is the moment (UTC) of loading.
    """
    landed = set(landed)
    checks = _checks(of)
    values = ",\n    ".join(
        _typed(column, prefix, landed) for column in of.columns if column.in_file
    )
    broken = " or ".join(f"({check.condition})" for check in checks)
    parameters = {"latest": latest + N_TOLERATED}
    zone = {"zone": zone_name} if _local_date(of) else {}
    connection.execute(
        f"create temp table typed_{of.name} as select line,\n    {values},\n"
        f"    {_local_date(of)}coalesce({broken}, false) as is_broken\nfrom read_{of.name}",
        {**parameters, **zone, **key.sql_parameters()},
    )
    _note_faults(connection, of, checks, parameters)


def read_texts(connection: Connection, of: Table, landed: Iterable[str]) -> None:
    """Make the view read_<table> of whole_<table>: trimmed texts, times as written and in UTC."""
    landed = set(landed)
    columns = [column for column in of.columns if column.in_file]
    times = [column.name for column in columns if column.type == "TIMESTAMP"]
    times += [SESSION_STARTED_AT] if SESSION_STARTED_AT in landed else []
    texts = ", ".join(_trimmed(name, landed) for name in _text_names(of))
    clocks = "".join(f", {_clock(name)}" for name in times)
    utc = "".join(f", {_utc(name)}" for name in times)
    days = "".join(
        f"\nleft join local_days as {name}_day on {name}_day.day = {name}_local::date"
        for name in times
    )
    connection.execute(
        f"""
        create temp view read_{of.name} as
        with texts as (select line, {texts} from whole_{of.name}),
        clocks as (select *{clocks} from texts)
        select clocks.*{utc} from clocks{days}
        """
    )


def _text_names(of: Table) -> list[str]:
    names = [column.name for column in of.columns if column.in_file]
    return [*names, SESSION_STARTED_AT] if of is FOLLOW_UPS else names


def _trimmed(name: str, landed: set[str]) -> str:
    text = f"nullif(trim({name}), '')" if name in landed else "null::varchar"
    return f"{text} as {name}_text"


def _clock(name: str) -> str:
    """The local time as written, or the moment in UTC when the text carries its offset."""
    text = f"{name}_text"
    seconds = (
        f"(coalesce(try_cast(regexp_extract({text}, '{_WITH_OFFSET}', 6) as integer), 0) * 3600 "
        f"+ coalesce(try_cast(regexp_extract({text}, '{_WITH_OFFSET}', 7) as integer), 0) * 60) "
        f"* case regexp_extract({text}, '{_WITH_OFFSET}', 5) when '-' then -1 else 1 end"
    )
    return f"""
        case when regexp_full_match({text}, '{_NAIVE}')
             then try_cast({text} as timestamp) end as {name}_local,
        case when length({text}) > 16 and regexp_full_match({text}, '{_WITH_OFFSET}')
             then try_cast(regexp_extract({text}, '{_WITH_OFFSET}', 1) as timestamp)
                  - to_seconds({seconds}) end as {name}_instant"""


def _utc(name: str) -> str:
    day = f"{name}_day"
    return f"""
        coalesce({name}_instant, {name}_local - to_seconds(
            case when {name}_local >= {day}.changes_at then {day}.later_offset_seconds
                 else {day}.offset_seconds end)) as {name},
        coalesce({name}_local >= {day}.skipped_from and {name}_local < {day}.changes_at, false)
            as {name}_is_skipped"""


def _typed(column: Column, prefix: str, landed: set[str]) -> str:
    text = f"{column.name}_text"
    if column.is_identifier:
        value = _identifier(column.name.removesuffix("_id"), text, prefix)
        if column.name == "session_id" and SESSION_STARTED_AT in landed:
            client = _identifier("client", "client_id_text", prefix)
            value = derived_key_sql("sessions", client, SESSION_STARTED_AT)
    elif column.type == "TIMESTAMP":
        return column.name
    elif column.type == "BOOLEAN":
        value = _yes_no(text)
    elif column.low is not None:
        value = _whole(text, column.type)
    elif column.words:
        value = _word(text, column)
    else:
        value = f"lower(regexp_replace({text}, '\\s+', ' ', 'g'))"
    return f"{value} as {column.name}"


def _identifier(kind: str, text: str, prefix: str) -> str:
    if prefix and kind not in ("client", "therapist"):
        kind = f"{kind}:{prefix}"
    return f"case when {text} is not null then {pseudonym_sql(kind, text)} end"


def _yes_no(text: str) -> str:
    return f"case when lower({text}) in {_YES} then true when lower({text}) in {_NO} then false end"


def _whole(text: str, kind: str = "integer") -> str:
    return f"case when regexp_full_match({text}, '{_WHOLE}') then try_cast({text} as {kind}) end"


def _word(text: str, column: Column) -> str:
    """The known word that `text` means: capitals, blanks and hyphens make no difference."""
    return (
        f"case when {text} in {column.words} then {text} "
        f"else regexp_replace(lower({text}), '[\\s_-]+', '_', 'g') end"
    )


def _local_date(of: Table) -> str:
    moment = {SESSIONS.name: "started_at", SESSION_NOTES.name: "noted_at"}.get(of.name)
    if moment is None:
        return ""
    derived = "local_on" if of is SESSIONS else "noted_on"
    local = f"coalesce({moment}_local, timezone($zone, timezone('UTC', {moment}_instant)))"
    return f"({local})::date as {derived},\n    "


def _checks(of: Table) -> list[_Check]:
    checks = [check for column in of.columns if column.in_file for check in _column_checks(column)]
    if of is SESSIONS:
        checks += _SESSION_CHECKS
    if of is FOLLOW_UPS:
        checks += _FOLLOW_UP_CHECKS
    return checks


def _column_checks(column: Column) -> list[_Check]:
    name, text = column.name, f"{column.name}_text"
    found: list[tuple[str, str]] = []
    if column.required:
        found.append(("completeness.required", f"{text} is null"))
    if column.type == "TIMESTAMP":
        found += [
            (
                "conformance.time",
                f"{text} is not null and {name}_local is null and {name}_instant is null",
            ),
            ("conformance.time_skipped", f"{name}_is_skipped"),
            (
                "plausibility.year",
                f"coalesce({name}_local, {name}_instant) < timestamp '{FIRST_YEAR}-01-01'",
            ),
            (
                "plausibility.future",
                f"coalesce({name}, {name}_local, {name}_instant) > $latest",
            ),
        ]
    elif column.type == "BOOLEAN":
        found.append(("conformance.yes_no", f"{text} is not null and ({_yes_no(text)}) is null"))
    elif column.low is not None:
        found += [
            ("conformance.whole_number", f"not regexp_full_match({text}, '{_WHOLE}')"),
            (
                "conformance.range",
                f"({_whole(text)}) not between {column.low} and {column.high}",
            ),
        ]
    elif column.extendable:
        known = "(select condition from known_conditions)"
        found.append(("conformance.word", f"({_word(text, column)}) not in {known}"))
    elif column.words:
        found.append(("conformance.word", f"({_word(text, column)}) not in {column.words}"))
    elif not column.is_identifier:
        found.append(
            (
                "conformance.short_words",
                f"length({text}) > {_N_SHORT} or not regexp_full_match({text}, '{_SHORT_WORDS}')",
            )
        )
    return [_Check(name, rule, condition) for rule, condition in found]


_HOURS = int(LONGEST_SESSION.total_seconds() // 3600)
_SESSION_CHECKS = [
    _Check("ended_at", "plausibility.ended_before_started", "ended_at < started_at"),
    _Check(
        "ended_at",
        "plausibility.session_length",
        f"ended_at > started_at + to_hours({_HOURS})",
    ),
]
_ANSWERS = " or ".join(
    f"{name}_text is not null" for name in ("relief_holding", "soreness", "pain", "recommend")
)
_FOLLOW_UP_CHECKS = [
    _Check(
        "client_id",
        "completeness.client_or_session",
        "client_id_text is null and session_id_text is null",
    ),
    _Check(
        "asked_at",
        "completeness.asked_or_answered",
        "asked_at_text is null and answered_at_text is null",
    ),
    _Check(
        "answered_at",
        "completeness.answered_at",
        f"answered_at_text is null and asked_at_text is not null and ({_ANSWERS})",
    ),
    _Check("answered_at", "plausibility.answered_before_asked", "answered_at < asked_at"),
]


def _note_faults(
    connection: Connection, of: Table, checks: list[_Check], parameters: dict[str, datetime]
) -> None:
    has_broken = connection.execute(
        f"select exists (from typed_{of.name} where is_broken)"
    ).fetchone()
    if not has_broken or not has_broken[0]:
        return
    broken = f"read_{of.name} where line in (select line from typed_{of.name} where is_broken)"
    for check in checks:
        condition = check.condition
        connection.execute(
            f"insert into faults select distinct line, '{check.column}', '{check.rule}' "
            f"from {broken} and ({condition})",
            parameters if "$latest" in condition else {},
        )
