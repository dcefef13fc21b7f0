"""What a text means, as SQL: numbers, words, yes and no, local times → typed values.

Views on the landed text; what cannot be read is null here and refused by the row rules.
"""

from collections.abc import Iterable

from nmt_analytics.schema import FOLLOW_UPS, Column, Table
from nmt_analytics.store.database import Connection

SESSION_STARTED_AT = "session_started_at"
"""Names the session of a check-in in a wide file that has no session ids."""

_NAIVE = r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_WITH_OFFSET = rf"({_NAIVE}) ?(Z|([+-])(\d{{2}}):?(\d{{2}})?)"
_N_NAIVE = len("2026-07-01 10:00")
_WHITE_SPACE = " \t\n\r\u00a0"
_WHOLE = r"[+-]?\d{1,6}(\.0+)?"
_YES = ("true", "yes", "y", "1")
_NO = ("false", "no", "n", "0")


def read_texts(
    connection: Connection, of: Table, landed: Iterable[str], source: str, prefix: str = ""
) -> None:
    """Make the views <prefix>texts_<table> of `source` and <prefix>read_<table> on it.

    The first has line and every landed column as <name>_text, trimmed, empty ones null. The second
    adds the typed <name>, and for times <name>_local (as written), <name>_instant (where the text
    carries its offset; UTC) and <name>_is_skipped; <name> is UTC then. Ids stay text.
    """
    landed = list(landed)
    columns = landed_columns(of, landed)
    times = [column.name for column in columns if column.type == "TIMESTAMP"]
    times += [SESSION_STARTED_AT] if SESSION_STARTED_AT in landed else []
    others = [c for c in columns if c.type != "TIMESTAMP" and not c.is_identifier]
    texts = "".join(f", {_trimmed(name)} as {name}_text" for name in landed)
    values = "".join(f", {_value(column)} as {column.name}" for column in others)
    clocks = "".join(f", {_clock(name)}" for name in times)
    utc = "".join(f", {_utc(name)}" for name in times)
    days = "".join(
        f"\nleft join local_days as {name}_day on {name}_day.day = {name}_local::date::timestamp"
        for name in times
    )
    connection.execute(
        f"create temp view {prefix}texts_{of.name} as select line{texts} from {source}"
    )
    connection.execute(
        f"""
        create temp view {prefix}read_{of.name} as
        with read as (select *{values}{clocks} from {prefix}texts_{of.name})
        select read.*{utc} from read{days}
        """
    )


def landed_columns(of: Table, landed: Iterable[str]) -> list[Column]:
    """The columns of a table that a file brings, in the schema's order."""
    names = set(landed)
    return [column for column in of.file_columns if column.name in names]


def _trimmed(name: str) -> str:
    """A cell without white space around it; most have none, and then nothing is copied.

    What begins with a visible ASCII character lies between '!' and '~~'.
    """
    ends_bare = " and ".join(f"not suffix({name}, '{space}')" for space in _WHITE_SPACE)
    return (
        f"case when {name} between '!' and '~~' and {ends_bare} "
        f"then {name} else nullif(trim({name}, '{_WHITE_SPACE}'), '') end"
    )


def _value(column: Column) -> str:
    text = f"{column.name}_text"
    if column.type == "BOOLEAN":
        return (
            f"case when lower({text}) in {_YES} then true "
            f"when lower({text}) in {_NO} then false end"
        )
    if column.low is not None:
        return f"case when regexp_full_match({text}, '{_WHOLE}') then {text}::integer end"
    if column.words:
        # Capitals, blanks and hyphens make no difference.
        return (
            f"case when {text} in {column.words} then {text} "
            f"else regexp_replace(lower({text}), '[\\s_-]+', '_', 'g') end"
        )
    return f"lower(regexp_replace({text}, '\\s+', ' ', 'g'))"


def _clock(name: str) -> str:
    text = f"{name}_text"
    hours, minutes = (
        f"coalesce(try_cast(regexp_extract({text}, '{_WITH_OFFSET}', {group}) as integer), 0)"
        for group in (6, 7)
    )
    sign = f"case regexp_extract({text}, '{_WITH_OFFSET}', 5) when '-' then -1 else 1 end"
    return f"""
        case when {text} like '____-__-__ __:__' or regexp_full_match({text}, '{_NAIVE}')
             then try_cast({text} as timestamp) end as {name}_local,
        case when length({text}) > {_N_NAIVE} and regexp_full_match({text}, '{_WITH_OFFSET}')
             then try_cast(regexp_extract({text}, '{_WITH_OFFSET}', 1) as timestamp)
                  - to_seconds({sign} * ({hours} * 3600 + {minutes} * 60))
             end as {name}_instant"""


def _utc(name: str) -> str:
    day = f"{name}_day"
    return f"""
        coalesce({name}_instant, {name}_local - to_seconds(
            case when {name}_local >= {day}.changes_at then {day}.later_offset_seconds
                 else {day}.offset_seconds end)) as {name},
        coalesce({name}_local >= {day}.skipped_from and {name}_local < {day}.changes_at, false)
            as {name}_is_skipped"""


def local_date_sql(moment: str) -> str:
    """SQL for the date of a time of the second view in the zone $zone."""
    local = f"coalesce({moment}_local, timezone($zone, timezone('UTC', {moment}_instant)))"
    return f"({local})::date"


assert SESSION_STARTED_AT not in [column.name for column in FOLLOW_UPS.columns]
