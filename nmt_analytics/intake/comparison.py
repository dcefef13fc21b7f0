"""What was read against what the store holds: new, unchanged or corrected.

Columns that a file does not have keep what the store holds. Same ids in one file: identical
records are one row, contradicting ones are refused.
"""

from collections.abc import Iterable, Mapping, Sequence

from nmt_analytics.intake.interpretation import SESSION_STARTED_AT, landed_columns, local_date_sql
from nmt_analytics.intake.pseudonyms import Key, derived_key_sql, pseudonym_sql
from nmt_analytics.intake.validation import is_broken_sql
from nmt_analytics.schema import FOLLOW_UPS, FOREVER, SESSIONS, Column, Table
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import one_value

HISTORY = ("import_id", "known_from", "known_until")

_LOCAL_DATES = {"local_on": "started_at", "noted_on": "noted_at"}


def content_names(of: Table) -> list[str]:
    """The columns of a fact table that say something of the world, its key included."""
    return [column.name for column in of.columns if column.name not in HISTORY]


def compare(
    connection: Connection,
    of: Table,
    landed: Iterable[str],
    *,
    key: Key,
    zone_name: str,
    id_prefix: str = "",
) -> None:
    """Make arriving_<table> from read_<table>: line, our columns, is_broken and the outcome.

    Identifiers become pseudonyms here; their texts go no further.
    """
    landed = list(landed)
    ids = [column for column in landed_columns(of, landed) if column.is_identifier]
    repeated = [column for column in ids if not column.is_key]
    for column in repeated:
        _look_up_pseudonyms(connection, of, column, key, id_prefix)
    names = [name for name in content_names(of) if name != of.key]
    carried = {*landed, *_LOCAL_DATES, *(["session_id"] if SESSION_STARTED_AT in landed else [])}
    is_dated = any(_LOCAL_DATES.get(name) in landed for name in names)
    zone = {"zone": zone_name} if is_dated else {}
    pads = key.sql_parameters() if len(repeated) < len(ids) else {}
    connection.execute(
        f"""
        create temp table arriving_{of.name} as
        with named as (
            select {", ".join(["line", *_named(of, landed, id_prefix)])},
                {is_broken_sql(of, landed)} as is_broken
            from read_{of.name}{_known(of, repeated)}
        ),
        keyed as (
            select * replace ({_keyed(of, landed)}) from named
        ),
        held as (select * from {of.name} where known_until = timestamp '{FOREVER}')
        select line, is_broken, keyed.{of.key}, {", ".join(_merged(n, carried) for n in names)},
            {_outcome(of, [name for name in names if name in carried])} as outcome
        from keyed left join held on held.{of.key} = keyed.{of.key}
        """,
        {**zone, **pads},
    )


def _known(of: Table, repeated: list[Column]) -> str:
    """The pseudonyms that were looked up, joined to the rows by their texts."""
    return "".join(
        f"\nleft join known_{of.name}_{column.name} as {column.name}_known "
        f"on {column.name}_known.text = {column.name}_text"
        for column in repeated
    )


def _outcome(of: Table, names: list[str]) -> str:
    """Whether a row is new, or says of the columns `names` something else than what is held."""
    changes = " or ".join(f"keyed.{name} is distinct from held.{name}" for name in names)
    return (
        f"case when held.{of.key} is null then 'accepted' "
        f"when {changes} then 'corrected' else 'unchanged' end"
    )


def _look_up_pseudonyms(
    connection: Connection, of: Table, column: Column, key: Key, id_prefix: str
) -> None:
    """One pseudonym for each different text: most ids stand in a file many times."""
    connection.execute(
        f"""
        create temp table known_{of.name}_{column.name} as
        with texts as (select distinct {column.name}_text as text from texts_{of.name})
        select text, {_pseudonym(column, "text", id_prefix)} as pseudonym
        from texts where text is not null
        """,
        key.sql_parameters(),
    )


