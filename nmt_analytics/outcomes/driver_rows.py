"""The sessions that a model of relief can use: which rows, whether they suffice, as which cells.

Used by drivers.py only. Where they do not suffice, `NoTableError` says why in plain words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nmt_analytics.outcomes.covariates import (
    DesignMatrix,
    Factor,
    collapse,
    design_matrix,
    prepare_covariates,
)
from nmt_analytics.outcomes.likelihood.aft import Array, Cells
from nmt_analytics.outcomes.likelihood.aft_confidence import Counts, Indices
from nmt_analytics.vocabulary import label

FEWEST_CLIENTS = 40


@dataclass(frozen=True)
class Rows:
    """The usable rows: `n` sessions of client `bucket` with relief that ended in (lower, upper]."""

    lower: Array
    upper: Array
    n: Array
    bucket: Indices
    categorical: dict[str, Factor]
    numeric: dict[str, Array]
    notes: list[str]

    @property
    def n_clients(self) -> int:
        return len(np.unique(self.bucket))

    @property
    def n_sessions(self) -> int:
        return round(self.n.sum())


class NoTableError(Exception):
    """Why no table can be given; becomes the fit's `refusal`."""


def usable_rows(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    bucket: ArrayLike,
    categorical: Mapping[str, ArrayLike],
    numeric: Mapping[str, ArrayLike],
) -> Rows:
    """The rows with an answer and every number recorded; clients numbered from 0."""
    lower, upper, n = (np.asarray(each, dtype=float) for each in (lower, upper, n))
    client = np.unique(np.asarray(bucket), return_inverse=True)[1]
    answered = ((lower > 0) | np.isfinite(upper)) & (n > 0)
    covariates = prepare_covariates(
        {term: np.asarray(values)[answered] for term, values in categorical.items()},
        {term: np.asarray(values, dtype=float)[answered] for term, values in numeric.items()},
        n[answered],
        client[answered],
    )
    kept = covariates.kept
    return Rows(
        lower[answered][kept],
        upper[answered][kept],
        n[answered][kept],
        client[answered][kept],
        {term: factor.at(kept) for term, factor in covariates.categorical.items()},
        {term: values[kept] for term, values in covariates.numeric.items()},
        covariates.notes,
    )


def require_enough(rows: Rows) -> None:
    """Raise NoTableError below 40 clients, or when no covariate is left."""
    if rows.n_clients < FEWEST_CLIENTS:
        raise NoTableError(
            f"{rows.n_clients} clients have answered with everything recorded; "
            f"{FEWEST_CLIENTS} are needed."
        )
    if not rows.categorical and not rows.numeric:
        raise NoTableError("None of the things that could matter was recorded often enough.")


def require_ends_in_every_level(rows: Rows) -> None:
    """Raise NoTableError where a level has no end, or no holding: its ratio has no limit."""
    ended, held = np.isfinite(rows.upper), rows.lower > 0
    if not ended.any() or not held.any():
        what = "end" if not ended.any() else "hold"
        raise NoTableError(f"Relief was never seen to {what} in any session.")
    for term, factor in rows.categorical.items():
        sessions = np.bincount(factor.codes, minlength=len(factor.levels))
        for seen, what in ((ended, "end"), (held, "hold")):
            of_these = np.bincount(factor.codes, weights=seen, minlength=len(factor.levels))
            for code in np.flatnonzero((sessions > 0) & (of_these == 0)):
                raise NoTableError(
                    f"Relief was never seen to {what} in any session with {label(term)} "
                    f"{label(factor.levels[code])}, so its ratio has no limit."
                )


def collapse_to_cells(
    rows: Rows, references: Mapping[str, str], units: Mapping[str, float]
) -> tuple[Cells, Counts, DesignMatrix]:
    """One cell per combination of covariates and interval, and whose sessions it counts."""
    first, cell = collapse(
        [
            *(factor.codes for factor in rows.categorical.values()),
            *rows.numeric.values(),
            rows.lower,
            rows.upper,
        ]
    )
    design = design_matrix(
        {term: factor.at(first).words for term, factor in rows.categorical.items()},
        {term: values[first] for term, values in rows.numeric.items()},
        references,
        units,
    )
    if len(design.columns) == 1:
        raise NoTableError("Nothing that was recorded differs between the sessions.")
    weights = np.asarray(np.bincount(cell, weights=rows.n), dtype=float)
    cells = Cells(design.values, rows.lower[first], rows.upper[first], weights)
    return cells, Counts(cell, rows.bucket, rows.n), design
