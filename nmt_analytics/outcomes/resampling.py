"""How sure a number is: leave out one client after the other, never one session.

Sessions of one client are alike, so clients are what a sample consists of. Everything here is
arithmetic on cells (bucket, lower, upper, n); nothing is drawn at random.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, stdtrit

from nmt_analytics.outcomes.estimators import Estimator, QuantileEstimator, Scale
from nmt_analytics.outcomes.npmle import Floats, Integers
from nmt_analytics.outcomes.survival import SurvivalCurve, fit_survival

CONFIDENCE = 0.95
MAX_GROUPS = 500  # leaving out more than this many clients one by one gains nothing
Cells = tuple[NDArray[np.integer], Floats, Floats, Floats]  # bucket, lower, upper, n


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
    open_above: bool = False


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


def estimate(
    estimator: Estimator, bucket: NDArray[np.integer], lower: Floats, upper: Floats, n: Floats
) -> Estimate:
    """Return one number for cells (N,) with its interval by delete-one-client jackknife.

    `bucket` is the integer code of a client or of a group of clients, `n` the sessions in a cell.
    With fewer than two buckets there is no interval (nan).
    """
    n_clients, n_sessions = len(np.unique(bucket)), float(np.sum(n))
    lower, upper, weights = leave_one_out([(bucket, lower, upper, n)])[0]
    if n_clients == 0:
        return Estimate(np.nan, np.nan, np.nan, np.nan, np.nan, 0, 0.0)
    value = float(estimator.evaluate(lower, upper, weights[:1])[0])
    known_lower, known_upper = estimator.known_bounds(lower, upper, weights[0])
    if isinstance(estimator, QuantileEstimator):
        knots, curves = estimator.curve(lower, upper, weights)
        low, high = confidence_limits(curves, "share", n_clients)
        ci_lower, ci_upper = invert_curve(knots, low, high, estimator.p, estimator.steps)
    else:
        replicates = estimator.evaluate(lower, upper, weights)[:, None]
        low, high = confidence_limits(replicates, estimator.scale, n_clients)
        ci_lower, ci_upper = float(low[0]), float(high[0])
    return Estimate(
        value,
        ci_lower,
        ci_upper,
        float(known_lower),
        float(known_upper),
        n_clients,
        n_sessions,
        open_above=bool(np.isinf(ci_upper)),
    )


def estimate_difference(estimator: Estimator, first: Cells, second: Cells) -> Estimate:
    """Return first minus second, with the interval of the difference itself.

    Bucket codes are shared: leaving out a client leaves it out of both sides, so that a client
    who is on both counts once.
    """
    sides = leave_one_out([first, second])
    values = [estimator.evaluate(*side) for side in sides]
    bounds = [estimator.known_bounds(lower, upper, weights[0]) for lower, upper, weights in sides]
    n_clients = len(np.unique(np.concatenate([first[0], second[0]])))
    replicates = (values[0] - values[1])[:, None]
    low, high = confidence_limits(replicates, "real", n_clients)
    widest = 1.0 if estimator.scale == "share" else np.inf
    return Estimate(
        float(replicates[0, 0]),
        max(float(low[0]), -widest),
        min(float(high[0]), widest),
        float(bounds[0][0] - bounds[1][1]),
        float(bounds[0][1] - bounds[1][0]),
        n_clients,
        float(np.sum(first[3]) + np.sum(second[3])),
    )


def estimate_curve(
    bucket: NDArray[np.integer], lower: Floats, upper: Floats, n: Floats, times: Floats
) -> CurveEstimate:
    """Return S at the times (T,), with intervals by jackknife, and the sessions at risk."""
    times = np.asarray(times, dtype=float)
    n_clients = len(np.unique(bucket))
    lower, upper, weights = leave_one_out([(bucket, lower, upper, n)])[0]
    fitted = fit_survival(lower, upper, weights)
    curves = np.column_stack([fitted.survival_at(t) for t in times])
    low, high = confidence_limits(curves, "share", n_clients)
    bounds = [fitted.known_bounds(t) for t in times]
    return CurveEstimate(
        times,
        curves[0],
        low,
        high,
        np.array([bound[0][0] for bound in bounds]),
        np.array([bound[1][0] for bound in bounds]),
        _sessions_at_risk(fit_survival(lower, upper, weights[0]), times, lower, upper, weights[0]),
    )


def leave_one_out(sides: list[Cells]) -> list[tuple[Floats, Floats, Floats]]:
    """Return per side its distinct rows (N,), (N,) and weights (G + 1, N): all, then without each.

    The groups left out are the buckets of all sides together. The weights that remain are scaled
    up by G / (G - 1), so that a total keeps its size.
    """
    groups = group_by_hash(np.concatenate([side[0] for side in sides]))
    codes, group = np.unique(groups, return_inverse=True)
    scale = len(codes) / max(1, len(codes) - 1)
    result = []
    start = 0
    for bucket, lower, upper, n in sides:
        own = group[start : start + len(bucket)]
        start += len(bucket)
        intervals, row = np.unique(np.column_stack([lower, upper]), axis=0, return_inverse=True)
        by_group = np.zeros((len(codes), len(intervals)))
        np.add.at(by_group, (own, row), n)
        total = by_group.sum(axis=0, keepdims=True)
        weights = np.concatenate([total, (total - by_group) * scale])
        result.append((intervals[:, 0], intervals[:, 1], weights))
    return result


def group_by_hash(bucket: NDArray[np.integer], n_groups: int = MAX_GROUPS) -> Integers:
    """Return the group of each bucket: itself up to `n_groups` of them, else a hash of its code.

    The hash is the finaliser of SplitMix64 (Steele, Lea, Flood 2014), so a client's group depends
    on its code alone and is the same on every machine.
    """
    codes = np.asarray(bucket).astype(np.int64)
    if len(np.unique(codes)) <= n_groups:
        return codes
    x = codes.astype(np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return (x % np.uint64(n_groups)).astype(np.int64)


def confidence_limits(replicates: Floats, scale: Scale, n_clients: int) -> tuple[Floats, Floats]:
    """Return limits (T,), (T,) from estimates (G + 1, T): of all clients, then without each group.

    Shares on the logit scale, positive numbers on the log scale, t with G - 1 degrees of freedom;
    a share of 0 or 1 by Korn and Graubard (1998) with as many trials as clients.
    """
    value, without = replicates[0], replicates[1:]
    n_groups = len(without)
    if n_groups < 2:
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    error = np.sqrt((n_groups - 1) / n_groups * ((without - value) ** 2).sum(axis=0))
    half = stdtrit(n_groups - 1, (1 + CONFIDENCE) / 2) * error
    if scale == "share":
        return _share_limits(value, half, n_clients)
    if scale == "positive":
        positive = value > 0
        ratio = np.exp(np.divide(half, value, out=np.zeros_like(value), where=positive))
        return (
            np.where(positive, value / ratio, value - half),
            np.where(positive, value * ratio, value + half),
        )
    return value - half, value + half


def _share_limits(value: Floats, half: Floats, n_clients: int) -> tuple[Floats, Floats]:
    """Return logit limits; at 0 and 1 the Clopper-Pearson ones of as many trials as clients."""
    inside = (value > 1e-9) & (value < 1 - 1e-9)
    safe = np.where(inside, value, 0.5)
    logit, width = np.log(safe / (1 - safe)), half / (safe * (1 - safe))
    edge = float(betaincinv(n_clients, 1.0, (1 - CONFIDENCE) / 2))
    at_low, at_high = np.where(value > 0.5, edge, 0.0), np.where(value > 0.5, 1.0, 1 - edge)
    low = np.where(inside, expit(logit - width), at_low)
    high = np.where(inside, expit(logit + width), at_high)
    undefined = np.isnan(value) | np.isnan(half)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def invert_curve(
    knots: Floats, low: Floats, high: Floats, p: float, steps: bool
) -> tuple[float, float]:
    """Return the times at which the confidence limits of a falling curve pass 1 - p.

    The upper end is infinite where the upper limit never comes down (Brookmeyer and Crowley 1982).
    """
    if not len(knots) or np.isnan(low).any():
        return np.nan, np.nan
    return (
        _first_passage(knots, low, 1 - p, steps),
        _first_passage(knots, np.maximum.accumulate(high[::-1])[::-1], 1 - p, steps),
    )


def _first_passage(knots: Floats, limit: Floats, level: float, steps: bool) -> float:
    reached = np.flatnonzero(limit <= level + 1e-9)
    if not len(reached):
        return np.inf
    knot = reached[0]
    if steps:
        return float(knots[knot])
    before, start = (limit[knot - 1], knots[knot - 1]) if knot else (1.0, 0.0)
    part = (before - level) / (before - limit[knot]) if before > limit[knot] else 1.0
    return float(start + min(1.0, part) * (knots[knot] - start))


def _sessions_at_risk(
    fitted: SurvivalCurve, times: Floats, lower: Floats, upper: Floats, n: Floats
) -> Floats:
    """Return the sessions (T,) still followed and expected still to last, at each time."""
    ended = np.isfinite(upper)
    at_lower = np.array([fitted.survival_at(t)[0] for t in lower[ended]])
    at_upper = np.array([fitted.survival_at(t)[0] for t in upper[ended]])
    at_risk = []
    for t in times:
        # Given that it ended in (lower, upper], the probability that it lasted beyond t.
        beyond = np.clip(fitted.survival_at(t)[0], at_upper, at_lower) - at_upper
        share = np.divide(beyond, at_lower - at_upper, out=np.zeros_like(beyond), where=beyond > 0)
        followed = n[~ended & (lower >= t)].sum()
        at_risk.append(followed + (n[ended] * share).sum())
    return np.array(at_risk)
