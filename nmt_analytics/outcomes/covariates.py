"""Covariates made ready for a model: missing values, small levels, dummy coding, collapsing.

Columns of sessions in, columns of numbers out, and a note in plain words for everything that was
left out on the way. Knows nothing of durations.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmt_analytics.vocabulary import NOT_RECORDED, label

Array = NDArray[np.float64]
Words = NDArray[np.str_]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

FEWEST_CLIENTS_PER_LEVEL = 5
"""Levels with fewer clients are pooled: their ratio would speak of single clients."""
POOLED = "other"
MOSTLY_MISSING = 0.5


@dataclass(frozen=True)
class Column:
    """What a column of the design compares: `level` with `reference`, or one `level` more of."""

    term: str
    level: str
    reference: str

    @property
    def name(self) -> str:
        return f"{self.term}: {self.level}" if self.reference else self.term


@dataclass(frozen=True)
class Factor:
    """A categorical column: `codes` (rows,) point into its sorted `levels`."""

    levels: tuple[str, ...]
    codes: Indices

    @property
    def words(self) -> Words:
        return np.array(self.levels, dtype=np.str_)[self.codes]

    def at(self, rows: Flags | Indices) -> "Factor":
        """The same column at some of its rows."""
        return Factor(self.levels, self.codes[rows])

    def has(self, level: str) -> Flags:
        """Which rows have the level."""
        return np.array([each == level for each in self.levels], dtype=bool)[self.codes]

    def count_clients(self, bucket: Indices) -> dict[str, int]:
        """Distinct clients in each level that occurs."""
        n_buckets = int(bucket.max(initial=0)) + 1
        pairs = np.unique(self.codes * n_buckets + bucket)
        counts = np.bincount(pairs // n_buckets, minlength=len(self.levels)).tolist()
        return {level: n for level, n in zip(self.levels, counts, strict=True) if n}


@dataclass(frozen=True)
class Covariates:
    """Columns of all rows, `kept` (rows,) saying which can be used, and notes on the others."""

    categorical: dict[str, Factor]
    numeric: dict[str, Array]
    kept: Flags
    notes: list[str]


@dataclass(frozen=True)
class DesignMatrix:
    """`values` (rows, columns) with the intercept first, and what each column compares."""

    values: Array
    columns: list[Column]
    notes: list[str]


INTERCEPT = Column("intercept", "", "")


def prepare_covariates(
    categorical: Mapping[str, ArrayLike],
    numeric: Mapping[str, ArrayLike],
    n: Array,
    bucket: Indices,
) -> Covariates:
    """Covariates without gaps and without levels of fewer than five clients.

    `n` (rows,) counts sessions, `bucket` (rows,) is their client. A categorical value that is
    missing becomes the level "not_recorded". A number that is missing in more than half of the
    sessions is left out; otherwise the sessions without it are. Small levels are pooled into
    "other"; where that stays small, its sessions are left out. A note says each of these.
    """
    factors = {term: read_factor(values) for term, values in categorical.items()}
    numbers, kept, notes = _drop_missing_numbers(numeric, n)
    for term, factor in factors.items():
        factors[term], large_enough, said = _pool_small_levels(term, factor, n, bucket, kept)
        kept = kept & large_enough
        notes += said
    return Covariates(factors, numbers, kept, notes)


def read_factor(values: ArrayLike) -> Factor:
    """The levels of a column of words; an empty or missing value is "not_recorded"."""
    words = [
        word if isinstance(word, str) and word else NOT_RECORDED
        for word in np.asarray(values).tolist()
    ]
    levels = sorted(set(words))
    position = {level: code for code, level in enumerate(levels)}
    codes = np.fromiter((position[word] for word in words), dtype=np.intp, count=len(words))
    return Factor(tuple(levels), codes)


def design_matrix(
    categorical: Mapping[str, Words],
    numeric: Mapping[str, Array],
    references: Mapping[str, str],
    units: Mapping[str, float],
) -> DesignMatrix:
    """Dummy columns against each reference level, then numbers in steps of their unit.

    A column that is constant, or that the columns before it already determine, is left out with
    a note, since no data could tell its effect from theirs. Where a reference level is not there,
    the most frequent one takes its place, with a note.
    """
    candidates: list[tuple[Column, Array]] = []
    notes: list[str] = []
    for term, values in categorical.items():
        dummies, said = _dummy_columns(term, values, references.get(term))
        candidates += dummies
        notes += said
    for term, numbers in numeric.items():
        unit = units.get(term, 1)
        candidates.append((Column(term, f"+{unit:g}", ""), numbers / unit))
    n_rows = len(next(iter([*categorical.values(), *numeric.values()])))
    columns, matrix, said = _independent_columns(candidates, n_rows)
    return DesignMatrix(matrix, columns, notes + said)


def collapse(columns: list[NDArray]) -> tuple[Indices, Indices]:
    """(representatives, cell_of_row): equal rows of `columns` share a cell, numbered from 0.

    `representatives` are the positions of one row per cell.
    """
    code = np.zeros(len(columns[0]), dtype=np.int64)
    n_codes = 1
    for column in columns:
        values, position = np.unique(column, return_inverse=True)
        if n_codes * len(values) > np.iinfo(np.int64).max:
            combinations, code = np.unique(code, return_inverse=True)
            n_codes = len(combinations)
        code = code * len(values) + position
        n_codes *= len(values)
    _, representatives, cell_of_row = np.unique(code, return_index=True, return_inverse=True)
    return representatives, cell_of_row


def _drop_missing_numbers(
    numeric: Mapping[str, ArrayLike], n: Array
) -> tuple[dict[str, Array], Flags, list[str]]:
    kept = np.ones(len(n), dtype=bool)
    numbers: dict[str, Array] = {}
    notes: list[str] = []
    for term, given in numeric.items():
        values = np.asarray(given, dtype=float)
        missing = ~np.isfinite(values)
        n_missing = n[missing].sum()
        if n_missing > MOSTLY_MISSING * n.sum():
            notes.append(
                f"{label(term)} is left out: it was not recorded in {n_missing:.0f} of "
                f"{n.sum():.0f} sessions."
            )
            continue
        numbers[term] = values
        kept &= ~missing
        if n_missing:
            notes.append(
                f"{n_missing:.0f} sessions are left out: {label(term)} was not recorded there."
            )
    return numbers, kept, notes


def _pool_small_levels(
    term: str, factor: Factor, n: Array, bucket: Indices, kept: Flags
) -> tuple[Factor, Flags, list[str]]:
    n_clients = factor.at(kept).count_clients(bucket[kept])
    small = [level for level, count in n_clients.items() if count < FEWEST_CLIENTS_PER_LEVEL]
    if not small:
        return factor, np.ones(len(n), dtype=bool), []
    pooled = _rename(factor, dict.fromkeys(small, POOLED))
    named = ", ".join(label(level) for level in small)
    if pooled.at(kept).count_clients(bucket[kept])[POOLED] >= FEWEST_CLIENTS_PER_LEVEL:
        note = f'{label(term)}: too few clients with {named}; counted as "{label(POOLED)}".'
        return pooled, np.ones(len(n), dtype=bool), [note]
    is_small = pooled.has(POOLED)
    note = f"{label(term)}: too few clients with {named}; their sessions are left out."
    return pooled, ~is_small, [note]


def _rename(factor: Factor, new_names: Mapping[str, str]) -> Factor:
    renamed = [new_names.get(level, level) for level in factor.levels]
    levels = sorted(set(renamed))
    new_codes = np.array([levels.index(level) for level in renamed], dtype=np.intp)
    return Factor(tuple(levels), new_codes[factor.codes])


def _dummy_columns(
    term: str, values: Words, reference: str | None
) -> tuple[list[tuple[Column, Array]], list[str]]:
    levels, counts = np.unique(values, return_counts=True)
    notes: list[str] = []
    if len(levels) < 2:
        return [], [f"{label(term)} is left out: it has the same value everywhere."]
    if reference not in levels:
        wanted, reference = reference, str(levels[np.argmax(counts)])
        if wanted is not None:
            notes.append(
                f"{label(term)} is compared with {label(reference)}: "
                f"too few clients with {label(wanted)}."
            )
    others = [str(level) for level in levels if level != reference]
    columns = [
        (Column(term, level, str(reference)), (values == level).astype(float)) for level in others
    ]
    return columns, notes


def _independent_columns(
    candidates: list[tuple[Column, Array]], n_rows: int
) -> tuple[list[Column], Array, list[str]]:
    """The columns that are not a linear combination of those before them (Gram-Schmidt)."""
    columns, values, notes = [INTERCEPT], [np.ones(n_rows)], []
    basis = [np.ones(n_rows) / np.sqrt(max(n_rows, 1))]
    for column, candidate in candidates:
        rest = candidate
        for _ in range(2):  # a second pass removes what rounding left of the first
            rest = rest - sum(direction * (direction @ rest) for direction in basis)
        if np.linalg.norm(rest) <= 1e-8 * np.linalg.norm(candidate):
            notes.append(
                f"{label(column.term)} {label(column.level)} is left out: it always goes "
                "together with another level, so that the two cannot be told apart."
                if column.reference
                else f"{label(column.term)} is left out: it does not vary by itself."
            )
            continue
        columns.append(column)
        values.append(candidate)
        basis.append(rest / np.linalg.norm(rest))
    return columns, np.column_stack(values), notes
