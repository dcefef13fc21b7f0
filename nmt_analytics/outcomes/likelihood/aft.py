"""Accelerated failure time models for interval-censored durations: likelihood and its maximum.

log T = x·beta + scale * W, with W extreme-value (Weibull), logistic (log-logistic) or normal
(log-normal). Arrays in, arrays out; what the columns mean is drivers.py's affair.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MAX_ITERATIONS = 60
MAX_HALVINGS = 40
LAST_GAIN = 1e-9
"""Newton stops after the step that promised less log-likelihood than this: the next is noise."""


_TAIL_FROM = 20.0
"""Standard deviations beyond which six terms of the asymptotic series give twelve digits."""
_erfc = np.vectorize(math.erfc, otypes=[float])


@dataclass(frozen=True)
class ErrorDistribution:
    """A standard error law of log time: its log survival, log density, and density slope f'/f."""

    name: str
    log_survival: Callable[[Array], Array]
    log_density: Callable[[Array], Array]
    relative_slope: Callable[[Array], Array]


def log_normal_survival(z: Array) -> Array:
    """log P(Z > z) of a standard normal Z, without cancellation in either tail.

    Own lines because importing scipy.special takes longer than all fits of a practice.
    """
    z = np.asarray(z, dtype=float)
    far = np.maximum(z, _TAIL_FROM)
    inverse_square = 1 / far**2
    series = np.polynomial.polynomial.polyval(inverse_square, [0, -1, 3, -15, 105, -945, 10395])
    far_tail = -0.5 * far**2 - np.log(far * np.sqrt(2 * np.pi)) + np.log1p(series)
    smaller_side = 0.5 * _erfc(np.where(z > _TAIL_FROM, _TAIL_FROM, np.abs(z)) / np.sqrt(2))
    with np.errstate(divide="ignore"):
        near = np.where(z < 0, np.log1p(-smaller_side), np.log(smaller_side))
    return np.where(z > _TAIL_FROM, far_tail, near)


WEIBULL = ErrorDistribution(
    "Weibull",
    lambda z: -np.exp(z),
    lambda z: z - np.exp(z),
    lambda z: 1.0 - np.exp(z),
)
LOG_NORMAL = ErrorDistribution(
    "log-normal",
    log_normal_survival,
    lambda z: -0.5 * z**2 - 0.5 * np.log(2 * np.pi),
    lambda z: -z,
)
LOG_LOGISTIC = ErrorDistribution(
    "log-logistic",
    lambda z: -np.logaddexp(0.0, z),
    lambda z: z - 2 * np.logaddexp(0.0, z),
    lambda z: -np.tanh(z / 2),
)


@dataclass(frozen=True)
class Cells:
    """Sessions collapsed by covariates and interval: one row a cell, `weights` sessions in it.

    `design` is (cells, columns) with the intercept first; `lower` and `upper` are the ends of
    the half-open interval (lower, upper], 0 and inf allowed.
    """

    design: Array
    lower: Array
    upper: Array
    weights: Array


@dataclass(frozen=True)
class Maximum:
    """The maximum of the likelihood, in the coordinates in which it is concave.

    `position` is (beta / scale, 1 / scale). `scores` is (cells, columns + 1) and `curvature`
    (cells, 3): first and second derivatives of one session's log-likelihood in each cell.
    """

    position: Array
    log_likelihood: float
    hessian: Array
    scores: Array
    curvature: Array
    converged: bool

    @property
    def estimate(self) -> Array:
        """The coefficients, then log scale."""
        return natural(self.position)


def natural(position: Array) -> Array:
    """(…, beta / scale, 1 / scale) turned into (…, beta, log scale)."""
    inverse_scale = position[..., -1:]
    return np.concatenate([position[..., :-1] / inverse_scale, -np.log(inverse_scale)], axis=-1)


def jacobian(position: Array) -> Array:
    """Derivatives of (beta, log scale) by (beta / scale, 1 / scale) at one position."""
    inverse_scale = position[-1]
    slopes = np.eye(len(position)) / inverse_scale
    slopes[:-1, -1] = -position[:-1] / inverse_scale**2
    slopes[-1, -1] = -1.0 / inverse_scale
    return slopes


def maximise(distribution: ErrorDistribution, cells: Cells, start: Array | None = None) -> Maximum:
    """The maximum of the likelihood by Newton's method with step halving.

    In (beta / scale, 1 / scale) the log-likelihood of a log-concave error law is concave for
    interval-censored rows too (Pratt 1981; Burridge 1981), so a step uphill is never a wrong
    turn, and a fit that does not settle has no maximum. `converged` is False then.
    """
    position = _first_guess(cells) if start is None else start
    value = log_likelihood(distribution, cells, position)
    for _ in range(MAX_ITERATIONS):
        scores, curvature = derivatives(distribution, cells, position)
        gradient = cells.weights @ scores
        hessian = sum_hessians(cells.design, cells.weights, curvature)
        step = _newton_step(gradient, hessian)
        if step is None:
            break
        promised = float(gradient @ step)
        ahead = _halve_until_uphill(distribution, cells, position, step, value)
        if ahead is None:
            break
        position, value = ahead
        if promised < LAST_GAIN:
            return _maximum_at(distribution, cells, position, value, converged=True)
    return _maximum_at(distribution, cells, position, value, converged=False)


