"""Which further cells to hide, so that totals do not give the small ones back. Counts only.

Totals of a breakdown are taken as known, since each is one command away. A hidden cell is safe
when what an attacker can work out of its sessions, from all that is shown and all totals, is a
range at least as wide as `band`.

In a line, the hidden cells' sum is known: each lies between 0 and it. In a grid the hypercube
method of official statistics holds (Repsilber 1994; Giessing and Repsilber 2002): four hidden
cells at the corners of a rectangle can change against each other with every total as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Sizes = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """A cell of a breakdown: its levels, its sessions, and whether it must be hidden itself."""

    levels: tuple[str, ...]
    n_sessions: int
    is_small: bool


def hide_beside(
    cells: Sequence[Cell], band: int, margins: Sequence[Sequence[Cell]] = ()
) -> set[int]:
    """The places of all cells to hide: the small ones, and those that protect them.

    `margins`: for a grid, the cells of the breakdown by its first and by its second dimension;
    those that are hidden there protect here too. Without them all totals count as known.
    """
    hidden = {i for i, cell in enumerate(cells) if cell.is_small}
    if not hidden or not cells[0].levels:
        return hidden
    if len(cells[0].levels) == 1:
        return _hide_in_lines(cells, hidden, band)
    return _hide_in_grid(cells, hidden, band, margins)


def _hide_in_lines(cells: Sequence[Cell], hidden: set[int], band: int) -> set[int]:
    """The smallest cell goes next, until the hidden ones of every line have a sum as wide."""
    lines = [line for line in _lines(cells) if len(line) > 1]
    has_changed = True
    while has_changed:
        has_changed = False
        for line in lines:
            gone = [i for i in line if i in hidden]
            shown = [i for i in line if i not in hidden]
            if gone and shown and (len(gone) == 1 or _sum(cells, gone) < band):
                hidden = hidden | {min(shown, key=lambda i: (cells[i].n_sessions, i))}
                has_changed = True
    return hidden


def _lines(cells: Sequence[Cell]) -> Iterator[list[int]]:
    """The cells that add up to a total, narrowest first: months of a quarter, of a year, all."""
    for span in (_quarter, _year):
        by_span: dict[str, list[int]] = {}
        for i, cell in enumerate(cells):
            by_span.setdefault(span(cell.levels[0]), []).append(i)
        by_span.pop("", None)
        yield from by_span.values()
    yield list(range(len(cells)))


def _quarter(level: str) -> str:
    """2026Q3 of the month 2026-07; empty of anything else."""
    is_month = len(level) == 7 and level[4] == "-" and (level[:4] + level[5:]).isdigit()
    return f"{level[:4]}Q{(int(level[5:]) + 2) // 3}" if is_month else ""


def _year(level: str) -> str:
    """2026 of a month or of a quarter (2026Q3); empty of anything else."""
    is_quarter = len(level) == 6 and level[4] == "Q" and level[:4].isdigit()
    return level[:4] if is_quarter or _quarter(level) else ""


def _sum(cells: Sequence[Cell], places: Sequence[int]) -> int:
    return sum(cells[i].n_sessions for i in places)


def _hide_in_grid(
    cells: Sequence[Cell], small: set[int], band: int, margins: Sequence[Sequence[Cell]]
) -> set[int]:
    """Four corners for each small cell, at the least cost in sessions that are shown."""
    grid = _Grid(cells, band, margins)
    open_cells = sorted(small, key=lambda i: (-cells[i].n_sessions, i))
    unsafe = [i for i in open_cells if not grid.protect(*grid.place[i])]
    if unsafe:
        for i in unsafe:
            grid.hide_lines(*grid.place[i])
        if not all(grid.is_safe(*grid.place[i]) for i in unsafe):
            return set(range(len(cells)))
    return {i for i, (row, column) in enumerate(grid.place) if grid.hidden[row, column]}


class _Grid:
    """The cells as a table with its totals in a last row and column, and what is hidden of it."""

    def __init__(self, cells: Sequence[Cell], band: int, margins: Sequence[Sequence[Cell]]) -> None:
        rows, columns = (list(dict.fromkeys(cell.levels[k] for cell in cells)) for k in (0, 1))
        self.band = band
        self.place = [(rows.index(c.levels[0]), columns.index(c.levels[1])) for c in cells]
        shape = len(rows) + 1, len(columns) + 1
        self.sizes: Sizes = np.zeros(shape, dtype=np.int64)
        self.hidden: Flags = np.zeros(shape, dtype=bool)
        self.may_hide: Flags = np.zeros(shape, dtype=bool)
        for (row, column), cell in zip(self.place, cells, strict=True):
            self.sizes[row, column] = cell.n_sessions
            self.may_hide[row, column] = True
            self.hidden[row, column] = cell.is_small
        self.sizes[-1, :] = self.sizes[:-1].sum(axis=0)
        self.sizes[:, -1] = self.sizes[:, :-1].sum(axis=1)
        for along, margin in enumerate(margins):
            names = (rows, columns)[along]
            for i in hide_beside(margin, band):
                at = names.index(margin[i].levels[0])
                self.hidden[(at, -1) if along == 0 else (-1, at)] = True
        self.may_hide |= self.hidden

    def protect(self, row: int, column: int) -> bool:
        """Hide the cheapest three cells that make a safe rectangle with this one, if there are."""
        is_wide = self._is_wide(row, column)
        if not is_wide.any():
            return False
        newly = np.where(self.hidden, 0, self.sizes)
        cost = newly[row, :][None, :] + newly[:, column][:, None] + newly
        at = np.unravel_index(int(np.argmin(np.where(is_wide, cost, np.inf))), cost.shape)
        for corner in ((row, at[1]), (at[0], column), (at[0], at[1])):
            self.hidden[corner] = True
        return True

    def _is_wide(self, row: int, column: int) -> Flags:
        """For each opposite corner, whether that rectangle leaves a range of at least the band.

        With one more session in the cell, one fewer is in each of its neighbours and one more in
        the opposite corner, so that totals stay; a total in a corner moves the other way round.
        """
        sizes = self.sizes.astype(float)
        beside, below = sizes[row, :][None, :], sizes[:, column][:, None]
        in_total_row, in_total_column = np.zeros((2, *sizes.shape), dtype=bool)
        in_total_row[-1, :], in_total_column[:, -1] = True, True
        unbounded = np.inf
        up = np.minimum(
            np.where(in_total_column, unbounded, beside), np.where(in_total_row, unbounded, below)
        )
        opposite_falls = in_total_row ^ in_total_column
        up = np.where(opposite_falls, np.minimum(up, sizes), up)
        down = np.minimum(
            np.where(in_total_column, beside, unbounded), np.where(in_total_row, below, unbounded)
        )
        down = np.where(opposite_falls, down, np.minimum(down, sizes))
        wide = up + np.minimum(down, sizes[row, column]) >= self.band
        corners = self.may_hide & self.may_hide[row, :][None, :] & self.may_hide[:, column][:, None]
        wide &= corners
        wide[row, :] = wide[:, column] = False
        return np.asarray(wide)

    def hide_lines(self, row: int, column: int) -> None:
        """Hide all other cells of the row and of the column, where no rectangle is to be had."""
        self.hidden[row, :-1] |= self.may_hide[row, :-1]
        self.hidden[:-1, column] |= self.may_hide[:-1, column]

    def is_safe(self, row: int, column: int) -> bool:
        """Whether an attacker with all totals and a linear program is left with the band."""
        from nmt_analytics.outcomes.attack import range_of  # noqa: PLC0415 - needs scipy, rarely

        low, high = range_of(self.sizes, self.hidden, (row, column))
        return high - low >= self.band
