"""How sure a number is: leave out one client after the other, never one session.

Sessions of one client are alike, so clients are what a sample consists of. Everything here is
arithmetic on cells (bucket, lower, upper, n); nothing is drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nmt_analytics.outcomes.confidence import invert_curve, limits_of
from nmt_analytics.outcomes.estimators import Estimator, QuantileEstimator
from nmt_analytics.outcomes.likelihood.npmle import Floats, Integers
from nmt_analytics.outcomes.reading import read_curve
from nmt_analytics.outcomes.survival import SurvivalCurve

MAX_GROUPS = 500  # leaving out more than this many clients one by one gains nothing
Codes = NDArray[np.integer]
Cells = tuple[Codes, Floats, Floats, Floats]  # bucket, lower, upper, n


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % confidence interval and the ends that the data leave undetermined.

    nan where not defined; ci_upper is inf, and open_above true, for "or longer".
    """

    value: float
    ci_lower: float
    ci_upper: float
    known_lower: float
    known_upper: float
    n_clients: int
    n_sessions: float

    @property
    def open_above(self) -> bool:
        """Whether the data set no upper end: "or longer"."""
        return bool(np.isinf(self.ci_upper))


@dataclass(frozen=True)
class CurveEstimate:
    """S at each time (T,) with its 95 % confidence interval, pointwise."""

    times: Floats
    value: Floats
    ci_lower: Floats
    ci_upper: Floats
    known_lower: Floats
    known_upper: Floats
    n_at_risk: Floats


@dataclass(frozen=True)
class _Replicates:
    """A number, and a curve for a quantile, of all clients and without each group of them (G,)."""

    estimator: Estimator
    groups: Integers
    n_clients: int
    n_sessions: float
    value: float
    known: tuple[float, float]
    knots: Floats
    curves: Floats  # (G + 1, T); the number itself is a curve of one knot
    moves: Floats  # (G,), when a group is left out

    @property
    def variance(self) -> float:
        """The jackknife variance of what moves."""
        return float((self.moves**2).sum())

    def limits(self, df: float) -> tuple[float, float]:
        """Return the 95 % confidence limits with t of df degrees of freedom."""
        if isinstance(self.estimator, QuantileEstimator):
            limits = limits_of(self.curves, "share", self.n_clients, df)
            return invert_curve(self.knots, *limits, 1 - self.estimator.p, self.estimator.steps)
        low, high = limits_of(self.curves, self.estimator.scale, self.n_clients, df)
        return float(low[0]), float(high[0])


def estimate(
    estimator: Estimator, bucket: Codes, lower: Floats, upper: Floats, n: Floats
) -> Estimate:
    """Return one number for cells (N,) with its interval by delete-one-client jackknife.

    `bucket` is the integer code of a client or of a group of clients, `n` the sessions in a cell.
    With fewer than two buckets there is no interval (nan).
    """
    cells = (group_by_hash(bucket), lower, upper, n)
    found = _leave_out(estimator, cells, n_clients=len(np.unique(bucket)))
    limits = found.limits(len(found.groups) - 1)
    return Estimate(found.value, *limits, *found.known, found.n_clients, found.n_sessions)


def estimate_difference(estimator: Estimator, first: Cells, second: Cells) -> Estimate:
    """Return first minus second, for cells that share their bucket codes, with its interval.

    Leaving out a client leaves it out of both sides, so one who is on both counts once: the
    jackknife gives the correlation of the two numbers. The interval adds up the squares of the
    distances to the two own limits (Zou and Donner 2008), which unlike value -+ t x error holds
    its level near 0 and 100 %, in small or unequal groups, and for medians.
    """
    buckets = np.concatenate([first[0], second[0]])
    groups = np.split(group_by_hash(buckets), [len(first[0])])
    a, b = (
        _leave_out(estimator, (group, *side[1:]), n_clients=len(np.unique(side[0])))
        for group, side in zip(groups, (first, second), strict=True)
    )
    df = _find_degrees_of_freedom(a, b)
    (a_lower, a_upper), (b_lower, b_upper) = a.limits(df), b.limits(df)
    correlation = _correlate(a, b)
    value = a.value - b.value
    return Estimate(
        value,
        value - _combine(a.value - a_lower, b_upper - b.value, correlation),
        value + _combine(a_upper - a.value, b.value - b_lower, correlation),
        a.known[0] - b.known[1],
        a.known[1] - b.known[0],
        len(np.unique(buckets)),
        a.n_sessions + b.n_sessions,
    )


def estimate_curve(
    bucket: Codes, lower: Floats, upper: Floats, n: Floats, times: Floats, late: float = 0.0
) -> CurveEstimate:
    """Return S at the times (T,), with intervals by jackknife, and the sessions at risk.

    `late`: how much later an answer still tells of a time (reading.py).
    """
    times = np.asarray(times, dtype=float)
    n_clients = len(np.unique(bucket))
    groups, lower, upper, weights = leave_one_out(group_by_hash(bucket), lower, upper, n)
    reading = read_curve(lower, upper, weights, late)
    curves = np.column_stack([reading.survival_at(t) for t in times])
    low, high = limits_of(curves, "share", n_clients, len(groups) - 1)
    bounds = [reading.known_bounds(t) for t in times]
    certain = times <= 0  # at the end of the session nobody has lost anything yet
    return CurveEstimate(
        times,
        curves[0],
        np.where(certain, curves[0], low),
        np.where(certain, curves[0], high),
        np.array([bound[0][0] for bound in bounds]),
        np.array([bound[1][0] for bound in bounds]),
        _sessions_at_risk(reading.curve.first(), times, lower, upper, weights[0]),
    )


