"""`nmt-analytics map`: from a file that nobody knows to a mapping in the practice's own folder."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from nmt_analytics.errors import UsageError, unknown_name
from nmt_analytics.intake.cells import Cells
from nmt_analytics.intake.date_order import DateOrderError
from nmt_analytics.intake.drafting.asking import Owner
from nmt_analytics.intake.drafting.completing import (
    NOON,
    Looked,
    complete_recognition,
    complete_sessions,
    complete_times,
    complete_words,
)
from nmt_analytics.intake.drafting.guessing import guess_columns, guess_table, with_base
from nmt_analytics.intake.drafting.mapping_text import mapping_text
from nmt_analytics.intake.drafting.needs import refuse_unless_whole
from nmt_analytics.intake.drafting.summaries import summarise
from nmt_analytics.intake.files.headers import refuse_record_as_header
from nmt_analytics.intake.formats import TextTable, read_table
from nmt_analytics.intake.mapping import (
    Mapping,
    form_bases,
    known_mappings,
    recognise,
    recognise_form,
)
from nmt_analytics.intake.own_mappings import mappings_folder, own_mappings
from nmt_analytics.intake.unknown_files import as_typed
from nmt_analytics.schema import FACTS, SESSIONS, table
from nmt_analytics.settings import Settings


@dataclass(frozen=True)
class Draft:
    """A mapping that was written, where, and what its owner should know of it."""

    mapping: Mapping
    path: Path
    remarks: tuple[str, ...]
    next_command: str

    def lines(self) -> list[str]:
        """What was written, column by column, what to look at, and what to do next."""
        lines = [f"Wrote {self.path} ({self.mapping.table}):"]
        lines += [
            f"  {ours} is read from {' + '.join(theirs)}"
            for ours, theirs in self.mapping.columns.items()
        ]
        lines += [f"  Look at: {remark}" for remark in self.remarks]
        return [*lines, f"Next, to see what loading it would do: {self.next_command}"]


@dataclass(frozen=True)
class Said:
    """What the caller says instead of leaving it to guesses."""

    base: str | None = None
    into: str | None = None
    date_order: str = ""
    out: Path | None = None


def map_file(settings: Settings, path: Path, said: Said, owner: Owner | None = None) -> Draft:
    """Write a mapping for the file at `path` and hand it back; without an owner, as guessed.

    Raises UnreadableFileError, or UsageError where the guesses leave something open.
    """
    text_table = read_table(path, is_header=_is_known)
    if not _is_known(text_table.columns):
        refuse_record_as_header(text_table.columns, path.name)
    base, asked = _base(settings, text_table, said.base), _checked_table(said.into)
    out = _free_path(settings, path, base, said)
    cells = Cells(text_table)
    missing = base.missing if base else ()
    columns = {header: summarise(cells.column(header), missing) for header in text_table.columns}
    looked = Looked(cells, columns)
    into = asked or _table_of(path, base, looked, owner)
    guesses = guess_columns(base, into, columns)
    if owner:
        guesses = owner.columns(guesses, looked)
    refuse_unless_whole(path.name, table(into), guesses)
    mapping = replace(with_base(base, into, guesses), name=out.stem)
    mapping, remarks = _completed(mapping, base, looked, path, said, owner)
    _write(out, mapping, remarks)
    named = f" --mapping {as_typed(out)}" if said.out else ""  # elsewhere it is not looked for
    return Draft(mapping, out, tuple(remarks), f"nmt-analytics check {as_typed(path)}{named}")


def _table_of(path: Path, base: Mapping | None, looked: Looked, owner: Owner | None) -> str:
    guess = guess_table(base, looked.summaries)
    if owner:
        is_said = base is not None and base.table == guess == SESSIONS.name
        return guess if guess and is_said else owner.table(guess or SESSIONS.name)
    if not guess:
        raise UsageError(
            f"{path.name}: no column shows whether a row is a session, a note about one, or a "
            "check-in. Say so: --into sessions, --into session_notes or --into follow_ups."
        )
    return guess


def _completed(
    mapping: Mapping,
    base: Mapping | None,
    looked: Looked,
    path: Path,
    said: Said,
    owner: Owner | None,
) -> tuple[Mapping, list[str]]:
    mapping = complete_sessions(mapping, looked)
    try:
        mapping = complete_times(mapping, looked, said.date_order)
    except DateOrderError as fault:
        if owner is None:
            raise UsageError(
                f"{path.name}, {fault}. This is never guessed: add --day-first (31.12.) or "
                "--month-first (12/31)."
            ) from None
        mapping = complete_times(mapping, looked, owner.date_order(str(fault)))
    mapping, remarks = complete_words(mapping, looked, owner.codes if owner else None)
    if mapping.times.time_of_day == NOON:
        remarks.append("Dates without a time are taken for noon; see time_of_day.")
    mapping = replace(
        mapping,
        title=mapping.title or f"As in {path.name}",
        id_prefix=mapping.id_prefix or mapping.name,
    )
    return complete_recognition(mapping, base, list(looked.summaries)), remarks


def _is_known(row: tuple[str, ...]) -> bool:
    return recognise(row) is not None or any(base.is_header(row) for base in form_bases())


def _base(settings: Settings, text_table: TextTable, name: str | None) -> Mapping | None:
    """The base named, else the form tool that the header shows; raises UsageError."""
    if name is not None:
        every = (*known_mappings(), *form_bases(), *own_mappings(settings))
        bases = {each.name: each for each in every}
        if name not in bases:
            raise unknown_name("base", name, list(bases))
        return bases[name]
    known = recognise(text_table.columns)
    if known:
        raise UsageError(
            f"{text_table.name} is known ({known.title}) and loads as it is. To change how it is "
            f"read, start from that: --base {known.name}"
        )
    return recognise_form(text_table.columns)


def _free_path(settings: Settings, path: Path, base: Mapping | None, said: Said) -> Path:
    """Where the mapping will be written; raises UsageError when something is there already."""
    is_known = base in known_mappings()
    name = base.name if base and is_known else re.sub(r"[^a-z0-9]+", "_", path.stem.lower())
    out = said.out or mappings_folder(settings) / f"{name.strip('_') or 'mapping'}.toml"
    if out.exists():
        raise UsageError(
            f"{out} exists already. Change it there, delete it, or name another with --out."
        )
    return out


def _checked_table(name: str | None) -> str | None:
    names = [of.name for of in FACTS]
    if name is not None and name not in names:
        raise unknown_name("table", name, names)
    return name


def _write(out: Path, mapping: Mapping, remarks: list[str]) -> None:
    text = mapping_text(mapping, remarks)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise UsageError(
            f"{out} could not be written ({fault.strerror}). Name another place with --out."
        ) from None
