"""The cells of a table of text by header, as a mapping asks for them."""

from collections.abc import Sequence

from nmt_analytics.intake.formats import TextTable
from nmt_analytics.intake.mapping import name_key
from nmt_analytics.intake.mapping_parts import CarryDown


class Cells:
    """The cells of a table, found whatever the capitals and blanks of their header."""

    def __init__(self, table: TextTable, carry_down: CarryDown | None = None) -> None:
        self._table = table
        self._position = {name_key(name): number for number, name in enumerate(table.columns)}
        self._filled: dict[str, list[str]] = {}
        if carry_down and carry_down.by in self:
            for header in carry_down.columns:
                if header in self:
                    self._filled[name_key(header)] = self._carried(header, carry_down.by)

    def __contains__(self, header: str) -> bool:
        return name_key(header) in self._position

    def __len__(self) -> int:
        return len(self._table.rows)

    def column(self, header: str, kept: Sequence[int] | None = None) -> list[str]:
        """The trimmed cells of one column, in all records or in those `kept`."""
        rows = range(len(self)) if kept is None else kept
        filled = self._filled.get(name_key(header))
        if filled is not None:
            return [filled[index] for index in rows]
        position = self._position[name_key(header)]
        return [self._table.rows[index][position].strip() for index in rows]

    def _carried(self, header: str, by: str) -> list[str]:
        """The column with what the first row of each record says in its empty rows below."""
        latest: dict[str, str] = {}
        carried = []
        for record, value in zip(self.column(by), self.column(header), strict=True):
            latest[record] = value or latest.get(record, "")
            carried.append(latest[record])
        return carried
