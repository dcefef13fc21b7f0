"""Sums over runs of columns, for many weightings at once: the arithmetic of fits on intervals.

Each row covers a contiguous run of columns. Where rows and columns are few, a matrix product is
quickest; where they are many, sums along the runs do without a matrix of rows x columns.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MATRIX = 50_000  # entries of runs x columns up to which a matrix is quickest
_PAIRS = 4_000  # the same where the columns are paired


class Runs:
    """The distinct runs, `first` to `last` (R,), among rows (N,) that cover columns (K,)."""

    def __init__(self, first: Integers, last: Integers, n_columns: int) -> None:
        code = first * n_columns + last
        self._order = np.argsort(code, kind="stable")
        code = code[self._order]
        self._starts = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
        self.first, self.last = np.divmod(code[self._starts], n_columns)
        self.n_columns = n_columns
        self._n_entries = len(self.first) * n_columns

    def gather(self, weights: Floats) -> Floats:
        """Return the weights (B, R) of the runs from those of the rows (B, N)."""
        return np.asarray(np.add.reduceat(weights[:, self._order], self._starts, axis=1))

    def on(self, columns: Integers) -> tuple["Runs", Flags]:
        """Return these runs as rows on some of the columns (M,), and which (R,) cover any."""
        first = np.searchsorted(columns, self.first, side="left")
        last = np.searchsorted(columns, self.last, side="right") - 1
        covers = first <= last
        return Runs(first[covers], last[covers], len(columns)), covers

    def shares(self, mass: Floats) -> Floats:
        """Return (B, R): the sum of mass (B, K) over each run."""
        if self._n_entries <= _MATRIX:
            return mass @ self._covering.T
        # Empty columns add nothing, and where columns are many most of them are empty.
        filled = np.flatnonzero(mass.any(axis=0))
        first = np.searchsorted(filled, self.first, side="left")
        end = np.searchsorted(filled, self.last, side="right")
        padded = np.concatenate([mass[:, filled], np.zeros((len(mass), 1))], axis=1)
        # Not differences of cumulative sums: those lose the digits of a share far in the tail.
        sums = np.add.reduceat(padded, np.column_stack([first, end]).ravel(), axis=1)[:, ::2]
        return np.where(first < end, sums, 0.0)

    def slope(self, weights: Floats, mass: Floats) -> Floats:
        """Return (B, K): for each column, the sum of weight / share over the runs that cover it.

        For mass (B, K) this is the directional derivative of sum(weights * log(shares)), plus 1.
        """
        shares = self.shares(mass)
        return self.sum_over(
            np.divide(weights, shares, out=np.zeros_like(weights), where=weights > 0)
        )

    def sum_over(self, values: Floats) -> Floats:
        """Return (B, K): for each column, the sum of values (B, R) of the runs that cover it."""
        if self._n_entries <= _MATRIX:
            return values @ self._covering
        size = (len(values), self.n_columns + 1)
        offsets = np.arange(size[0])[:, None] * size[1]
        ends_at = (offsets + self.first).ravel(), (offsets + self.last + 1).ravel()
        begin, end = (
            np.bincount(at, values.ravel(), minlength=size[0] * size[1]) for at in ends_at
        )
        return np.asarray(np.cumsum((begin - end).reshape(size), axis=1)[:, : self.n_columns])

    def sum_over_pairs(self, values: Floats) -> Floats:
        """Return (B, K, K): for each two columns, the sum over the runs that cover both."""
        n, size = self.n_columns, len(values)
        if self._n_entries <= _PAIRS:
            return (values @ self._covering_pairs).reshape(size, n, n)
        flat = np.zeros((size, n * n))
        flat[:, self.first * n + self.last] = values
        by_first = np.cumsum(flat.reshape(size, n, n), axis=1)
        covering = np.cumsum(by_first[:, :, ::-1], axis=2)[:, :, ::-1].reshape(size, -1)
        return np.asarray(covering[:, self._pairs])

    @cached_property
    def _covering(self) -> Floats:
        columns = np.arange(self.n_columns)
        covers = (self.first[:, None] <= columns) & (columns <= self.last[:, None])
        return covers.astype(float)

    @cached_property
    def _covering_pairs(self) -> Floats:
        both = self._covering[:, :, None] * self._covering[:, None, :]
        return both.reshape(len(both), -1)

    @cached_property
    def _pairs(self) -> Integers:
        """Where (K, K) the runs from the lower to the higher column of a pair are summed up."""
        column = np.arange(self.n_columns)
        lower, higher = np.minimum.outer(column, column), np.maximum.outer(column, column)
        return lower * self.n_columns + higher
