"""The curve as check-ins let it be read: at the times at which clients are asked.

At odd times in between hardly anybody answers. The likelihood still puts jumps there, by chance,
and at returns because relief had ended it puts them too early; no resampling shows either. So the
curve is read at the usual times and taken as straight between them.
"""

from dataclasses import dataclass

import numpy as np

from nmt_analytics.outcomes.likelihood.npmle import Floats
from nmt_analytics.outcomes.survival import SurvivalCurve, fit_survival

USUAL_SHARE = 1 / 20
"""A time is usual when at least so many of all sessions were last or first heard of then ..."""
TELLING_SHARE = 1 / 4
"""... or so many of those whose own interval reaches across it, and at least RARE_SHARE of all."""
RARE_SHARE = 1 / 100


def check_in_times(lower: Floats, upper: Floats, weights: Floats, late: float = 0.0) -> Floats:
    """Return 0 and the times (T,) at which clients are asked as a rule, for weights (N,).

    `late`: how much later an answer still tells of a time. Where such times are not most of all
    ends, there is no calendar and every end counts.
    """
    times, n, near, across = _count_ends(lower, upper, weights, late)
    total = weights.sum()
    is_usual = (near >= USUAL_SHARE * total) | (
        (near >= TELLING_SHARE * across) & (near >= RARE_SHARE * total)
    )
    if n[is_usual].sum() >= n.sum() / 2:
        times = times[is_usual]
    return np.concatenate([[0.0], times])


