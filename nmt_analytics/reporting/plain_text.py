"""An answer as plain text, for a terminal: sentence, items, an aligned table, who is in it."""

from textwrap import fill

from nmt_analytics.reporting.bundle import Bundle, Cell, Item, Table

WIDTH = 98
BETWEEN = "  "
UNSAID = {"href", "mark", "tone"}
"""What an item carries for the page alone."""


def as_text(bundle: Bundle) -> str:
    """The answer in lines of at most WIDTH characters; only a wide table has longer ones."""
    parts = [
        fill(bundle.said, WIDTH),
        "\n".join(map(_item_text, bundle.items)),
        _table_text(bundle.table) if bundle.table else "",
        fill(bundle.caption, WIDTH),
    ]
    return "\n\n".join(filter(None, parts))


def _item_text(item: Item) -> str:
    first, *rest = [
        said
        for name, said in vars(item).items()
        if name not in UNSAID and isinstance(said, str) and said
    ]
    return fill(
        f"- {first}: {' · '.join(rest)}" if rest else f"- {first}", WIDTH, subsequent_indent="  "
    )


def _table_text(table: Table) -> str:
    lines = [table.labels, *(tuple(map(_cell_text, row)) for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    is_number = [column in table.numeric for column in table.columns]
    return "\n".join(
        BETWEEN.join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    )


def _cell_text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text
