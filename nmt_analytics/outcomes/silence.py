"""What the sessions that fell silent could do to a number: bounds, and a sensitivity curve.

Counts of intervals in, shares (0 to 1) out. A session fell silent when it was asked after its last
answer and did not answer; `n_silent` sessions never answered at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmt_analytics.outcomes.survival import SurvivalCurve, fit_survival

Array = NDArray[np.float64]

LOWEST_DELTA, HIGHEST_DELTA = 0.5, 4.0
DELTAS = tuple(2.0 ** (step / 4) for step in range(-4, 9))
"""From a half to four times the hazard, evenly on the log scale; 1 is the plain estimate."""
_HALVINGS = 50


@dataclass(frozen=True)
class _Rows:
    """Sessions by interval (lower, upper]: `n` that told all they could, `silent` that did not."""

    lower: Array
    upper: Array
    n: Array
    silent: Array


def bounds(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    n_silent: float,
    at: float,
    fell_silent: ArrayLike | None = None,
) -> tuple[float, float]:
    """Lowest and highest share of all sessions whose relief can last longer than `at`.

    Low: every silent session had lost relief by `at`. High: every one kept it beyond. Each lies
    next to `at`, where it pulls along the most of the sessions seen only before and after `at`,
    and where the check-ins leave S(at) undetermined each takes its outer end. So the bounds hold
    the truth whoever fell silent, up to the chance of who was treated. `lower`, `upper` and `n`
    are (rows,): n sessions in (lower, upper]. `fell_silent` (rows,) says how many of these
    stopped answering; None takes every session without an end for silent, the cautious reading.
    `at` is above 0; (nan, nan) without any session. Source: Manski 1990, Am Econ Rev 80:319-323.
    """
    rows = _split_silent(lower, upper, n, n_silent, fell_silent)
    if rows.n.sum() + rows.silent.sum() == 0:
        return np.nan, np.nan
    ends = np.concatenate([rows.lower, rows.upper])
    just_before, just_after = ends[ends < at].max(), ends[ends > at].min()
    unsure = rows.lower < at
    lost = _refit(
        rows,
        np.where(unsure, np.maximum(rows.lower, just_before), rows.lower),
        np.where(unsure, at, np.inf),
    )
    kept = _refit(rows, np.where(unsure, at, rows.lower), np.where(unsure, just_after, np.inf))
    return float(lost.known_bounds(at)[0][0]), float(kept.known_bounds(at)[1][0])


def sensitivity_curve(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    n_silent: float,
    at: float,
    deltas: Sequence[float] = DELTAS,
    fell_silent: ArrayLike | None = None,
) -> Array:
    """Share lasting longer than `at` if silent sessions lost relief δ times as fast, per δ.

    After a silent session's last answer at c its relief lasts longer than t with probability
    (S(t) / S(c))^δ, S being the plain estimate; all others keep what they told. δ = 1 gives back
    the plain estimate, since that is self-consistent; the curve falls with δ. Arguments as for
    `bounds`. Source: δ-adjusted pattern mixture, Jackson et al. 2014, Stat Med 33:4681-4694.
    """
    told, remaining, weight = _parts(_split_silent(lower, upper, n, n_silent, fell_silent), at)
    return np.array([told + float(weight @ remaining**delta) for delta in deltas])


def flips_at(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    n_silent: float,
    at: float,
    threshold: float,
    fell_silent: ArrayLike | None = None,
) -> float | None:
    """The δ from ½ to 4 at which the share lasting longer than `at` crosses `threshold`.

    None when it stays on its side throughout, so that silence does not change the conclusion.
    "The median is above 4 days" is at=4, threshold=0.5. Arguments as for `bounds`.
    """
    told, remaining, weight = _parts(_split_silent(lower, upper, n, n_silent, fell_silent), at)

    def above(delta: float) -> float:
        return told + float(weight @ remaining**delta) - threshold

    low, high = LOWEST_DELTA, HIGHEST_DELTA
    if not above(low) >= 0 >= above(high) or above(low) == above(high):
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) >= 0 else (low, middle)
    return (low + high) / 2


def _split_silent(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    n_silent: float,
    fell_silent: ArrayLike | None,
) -> _Rows:
    lower, upper, n = (np.asarray(each, dtype=float) for each in (lower, upper, n))
    open_ended = np.isinf(upper)
    if fell_silent is None:
        silent = np.where(open_ended, n, 0.0)
    else:
        silent = np.asarray(fell_silent, dtype=float)
        if (silent > np.where(open_ended, n, 0.0)).any() or (silent < 0).any():
            raise ValueError("fell_silent counts sessions of a row whose end was not seen")
    return _Rows(
        lower=np.append(lower, 0.0),
        upper=np.append(upper, np.inf),
        n=np.append(n - silent, 0.0),
        silent=np.append(silent, float(n_silent)),
    )


def _refit(rows: _Rows, silent_lower: Array, silent_upper: Array) -> SurvivalCurve:
    return fit_survival(
        np.concatenate([rows.lower, silent_lower]),
        np.concatenate([rows.upper, silent_upper]),
        np.concatenate([rows.n, rows.silent]),
    )


def _parts(rows: _Rows, at: float) -> tuple[float, Array, Array]:
    """(told, remaining, weight): S_δ(at) = told + sum(weight * remaining^δ), shares of sessions.

    `told` is what the sessions that did not fall silent contribute, `remaining` the conditional
    survival of those that did.
    """
    total = rows.n.sum() + rows.silent.sum()
    if total == 0:
        return np.nan, np.zeros(0), np.zeros(0)
    conditional = _survival_given_row(rows, at)
    silent = rows.silent > 0
    told = float(rows.n @ conditional) / total
    return told, conditional[silent], rows.silent[silent] / total


def _survival_given_row(rows: _Rows, at: float) -> Array:
    """P(T > at) of a session in each row, given its interval, under the plain estimate."""
    curve = fit_survival(rows.lower, rows.upper, rows.n + rows.silent)
    times, position = np.unique(np.concatenate([rows.lower, rows.upper]), return_inverse=True)
    finite = np.isfinite(times)
    survival = np.zeros(len(times))
    survival[finite] = [curve.survival_at(time)[0] for time in times[finite]]
    from_lower, from_upper = np.split(survival[position], 2)
    within = from_lower - from_upper
    part = np.divide(
        curve.survival_at(at)[0] - from_upper, within, out=np.zeros(len(within)), where=within > 0
    )
    part = np.clip(part, 0.0, 1.0)
    return np.where(at <= rows.lower, 1.0, np.where(at >= rows.upper, 0.0, part))
