"""Samples with a known truth, and published data, for the tests of survival and its confidence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CHECK_IN_DAYS = np.array([1.0, 2.0, 4.0, 7.0, 14.0, 21.0])


def draw_intervals(seed: int) -> tuple[Floats, Floats, Floats]:
    """Draw lower, upper and whole-number weights of one of eight shapes, 1 to 79 rows.

    Day grids, unrounded times, exact and interval rows mixed, all from the start, check-in
    calendars, exact and right-censored, touching intervals, tenths of days; with none to all of
    them right-censored, weighted evenly or not.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 80))
    days = np.concatenate([[0.0], CHECK_IN_DAYS])
    last = rng.integers(0, len(days), n)
    first_not = np.minimum(len(days) - 1, last + rng.integers(1, 4, n))
    start = rng.exponential(5, n) * (rng.random(n) < 0.8)
    day = rng.integers(0, 10, n).astype(float)
    lasting = 8 * rng.weibull(1.2, n)
    tenth = rng.integers(0, 400, n) / 10
    lower, upper = [
        lambda: (day, day + rng.integers(1, 8, n)),
        lambda: (start, start + rng.exponential(5, n)),
        lambda: (day, day + rng.integers(0, 3, n)),
        lambda: (day % 2, day % 2 + rng.integers(1, 30, n)),
        lambda: (days[last], np.where(last == len(days) - 1, np.inf, days[first_not])),
        lambda: (lasting, lasting),
        lambda: (day % 4, day % 4 + 1),
        lambda: (tenth, np.round(tenth + rng.integers(1, 100, n) / 10, 1)),
    ][seed % 8]()
    right_censored = rng.random(n) < rng.choice([0.0, 0.1, 0.5, 1.0])
    weights = rng.integers(1, rng.choice([2, 10, 10_000]), n).astype(float)
    return lower, np.where(right_censored, np.inf, upper), weights


@dataclass(frozen=True)
class InventedRelief:
    """Weibull relief of clients who differ by a lognormal factor, asked on six days."""

    median: float = 8.0
    shape: float = 1.2
    client_sd: float = 0.45
    response: float = 0.75
    n_sessions: int = 5

    @property
    def _scale(self) -> float:
        return self.median / np.log(2) ** (1 / self.shape)

    def share_beyond(self, t: float) -> float:
        """The true S(t) over all clients, by Gauss-Hermite quadrature."""
        effect, weight = np.polynomial.hermite_e.hermegauss(80)
        scale = self._scale * np.exp(self.client_sd * effect)
        return float((weight * np.exp(-((t / scale) ** self.shape))).sum() / weight.sum())

    def true_median(self) -> float:
        """The time at which the true S is one half, by bisection."""
        low, high = 0.01, 200.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if self.share_beyond(middle) > 0.5 else (low, middle)
        return low

    def draw(
        self, rng: np.random.Generator, effects: Floats, clients: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
        """Draw cells (bucket, lower, upper, n) of sessions, those of no answer left out."""
        bucket = np.repeat(clients, self.n_sessions)
        lasting = self._scale * effects[bucket] * rng.weibull(self.shape, len(bucket))
        answered = rng.random((len(bucket), len(CHECK_IN_DAYS))) < self.response
        holding = lasting[:, None] > CHECK_IN_DAYS
        lower = np.where(holding & answered, CHECK_IN_DAYS, 0.0).max(axis=1)
        upper = np.where(~holding & answered, CHECK_IN_DAYS, np.inf).min(axis=1)
        told = answered.any(axis=1)
        return bucket[told], lower[told], upper[told], np.ones(told.sum())

    def draw_effects(self, rng: np.random.Generator, n_clients: int) -> Floats:
        """Draw how much longer than others each client's relief lasts."""
        return np.exp(self.client_sd * rng.normal(size=n_clients))


# Breast cosmesis (Finkelstein and Wolfe 1985), months until breast retraction: the copy in the R
# packages interval (bcos), Icens and MLEcens (cosmesis). The copy in npsurv (cancer) differs in
# five rows: 18-26 for 19-26 among those with radiotherapy alone; 17-24 for 16-24, 15-19 for 14-19,
# 22- for 21- and 33- for 32- among those with chemotherapy.
_RADIOTHERAPY = """45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37
46- 26-40 46- 27-34 36-44 46- 36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11
19-35 17-25 24- 32- 33- 19-26 37- 34- 36-"""
_AND_CHEMOTHERAPY = """8-12 0-22 24-31 17-27 17-23 24-30 16-24 13- 11-13 16-20 18-25 17-26 32- 23-
44-48 14-17 0-5 5-8 12-20 11- 33-40 31- 13-39 19-32 34- 13- 16-24 35- 15-22 11-17 22-32 10-35 30-34
13- 10-17 8-21 4-9 11- 14-19 4-8 34- 30-36 18-24 16-60 35-39 21- 11-20 48-"""


def read_cosmesis() -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Lower and upper ends in months: 46 patients with radiotherapy, 48 with chemotherapy too."""
    return _read_intervals(_RADIOTHERAPY), _read_intervals(_AND_CHEMOTHERAPY)


def _read_intervals(text: str) -> tuple[Floats, Floats]:
    ends = [interval.split("-") for interval in text.split()]
    lower = np.array([float(low) for low, _ in ends])
    upper = np.array([float(high) if high else np.inf for _, high in ends])
    return lower, upper
