"""An answer as plain text, for a terminal: sentence, items, an aligned table, who is in it."""

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap

from nmt_analytics.reporting.bundle import Bundle, Cell, Item, Table

WIDTH = 98
BETWEEN = "  "
Cells = tuple[str, ...]
_UNSAID = ("tone", "mark", "href", "spark", "spark_text", "result")
"""What an item carries for the look, the links and the files of a page."""


def as_text(bundle: Bundle, width: int = WIDTH) -> str:
    """The answer in lines of at most `width`; only a table of many columns has longer ones."""
    heads = bundle.title or bundle.sentence
    caption = bundle.caption
    if bundle.legend:
        caption = caption.replace(f" {bundle.legend}", "")
    parts = [
        "\n".join(_lines(bundle.said, width)) if heads else "",
        "\n".join(_item_text(item, width) for item in bundle.items),
        _table_text(bundle.table, width) if bundle.table else "",
        "\n".join(_lines(caption, width)),
    ]
    return "\n\n".join(filter(None, parts))


def _item_text(item: Item, width: int) -> str:
    said = [text for name, text in vars(item).items() if name not in _UNSAID and text]
    first, *rest = (" / ".join(text.splitlines()) for text in said)
    after = " " if first.endswith(".") else ": "
    whole = first + after + " · ".join(rest) if rest else first
    return "\n  ".join(_lines(f"- {whole}", width - 2))


def _lines(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False) or [""]


def _table_text(table: Table, width: int) -> str:
    lines = [table.labels, *(tuple(map(_cell_text, row)) for row in table.rows)]
    is_number = [column in table.numeric for column in table.columns]
    widths = _fitting(list(zip(*lines, strict=True)), is_number, width)
    return "\n".join(text for line in lines for text in _wrapped(line, widths, is_number))


def _fitting(columns: list[Cells], is_number: list[bool], whole: int) -> list[int]:
    """A width for each column; the widest texts are narrowed, to whole words, until a line fits."""
    widths = [max(map(len, column)) for column in columns]
    words = [max(len(word) for text in column for word in text.split(" ")) for column in columns]
    while sum(widths) + len(BETWEEN) * (len(widths) - 1) > whole:
        open_ones = [
            at for at, width in enumerate(widths) if width > words[at] and not is_number[at]
        ]
        if not open_ones:
            break
        widths[max(open_ones, key=widths.__getitem__)] -= 1
    return widths


def _wrapped(line: Cells, widths: list[int], is_number: list[bool]) -> Iterator[str]:
    """One row of a table in as many lines as its longest cell takes."""
    cells = [_lines(text, width) for text, width in zip(line, widths, strict=True)]
    for texts in zip_longest(*cells, fillvalue=""):
        placed = zip(texts, widths, is_number, strict=True)
        yield BETWEEN.join(
            text.rjust(width) if right else text.ljust(width) for text, width, right in placed
        ).rstrip()


def _cell_text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text
