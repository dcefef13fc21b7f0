"""What a file is taken for and why, column by column, before anything of it is loaded."""

from collections.abc import Iterator
from pathlib import Path

from nmt_analytics.intake.formats import sniff_layout
from nmt_analytics.intake.load import check_file
from nmt_analytics.intake.mapping import Mapping, known_mappings, name_key
from nmt_analytics.intake.own_mappings import mappings_for
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.schema import Column
from nmt_analytics.settings import Settings

_N_SHOWN = 6


def preview(
    settings: Settings, path: Path, mapping: Mapping | None = None
) -> list[tuple[Receipt, list[str]]]:
    """For each table in a file: the receipt that a load would give, and the preview in lines.

    Changes nothing; raises as a load does.
    """
    kinds = (mapping,) if mapping else mappings_for(settings, path)
    return [_previewed(settings, path, kind) for kind in kinds]


def _previewed(settings: Settings, path: Path, kind: Mapping | None) -> tuple[Receipt, list[str]]:
    receipt = check_file(settings, path, kind)
    known = {each.name: each for each in known_mappings()}
    taken = kind or known[receipt.mapping]
    layout = sniff_layout(path, **taken.read_options)
    first, *rest = receipt.lines()
    return receipt, [
        first,
        f"  {_why(taken, layout.columns, layout.sheet)}",
        *_becomes(taken, layout.columns),
        *rest,
    ]


def _why(taken: Mapping, header: tuple[str, ...], sheet: str | None) -> str:
    """What the file was taken for, and by which of its columns."""
    there = {name_key(name) for name in header}
    found = [each for each in taken.recognise if there.issuperset(map(name_key, each))]
    signs = max(found, key=lambda each: len(tuple(each)), default=taken.source_columns)
    shown = ", ".join(f'"{name}"' for name in signs[:_N_SHOWN])
    more = f" and {len(signs) - _N_SHOWN} more" if len(signs) > _N_SHOWN else ""
    where = f'sheet "{sheet}": ' if sheet else ""
    name = taken.title or taken.name
    return f"{where}taken for {name} (mapping {taken.name}), because it has {shown}{more}"


def _becomes(taken: Mapping, header: tuple[str, ...]) -> Iterator[str]:
    """Each column of the file that is read, and what it becomes."""
    there = {name_key(name): name for name in header}
    for of in taken.fills[:1]:
        for column in of.file_columns:
            theirs = taken.columns.get(column.name, ())
            names = [there[name_key(name)] for name in theirs if name_key(name) in there]
            if names:
                yield f"  {_joint(taken, column).join(names)} -> {column.name}{_kept_as(column)}"
            elif column.name in taken.constants:
                yield f"  always -> {column.name}: {taken.constants[column.name]}"
    for number, check_in in enumerate(taken.check_ins, start=1):
        for answer, name in check_in.columns.items():
            if name_key(name) in there:
                yield f"  {there[name_key(name)]} -> {answer} of check-in {number}"
    duration = there.get(name_key(taken.times.duration_column))
    if duration:
        yield f"  {duration} -> ended_at, counted from the start"
    for rule in dict.fromkeys((rule.column, rule.rule) for rule in taken.skip):
        if name_key(rule[0]) in there:
            yield f"  {there[name_key(rule[0])]} -> only to leave out: {rule[1]}"


def _joint(taken: Mapping, column: Column) -> str:
    return ", else " if column.name in taken.first_of else " + "


def _kept_as(column: Column) -> str:
    return ", stored as a pseudonym" if column.is_identifier else ""