def leave_one_out(
    group: Codes, lower: Floats, upper: Floats, n: Floats
) -> tuple[Integers, Floats, Floats, Floats]:
    """Return groups (G,), distinct rows (N,), (N,) and weights (G + 1, N): all, then without each.

    The weights that remain are scaled up by G / (G - 1), so that a total keeps its size.
    """
    groups, own = np.unique(np.asarray(group, dtype=np.int64), return_inverse=True)
    order = np.lexsort((upper, lower))
    ends = np.column_stack([lower, upper]).astype(float)[order]
    is_new = np.append(True, (ends[1:] != ends[:-1]).any(axis=1))[: len(ends)]
    intervals, row = ends[is_new], np.empty(len(ends), dtype=np.int64)
    row[order] = np.cumsum(is_new) - 1
    by_group = np.zeros((len(groups), len(intervals)))
    np.add.at(by_group, (own, row), n)
    total = by_group.sum(axis=0, keepdims=True)
    without = (total - by_group) * (len(groups) / max(1, len(groups) - 1))
    return groups, intervals[:, 0], intervals[:, 1], np.concatenate([total, without])


def group_by_hash(bucket: Codes, n_groups: int = MAX_GROUPS) -> Integers:
    """Return the group of each bucket: itself up to `n_groups` of them, else a hash of its code.

    The hash is the finaliser of SplitMix64 (Steele, Lea, Flood 2014), so a client's group depends
    on its code alone and is the same on every machine.
    """
    codes = np.asarray(bucket, dtype=np.int64)
    if len(np.unique(codes)) <= n_groups:
        return codes
    x = codes.astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return (x % np.uint64(n_groups)).astype(np.int64)


def _leave_out(estimator: Estimator, cells: Cells, n_clients: int) -> _Replicates:
    groups, lower, upper, weights = leave_one_out(*cells)
    value, known = np.nan, (np.nan, np.nan)
    knots, curves = np.zeros(1), np.full((1, 1), np.nan)
    if len(groups) and isinstance(estimator, QuantileEstimator):
        value = float(estimator.evaluate(lower, upper, weights)[0])
        knots, curves = estimator.curve(lower, upper, weights)
    elif len(groups):
        curves = estimator.evaluate(lower, upper, weights)[:, None]
        value = float(curves[0, 0])
    if len(groups):
        low, high = estimator.known_bounds(lower, upper, weights)
        known = (float(low), float(high))
    n_sessions = float(weights[0].sum())
    moves = _move_at(value, knots, curves)
    return _Replicates(estimator, groups, n_clients, n_sessions, value, known, knots, curves, moves)


def _move_at(value: float, knots: Floats, curves: Floats) -> Floats:
    """Return how the curve moves where it is read: a quantile itself moves in jumps, or not."""
    if not len(knots):
        return np.zeros(len(curves) - 1)
    knot = min(int(np.searchsorted(knots, value)), len(knots) - 1)
    return np.asarray(curves[1:, knot] - curves[0, knot])


def _find_degrees_of_freedom(a: _Replicates, b: _Replicates) -> float:
    """Return Satterthwaite's degrees of freedom, at most one less than all groups together."""
    most = len(np.union1d(a.groups, b.groups)) - 1
    sides = [(side.variance, len(side.groups) - 1) for side in (a, b)]
    parts = sum(variance**2 / df for variance, df in sides if df > 0)
    total = sum(variance for variance, _ in sides)
    return min(most, total**2 / parts) if parts > 0 else most


def _correlate(a: _Replicates, b: _Replicates) -> float:
    """Return the correlation of two numbers from how they move together; 0 where unknown."""
    _, in_a, in_b = np.intersect1d(a.groups, b.groups, assume_unique=True, return_indices=True)
    size = np.sqrt(a.variance * b.variance)
    if not len(in_a) or not size > 0:
        return 0.0
    return float(np.clip((a.moves[in_a] * b.moves[in_b]).sum() / size, -1.0, 1.0))


def _combine(distance: float, other: float, correlation: float) -> float:
    """Return the distance of a difference's limit from those of its two sides."""
    if np.isinf(distance) or np.isinf(other):
        return np.inf
    square = distance**2 + other**2 - 2 * correlation * distance * other
    return float(np.sqrt(max(square, 0.0))) if not np.isnan(square) else np.nan


def _sessions_at_risk(
    fitted: SurvivalCurve, times: Floats, lower: Floats, upper: Floats, n: Floats
) -> Floats:
    """Return the sessions (T,) still followed and expected still to last, at each time."""
    ended = np.isfinite(upper)
    ends, place = np.unique(np.concatenate([lower[ended], upper[ended]]), return_inverse=True)
    at_lower, at_upper = np.split(fitted.survival_at_each(ends)[0][place], 2)
    at_risk = []
    for t, remaining in zip(times, fitted.survival_at_each(times)[0], strict=True):
        # Given that it ended in (lower, upper], the probability that it lasted beyond t.
        beyond = np.clip(remaining, at_upper, at_lower) - at_upper
        share = np.divide(beyond, at_lower - at_upper, out=np.zeros_like(beyond), where=beyond > 0)
        followed = n[~ended & (lower >= t)].sum()
        at_risk.append(followed + (n[ended] * share).sum())
    return np.array(at_risk)
