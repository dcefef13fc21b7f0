"""What can be estimated from weighted rows: one small class per kind of number.

Each evaluates B weightings of the same rows (lower, upper] at once; exact values have
lower == upper. `scale` says what the number can be, and so how its confidence interval is made.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar, Literal, Protocol

import numpy as np

from nmt_analytics.outcomes.likelihood.npmle import Floats
from nmt_analytics.outcomes.reading import Reading, read_curve
from nmt_analytics.outcomes.survival import fit_product_limit

Scale = Literal["share", "real", "positive"]
Bounds = tuple[float, float]

_MOST_READ = 128
_READ: dict[bytes, Reading] = {}


class Estimator(Protocol):
    """A number per weighting (B,), and the two ends that the data leave open for the first one."""

    @property
    def scale(self) -> Scale: ...

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        """Return the estimate (B,) for weights (B, N); nan where it is not defined."""
        ...

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        """Return the lowest and highest value that the data allow, for the first weighting."""
        ...


class QuantileEstimator(ABC):
    """A quantile, whose interval comes from the confidence limits of the curve that it reads."""

    p: float
    scale: ClassVar[Scale] = "positive"
    steps: ClassVar[bool]  # whether the curve falls in steps, not straight between its knots

    @abstractmethod
    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats: ...

    @abstractmethod
    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds: ...

    @abstractmethod
    def curve(self, lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return knots (T,) and the share remaining beyond each (B, T)."""


@dataclass(frozen=True)
class SurvivalShare:
    """S(at), the share that lasts longer than `at`; with `gone`, the share that does not.

    `late`: how much later an answer still tells of a time at which it was asked for (reading.py).
    """

    at: float
    gone: bool = False
    late: float = 0.0
    scale: ClassVar[Scale] = "share"

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        remaining = _read(lower, upper, weights, self.late).survival_at(self.at)
        return 1 - remaining if self.gone else remaining

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        low, high = _read(lower, upper, weights, self.late).known_bounds(self.at)
        return (1 - high[0], 1 - low[0]) if self.gone else (low[0], high[0])


@dataclass(frozen=True)
class SurvivalQuantile(QuantileEstimator):
    """The time by which a share p has had the event; nan when the curve never gets there.

    `late` as in SurvivalShare.
    """

    p: float
    late: float = 0.0
    steps: ClassVar[bool] = False

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        start, end, part = _read(lower, upper, weights, self.late).passage(self.p)
        return np.where(np.isinf(end), np.nan, start + part * (np.nan_to_num(end) - start))

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        start, end, _ = _read(lower, upper, weights, self.late).passage(self.p)
        return float(start[0]), float(end[0])

    def curve(self, lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats]:
        reading = _read(lower, upper, weights, self.late)
        return reading.knots, reading.shares


@dataclass(frozen=True)
class RestrictedMean:
    """The mean time up to a horizon: the area under S, in the unit of the times."""

    horizon: float
    scale: ClassVar[Scale] = "positive"

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        return _read(lower, upper, weights).restricted_mean(self.horizon)

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        low, high = _read(lower, upper, weights).restricted_mean_bounds(self.horizon)
        return low[0], high[0]


@dataclass(frozen=True)
class KaplanMeierQuantile(QuantileEstimator):
    """The smallest time with S <= 1 - p for exact and right-censored times (Kaplan-Meier)."""

    p: float = 0.5
    steps: ClassVar[bool] = True

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        return _first_at_or_below(*self.curve(lower, upper, weights), 1 - self.p)

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        value = self.evaluate(lower, upper, np.atleast_2d(weights))[0]
        if not np.isnan(value):
            return value, value
        followed = lower[np.atleast_2d(weights)[0] > 0]
        return (float(followed.max()), np.inf) if len(followed) else (np.nan, np.nan)

    def curve(self, lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats]:
        return fit_product_limit(lower, upper, weights)