def _count_ends(
    lower: Floats, upper: Floats, weights: Floats, late: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the times (T,) of all ends, the sessions that end there, up to `late` later, and those
    that reach across."""
    ends, own = np.concatenate([lower, upper]), np.concatenate([weights, weights])
    inside = np.isfinite(ends) & (ends > 0) & (own > 0)
    times, position = np.unique(ends[inside], return_inverse=True)
    n = np.bincount(position, own[inside], minlength=len(times)).astype(float)
    until = np.searchsorted(times, times + late, side="right")
    near = np.concatenate([[0.0], np.cumsum(n)])[until] - (np.cumsum(n) - n)
    begun = np.searchsorted(np.sort(lower), times, side="left")
    over = np.searchsorted(np.sort(upper), times + late, side="right")
    by_lower, by_upper = (
        np.concatenate([[0.0], np.cumsum(weights[np.argsort(each)])]) for each in (lower, upper)
    )
    # Whoever has not begun after a time and not ended by its latest answer reaches across.
    return times, n, near, by_lower[begun] - by_upper[over]


@dataclass(frozen=True)
class Reading:
    """A curve for B weightings with the shares (B, T) that last longer than the knots (T,).

    Before the first and between two knots it is a straight line; beyond the last knot it is the
    maximum likelihood estimate itself.
    """

    curve: SurvivalCurve
    knots: Floats
    shares: Floats

    def survival_at(self, t: float) -> Floats:
        """Return S(t) (B,)."""
        before, after = self._around(t)
        if after is None:
            return self.curve.survival_at(t)
        start, end = self.knots[before], self.knots[after]
        part = (t - start) / (end - start) if end > start else 0.0
        return self.shares[:, before] + part * (self.shares[:, after] - self.shares[:, before])

    def known_bounds(self, t: float) -> tuple[Floats, Floats]:
        """Return the lowest and the highest S(t) (B,), (B,) that the check-ins leave open."""
        before, after = self._around(t)
        if after is None:
            return self.curve.known_bounds(t)[0], self.shares[:, before]
        if before == after:
            low, high = self.curve.known_bounds(t)
            share = self.shares[:, after]
            return np.minimum(low, share), np.maximum(high, share)
        return self.shares[:, after], self.shares[:, before]

    def passage(self, p: float) -> tuple[Floats, Floats, Floats]:
        """Return the knots (B,) between which a share p has had the event, and how far along.

        The later one is infinite where S never comes down to 1 - p.
        """
        row = np.arange(len(self.shares))
        at = np.argmax(self.shares <= 1 - p + 1e-9, axis=1)
        is_reached = self.shares[row, at] <= 1 - p + 1e-9
        before = np.maximum(at - 1, 0)
        above, fall = self.shares[row, before], self.shares[row, before] - self.shares[row, at]
        part = np.divide(above - (1 - p), fall, out=np.ones_like(fall), where=fall > 0)
        start = np.where(is_reached, self.knots[before], self.knots[-1])
        end = np.where(is_reached, self.knots[at], np.inf)
        undefined = np.isnan(self.shares).any(axis=1)
        return (
            np.where(undefined, np.nan, start),
            np.where(undefined, np.nan, end),
            np.clip(part, 0.0, 1.0),
        )

    def restricted_mean(self, horizon: float) -> Floats:
        """Return the area (B,) under S from 0 to the horizon, in the unit of the times."""
        width, shares = self._steps(horizon)
        last = min(self.knots[-1], horizon)
        tail = self.curve.restricted_mean(horizon) - self.curve.restricted_mean(last)
        return ((shares[:, 1:] + shares[:, :-1]) / 2) @ width + tail

    def restricted_mean_bounds(self, horizon: float) -> tuple[Floats, Floats]:
        """Return the smallest and the largest restricted mean (B,), (B,) that check-ins allow."""
        width, shares = self._steps(horizon)
        last = min(self.knots[-1], horizon)
        beyond, until = (self.curve.restricted_mean_bounds(t) for t in (horizon, last))
        lowest = shares[:, 1:] @ width + beyond[0] - until[0]
        return lowest, shares[:, :-1] @ width + (horizon - last) * shares[:, -1]

    def _steps(self, horizon: float) -> tuple[Floats, Floats]:
        """Return the widths (K,) between the knots up to the horizon and S (B, K + 1) at them."""
        inside = self.knots < horizon
        times, shares = self.knots[inside], self.shares[:, inside]
        if horizon <= self.knots[-1]:
            times = np.append(times, horizon)
            shares = np.column_stack([shares, self.survival_at(horizon)])
        return np.diff(times), shares

    def _around(self, t: float) -> tuple[int, int | None]:
        """Return the positions of the knots around t: one and the same at a knot, else None."""
        after = int(np.searchsorted(self.knots, t, side="left"))
        if after == len(self.knots):
            return after - 1, None
        return (after if self.knots[after] == t else after - 1), after


def read_curve(lower: Floats, upper: Floats, weights: Floats, late: float = 0.0) -> Reading:
    """Return the curve of rows (lower, upper] as it can be read, for weights (N,) or (B, N).

    The first weighting, of all sessions, says which times are usual. `late` as above.
    """
    curve, first = fit_survival(lower, upper, weights), np.atleast_2d(weights)[0]
    knots = check_in_times(lower, upper, first, late)
    if not late or len(knots) == 1:
        return Reading(curve, knots, curve.survival_at_each(knots))
    parts = _weigh_answers(knots, *_count_ends(lower, upper, first, late)[:2], late)
    return Reading(curve, knots, _draw_through_answers(curve, knots, parts))


def _draw_through_answers(curve: SurvivalCurve, knots: Floats, parts: Floats) -> Floats:
    """Return the shares (B, T) at the knots by straight lines through the answers soon after them.

    At one time alone few answer, and the likelihood's jumps there are so rough that no resampling
    tells their error. A line through S at the knot and after it is about a quarter surer, and as
    sure as it says (in the way of Groeneboom, Jongbloed and Witte 2010, Ann Stat 38:352-387).
    """
    knot, step = np.nonzero(parts)
    times, position = np.unique(knots[knot] + step, return_inverse=True)
    of_each_time = np.zeros((len(times), len(knots)))
    of_each_time[position, knot] = parts[knot, step]
    shares = curve.survival_at_each(times) @ of_each_time
    return np.minimum.accumulate(np.clip(shares, 0.0, 1.0), axis=1)


def _weigh_answers(knots: Floats, times: Floats, n: Floats, late: float) -> Floats:
    """Return the part (T, S) of S at each knot and each step after it in the line's own start.

    That is the intercept of least squares on 0, 1, ..., `late`, weighted by the sessions that end
    at each. Where nobody answers after a knot it is S at the knot.
    """
    steps = np.arange(late + 1)
    after = np.clip(np.searchsorted(times, knots[:, None] + steps), 0, len(times) - 1)
    weight = np.where(times[after] == knots[:, None] + steps, n[after], 0.0)
    weight[0] = steps == 0  # at the end of the session nothing has been lost
    total, first, second = (weight @ steps**power for power in range(3))
    spread = total * second - first**2
    line = weight * (second[:, None] - first[:, None] * steps)
    return np.where(
        spread[:, None] > 0, line / np.where(spread > 0, spread, 1)[:, None], steps == 0
    )
