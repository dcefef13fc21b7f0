"""How results and progress look in a terminal: tables for people, csv and json for programs."""

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from nmt_analytics.printable import printable
from nmt_analytics.reporting.tables import never_a_formula

Progress = Callable[[str], None]
"""Told in a few words what is being done now."""


def print_records(
    records: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    how: str,
    title: str = "",
    said_once: Sequence[str] = (),
) -> None:
    """Print records to stdout as `how` says: table (for people), csv or json (every digit).

    `said_once`: columns that a table for people leaves empty while they, and those before them
    here, stay as they were in the line above.
    """
    if how == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_csv(row[c]) for c in columns] for row in records])
    elif how == "json":
        print(json.dumps([{c: _json(row[c]) for c in columns} for row in records], indent=2))
    else:
        _print_table(_say_once(records, said_once), columns, title)


@contextmanager
def progress() -> Iterator[Progress]:
    """A spinner with words on a terminal, plain lines elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield _say_each_step_once()
        return
    from rich.console import Console  # noqa: PLC0415 - costs time that scripts need not spend
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield lambda words: status.update(Text(printable(words)))


def _say_each_step_once() -> Progress:
    """Plain lines: one per step, not one per cell of it ("Making it: cell 3 of 39")."""
    said: set[str] = set()

    def say(words: str) -> None:
        step = words.partition(": ")[0]
        if step not in said:
            said.add(step)
            print(printable(step), file=sys.stderr, flush=True)

    return say


def _csv(value: object) -> object:
    """Every digit of a number; text that a terminal and a spreadsheet only show."""
    if isinstance(value, str):
        return never_a_formula(printable(value))
    return "" if value is None else value


def _json(value: object) -> object:
    """JSON has no infinity: an open end is written as the word."""
    return "inf" if isinstance(value, float) and math.isinf(value) else value


def _say_once(
    records: Sequence[Mapping[str, object]], names: Sequence[str]
) -> list[Mapping[str, object]]:
    said: list[Mapping[str, object]] = []
    for before, row in zip([{}, *records], records, strict=False):
        shown = dict(row)
        for name in names:
            if before.get(name) != row[name]:
                break
            shown[name] = ""
        said.append(shown)
    return said


def _print_table(
    records: Sequence[Mapping[str, object]], columns: Sequence[str], title: str
) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    shown = [name for name in columns if name != "metric"]
    for name in shown:
        is_number = any(isinstance(row[name], int | float) for row in records)
        table.add_column(name.replace("_", " "), justify="right" if is_number else "left")
    for row in records:
        # A ratio of 0.96 is another thing than one of 1.04.
        digits = 2 if row.get("unit") == "times" else 1
        table.add_row(*(_cell(row[name], digits) for name in shown))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False).print(table)


def _cell(value: object, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "or longer" if math.isinf(value) else f"{value:.{digits}f}"
    return printable(str(value))