@dataclass(frozen=True)
class Mean:
    """The mean of exact values, per unit of weight."""

    scale: ClassVar[Scale] = "real"

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        return _mean(_exact_values(lower, upper), weights)

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        value = self.evaluate(lower, upper, np.atleast_2d(weights))[0]
        return value, value


@dataclass(frozen=True)
class Share(Mean):
    """The mean of values that are 0 or 1."""

    scale: ClassVar[Scale] = "share"


@dataclass(frozen=True)
class Ratio:
    """The sum of `lower` divided by the sum of `upper`: two exact values of one row."""

    scale: ClassVar[Scale] = "positive"

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        weights = np.atleast_2d(weights)
        below = weights @ upper
        return np.divide(weights @ lower, below, out=np.full(len(weights), np.nan), where=below > 0)

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        value = self.evaluate(lower, upper, np.atleast_2d(weights))[0]
        return value, value


@dataclass(frozen=True)
class Total(Mean):
    """The sum of exact values times their weight."""

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        return np.asarray(np.atleast_2d(weights) @ _exact_values(lower, upper))


@dataclass(frozen=True)
class ValueQuantile(QuantileEstimator):
    """The value below which a share p of exact values lies; halfway where two values share it."""

    p: float
    scale: ClassVar[Scale] = "real"
    steps: ClassVar[bool] = True

    def evaluate(self, lower: Floats, upper: Floats, weights: Floats) -> Floats:
        values, remaining = self.curve(lower, upper, weights)
        below = _first_at_or_below(values, remaining, 1 - self.p)
        strictly_below = _first_at_or_below(values, remaining, 1 - self.p - 2e-9)
        return np.asarray((below + strictly_below) / 2)

    def known_bounds(self, lower: Floats, upper: Floats, weights: Floats) -> Bounds:
        value = self.evaluate(lower, upper, np.atleast_2d(weights))[0]
        return value, value

    def curve(self, lower: Floats, upper: Floats, weights: Floats) -> tuple[Floats, Floats]:
        values, rows = np.unique(_exact_values(lower, upper), return_inverse=True)
        shares = np.stack(
            [np.bincount(rows, one, minlength=len(values)) for one in np.atleast_2d(weights)]
        )
        total = shares.sum(axis=1, keepdims=True)
        shares = np.divide(shares, total, out=np.full(shares.shape, np.nan), where=total > 0)
        return values, 1 - np.cumsum(shares, axis=1)


def _read(lower: Floats, upper: Floats, weights: Floats, late: float = 0.0) -> Reading:
    """Return the curve, remembered: shares at three days, two quantiles and a mean ask for one."""
    key = blake2b(str(np.shape(weights)).encode())
    for each in (lower, upper, weights, late):
        key.update(np.ascontiguousarray(each, dtype=float).data)
    if key.digest() not in _READ:
        if len(_READ) >= _MOST_READ:
            del _READ[next(iter(_READ))]
        _READ[key.digest()] = read_curve(lower, upper, weights, late)
    return _READ[key.digest()]


def _exact_values(lower: Floats, upper: Floats) -> Floats:
    if not np.array_equal(lower, upper):
        raise ValueError("expected exact values: lower equal to upper in each row")
    return lower


def _mean(values: Floats, weights: Floats) -> Floats:
    weights = np.atleast_2d(weights)
    total = weights.sum(axis=1)
    return np.divide(weights @ values, total, out=np.full(len(weights), np.nan), where=total > 0)


def _first_at_or_below(times: Floats, remaining: Floats, level: float) -> Floats:
    """Return the first time (B,) at which a falling curve is at or below a level, else nan."""
    if not len(times):
        return np.full(len(remaining), np.nan)
    # A thousand-millionth of slack: 1 - 0.1 - 0.2 - 0.2 counts as one half.
    reached = remaining <= level + 1e-9
    return np.where(reached.any(axis=1), times[np.argmax(reached, axis=1)], np.nan)
