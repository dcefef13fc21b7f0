"""What loading a file would do: landed, validated, compared and counted, in temporary tables only.

Shared by a load and by a check, which stops here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from nmt_analytics.intake import comparison, validation
from nmt_analytics.intake.forgetting import CLIENT_WAS_FORGOTTEN, leave_out_forgotten
from nmt_analytics.intake.identity import refuse_identities
from nmt_analytics.intake.interpretation import read_texts
from nmt_analytics.intake.landing import Source
from nmt_analytics.intake.pseudonyms import Key
from nmt_analytics.intake.receipt import N_SHOWN, Problem, Receipt
from nmt_analytics.schema import FOREVER, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import one_value

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
    """The receipt of one file; leaves arriving_<table> and the faults behind, to be stored.

    Raises UnreadableFileError when the file as a whole must not be stored.
    """
    source = load.source
    tables = source.mapping.fills
    source.land(connection)
    validation.prepare(connection, load.settings, load.loaded_at, source.faults)
    for of in tables:
        _read_rows(connection, of, load)
    n_forgotten = leave_out_forgotten(connection, load.key, tables)
    n_future = _leave_out_future(connection, load) if source.mapping.skip_future else 0
    for of in tables:
        comparison.refuse_contradictions(connection, of)
    for of in tables:
        comparison.drop_refused(connection, of)
    left_out = {NOT_YET_HELD: n_future, CLIENT_WAS_FORGOTTEN: n_forgotten}
    skipped = source.skipped | {rule: n for rule, n in left_out.items() if n}
    return _counted(connection, replace(source, skipped=skipped))


def _read_rows(connection: Connection, of: Table, load: Load) -> None:
    landed = load.source.landed[of.name]
    _set_refused_aside(connection, of)
    read_texts(connection, of, landed, f"whole_{of.name}")
    refuse_identities(connection, load.source, of)
    comparison.compare(
        connection,
        of,
        landed,
        key=load.key,
        zone_name=load.settings.time_zone,
        id_prefix=load.source.mapping.id_prefix,
    )
    validation.note_faults(connection, of, landed)


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


def _set_refused_aside(connection: Connection, of: Table) -> None:
    """Make whole_<table>: the landed rows of records that nothing has refused so far."""
    source = f"landed_{of.name}"
    if one_value(connection, "select count(*) from faults"):
        refused = f"refused_before_{of.name}"
        connection.execute(f"create temp table {refused} as select distinct line from faults")
        source += f" where line not in (from {refused})"
    connection.execute(f"create temp view whole_{of.name} as from {source}")


def _leave_out_future(connection: Connection, load: Load) -> int:
    """Take out sessions that are booked but not yet held; how many comes back."""
    future = "select distinct line from arriving_sessions where started_at > $loaded_at"
    tables = load.source.mapping.fills
    return comparison.leave_out(connection, tables, future, {"loaded_at": load.loaded_at})


def _counted(connection: Connection, source: Source) -> Receipt:
    tables = source.mapping.fills
    n_by_outcome = dict(
        connection.execute(
            f"select outcome, count(*) from ({_outcomes(tables)}) group by outcome"
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


def _outcomes(tables: tuple[Table, ...]) -> str:
    """The outcome of each record as SQL; of several rows that it fills, what happened most."""
    if len(tables) == 1:
        return f"select outcome from arriving_{tables[0].name}"
    rows = " union all ".join(f"select line, outcome from arriving_{of.name}" for of in tables)
    return f"""
        select case when bool_or(outcome = 'corrected') then 'corrected'
                    when bool_or(outcome = 'accepted') then 'accepted'
                    else 'unchanged' end as outcome
        from ({rows}) group by line
    """


def _problems(connection: Connection) -> tuple[Problem, ...]:
    rows = connection.execute(
        f"""
        select rule, column_name, nearest, count(distinct line) as n,
            list_slice(list_sort(list_distinct(list(line))), 1, {N_SHOWN})
        from faults group by rule, column_name, nearest
        order by n desc, rule, column_name, nearest
        """
    ).fetchall()
    return tuple(
        Problem(rule, column, n, tuple(lines), nearest or "")
        for rule, column, nearest, n, lines in rows
    )


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
    missing = f"""
        with span as (
            select min({moment}) as first_at, max({moment}) as last_at,
                bool_or(outcome <> 'accepted') as is_later_export
            from arriving_{of.name}
        )
        select count(*)
        from {of.name} join imports using (import_id), span
        where known_until = timestamp '{FOREVER}' and mapping = $mapping and is_later_export
            and {moment} between first_at and last_at
            and {of.key} not in (select {of.key} from arriving_{of.name})
    """
    return int(one_value(connection, missing, {"mapping": source.mapping.name}))
