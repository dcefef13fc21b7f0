"""Interval-censored survival: how long until an event that was only seen between two check-ins.

Arrays in, arrays out; no names of metrics, no tables. Many weightings of the same intervals are
fitted at once, because confidence intervals leave out one client after the other.
"""

from dataclasses import dataclass, replace

import numpy as np

from nmt_analytics.outcomes.likelihood.npmle import (
    Coverage,
    Floats,
    Integers,
    find_innermost,
    maximise_likelihood,
)

_CHUNK = 1_000_000  # floats held at once, per array


@dataclass(frozen=True)
class SurvivalCurve:
    """Estimates for B weightings: probability mass (B, K) in intervals (lower, upper] (K,).

    `lower`, `upper`: innermost intervals of all rows together; upper may be infinite, an exact
    time has lower == upper. `gap` (B,): duality gap reached. `own_lower`, `own_upper` (B, K): the
    innermost intervals of the rows that have weight in that weighting.
    """

    lower: Floats
    upper: Floats
    mass: Floats
    gap: Floats
    own_lower: Floats
    own_upper: Floats

    def survival_at(self, t: float) -> Floats:
        """Return S(t) (B,), linear inside an undetermined interval, flat in an open-ended one."""
        return self.survival_at_each(np.array([t]))[:, 0]

    def survival_at_each(self, times: Floats) -> Floats:
        """Return S (B, T) at each of the times (T,)."""
        n_at_once = max(1, _CHUNK // self.mass.size)
        chunks = np.split(times, range(n_at_once, len(times), n_at_once))
        return np.concatenate([self._survival_at(chunk[:, None]) for chunk in chunks], axis=1)

    def _survival_at(self, times: Floats) -> Floats:
        low, high, mass = (each[:, None] for each in (self.own_lower, self.own_upper, self.mass))
        width = high - low
        inside = np.isfinite(width) & (width > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            fraction = np.where(inside, (times - low) / width, 0.0)
        lost = np.where(high <= times, 1.0, np.clip(fraction, 0.0, 1.0))
        return np.clip(1.0 - np.sum(mass * lost, axis=2), 0.0, 1.0)

    def known_bounds(self, t: float) -> tuple[Floats, Floats]:
        """Return the lowest and the highest S(t) (B,), (B,) that the data allow."""
        certain = (self.own_upper <= t).astype(float)
        possible = np.maximum(certain, self.own_lower < t)
        return self._remaining(possible), self._remaining(certain)

    def quantile(self, p: float) -> tuple[Floats, Floats, Floats]:
        """Return the time (B,) by which a share p has had the event, and the ends it lies between.

        The time is nan where S never comes down to 1 - p; its upper end is then infinite.
        """
        reached = np.cumsum(self.mass, axis=1)
        # A thousand-millionth of slack: sums such as 0.1 + 0.2 + 0.2 count as one half.
        column = np.argmax(reached >= p - 1e-9, axis=1)
        row = np.arange(len(self.mass))
        low, high = self.own_lower[row, column], self.own_upper[row, column]
        before = reached[row, column] - self.mass[row, column]
        part = np.clip((p - before) / self.mass[row, column], 0.0, 1.0)
        with np.errstate(invalid="ignore"):
            value = np.where(np.isinf(high), np.nan, low + part * (high - low))
        undefined = np.isnan(self.mass).any(axis=1)
        return tuple(np.where(undefined, np.nan, each) for each in (value, low, high))  # type: ignore[return-value]

    def restricted_mean(self, horizon: float) -> Floats:
        """Return the area (B,) under S from 0 to the horizon, in the unit of the times."""
        low = np.minimum(self.own_lower, horizon)
        high = np.minimum(self.own_upper, horizon)
        width = self.own_upper - self.own_lower
        bounded = np.isfinite(width) & (width > 0)
        # Area lost while S falls linearly: a triangle, cut off where the horizon comes first.
        triangle = np.divide((high - low) ** 2, 2 * width, out=np.zeros_like(width), where=bounded)
        return np.sum(self.mass * (high - triangle), axis=1)

    def restricted_mean_bounds(self, horizon: float) -> tuple[Floats, Floats]:
        """Return the smallest and the largest restricted mean (B,), (B,) that the data allow."""
        low = np.sum(self.mass * np.minimum(self.own_lower, horizon), axis=1)
        high = np.sum(self.mass * np.minimum(self.own_upper, horizon), axis=1)
        return low, high

    def first(self) -> "SurvivalCurve":
        """Return the curve of the first weighting alone."""
        one = slice(0, 1)
        return replace(
            self,
            mass=self.mass[one],
            gap=self.gap[one],
            own_lower=self.own_lower[one],
            own_upper=self.own_upper[one],
        )

    def _remaining(self, lost: Floats) -> Floats:
        return np.clip(1.0 - np.sum(self.mass * lost, axis=1), 0.0, 1.0)


def fit_survival(lower: Floats, upper: Floats, weights: Floats) -> SurvivalCurve:
    """Return the maximum likelihood estimate for rows (lower, upper] and weights (N,) or (B, N).

    Exact times have lower == upper; upper may be infinite. Times in any unit. A weighting without
    weight gets nan everywhere. Raises ValueError for rows that are no intervals and ArithmeticError
    should the duality gap stay above 1e-9. Source: Turnbull (1976); see npmle.py.
    """
    lower, upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    _check_intervals(lower, upper, weights)
    counted = weights.any(axis=0)
    lower, upper, weights = _collapse(lower[counted], upper[counted], weights[:, counted])
    total = weights.sum(axis=1)
    filled = total > 0
    if not filled.any():
        nothing = np.full((len(weights), 1), np.nan)
        return SurvivalCurve(
            np.array([0.0]), np.array([np.inf]), nothing, nothing[:, 0], nothing, nothing
        )
    coverage = find_innermost(lower, upper)
    mass = np.full((len(weights), len(coverage.lower)), np.nan)
    gap = np.full(len(weights), np.nan)
    mass[filled], gap[filled] = maximise_likelihood(coverage, weights[filled] / total[filled, None])
    if not (gap[filled] < 1e-9).all():
        raise ArithmeticError("the estimate did not converge: duality gap above 1e-9")
    own_lower, own_upper = _find_own_ends(coverage, lower, upper, weights)
    _merge_same_ends(mass, own_lower, own_upper)
    kept = ~(mass == 0).all(axis=0)
    return SurvivalCurve(
        coverage.lower[kept],
        coverage.upper[kept],
        mass[:, kept],
        gap,
        own_lower[:, kept],
        own_upper[:, kept],
    )


def _check_intervals(lower: Floats, upper: Floats, weights: Floats) -> None:
    if weights.shape[1] != len(lower) or len(lower) != len(upper):
        raise ValueError("lower, upper and weights differ in length")
    if not (lower <= upper).all() or not np.isfinite(lower).all():
        raise ValueError("each row must have a finite lower end at or below its upper end")
    if not (weights >= 0).all():
        raise ValueError("weights must be zero or more")


def _collapse(lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return distinct intervals, sorted, with the weights (B, N) of equal rows added up."""
    order = np.lexsort((upper, lower))
    lower, upper = lower[order], upper[order]
    new = np.ones(len(lower), dtype=bool)
    new[1:] = (np.diff(lower) != 0) | (upper[1:] != upper[:-1])
    starts = np.flatnonzero(new)
    if len(starts) == 0:
        return lower, upper, weights
    return lower[starts], upper[starts], np.add.reduceat(weights[:, order], starts, axis=1)


def _find_own_ends(
    coverage: Coverage, lower: Floats, upper: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Return (B, K) ends of the innermost intervals among the rows with weight only.

    Leaving out a client can remove the only row that began or ended at some time; what remains is
    then undetermined over a longer interval. Columns without mass keep ends of no consequence.
    """
    there = weights > 0
    begins = _reduce_by(np.maximum, coverage.first, np.where(there, lower, -np.inf), coverage)
    ends = _reduce_by(np.minimum, coverage.last, np.where(there, upper, np.inf), coverage)
    own_lower = np.maximum.accumulate(begins, axis=1)
    # Before the first row with weight there is no mass: any finite end will do.
    own_lower = np.where(np.isfinite(own_lower), own_lower, coverage.lower)
    own_upper = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    whole = there.all(axis=1, keepdims=True) | ~there.any(axis=1, keepdims=True)
    return (
        np.where(whole, coverage.lower, own_lower),
        np.where(whole, coverage.upper, own_upper),
    )


def _reduce_by(extreme: np.ufunc, column: Integers, ends: Floats, coverage: Coverage) -> Floats:
    """Return (B, K): the greatest or least of the ends (B, N) of each column's rows."""
    order = np.argsort(column, kind="stable")
    columns, starts = np.unique(column[order], return_index=True)
    empty = -np.inf if extreme is np.maximum else np.inf
    found = np.full((len(ends), len(coverage.lower)), empty)
    found[:, columns] = extreme.reduceat(ends[:, order], starts, axis=1)
    return found


def _merge_same_ends(mass: Floats, own_lower: Floats, own_upper: Floats) -> None:
    """Move the mass of columns that have become one interval into the last of them, in place."""
    same = (own_lower[:, :-1] == own_lower[:, 1:]) & (own_upper[:, :-1] == own_upper[:, 1:])
    for column in np.flatnonzero(same.any(axis=0)):
        rows = same[:, column]
        mass[rows, column + 1] += mass[rows, column]
        mass[rows, column] = 0.0


def fit_product_limit(lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return event times (T,) and the share (B, T) that lasts longer than each (Kaplan-Meier 1958).

    Rows are exact, lower == upper, or right-censored at lower with an infinite upper; a client
    censored on the day of an event is still at risk for it. Weights (N,) or (B, N). A weighting
    without weight gets nan. Raises ValueError for an interval that is neither.
    """
    lower, upper = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    _check_intervals(lower, upper, weights)
    exact = lower == upper
    if not (exact | np.isinf(upper)).all():
        raise ValueError("each row must be an exact time or right-censored")
    times = np.unique(lower[exact])
    at = np.searchsorted(times, lower, side="left")
    # A row censored between two events was last at risk at the earlier one.
    at_risk_until = np.searchsorted(times, lower, side="right")
    events = np.stack([np.bincount(at[exact], w[exact], minlength=len(times)) for w in weights])
    leaves = np.stack([np.bincount(at_risk_until, w, minlength=len(times) + 1) for w in weights])
    at_risk = np.cumsum(leaves[:, ::-1], axis=1)[:, ::-1][:, 1:]
    lost = np.divide(events, at_risk, out=np.zeros(events.shape), where=at_risk > 0)
    remaining = np.cumprod(1 - lost, axis=1)
    remaining[weights.sum(axis=1) == 0] = np.nan
    return times, remaining