def _pseudonym(column: Column, text: str, id_prefix: str) -> str:
    kind = column.name.removesuffix("_id")
    if id_prefix and kind not in ("client", "therapist"):
        kind = f"{kind}:{id_prefix}"
    return pseudonym_sql(kind, text)


def _named(of: Table, landed: list[str], id_prefix: str) -> list[str]:
    """Each column of the table, and the start of a check-in's session, as SQL on read_<table>."""
    expressions = []
    for column in of.columns:
        name, text = column.name, f"{column.name}_text"
        if name in HISTORY:
            continue
        if name in _LOCAL_DATES:
            value = local_date_sql(_LOCAL_DATES[name]) if _LOCAL_DATES[name] in landed else "null"
        elif name not in landed:
            value = f"null::{column.type}"
        elif column.is_key:
            pseudonym = _pseudonym(column, text, id_prefix)
            value = f"case when {text} is not null then {pseudonym} end"
        elif column.is_identifier:
            value = f"{name}_known.pseudonym"
        elif column.low is not None:
            value = f"try_cast({name} as {column.type})"
        else:
            value = name
        expressions.append(f"{value} as {name}")
    if SESSION_STARTED_AT in landed:
        expressions.append(SESSION_STARTED_AT)
    return expressions


def _keyed(of: Table, landed: list[str]) -> str:
    """What completes a row: its key, its session, the value that stands for an empty cell."""
    derived = [f"coalesce({of.key}, {derived_key_sql(of.name, *_identifying(landed))}) as {of.key}"]
    if of is FOLLOW_UPS:
        derived.append("coalesce(source, 'check_in') as source")
    if SESSION_STARTED_AT in landed:
        derived.append(f"{_session_of_check_in()} as session_id")
    return ", ".join(derived)


def _identifying(landed: list[str]) -> tuple[str, ...]:
    if SESSION_STARTED_AT not in landed:
        return ()
    return (_session_of_check_in(), "coalesce(source, 'check_in')", "asked_at")


def _session_of_check_in() -> str:
    return derived_key_sql(SESSIONS.name, "client_id", SESSION_STARTED_AT)


def _merged(name: str, carried: set[str]) -> str:
    """What the file says, or what is held where the file has no such column."""
    return f"keyed.{name}" if name in carried else f"coalesce(held.{name}, keyed.{name}) as {name}"


def leave_out(
    connection: Connection,
    tables: Sequence[Table],
    lines: str,
    parameters: Mapping[str, object] | None = None,
) -> int:
    """Take the records whose lines a SELECT names out of all that arrives; how many comes back."""
    connection.execute(f"create or replace temp table left_out as {lines}", parameters or {})
    for rows in (*(f"arriving_{of.name}" for of in tables), "faults"):
        connection.execute(f"delete from {rows} where line in (from left_out)")
    return int(one_value(connection, "select count(*) from left_out"))


def refuse_contradictions(connection: Connection, of: Table) -> None:
    """Refuse the records of one file that say different things of one key."""
    connection.execute(
        f"""
        create temp table repeated_{of.name} as
        select {of.key} from arriving_{of.name}
        where not is_broken group by all having count(*) > 1
        """
    )
    content = ", ".join(content_names(of))
    connection.execute(
        f"""
        insert into faults
        with repeated as (
            from arriving_{of.name}
            where not is_broken and {of.key} in (from repeated_{of.name})
        ),
        contradicting as (
            select {of.key} from repeated group by all having count(distinct row({content})) > 1
        )
        select line, '{of.key}', 'plausibility.key_twice', null
        from repeated where {of.key} in (from contradicting)
        """
    )


def drop_refused(connection: Connection, of: Table) -> None:
    """Leave in arriving_<table> what may pass; of identical rows the first is what counts."""
    connection.execute(
        f"delete from arriving_{of.name} where is_broken or line in (select line from faults)"
    )
    connection.execute(
        f"""
        update arriving_{of.name} set outcome = 'unchanged'
        where {of.key} in (from repeated_{of.name}) and line not in (
            select min(line) from arriving_{of.name}
            where {of.key} in (from repeated_{of.name}) group by {of.key}
        )
        """
    )
