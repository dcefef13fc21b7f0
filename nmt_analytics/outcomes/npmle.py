"""Nonparametric maximum likelihood on intervals: where the mass may lie, and how much lies there.

Pure arithmetic for survival.py. Rows are intervals, columns are the innermost intervals, and each
row covers a contiguous run of columns; so no rows x columns matrix is ever built.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GAP = 1e-9  # duality gap that a fit must reach (log-likelihood per unit of weight)
_AIM = 1e-11  # what the iteration aims for, so that rounding cannot lift it above GAP
_EXACT = 1e-12  # at the end, of each column the mass or the slack is this close to zero
_ROUGH = 3e-5  # the same while columns are still being found
_LIMIT = 1e-22  # mass x slack below which rounding leaves nothing to gain
_ROUNDS = 100
_SMALL = 64  # columns that are fitted all at once; more start from a subset
_AT_ONCE = 20_000  # entries of curvature up to which it is quickest to fit everything together
_NEGLIGIBLE = 1e-18  # mass below this is zero: far below one session's share of any practice
_CHUNK = 4_000_000  # floats held at once, per array


@dataclass(frozen=True)
class Coverage:
    """Innermost intervals (lower, upper], [v, v] when exact, and the run each row covers."""

    lower: Floats
    upper: Floats
    first: Integers
    last: Integers


def find_innermost(lower: Floats, upper: Floats) -> Coverage:
    """Return Turnbull's innermost intervals of half-open (lower, upper] and exact [v, v] rows.

    An innermost interval begins at some row's lower end and ends at some row's upper end with no
    other end between; only there can the estimate put mass (Turnbull 1976). At one and the same
    time an exact value comes first, then the closed upper ends, then the open lower ends.
    """
    exact = lower == upper
    times = np.concatenate([lower, upper])
    order_at_tie = np.concatenate([np.where(exact, 0, 2), np.ones(len(upper), dtype=np.int64)])
    order = np.lexsort((order_at_tie, times))
    opens = order < len(lower)
    innermost = opens[:-1] & ~opens[1:]
    inner_lower, inner_upper = times[order[:-1][innermost]], times[order[1:][innermost]]

    # The columns that begin at or after a row's lower end. An open end at v leaves [v, v] out.
    first = np.searchsorted(inner_lower, lower, side="left")
    here = np.minimum(first, len(inner_lower) - 1)
    leaves_out = ~exact & (inner_lower[here] == lower) & (inner_upper[here] == lower)
    last = np.searchsorted(inner_upper, upper, side="right") - 1
    return Coverage(inner_lower, inner_upper, first + leaves_out, last)


def maximise_likelihood(coverage: Coverage, weights: Floats) -> tuple[Floats, Floats]:
    """Return mass (B, K) and duality gap (B,) for B rows of weights (B, N), each summing to 1.

    The first row of weights is fitted from scratch, the others start from its columns. The gap,
    max over columns of the directional derivative, bounds how far the log-likelihood per unit of
    weight is from its maximum (Lindsay 1983; Boehning 1986).
    """
    n_columns = len(coverage.lower)
    if ((coverage.first == coverage.last) | (coverage.last == n_columns - 1)).all():
        return _solve_product_limit(coverage, weights)
    if n_columns**2 * len(weights) <= _AT_ONCE:
        return _fit_columns(coverage, weights, np.arange(n_columns), _EXACT)[:2]
    mass = np.zeros((len(weights), n_columns))
    gap = np.zeros(len(weights))
    columns = np.arange(n_columns) if n_columns <= _SMALL else _stab_every_row(coverage)
    until = _EXACT if len(columns) == n_columns else _ROUGH
    mass[:1], gap[:1], slope = _fit_columns(coverage, weights[:1], columns, until)
    # Columns near the solution are all that a similar weighting is likely to need.
    columns = np.flatnonzero(slope[0] > 1 - 1 / max(10, len(weights)))
    step = max(1, _CHUNK // max(len(coverage.first), len(columns) ** 2, n_columns))
    for start in range(1, len(weights), step):
        part = slice(start, start + step)
        mass[part], gap[part], _ = _fit_columns(coverage, weights[part], columns, _EXACT)
    return mass, gap


def _solve_product_limit(coverage: Coverage, weights: Floats) -> tuple[Floats, Floats]:
    """Return mass and gap in closed form, for rows of one column and rows open to the right."""
    first, last, n_columns = coverage.first, coverage.last, len(coverage.lower)
    ends_here = last < n_columns - 1
    mass, slope = np.zeros((2, len(weights), n_columns))
    for b, one in enumerate(weights):
        events = np.bincount(last[ends_here], one[ends_here], minlength=n_columns)
        # Rows that last beyond a column, events and open rows: added up, so no digit is cancelled.
        later = np.cumsum(np.bincount(first, one, minlength=n_columns)[::-1])[::-1]
        beyond = np.append(later[1:], 0.0)
        at_risk = events + beyond
        keep = np.divide(beyond, at_risk, out=np.ones(n_columns), where=at_risk > 0)
        before = np.concatenate([[1.0], np.cumprod(keep[:-1])])
        mass[b] = before * np.divide(events, at_risk, out=np.zeros(n_columns), where=at_risk > 0)
        mass[b][-1] = before[-1]
        from_here = np.cumsum(mass[b][::-1])[::-1]
        shares = np.where(ends_here, mass[b][last], from_here[first])
        slope[b] = _gradient(one[None], shares[None], first, last, n_columns)
    return mass, slope.max(axis=1) - 1


def _stab_every_row(coverage: Coverage) -> Integers:
    """Return few columns of which every row covers at least one (greedy, from the left)."""
    latest_first = np.full(len(coverage.lower), -1)
    np.maximum.at(latest_first, coverage.last, coverage.first)
    chosen = [-1]
    for column, needed in enumerate(latest_first.tolist()):
        if needed > chosen[-1]:
            chosen.append(column)
    return np.array(chosen[1:])


def _fit_columns(
    coverage: Coverage, weights: Floats, given: Integers, until: float
) -> tuple[Floats, Floats, Floats]:
    """Fit on the given columns, add those that would raise the likelihood, until none would.

    The given ones stay in, so that each row covers a column throughout. Return mass (B, K),
    gap (B,) and slope (B, K), the directional derivative plus 1.
    """
    columns = given
    for _ in range(_ROUNDS):
        first = np.searchsorted(columns, coverage.first, side="left")
        last = np.searchsorted(columns, coverage.last, side="right") - 1
        mass = _solve_interior_point(first, last, len(columns), weights, until)
        mass[mass < _NEGLIGIBLE] = 0.0
        mass /= mass.sum(axis=1, keepdims=True)
        everywhere = np.zeros((len(weights), len(coverage.lower)))
        everywhere[:, columns] = mass
        shares = _sum_runs(mass, first, last)
        slope = _gradient(weights, shares, coverage.first, coverage.last, len(coverage.lower))
        gap = slope.max(axis=1) - 1
        wanted = _find_steepest(slope.max(axis=0), columns)
        if until == _EXACT and not len(wanted):
            break
        found = columns[(mass > 1e-7).any(axis=0)]
        columns = np.unique(np.concatenate([given, found, wanted]))
        until = _ROUGH if gap.max() > 1e-3 else _EXACT
    return everywhere, gap, slope


def _find_steepest(slope: Floats, columns: Integers) -> Integers:
    """Return the steepest ascending column of each stretch between two fitted ones (Wang 2008)."""
    starts = np.unique(np.concatenate([[0], columns]))
    stretch = np.searchsorted(starts, np.arange(len(slope)), side="right") - 1
    order = np.lexsort((-slope, stretch))
    steepest = order[np.searchsorted(stretch[order], np.arange(len(starts)))]
    return steepest[slope[steepest] > 1 + _AIM]


def _solve_interior_point(
    first: Integers, last: Integers, n_columns: int, weights: Floats, until: float
) -> Floats:
    """Return the mass (B, M) > 0 that maximises sum(weights * log(share of each row)).

    Primal-dual Newton steps on sum(w log(A p)) - sum(p) with slack z >= 0 and p z -> 0; the sum
    of p is 1 at the solution by itself. All rows of weights take their steps together.
    """
    run, rows = np.unique(first * n_columns + last, return_inverse=True)
    first, last = np.divmod(run, n_columns)
    weights = np.stack([np.bincount(rows, one, minlength=len(run)) for one in weights])

    mass = np.empty((len(weights), n_columns))
    rows_left, w = np.arange(len(weights)), weights
    p, z = np.full_like(mass, 1.0 / n_columns), np.ones_like(mass)
    diagonal = np.arange(n_columns)
    pairs = np.minimum.outer(diagonal, diagonal) * n_columns + np.maximum.outer(diagonal, diagonal)
    for step in range(_ROUNDS):
        shares = _sum_runs(p, first, last)
        slope = _gradient(w, shares, first, last, n_columns)
        aim = (p * z).mean(axis=1, keepdims=True)
        error = np.abs(1 - slope - z).max(axis=1, keepdims=True)
        apart = np.minimum(p, z).max(axis=1, keepdims=True)
        done = ((np.maximum(apart, 0.1 * error) <= until) | (aim <= _LIMIT))[:, 0]
        if done.any():
            mass[rows_left[done]] = p[done]
            left = ~done
            rows_left, p, z, w = rows_left[left], p[left], z[left], w[left]
            shares, slope, aim, error = shares[left], slope[left], aim[left], error[left]
        if not len(rows_left):
            break
        # Cautious first, then faster the nearer the solution is.
        distance = np.maximum(10 * aim, error)
        target = aim * (0.1 if step < 3 else np.clip(distance, 1e-4, 0.02))
        reach = np.clip(1 - distance, 0.99, 0.9999)
        curvature = _curvature(w / shares**2, run, pairs)
        # A ridge of 1e-10 keeps columns apart that no row of this weighting tells apart.
        curvature[:, diagonal, diagonal] *= 1 + 1e-10
        curvature[:, diagonal, diagonal] += z / p
        dp = np.linalg.solve(curvature, (slope - 1 + target / p)[..., None])[..., 0]
        dz = (target - z * dp) / p - z
        p = p + _step_length(p, dp, reach) * dp
        z = z + _step_length(z, dz, reach) * dz
    mass[rows_left] = p
    return mass


def _step_length(values: Floats, change: Floats, reach: Floats) -> Floats:
    """Return (B, 1) step lengths, at most 1, that go a share `reach` of the way to zero."""
    longest = np.divide(-values, change, out=np.full_like(values, np.inf), where=change < 0)
    return np.minimum(1.0, reach * longest.min(axis=1, keepdims=True))


def _sum_runs(mass: Floats, first: Integers, last: Integers) -> Floats:
    """Return (B, N) sums of mass[:, first:last + 1], each added up by itself.

    Not differences of cumulative sums: those lose the digits of a small share far out in the tail.
    """
    padded = np.concatenate([mass, np.zeros((len(mass), 1))], axis=1)
    bounds = np.column_stack([first, last + 1]).ravel()
    sums: Floats = np.add.reduceat(padded, bounds, axis=1)[:, ::2]
    return sums


def _gradient(
    weights: Floats, shares: Floats, first: Integers, last: Integers, n_columns: int
) -> Floats:
    """Return (B, K): for each column, the sum of weight / share over the rows that cover it."""
    ratios = np.divide(weights, shares, out=np.zeros_like(weights), where=weights > 0).ravel()
    size = (len(weights), n_columns + 1)
    offsets = np.arange(size[0])[:, None] * size[1]
    begins = np.bincount((offsets + first).ravel(), ratios, minlength=size[0] * size[1])
    ends = np.bincount((offsets + last + 1).ravel(), ratios, minlength=size[0] * size[1])
    slope: Floats = np.cumsum((begins - ends).reshape(size), axis=1)[:, :n_columns]
    return slope


def _curvature(values: Floats, run: Integers, pairs: Integers) -> Floats:
    """Return (B, M, M): for each pair of columns, the sum of values over rows covering both.

    `pairs` (M, M) is where the runs from the lower to the higher column of a pair are summed up.
    """
    n_columns = len(pairs)
    flat = np.zeros((len(values), n_columns * n_columns))
    flat[:, run] = values
    by_first = np.cumsum(flat.reshape(-1, n_columns, n_columns), axis=1)
    covering = np.cumsum(by_first[:, :, ::-1], axis=2)[:, :, ::-1].reshape(len(values), -1)
    both: Floats = covering[:, pairs]
    return both
