"""The columns of each table in the store: type, unit, meaning and allowed values.

Everything that creates, reads, maps or documents a column reads it here. Fact rows are never
overwritten: each carries the import that brought it and the span in which the store held it to
be true (`known_from`, `known_until`; both UTC, `known_until` is FOREVER while it holds).
"""

from dataclasses import dataclass

from nmt_analytics.vocabulary import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    NUTRIENT_SHORTFALLS,
    PRESSURE_FELT,
    SOURCES,
)

SCHEMA_VERSION = 1
FOREVER = "9999-12-31 00:00:00"


@dataclass(frozen=True)
class Column:
    """One column: its DuckDB type, what it means, its unit, and the words or range it may hold."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    required: bool = False
    words: tuple[str, ...] = ()
    extendable: bool = False
    low: int | None = None
    high: int | None = None
    is_key: bool = False
    in_file: bool = True
    """Whether the canonical file carries it; the others are derived while loading."""

    @property
    def is_identifier(self) -> bool:
        """Whether the store holds a keyed pseudonym (a UUID) in place of the practice's value."""
        return self.type == "UUID"


@dataclass(frozen=True)
class Table:
    """One table: its grain in a sentence and its columns, the practice's own first."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    is_fact: bool = True

    @property
    def key(self) -> str:
        """The column that identifies one row of the practice across files."""
        return next(column.name for column in self.columns if column.is_key)

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns a canonical file of this table has, in order."""
        return tuple(column for column in self.columns if column.in_file)

    def column(self, name: str) -> Column:
        """The column called `name` (KeyError when there is none)."""
        return next((c for c in self.columns if c.name == name), None) or _missing(self.name, name)


def _missing(table: str, column: str) -> Column:
    raise KeyError(f"{table}.{column}")


def _score(name: str, meaning: str) -> Column:
    return Column(name, "TINYINT", meaning, unit="points", low=0, high=10)


_TREATMENT = (
    Column(
        "modality",
        "VARCHAR",
        "kind of treatment; counts as neuromuscular_therapy when nothing says",
        words=MODALITIES,
    ),
    Column("condition", "VARCHAR", "what was treated", words=CONDITIONS, extendable=True),
    Column("body_region", "VARCHAR", "where it was treated, in the practice's own short words"),
    _score("severity_before", "how bad spasms or cramps were before the session"),
    _score("pain_before", "pain before the session (NPRS)"),
    _score("pain_after", "pain right after the session (NPRS)"),
    Column("stress_level", "VARCHAR", "the client's stress at the session", words=LEVELS),
    Column("activity_level", "VARCHAR", "the client's physical activity", words=LEVELS),
    Column(
        "hold_seconds",
        "SMALLINT",
        "sustained pressure per point",
        unit="seconds",
        low=1,
        high=600,
    ),
    Column("pressure_felt", "VARCHAR", "how the pressure felt to the client", words=PRESSURE_FELT),
    Column("pressure_adjusted", "BOOLEAN", "whether the pressure was changed during the session"),
    Column(
        "nutrient_shortfall",
        "VARCHAR",
        "shortfall that the client reports",
        words=NUTRIENT_SHORTFALLS,
    ),
    Column(
        "previous_relief_holding",
        "BOOLEAN",
        "asked at this session's intake: are the muscles still more relaxed since the last session",
    ),
)

_HISTORY = (
    Column("import_id", "INTEGER", "the import that brought this row", in_file=False),
    Column("known_from", "TIMESTAMP", "when the store learned it", unit="UTC", in_file=False),
    Column("known_until", "TIMESTAMP", "when it was superseded", unit="UTC", in_file=False),
)

SESSIONS = Table(
    "sessions",
    "one row per session and version of it",
    (
        Column("session_id", "UUID", "pseudonym of the session", is_key=True),
        Column("client_id", "UUID", "pseudonym of the client", required=True),
        Column("therapist_id", "UUID", "pseudonym of the therapist"),
        Column("started_at", "TIMESTAMP", "start of the session", unit="UTC", required=True),
        Column("ended_at", "TIMESTAMP", "end of the session", unit="UTC"),
        Column("local_on", "DATE", "its date in the practice's time zone", in_file=False),
        *_TREATMENT,
        *_HISTORY,
    ),
)

