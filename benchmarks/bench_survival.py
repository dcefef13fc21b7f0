"""How long the curves of relief and their confidence take, beside an established package.

    python benchmarks/bench_survival.py

CPU seconds on one core; every line is a ratio within one run, so that machines can be compared.
SurPyval (a test dependency) fits the same nonparametric estimate, without any interval by client.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from surpyval import Turnbull

from nmt_analytics.outcomes.group_tests import score_test
from nmt_analytics.outcomes.resampling import estimate_curve, leave_one_out
from nmt_analytics.outcomes.survival import fit_survival

Floats = NDArray[np.float64]
CHECK_IN_DAYS = np.array([1, 2, 4, 7, 14, 21])


def main() -> None:
    warnings.simplefilter("ignore")  # SurPyval's advice about its own intervals
    rng = np.random.default_rng(1)
    jackknife_eight_groups(rng)
    fit_unrounded_times(rng)
    leave_out_many_clients(rng)
    test_groups(rng)


def jackknife_eight_groups(rng: np.random.Generator) -> None:
    groups = [simulate(rng, n_clients=50, sessions_each=5) for _ in range(8)]
    days = np.array([4.0, 7, 14])
    _, ours = timed(lambda: [estimate_curve(*cells, days) for cells in groups])
    lower, upper = (np.concatenate([cells[each] for cells in groups]) for each in (1, 2))
    _, whole = timed(lambda: [refit(lower, upper) for _ in range(20)])
    _, parts = timed(lambda: [refit(*groups[0][1:3]) for _ in range(20)])
    print(f"client jackknife of S, 8 groups, {len(lower):,} sessions, 400 clients: {ours:.3f} s")
    print(f"  20 SurPyval fits of all of them: {whole / ours:.1f} x that")
    print(f"  20 SurPyval fits of one group: {parts / ours:.1f} x that")


def fit_unrounded_times(rng: np.random.Generator) -> None:
    _, lower, upper, _ = simulate(rng, n_clients=5_000, sessions_each=5, jitter_days=0.1)
    lower, upper = lower[:20_000], upper[:20_000]
    distinct = len(np.unique(np.column_stack([lower, upper]), axis=0))
    curve, ours = timed(lambda: fit_survival(lower, upper, np.ones(len(lower))))
    tracemalloc.start()
    fit_survival(lower, upper, np.ones(len(lower)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    _, theirs = timed(lambda: refit(lower, upper))
    print(
        f"{distinct:,} distinct intervals: {ours:.2f} s, peak {peak / 1e6:.0f} MB, duality gap "
        f"{curve.gap[0]:.0e}, SurPyval {theirs / ours:.1f} x that"
    )


def leave_out_many_clients(rng: np.random.Generator) -> None:
    cells = simulate(rng, n_clients=500, sessions_each=20)
    _, lower, upper, weights = leave_one_out(*cells)
    _, ours = timed(lambda: fit_survival(lower, upper, weights))
    _, one = timed(lambda: fit_survival(lower, upper, weights[0]))
    print(
        f"500 clients left out of {len(cells[0]):,} sessions: {ours:.3f} s, "
        f"one fit after the other would be {501 * one / ours:.0f} x that"
    )


def test_groups(rng: np.random.Generator) -> None:
    for n_clients in (30, 300):
        bucket, lower, upper, n = simulate(rng, n_clients, sessions_each=5)
        cells = (bucket, bucket % 3, lower, upper, n)
        found, ours = timed(partial(score_test, *cells))
        print(f"{found.method} test of 3 groups, {n_clients} clients: {ours:.3f} s")


def simulate(
    rng: np.random.Generator, n_clients: int, sessions_each: int, jitter_days: float = 0.0
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Invent cells (bucket, lower, upper, n): Weibull relief, three of four check-ins answered."""
    bucket = np.repeat(np.arange(n_clients), sessions_each)
    lasting = 10 * np.exp(0.45 * rng.normal(size=n_clients))[bucket]
    lasting = lasting * rng.weibull(1.2, len(bucket))
    shape = (len(bucket), len(CHECK_IN_DAYS))
    asked = np.abs(CHECK_IN_DAYS + jitter_days * rng.normal(size=shape))
    answered = rng.random(shape) < 0.75
    holding = lasting[:, None] > asked
    lower = np.where(holding & answered, asked, 0.0).max(axis=1)
    upper = np.where(~holding & answered, asked, np.inf).min(axis=1)
    told = answered.any(axis=1)
    return bucket[told], lower[told], upper[told], np.ones(told.sum())


def refit(lower: Floats, upper: Floats) -> Any:
    return Turnbull.fit(xl=lower, xr=upper, turnbull_estimator="Kaplan-Meier")


def timed(work: Callable[[], Any], repeats: int = 3) -> tuple[Any, float]:
    """The result and the CPU seconds of one run, the quickest of several."""
    seconds = []
    for _ in range(repeats + 1):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, min(seconds)


if __name__ == "__main__":
    main()
