"""What a file's columns mean: a mapping is a small TOML file, read and checked here.

Knows the shape of mappings and recognises known exports by their header; reads no rows.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from nmt_analytics.errors import UsageError
from nmt_analytics.intake.files.headers import fold
from nmt_analytics.intake.mapping_parts import (
    Band,
    CarryDown,
    CheckIn,
    FileLayout,
    MappingError,
    Times,
    check_keys,
    read_bands,
    read_carry_down,
    read_check_ins,
    read_columns,
    read_layout,
    read_text_list,
    read_times,
    read_values,
)
from nmt_analytics.intake.skips import SkipRule, read_skips
from nmt_analytics.schema import FACTS, FOLLOW_UPS, Table, table

_KEYS = (
    "name",
    "title",
    "table",
    "recognise",
    "missing",
    "id_prefix",
    "first_of",
    "carry_down",
    "skip_future",
    "file",
    "columns",
    "constants",
    "values",
    "bands",
    "times",
    "skip",
    "check_in",
)


@dataclass(frozen=True)
class Mapping:
    """What one kind of file means to us; column names are theirs on the right, ours on the left."""

    name: str
    table: str
    columns: dict[str, tuple[str, ...]]
    title: str = ""
    recognise: tuple[tuple[str, ...], ...] = ()
    """Sets of headers each of which, found whole, says that a file is of this kind."""
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    bands: dict[str, tuple[Band, ...]] = field(default_factory=dict)
    times: Times = field(default_factory=Times)
    missing: tuple[str, ...] = ()
    """What stands for an empty cell, such as N/A."""
    skip: tuple[SkipRule, ...] = ()
    skip_future: bool = False
    """Whether sessions that are booked but not yet held are left out, not refused."""
    check_ins: tuple[CheckIn, ...] = ()
    first_of: tuple[str, ...] = ()
    """Ours that are read from the first of their columns that is filled, instead of from all."""
    carry_down: CarryDown | None = None
    id_prefix: str = ""
    """Keeps the session numbers of one system apart from the same numbers of another."""
    file: FileLayout = field(default_factory=FileLayout)
    source: str = ""
    """The mapping's own text, part of what makes a load the same load."""

    @property
    def fills(self) -> tuple[Table, ...]:
        """The tables that a file of this kind fills."""
        return (table(self.table), FOLLOW_UPS) if self.check_ins else (table(self.table),)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Every column of the file that is looked at."""
        mapped = [name for names in self.columns.values() for name in names]
        answers = [name for each in self.check_ins for name in each.columns.values()]
        others = [rule.column for rule in self.skip]
        others += [self.times.zone_column, self.times.duration_column]
        others += [self.carry_down.by] if self.carry_down else []
        return tuple(dict.fromkeys(filter(None, mapped + answers + others)))

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns without which a file is not of this kind."""
        if self.recognise:
            return ()
        return self.source_columns

    @property
    def takes_text_as_is(self) -> bool:
        """Whether every column of ours is one column of theirs, untouched."""
        return not (
            self.constants
            or self.values
            or self.bands
            or self.missing
            or self.skip
            or self.check_ins
            or self.carry_down
            or self.times != Times()
            or any(len(names) > 1 for names in self.columns.values())
        )

    @property
    def read_options(self) -> dict[str, Any]:
        """What the mapping says of the file's layout, as the options of `read_table`."""
        return {
            "encoding": self.file.encoding,
            "delimiter": self.file.delimiter,
            "header_rows": self.file.header_rows,
            "skip_rows": self.file.title_rows,
            "sheet": self.file.sheet,
            "is_header": self.is_header,
        }

    def n_recognised(self, columns: Sequence[str]) -> int:
        """How many headers say that a file with `columns` is of this kind; 0: it is not."""
        there = {name_key(name) for name in columns}
        whole = [wanted for wanted in self.recognise if there.issuperset(map(name_key, wanted))]
        return max(map(len, whole), default=0)

    def is_header(self, row: tuple[str, ...]) -> bool:
        """Whether a row of a file is the header of this kind of file."""
        if self.recognise:
            return self.n_recognised(row) > 0
        return {name_key(name) for name in row}.issuperset(map(name_key, self.source_columns))


