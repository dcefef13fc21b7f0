"""What a command prints: results on stdout, messages and progress on stderr.

Text for people is folded between words to the width of their terminal; elsewhere a line stays one
line. Nothing from a file or from settings acts on a terminal (printable.py).
"""

import csv
import json
import math
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from nmt_analytics.commands.options import Format
from nmt_analytics.printable import printable

if TYPE_CHECKING:
    from nmt_analytics.answer import Answer
    from nmt_analytics.schedule.inbox import Progress

WIDEST, USUAL = 98, 80
_COMMAND = re.compile(r"(?<=: )nmt-analytics( [\w./~-]+)+$")
"""What is to be typed, at the end of a message: in one piece it can be copied."""


def tell(result: object) -> None:
    """A result, on stdout."""
    _print(str(result), sys.stdout)


def say(message: str) -> None:
    """A message for people, on stderr."""
    _print(message, sys.stderr)


def print_answer(answer: "Answer", how: Format) -> None:
    """An answer on stdout: as text for people, or its numbers to the last digit for programs."""
    if how is Format.csv:
        _print_csv(answer)
    elif how is Format.json:
        names, records = answer.data.columns, answer.data.records()
        print(json.dumps([{name: _json(row[name]) for name in names} for row in records], indent=2))
    else:
        from nmt_analytics.reporting.plain_text import as_text

        print(printable(as_text(answer.bundle, _width()), also="\n"))


@contextmanager
def progress() -> Iterator["Progress"]:
    """A spinner with words on a terminal, plain lines elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield _say_each_step_once()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield lambda words: status.update(Text(printable(words)))


def _say_each_step_once() -> "Progress":
    """Plain lines: one per step, not one per cell of it ("Making it: cell 3 of 39")."""
    said: set[str] = set()

    def say_step(words: str) -> None:
        step = words.partition(": ")[0]
        if step not in said:
            said.add(step)
            say(step)

    return say_step


def _print(text: str, stream: TextIO) -> None:
    shown = printable(text, also="\n\t")
    if stream.isatty():
        shown = "\n".join(folded(line, _width()) for line in shown.split("\n"))
    print(shown, file=stream, flush=True)


def _width() -> int:
    return min(shutil.get_terminal_size((USUAL, 24)).columns, WIDEST)


def folded(line: str, width: int) -> str:
    """A line in lines of at most `width`; what is indented stays so, and a command in one piece."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    whole = _COMMAND.sub(lambda command: command[0].replace(" ", "\0"), line)
    lines = wrap(
        whole,
        width,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\0", " ")


def _print_csv(answer: "Answer") -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = answer.data.columns
    writer.writerow(names)
    writer.writerows([_csv(row[name]) for name in names] for row in answer.data.records())


def _csv(value: object) -> object:
    """Every digit of a number; text that a terminal and a spreadsheet only show."""
    if isinstance(value, str):
        from nmt_analytics.reporting.tables import never_a_formula

        return never_a_formula(printable(value))
    return "" if value is None else value


def _json(value: object) -> object:
    """JSON has no infinity: an open end is written as the word."""
    return "inf" if isinstance(value, float) and math.isinf(value) else value
