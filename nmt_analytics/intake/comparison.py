"""Typed rows against what the store holds: new, unchanged or corrected; then into the store.

Facts are never overwritten: a corrected row ends the span of the version before it. Columns that a
file does not have keep what the store holds. Also keeps the store's content hash up to date.
"""

from collections.abc import Iterable
from datetime import datetime

from nmt_analytics.intake.pseudonyms import derived_key_sql
from nmt_analytics.schema import FACTS, FOREVER, Table
from nmt_analytics.store.database import Connection

_HISTORY = ("import_id", "known_from", "known_until")
_MODULUS = 1 << 64

_DEFAULTS = {
    "sessions.modality": "'neuromuscular_therapy'",
    "follow_ups.source": "'check_in'",
}


def refuse_contradictions(connection: Connection, of: Table) -> None:
    """Complete the keys, and refuse rows of one file that say different things of one key.

    Makes keyed_<table>: rows that break no rule, in the file's order.
    """
    names = [name for name in _content_names(of) if name != of.key]
    values = ", ".join(_with_default(of, name) for name in names)
    connection.execute(
        f"""
        create temp table keyed_{of.name} as
        select line, coalesce({of.key}, {derived_key_sql(of.name)}) as {of.key}, {values}
        from typed_{of.name}
        where not is_broken
        """
    )
    content = ", ".join(names)
    connection.execute(
        f"""
        insert into faults
        with repeated as (
            select {of.key} as repeated_key from keyed_{of.name} group by all having count(*) > 1
        ),
        contradicting as (
            select {of.key} as repeated_key
            from keyed_{of.name} where {of.key} in (from repeated)
            group by all having count(distinct row({content})) > 1
        )
        select line, '{of.key}', 'plausibility.key_twice'
        from keyed_{of.name} where {of.key} in (from contradicting)
        """
    )


def compare(connection: Connection, of: Table, landed: Iterable[str]) -> None:
    """Make compared_<table>: every row that may pass, with its outcome beside what is held."""
    carried = set(landed) | {"local_on", "noted_on"} | {of.key}
    names = [name for name in _content_names(of) if name != of.key]
    values = ", ".join(_merged(name, carried) for name in names)
    changes = " or ".join(
        f"keyed.{name} is distinct from held.{name}" for name in names if name in carried
    )
    connection.execute(
        f"""
        create temp table compared_{of.name} as
        with passing as (
            select * from keyed_{of.name} where line not in (select line from faults)
        ),
        firsts as (select {of.key}, min(line) as first_line from passing group by all),
        held as (select * from {of.name} where known_until = timestamp '{FOREVER}')
        select keyed.line, keyed.{of.key}, {values},
            case when keyed.line > first_line then 'unchanged'
                 when held.{of.key} is null then 'accepted'
                 when {changes} then 'corrected'
                 else 'unchanged' end as outcome
        from passing as keyed
        join firsts using ({of.key})
        left join held using ({of.key})
        """
    )


def apply(connection: Connection, of: Table, import_id: int, loaded_at: datetime) -> int:
    """Put new and corrected rows into the store; the change of the content hash comes back."""
    names = ", ".join([of.key, *[name for name in _content_names(of) if name != of.key]])
    moment = {"loaded_at": loaded_at}
    superseded = (
        f"{of.name} where known_until = timestamp '{FOREVER}' and {of.key} in "
        f"(select {of.key} from compared_{of.name} where outcome = 'corrected')"
    )
    arriving = f"compared_{of.name} where outcome in ('accepted', 'corrected')"
    change = _content_sum(connection, of, arriving) - _content_sum(connection, of, superseded)
    connection.execute(
        f"update {superseded.replace(' where', ' set known_until = $loaded_at where', 1)}", moment
    )
    connection.execute(
        f"insert into {of.name} ({names}, {', '.join(_HISTORY)}) "
        f"select {names}, $import_id, $loaded_at, timestamp '{FOREVER}' from {arriving} "
        f"order by line",
        {**moment, "import_id": import_id},
    )
    return change


def content_hash(connection: Connection) -> str:
    """The content hash of all facts that the store holds true now, counted from scratch."""
    total = sum(
        _content_sum(connection, of, f"{of.name} where known_until = timestamp '{FOREVER}'")
        for of in FACTS
    )
    return format_hash(total)


def format_hash(total: int) -> str:
    """The content hash as it is written: 16 hexadecimal digits."""
    return f"{total % _MODULUS:016x}"


def _content_sum(connection: Connection, of: Table, rows: str) -> int:
    """The sum of one number per row: whatever order the rows came in, it is the same."""
    values = ", ".join(f"coalesce({name}::varchar, '')" for name in _content_names(of))
    found = connection.execute(
        f"select sum(md5_number_lower(concat_ws('|', '{of.name}', {values}))) from {rows}"
    ).fetchone()
    return int(found[0]) if found and found[0] is not None else 0


def _content_names(of: Table) -> list[str]:
    return [column.name for column in of.columns if column.name not in _HISTORY]


def _with_default(of: Table, name: str) -> str:
    default = _DEFAULTS.get(f"{of.name}.{name}")
    return f"coalesce({name}, {default}) as {name}" if default else name


def _merged(name: str, carried: set[str]) -> str:
    """What the file says, or what is held where the file has no such column."""
    return f"keyed.{name}" if name in carried else f"coalesce(held.{name}, keyed.{name}) as {name}"