def name_key(column: str) -> str:
    """A header as it is compared: white space and capitals make no difference."""
    return fold(column).casefold()


def read_mapping(path: Path) -> Mapping:
    """The mapping in the TOML file at `path`; raises UsageError that names key and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(
            f"The mapping {path} could not be read ({type(fault).__name__})."
        ) from None
    return parse_mapping(text, name=path.stem, where=str(path))


def parse_mapping(text: str, *, name: str, where: str) -> Mapping:
    """The mapping that `text` says; `where` is what an error calls it."""
    try:
        return _mapping_from(text, name)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{where}: not valid TOML ({fault}). Mend that line.") from None
    except MappingError as fault:
        raise UsageError(f"{where}: {fault}") from None


@lru_cache
def known_mappings() -> tuple[Mapping, ...]:
    """The mappings of known exports that come with the package, by name."""
    folder = resources.files("nmt_analytics.intake").joinpath("mappings")
    files = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    return tuple(_known(each) for each in sorted(files, key=lambda each: each.name))


def _known(file: Traversable) -> Mapping:
    name = file.name.removesuffix(".toml")
    return parse_mapping(file.read_text(encoding="utf-8"), name=name, where=file.name)


@lru_cache
def form_bases() -> tuple[Mapping, ...]:
    """What form tools always write: mappings that still lack the questions, by name."""
    folder = resources.files("nmt_analytics.intake").joinpath("mappings", "forms")
    return tuple(_known(each) for each in sorted(folder.iterdir(), key=lambda each: each.name))


def recognise_form(columns: Sequence[str]) -> Mapping | None:
    """The form tool that writes a file with these columns, or None."""
    best = max(form_bases(), key=lambda base: base.n_recognised(columns))
    return best if best.n_recognised(columns) else None


def recognise(columns: Sequence[str]) -> Mapping | None:
    """The known mapping that fits a file with these columns best, or None.

    The more of its own headers a mapping finds, the better it fits; a tie is no answer.
    """
    fits = [(each.n_recognised(columns), each) for each in known_mappings()]
    best = max((n for n, _ in fits), default=0)
    candidates = [each for n, each in fits if n == best]
    return candidates[0] if best and len(candidates) == 1 else None


def _mapping_from(text: str, name: str) -> Mapping:
    content = tomllib.loads(text)
    check_keys(content, _KEYS, "the mapping")
    table_name = str(content.get("table", ""))
    if table_name not in [fact.name for fact in FACTS]:
        names = ", ".join(fact.name for fact in FACTS)
        raise MappingError(f'table must be one of {names}, as in table = "sessions".')
    of = table(table_name)
    return Mapping(
        name=str(content.get("name", name)),
        title=str(content.get("title", "")),
        table=table_name,
        columns=read_columns(content.get("columns", {}), of),
        recognise=tuple(read_text_list(each, "recognise") for each in content.get("recognise", ())),
        constants={
            key: str(value)
            for key, value in check_keys(
                content.get("constants", {}), _names(of), "[constants]"
            ).items()
        },
        values=read_values(content.get("values", {}), _names(of, content)),
        bands=read_bands(content.get("bands", {}), _names(of, content)),
        times=read_times(content.get("times", {})),
        missing=read_text_list(content.get("missing", []), "missing"),
        skip=read_skips(content.get("skip", [])),
        skip_future=bool(content.get("skip_future", False)),
        check_ins=read_check_ins(content.get("check_in", []), of),
        first_of=read_text_list(content.get("first_of", []), "first_of"),
        carry_down=read_carry_down(content.get("carry_down", {})),
        id_prefix=str(content.get("id_prefix", "")),
        file=read_layout(content.get("file", {})),
        source=text,
    )


def _names(of: Table, content: dict[str, object] | None = None) -> tuple[str, ...]:
    names = [column.name for column in of.file_columns]
    if content and content.get("check_in"):
        names += [column.name for column in FOLLOW_UPS.file_columns]
    return tuple(dict.fromkeys(names))
