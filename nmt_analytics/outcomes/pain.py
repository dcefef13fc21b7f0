"""How far pain fell, for which share, and how far it would have fallen by itself.

Arrays of ratings (0-10 points) in, numbers out; confidence belongs to resampling.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

RESPONSE_PERCENT = 30
RESPONSE_POINTS = 2
"""A fall of 30 % and 2 points is "much improved": Farrar et al. 2001, Pain 94:149-158."""
LOWEST_BASELINE = 4
"""Below 4 points a fall of 2 is out of reach or means little: counted, not judged."""
ENOUGH_CLIENTS = 20
"""Fewer clients do not tell a reliability from chance."""


@dataclass(frozen=True)
class RegressionToMean:
    """The change in pain, in points, to be expected without any effect (negative: a fall).

    `reliability` is the correlation of two ratings of the same client at unrelated times.
    `paired` is a second estimate of the same change that needs no reliability: client by client,
    usual rating minus rating at booking. Where `reason` is given, `value` is nan.
    """

    value: float
    reliability: float
    paired: float
    reason: str | None


def responder_curve(
    before: ArrayLike, after: ArrayLike, weights: ArrayLike | None = None
) -> tuple[Array, Array]:
    """(thresholds, shares): for every x from 0 to 10 points, the share improved by at least x.

    All sessions with both ratings, whatever their baseline; `weights` counts sessions per row.
    Showing every threshold keeps anyone from picking the flattering one.
    """
    before, after, weights = _recorded_pairs(before, after, weights)
    thresholds = np.arange(11.0)
    return thresholds, _share_reaching(before - after, weights, thresholds)


def expected_without_effect(
    before: ArrayLike, client: ArrayLike, elsewhere: ArrayLike, elsewhere_client: ArrayLike
) -> RegressionToMean:
    """The change in pain that regression to the mean alone would bring, in points.

    `before` (sessions,) are ratings at booking, `elsewhere` (ratings,) those not taken at booking
    (follow-ups after relief ended), each with its client's code. The value is
    -(1 - r)(mean before - mean of those), the latter over clients so that nobody counts for coming
    often. r comes from the repeated ratings taken elsewhere where there are enough: ratings at
    booking were selected for being high, which makes r look smaller and the expected fall larger.
    Source: Barnett, van der Pols & Dobson 2005, Int J Epidemiol 34:215-220.
    """
    before, client = _recorded_ratings(before, client)
    elsewhere, elsewhere_client = _recorded_ratings(elsewhere, elsewhere_client)
    reason = _why_not_estimable(client, elsewhere_client)
    if reason is not None:
        return RegressionToMean(np.nan, np.nan, np.nan, reason)
    if _n_repeating(elsewhere_client) >= ENOUGH_CLIENTS:
        r = reliability(elsewhere, elsewhere_client)
    else:
        r = reliability(before, client)
    usual = float(_means_by_client(elsewhere, elsewhere_client)[1].mean())
    return RegressionToMean(
        value=-(1 - r) * (float(before.mean()) - usual),
        reliability=r,
        paired=_paired_change(before, client, elsewhere, elsewhere_client),
        reason=None,
    )


def reliability(ratings: ArrayLike, client: ArrayLike) -> float:
    """Share of the variance of single ratings that lies between clients, 0 to 1.

    One-way ANOVA estimate of the intraclass correlation, ICC(1), for unequal numbers of ratings;
    a negative estimate is 0. nan without repeated ratings or without any variance. Source:
    Donner 1986, Int Stat Rev 54:67-82.
    """
    ratings, client = _recorded_ratings(ratings, client)
    codes, means, counts = _means_by_client(ratings, client)
    n, n_clients = len(ratings), len(codes)
    if n_clients < 2 or n == n_clients:
        return np.nan
    fitted = means[np.searchsorted(codes, client)]
    within = float(((ratings - fitted) ** 2).sum() / (n - n_clients))
    between = float((counts * (means - ratings.mean()) ** 2).sum() / (n_clients - 1))
    typical_count = (n - (counts**2).sum() / n) / (n_clients - 1)
    variance_between = max(0.0, (between - within) / typical_count)
    total = variance_between + within
    return variance_between / total if total > 0 else np.nan


def _why_not_estimable(client: Codes, elsewhere_client: Codes) -> str | None:
    n_elsewhere = len(np.unique(elsewhere_client))
    if n_elsewhere == 0:
        return "there are no pain ratings from times other than a booking"
    if n_elsewhere < ENOUGH_CLIENTS:
        return (
            f"only {n_elsewhere} clients rated their pain at times other than a booking; "
            f"{ENOUGH_CLIENTS} are needed"
        )
    n_repeating = max(_n_repeating(client), _n_repeating(elsewhere_client))
    if n_repeating < ENOUGH_CLIENTS:
        return (
            f"only {n_repeating} clients rated their pain more than once; "
            f"{ENOUGH_CLIENTS} are needed to tell how much a rating varies by itself"
        )
    return None


def _paired_change(
    before: Array, client: Codes, elsewhere: Array, elsewhere_client: Codes
) -> float:
    """Mean over booked sessions of the same client's usual rating minus the one at booking."""
    codes, usual, _ = _means_by_client(elsewhere, elsewhere_client)
    paired = np.isin(client, codes)
    if not paired.any():
        return np.nan
    return float((usual[np.searchsorted(codes, client[paired])] - before[paired]).mean())


def _n_repeating(client: Codes) -> int:
    return int((np.unique(client, return_counts=True)[1] > 1).sum())


def _means_by_client(ratings: Array, client: Codes) -> tuple[Codes, Array, Codes]:
    codes, position, counts = np.unique(client, return_inverse=True, return_counts=True)
    return codes, np.bincount(position, weights=ratings) / counts, counts


def _share_reaching(fall: Array, weights: Array, thresholds: Array) -> Array:
    if weights.sum() == 0:
        return np.full(len(thresholds), np.nan)
    return np.array([weights[fall >= x].sum() for x in thresholds]) / weights.sum()


def _recorded_pairs(
    before: ArrayLike, after: ArrayLike, weights: ArrayLike | None
) -> tuple[Array, Array, Array]:
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    weights = np.ones(len(before)) if weights is None else np.asarray(weights, dtype=float)
    recorded = np.isfinite(before) & np.isfinite(after)
    return before[recorded], after[recorded], weights[recorded]


def _recorded_ratings(ratings: ArrayLike, client: ArrayLike) -> tuple[Array, Codes]:
    ratings, client = np.asarray(ratings, dtype=float), np.asarray(client)
    recorded = np.isfinite(ratings)
    return ratings[recorded], client[recorded]
