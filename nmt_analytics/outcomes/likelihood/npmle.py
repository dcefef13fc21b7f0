"""Nonparametric maximum likelihood on intervals: where the mass may lie, and how much lies there.

Pure arithmetic for survival.py. Rows are intervals, columns are the innermost intervals, and each
row covers a contiguous run of columns (runs.py).
"""

from dataclasses import dataclass

import numpy as np

from nmt_analytics.outcomes.likelihood.runs import Floats, Integers, Runs

GAP = 1e-9  # duality gap that a fit must reach (log-likelihood per unit of weight)
_AIM = 1e-11  # what the iteration aims for, so that rounding cannot lift it above GAP
_EXACT = 1e-12  # at the end, of each column the mass or the slack is this close to zero
_ROUGH = 3e-5  # the same while columns are still being found
_LIMIT = 1e-22  # mass x slack below which rounding leaves nothing to gain
_ROUNDS = 100
_STEPS = 12  # Newton steps after which a weighting counts as too different from the solution
_SETTLED = 1e-7  # change of mass after which the next step would change nothing (its square)
_SMALL = 64  # columns that are fitted all at once; more start from a subset
_FEW = 24  # columns that do not slow a step down
_AT_ONCE = 2_000  # entries of curvature up to which it is quickest to fit everything together
_MANY = 100_000  # entries of curvature from which it pays to bring most weightings near first
_EMPTY = 1e-10  # mass below this is what the iteration leaves on columns that have none
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

    The first row of weights is fitted from scratch, the others start from its solution. The gap,
    max over columns of the directional derivative, bounds how far the log-likelihood per unit of
    weight is from its maximum (Lindsay 1983; Boehning 1986).
    """
    n_columns = len(coverage.lower)
    if ((coverage.first == coverage.last) | (coverage.last == n_columns - 1)).all():
        return _solve_product_limit(coverage, weights)
    runs = Runs(coverage.first, coverage.last, n_columns)
    weights = runs.gather(weights)
    everything = np.arange(n_columns)
    if n_columns**2 * len(weights) <= _AT_ONCE:
        return _fit_columns(runs, weights, everything, _EXACT)[:2]
    mass = np.zeros((len(weights), n_columns))
    gap = np.zeros(len(weights))
    columns = everything if n_columns <= _SMALL else _stab_every_row(runs)
    until = _EXACT if len(columns) == n_columns else _ROUGH
    mass[:1], gap[:1], slope = _fit_columns(runs, weights[:1], columns, until)
    # Columns near the solution are all that a similar weighting is likely to need: with fewer of
    # them steps are quicker, but more weightings have to be fitted from scratch.
    if len(columns) > _FEW:
        near = np.flatnonzero(slope[0] > 1 - 1 / max(10, len(weights) / 4))
        covers_all = runs.on(near)[1].all()
        columns = near if covers_all else np.union1d(near, _stab_every_row(runs))
    step = max(1, _CHUNK // max(len(runs.first), len(columns) ** 2, n_columns))
    for start in range(1, len(weights), step):
        part = np.arange(start, min(start + step, len(weights)))
        mass[part], gap[part] = _follow(runs, weights[part], columns, mass[0, columns])
        left = part[~(gap[part] <= _AIM)]
        if len(left):
            mass[left], gap[left], _ = _fit_columns(runs, weights[left], columns, _EXACT)
    return mass, gap


def _solve_product_limit(coverage: Coverage, weights: Floats) -> tuple[Floats, Floats]:
    """Return mass and gap in closed form, for rows of one column and rows open to the right."""
    first, last, n_columns = coverage.first, coverage.last, len(coverage.lower)
    ends_here = last < n_columns - 1
    mass = np.zeros((len(weights), n_columns))
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
    runs = Runs(first, last, n_columns)
    return mass, runs.slope(runs.gather(weights), mass).max(axis=1) - 1


def _stab_every_row(runs: Runs) -> Integers:
    """Return few columns of which every row covers at least one (greedy, from the left)."""
    latest_first = np.full(runs.n_columns, -1)
    np.maximum.at(latest_first, runs.last, runs.first)
    chosen = [-1]
    for column, needed in enumerate(latest_first.tolist()):
        if needed > chosen[-1]:
            chosen.append(column)
    return np.array(chosen[1:])


def _fit_columns(
    runs: Runs, weights: Floats, given: Integers, until: float
) -> tuple[Floats, Floats, Floats]:
    """Fit on the given columns, add those that would raise the likelihood, until none would.

    The given ones stay in, so that each row covers a column throughout. Return mass (B, K),
    gap (B,) and slope (B, K), the directional derivative plus 1.
    """
    columns = given
    for _ in range(_ROUNDS):
        on_columns, _ = runs.on(columns)
        found = _solve_interior_point(on_columns, on_columns.gather(weights), until)
        found[found < _NEGLIGIBLE] = 0.0
        mass = np.zeros((len(weights), runs.n_columns))
        mass[:, columns] = found / found.sum(axis=1, keepdims=True)
        slope = runs.slope(weights, mass)
        gap = slope.max(axis=1) - 1
        wanted = _find_steepest(slope.max(axis=0), columns)
        if until == _EXACT and np.isin(wanted, columns).all():
            break
        filled = columns[(mass[:, columns] > 1e-7).any(axis=0)]
        columns = np.unique(np.concatenate([given, filled, wanted]))
        until = _ROUGH if gap.max() > 1e-3 else _EXACT
    return mass, gap, slope


def _find_steepest(slope: Floats, columns: Integers) -> Integers:
    """Return the steepest ascending column of each stretch between two fitted ones (Wang 2008)."""
    starts = np.unique(np.concatenate([[0], columns]))
    ends = np.append(starts[1:], len(slope))
    ascends = np.maximum.reduceat(slope, starts) > 1 + _AIM
    stretches = zip(starts[ascends], ends[ascends], strict=True)
    return np.array([start + slope[start:end].argmax() for start, end in stretches], dtype=np.int64)


def _solve_interior_point(runs: Runs, weights: Floats, until: float) -> Floats:
    """Return the mass (B, M) > 0 that maximises sum(weights * log(share of each run)).

    Primal-dual Newton steps on sum(w log(A p)) - sum(p) with slack z >= 0 and p z -> 0; the sum
    of p is 1 at the solution by itself. All rows of weights take their steps together.
    """
    mass = np.empty((len(weights), runs.n_columns))
    rows_left, w = np.arange(len(weights)), weights
    p, z = np.full_like(mass, 1.0 / runs.n_columns), np.ones_like(mass)
    for step in range(_ROUNDS):
        shares = runs.shares(p)
        slope = runs.sum_over(w / shares)
        aim = (p * z).sum(axis=1, keepdims=True) / runs.n_columns
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
        target = aim * (0.1 if step < 3 else np.minimum(np.maximum(distance, 1e-4), 0.02))
        reach = np.minimum(np.maximum(1 - distance, 0.99), 0.9999)
        curvature = runs.sum_over_pairs(w / shares**2)
        # A ridge of 1e-10 keeps columns apart that no row of this weighting tells apart.
        diagonal = np.einsum("bii->bi", curvature)
        diagonal *= 1 + 1e-10
        diagonal += z / p
        dp = np.linalg.solve(curvature, (slope - 1 + target / p)[..., None])[..., 0]
        dz = (target - z * dp) / p - z
        p = p + _step_length(p, dp, reach) * dp
        z = z + _step_length(z, dz, reach) * dz
    mass[rows_left] = p
    return mass


def _follow(
    runs: Runs, weights: Floats, columns: Integers, solution: Floats
) -> tuple[Floats, Floats]:
    """Return mass (B, K) and gap (B,) by Newton steps from the solution (M,) of similar weights.

    On the given columns (M,) alone; several times quicker than from scratch. A weighting whose
    steps do not settle, or that needs another column, gets a gap that is nan or above zero.
    """
    on_columns, is_covered = runs.on(columns)
    w = on_columns.gather(weights[:, is_covered])
    p = np.tile(np.where(solution > _EMPTY, solution, 0.0), (len(weights), 1))
    left = np.arange(len(weights))
    with np.errstate(all="ignore"):
        p = p * on_columns.slope(w, p)  # a step of EM, which no column takes below zero
        if p.size * len(columns) > _MANY:
            near = _approach(on_columns, w, p)
            there = on_columns.slope(w, near).max(axis=1) - 1 <= _AIM
            p[there], left = near[there], left[~there]
        for _ in range(_STEPS):
            if not len(left):
                break
            step = _newton_step(on_columns, w[left], p[left])
            ahead = p[left] + _step_length(p[left], step, 1.0) * step
            p[left] = np.where(ahead < _EMPTY * 1e-5, 0.0, ahead)
            left = left[np.abs(step).max(axis=1) > _SETTLED]
        mass = np.zeros((len(weights), runs.n_columns))
        mass[:, columns] = p / p.sum(axis=1, keepdims=True)
        gap = runs.slope(weights, mass).max(axis=1) - 1
    return mass, gap


def _approach(runs: Runs, weights: Floats, mass: Floats) -> Floats:
    """Return mass (B, M) after steps with one curvature, that of the average weighting, for all.

    Each is far cheaper than a Newton step, and most of many weightings are so alike that a few of
    them reach the maximum on the columns that have mass.
    """
    average, start = weights.mean(axis=0, keepdims=True), mass.mean(axis=0, keepdims=True)
    support = start[0] > 0
    curvature = runs.sum_over_pairs(average / np.maximum(runs.shares(start), 1e-100) ** 2)[0]
    inverse = np.zeros_like(curvature)
    inverse[np.ix_(support, support)] = np.linalg.pinv(curvature[np.ix_(support, support)])
    for _ in range(_STEPS):
        excess = runs.sum_over(weights / np.maximum(runs.shares(mass), 1e-100)) - 1
        mass = np.maximum(mass + excess @ inverse, mass / 10)
    return mass / mass.sum(axis=1, keepdims=True)


def _newton_step(runs: Runs, weights: Floats, mass: Floats) -> Floats:
    """Return (B, M): the Newton step on the columns with mass and on the steepest one without.

    On that one only once the likelihood is nearly level on the others: before, a step of all
    could lead it below zero.
    """
    shares = np.maximum(runs.shares(mass), 1e-100)  # above zero where there is no weight either
    excess = runs.sum_over(weights / shares) - 1
    free = mass > 0
    level = np.abs(np.where(free, excess, 0.0)).max(axis=1)
    outside = np.where(free, -np.inf, excess)
    row, steepest = np.arange(len(mass)), outside.argmax(axis=1)
    free[row, steepest] |= outside[row, steepest] > np.maximum(10 * level, _AIM)

    curvature = runs.sum_over_pairs(weights / shares**2)
    curvature *= free[:, None] & free[:, :, None]
    diagonal = np.einsum("bii->bi", curvature)
    diagonal[:] = np.where(diagonal > 0, diagonal * (1 + 1e-10), 1.0)
    try:
        return np.asarray(
            np.linalg.solve(curvature, np.where(free, excess, 0.0)[..., None])[..., 0]
        )
    except np.linalg.LinAlgError:  # one weighting that is singular stops all of them
        return np.full_like(mass, np.nan)


def _step_length(values: Floats, change: Floats, reach: Floats | float) -> Floats:
    """Return (B, 1) step lengths, at most 1, that go a share `reach` of the way to zero."""
    rate = np.divide(-change, values, out=np.zeros_like(values), where=values > 0)
    fastest = rate.max(axis=1, keepdims=True)
    return np.minimum(1.0, reach / np.maximum(fastest, 1e-300))