def log_likelihood(distribution: ErrorDistribution, cells: Cells, position: Array) -> float:
    """Sum over sessions of log P(lower < T <= upper); -inf where that is no probability above 0.

    So it is -inf wherever 1 / scale is not above 0.
    """
    with np.errstate(all="ignore"):
        log_probability = _log_probability(distribution, *_standardised(cells, position))
    total = float(cells.weights @ log_probability)
    return total if np.isfinite(total) else -np.inf


def derivatives(
    distribution: ErrorDistribution, cells: Cells, position: Array
) -> tuple[Array, Array]:
    """(scores, curvature) of one session in each cell, in the coordinates of `Maximum`.

    With z = y / scale - x·(beta / scale), y = log t, and D = S(z_lower) - S(z_upper), every
    derivative of log D is made of the differences [y^k f(z)] and [y^k f'(z)] over D. The columns
    of curvature belong to (eta, eta), (eta, 1/scale) and (1/scale, 1/scale), eta = x·beta/scale.
    """
    with np.errstate(all="ignore"):
        z_lower, z_upper = _standardised(cells, position)
        log_probability = _log_probability(distribution, z_lower, z_upper)
        first, second = np.zeros((2, len(z_lower))), np.zeros((3, len(z_lower)))
        for sign, times, z in ((-1.0, cells.lower, z_lower), (1.0, cells.upper, z_upper)):
            inside = (times > 0) & np.isfinite(times)
            y, z_inside = np.log(times[inside]), z[inside]
            density = np.exp(distribution.log_density(z_inside) - log_probability[inside])
            slope = density * distribution.relative_slope(z_inside)
            first[:, inside] += sign * np.stack([density, y * density])
            second[:, inside] += sign * np.stack([slope, y * slope, y**2 * slope])
    scores = np.column_stack([-cells.design * first[0][:, None], first[1]])
    curvature = np.column_stack(
        [
            second[0] - first[0] ** 2,
            -(second[1] - first[0] * first[1]),
            second[2] - first[1] ** 2,
        ]
    )
    return scores, curvature


def sum_hessians(design: Array, weights: Array, curvature: Array) -> Array:
    """The weighted sum of the cells' Hessians, (columns + 1, columns + 1)."""
    by_eta, crossed, by_inverse_scale = weights * curvature.T
    corner = design.T @ crossed
    return np.block(
        [
            [(design * by_eta[:, None]).T @ design, corner[:, None]],
            [corner[None, :], np.array([[by_inverse_scale.sum()]])],
        ]
    )


def _standardised(cells: Cells, position: Array) -> tuple[Array, Array]:
    eta = cells.design @ position[:-1]
    return position[-1] * np.log(cells.lower) - eta, position[-1] * np.log(cells.upper) - eta


def _log_probability(distribution: ErrorDistribution, z_lower: Array, z_upper: Array) -> Array:
    """log(S(z_lower) - S(z_upper)) without cancellation, also deep in both tails."""
    log_survival = distribution.log_survival(z_lower)
    gap = log_survival - distribution.log_survival(z_upper)
    return np.asarray(log_survival + np.log(-np.expm1(-gap)))


def _first_guess(cells: Cells) -> Array:
    middle = np.where(np.isfinite(cells.upper), (cells.lower + cells.upper) / 2, cells.lower * 1.5)
    guess = np.zeros(cells.design.shape[1] + 1)
    guess[0] = np.average(np.log(middle), weights=cells.weights)
    guess[-1] = 1.0
    return guess


def _newton_step(gradient: Array, hessian: Array) -> Array | None:
    """The Newton step, or None where the likelihood is flat in some direction."""
    try:
        factor = np.linalg.cholesky(-hessian)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.solve(factor.T, np.linalg.solve(factor, gradient)))


def _halve_until_uphill(
    distribution: ErrorDistribution, cells: Cells, position: Array, step: Array, value: float
) -> tuple[Array, float] | None:
    rounding = 1e-13 * abs(value)
    for halving in range(MAX_HALVINGS):
        ahead = position + step * 0.5**halving
        value_ahead = log_likelihood(distribution, cells, ahead)
        if value_ahead >= value - rounding:
            return ahead, value_ahead
    return None


def _maximum_at(
    distribution: ErrorDistribution,
    cells: Cells,
    position: Array,
    value: float,
    *,
    converged: bool,
) -> Maximum:
    scores, curvature = derivatives(distribution, cells, position)
    hessian = sum_hessians(cells.design, cells.weights, curvature)
    return Maximum(position, value, hessian, scores, curvature, converged)