SESSION_NOTES = Table(
    "session_notes",
    "one row per note about a session, written apart from the booking, and version of it",
    (
        Column("note_id", "UUID", "pseudonym of the note", is_key=True),
        Column("client_id", "UUID", "pseudonym of the client", required=True),
        Column("noted_at", "TIMESTAMP", "when it was noted", unit="UTC", required=True),
        Column("noted_on", "DATE", "its date in the practice's time zone", in_file=False),
        *_TREATMENT,
        *_HISTORY,
    ),
)

FOLLOW_UPS = Table(
    "follow_ups",
    "one row per check-in, answered or not, and version of it",
    (
        Column("follow_up_id", "UUID", "pseudonym of the check-in", is_key=True),
        Column("client_id", "UUID", "pseudonym of the client"),
        Column("session_id", "UUID", "pseudonym of the session it asks about"),
        Column("source", "VARCHAR", "check_in (default) or intake", words=SOURCES),
        Column("asked_at", "TIMESTAMP", "when the client was asked", unit="UTC"),
        Column("answered_at", "TIMESTAMP", "when the client answered", unit="UTC"),
        Column("relief_holding", "BOOLEAN", "are the treated muscles still more relaxed"),
        _score("soreness", "lingering soreness"),
        _score("pain", "pain now (NPRS)"),
        _score("recommend", "would recommend the practice"),
        *_HISTORY,
    ),
)

IMPORTS = Table(
    "imports",
    "one row per file loaded",
    (
        Column("import_id", "INTEGER", "number of the import, counted up", is_key=True),
        Column("content_hash", "VARCHAR", "SHA-256 of the file's bytes and its mapping"),
        Column("file_name", "VARCHAR", "base name of the file"),
        Column("mapping", "VARCHAR", "name of the mapping that read it"),
        Column("table_name", "VARCHAR", "the table it filled"),
        Column("loaded_at", "TIMESTAMP", "when it was loaded", unit="UTC"),
        Column("n_read", "BIGINT", "records in the file", unit="records"),
        Column("n_accepted", "BIGINT", "new rows", unit="records"),
        Column("n_unchanged", "BIGINT", "rows that the store had just so", unit="records"),
        Column("n_corrected", "BIGINT", "rows that supersede an older version", unit="records"),
        Column("n_skipped", "BIGINT", "records left out by the mapping's rules", unit="records"),
        Column("n_quarantined", "BIGINT", "refused records", unit="records"),
    ),
    is_fact=False,
)

QUARANTINE = Table(
    "quarantine",
    "one row per refused record and rule; never the value",
    (
        Column("import_id", "INTEGER", "the import that refused it"),
        Column("line", "BIGINT", "line of the record in the file, counted from 1"),
        Column("column_name", "VARCHAR", "our column at fault"),
        Column("rule", "VARCHAR", "the row rule that it breaks"),
        Column("nearest", "VARCHAR", "the known word nearest to the one refused, if there is one"),
    ),
    is_fact=False,
)

STORE_INFO = Table(
    "store_info",
    "one row per fact about the store itself",
    (
        Column(
            "name",
            "VARCHAR",
            "schema_version, key_id, content_hash, time_zone, forgotten",
            is_key=True,
        ),
        Column("value", "VARCHAR", "its value"),
    ),
    is_fact=False,
)

FACTS = (SESSIONS, SESSION_NOTES, FOLLOW_UPS)
TABLES = (*FACTS, IMPORTS, QUARANTINE, STORE_INFO)


def table(name: str) -> Table:
    """The table called `name` (KeyError when there is none)."""
    return {each.name: each for each in TABLES}[name]


def create_table_sql(of: Table) -> str:
    """The CREATE TABLE statement of one table, with NOT NULL and CHECK where the schema says so."""
    return f"create table {of.name} (\n    " + ",\n    ".join(map(_column_sql, of.columns)) + "\n)"


def _column_sql(column: Column) -> str:
    parts = [column.name, column.type]
    if column.required or column.is_key:
        parts.append("not null")
    if column.low is not None:
        parts.append(f"check ({column.name} between {column.low} and {column.high})")
    elif column.words and not column.extendable:
        allowed = ", ".join(f"'{word}'" for word in column.words)
        parts.append(f"check ({column.name} in ({allowed}))")
    return " ".join(parts)
