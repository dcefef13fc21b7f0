"""What the sessions that fell silent could do to a number: bounds, and a sensitivity curve.

Counts of intervals in, shares (0 to 1) out. A session fell silent when it was asked between the
ends of its interval and did not answer, whether or not it told later that relief was over;
`n_silent` sessions never answered at all.
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


@dataclass(frozen=True)
class _Assumption:
    """What S_δ(at) is made of: survival after the last answer, up to the day and to the end.

    `to_day`, `to_end` are S(at) / S(lower) and S(upper) / S(lower) of the silent rows, `weight`
    their share of all sessions; `told` is what the sessions that did not fall silent contribute.
    """

    told: float
    to_day: Array
    to_end: Array
    weight: Array

    def share_at(self, delta: float) -> float:
        return self.told + float(self.weight @ _given_end(self.to_day**delta, self.to_end**delta))


def bounds(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    n_silent: float,
    at: float,
    fell_silent: ArrayLike | None = None,
) -> tuple[float, float]:
    """Lowest and highest share of all sessions whose relief can last longer than `at`.

    Low: every silent session whose interval has `at` inside had lost relief by then. High: every
    one kept it beyond. Each lies next to `at`, where it pulls along the most of the sessions seen
    only before and after `at`, and where the check-ins leave S(at) undetermined each takes its
    outer end. So the bounds hold the truth whoever fell silent, up to the chance of who was
    treated and who was not asked. `lower`, `upper` and `n` are (rows,): n sessions in
    (lower, upper]. `fell_silent` (rows,) says how many of these left a question inside their
    interval unanswered; None takes every session without an end for silent. Raises ValueError when
    these are fewer than none or more than n. `at` is above 0; (nan, nan) without any session.
    Source: Manski 1990, Am Econ Rev 80:319-323.
    """
    rows = _split_silent(lower, upper, n, n_silent, fell_silent)
    if rows.n.sum() + rows.silent.sum() == 0:
        return np.nan, np.nan
    ends = np.concatenate([rows.lower, rows.upper])
    just_before, just_after = ends[ends < at].max(), ends[ends > at].min()
    # No row's own end lies between `just_before` and `just_after`, so both stay within the row.
    unsure = (rows.lower < at) & (at < rows.upper)
    lost = _refit(rows, np.where(unsure, just_before, rows.lower), np.where(unsure, at, rows.upper))
    kept = _refit(rows, np.where(unsure, at, rows.lower), np.where(unsure, just_after, rows.upper))
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
    G(t) = (S(t) / S(c))^δ, S being the plain estimate; where it told later that relief was over by
    u, with (G(t) - G(u)) / (1 - G(u)). All others keep what they told. δ = 1 gives back the plain
    estimate, since that is self-consistent; the curve falls with δ. Arguments as for `bounds`.
    Source: δ-adjusted pattern mixture, Jackson et al. 2014, Stat Med 33:4681-4694.
    """
    assumption = _assume(_split_silent(lower, upper, n, n_silent, fell_silent), at)
    return np.array([assumption.share_at(delta) for delta in deltas])


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
    assumption = _assume(_split_silent(lower, upper, n, n_silent, fell_silent), at)

    def above(delta: float) -> float:
        return assumption.share_at(delta) - threshold

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
    if fell_silent is None:
        silent = np.where(np.isinf(upper), n, 0.0)
    else:
        silent = np.asarray(fell_silent, dtype=float)
        if (silent > n).any() or (silent < 0).any():
            raise ValueError("fell_silent counts between none and all n sessions of a row")
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


def _assume(rows: _Rows, at: float) -> _Assumption:
    total = rows.n.sum() + rows.silent.sum()
    if total == 0:
        return _Assumption(np.nan, np.zeros(0), np.zeros(0), np.zeros(0))
    to_day, to_end = _survival_after_last_answer(rows, at)
    silent = rows.silent > 0
    told = float(rows.n @ _given_end(to_day, to_end)) / total
    return _Assumption(told, to_day[silent], to_end[silent], rows.silent[silent] / total)


def _survival_after_last_answer(rows: _Rows, at: float) -> tuple[Array, Array]:
    """S(at) / S(lower), held between 1 and S(upper) / S(lower), and that, by the plain estimate."""
    curve = fit_survival(rows.lower, rows.upper, rows.n + rows.silent)
    times, position = np.unique(np.concatenate([rows.lower, rows.upper]), return_inverse=True)
    finite = np.isfinite(times)
    survival = np.zeros(len(times))
    survival[finite] = curve.survival_at_each(times[finite])[0]
    from_lower, from_upper = np.split(survival[position], 2)
    # Nobody is left only in a row without sessions.
    left = from_lower > 0
    to_end = np.divide(from_upper, from_lower, out=np.zeros(len(left)), where=left)
    to_day = np.divide(curve.survival_at(at)[0], from_lower, out=np.zeros(len(left)), where=left)
    return np.clip(to_day, to_end, 1.0), to_end


def _given_end(to_day: Array, to_end: Array) -> Array:
    """P(relief lasts beyond the day), given that it was over by the end of the interval."""
    over = 1.0 - to_end
    return np.divide(to_day - to_end, over, out=np.zeros(len(over)), where=over > 0)
