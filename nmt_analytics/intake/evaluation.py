"""What loading a file would do: landed, validated, compared and counted, in temporary tables only.

Shared by a load and by a check, which stops here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from nmt_analytics.intake import comparison, validation
from nmt_analytics.intake.identity import refuse_identities
from nmt_analytics.intake.landing import Source
from nmt_analytics.intake.pseudonyms import Key
from nmt_analytics.intake.receipt import N_SHOWN, Problem, Receipt
from nmt_analytics.schema import FOREVER, SESSIONS, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection

NOT_YET_HELD = "not yet held"


@dataclass(frozen=True)
class Load:
    """One file on its way, and all that its way depends on."""

    source: Source
    settings: Settings
    key: Key
    fingerprint: str
    loaded_at: datetime


def evaluate(connection: Connection, load: Load) -> Receipt:
    """The receipt of one file; leaves compared_<table> and faults behind for the load to apply.

    Raises UnreadableFileError when the file as a whole must not be stored.
    """
    source = load.source
    source.land(connection)
    validation.prepare(connection, load.settings, load.loaded_at)
    _note_record_faults(connection, source)
    n_future = 0
    for of in source.mapping.fills:
        _set_refused_aside(connection, of)
        validation.read_texts(connection, of, source.landed[of.name])
        refuse_identities(connection, source, of)
        validation.type_rows(
            connection,
            of,
            source.landed[of.name],
            key=load.key,
            zone_name=load.settings.time_zone,
            latest=load.loaded_at,
            prefix=source.mapping.id_prefix,
        )
        if source.mapping.skip_future and of is SESSIONS:
            n_future = _leave_out_future(connection, load.loaded_at)
        comparison.refuse_contradictions(connection, of)
    for of in source.mapping.fills:
        comparison.compare(connection, of, source.landed[of.name])
    skipped = source.skipped | ({NOT_YET_HELD: n_future} if n_future else {})
    return _counted(connection, replace(source, skipped=skipped))


def empty_receipt(source: Source) -> Receipt:
    """The receipt of a file before anything is counted."""
    return Receipt(
        file_name=source.path.name,
        mapping=source.mapping.name,
        table_names=tuple(of.name for of in source.mapping.fills),
        n_read=source.n_read,
        n_skipped=source.skipped,
        used_columns=source.used_columns,
        dropped_columns=source.dropped_columns,
        notes=source.notes,
    )


def _note_record_faults(connection: Connection, source: Source) -> None:
    if not source.faults:
        return
    lines, rules = zip(*source.faults, strict=True)
    columns = {"line": np.array(lines, dtype="int64"), "rule": np.array(rules, dtype=object)}
    connection.register("faults_of_file", columns)
    connection.execute("insert into faults select line, '', rule from faults_of_file")
    connection.unregister("faults_of_file")


def _set_refused_aside(connection: Connection, of: Table) -> None:
    """Make whole_<table>: the landed rows of records that nothing has refused so far."""
    connection.execute(
        f"create temp table refused_before_{of.name} as select distinct line from faults"
    )
    connection.execute(
        f"create temp view whole_{of.name} as "
        f"from landed_{of.name} where line not in (from refused_before_{of.name})"
    )


def _leave_out_future(connection: Connection, loaded_at: datetime) -> int:
    """Take out sessions that are booked but not yet held; how many come back."""
    connection.execute(
        "create temp table left_out as "
        "select distinct line from typed_sessions where started_at > $loaded_at",
        {"loaded_at": loaded_at},
    )
    for rows in ("typed_sessions", "faults"):
        connection.execute(f"delete from {rows} where line in (from left_out)")
    return int(one_value(connection, "select count(*) from left_out"))


def _counted(connection: Connection, source: Source) -> Receipt:
    tables = source.mapping.fills
    records = " union all ".join(f"select line, outcome from compared_{of.name}" for of in tables)
    n_by_outcome = dict(
        connection.execute(
            f"""
            with outcomes as (
                select case when bool_or(outcome = 'corrected') then 'corrected'
                            when bool_or(outcome = 'accepted') then 'accepted'
                            else 'unchanged' end as outcome
                from ({records}) group by line
            )
            select outcome, count(*) from outcomes group by outcome
            """
        ).fetchall()
    )
    by_rule = connection.execute(
        "select rule, count(distinct line) from faults group by rule order by rule"
    ).fetchall()
    receipt = replace(
        empty_receipt(source),
        n_accepted=n_by_outcome.get("accepted", 0),
        n_unchanged=n_by_outcome.get("unchanged", 0),
        n_corrected=n_by_outcome.get("corrected", 0),
        n_quarantined=one_value(connection, "select count(distinct line) from faults"),
        quarantined=dict(by_rule),
        problems=_problems(connection),
        n_missing=sum(_count_missing(connection, of, source) for of in tables),
    )
    if not receipt.adds_up:
        raise AssertionError(f"records are not accounted for: {receipt.sentence()}")
    return receipt


def _problems(connection: Connection) -> tuple[Problem, ...]:
    rows = connection.execute(
        f"""
        select rule, column_name, count(distinct line) as n,
            list_slice(list_sort(list_distinct(list(line))), 1, {N_SHOWN})
        from faults group by rule, column_name order by n desc, rule, column_name
        """
    ).fetchall()
    return tuple(Problem(rule, column, n, tuple(lines)) for rule, column, n, lines in rows)


_MOMENTS = {
    "sessions": "started_at",
    "session_notes": "noted_at",
    "follow_ups": "coalesce(asked_at, answered_at)",
}


def _count_missing(connection: Connection, of: Table, source: Source) -> int:
    """Rows that an earlier file of this kind had in this file's span, and this one has not.

    Only when the files have rows in common: else the other one is simply another file.
    """
    moment = _MOMENTS[of.name]
    row = connection.execute(
        f"""
        with span as (
            select min({moment}) as first_at, max({moment}) as last_at,
                bool_or(outcome <> 'accepted') as is_later_export
            from compared_{of.name}
        )
        select count(*)
        from {of.name} join imports using (import_id), span
        where known_until = timestamp '{FOREVER}' and mapping = $mapping and is_later_export
            and {moment} between first_at and last_at
            and {of.key} not in (select {of.key} from keyed_{of.name})
        """,
        {"mapping": source.mapping.name},
    ).fetchone()
    return int(row[0]) if row else 0


def one_value(connection: Connection, sql: str):  # type: ignore[no-untyped-def]
    """The single value that a query answers with."""
    row = connection.execute(sql).fetchone()
    assert row is not None, sql
    return row[0]
