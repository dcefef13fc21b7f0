"""How long the drivers of relief take: a practice, a large practice, a network.

    python benchmarks/bench_drivers.py

CPU seconds on one core; every line is a ratio within one run, so that machines can be compared.
SurPyval (a test dependency) fits the same likelihood once, without any interval by client.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import resource
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nmt_analytics.outcomes.drivers import fit_drivers
from nmt_analytics.outcomes.likelihood.aft import WEIBULL, Cells, maximise
from nmt_analytics.outcomes.likelihood.aft_confidence import Counts, jackknife_clients

CHECK_IN_DAYS = np.array([1, 2, 4, 7, 14, 21])
LEVELS = np.array(["low", "moderate", "high"])
CONDITIONS = np.array([f"condition_{letter}" for letter in "abcdefgh"])
REFERENCES = {"condition": "condition_a", "stress_level": "low", "activity_level": "low"}


def main() -> None:
    rng = np.random.default_rng(1)
    for n_clients, sessions_each in ((100, 10), (199, 10), (400, 10), (2_000, 10)):
        practice = simulate(rng, n_clients, sessions_each)
        fit, seconds = timed(partial(fit_drivers, **practice))
        print(
            f"{fit.n_sessions:>9,} sessions, {n_clients:>6,} clients: {seconds:6.2f} s "
            f"({fit.variance_method}, {len(fit.terms)} ratios)"
        )
    compare_with_surpyval(rng)
    compare_jackknife_with_refits(rng)
    fit_a_network(rng)


def compare_with_surpyval(rng: np.random.Generator) -> None:
    import surpyval  # noqa: PLC0415 - a test dependency, and slow to load

    cells, _ = numeric_cells(rng, 200, 10)
    left, right = cells.lower == 0, np.isinf(cells.upper)
    kind = np.where(left, -1, np.where(right, 1, 2))
    times = [
        high if is_left else low if is_right else [low, high]
        for low, high, is_left, is_right in zip(cells.lower, cells.upper, left, right, strict=True)
    ]
    _, ours = timed(lambda: maximise(WEIBULL, cells), repeats=20)
    _, theirs = timed(lambda: surpyval.WeibullAFT.fit(x=times, Z=cells.design[:, 1:], c=kind))
    print(f"one Weibull fit of 2,000 sessions: {ours:.4f} s, SurPyval {theirs / ours:.0f} x that")


def compare_jackknife_with_refits(rng: np.random.Generator) -> None:
    cells, counts = numeric_cells(rng, 150, 10)
    maximum = maximise(WEIBULL, cells)

    def refit_each() -> None:
        for client in range(150):
            weights = np.where(counts.client == client, 0.0, 1.0)
            maximise(
                WEIBULL, Cells(cells.design, cells.lower, cells.upper, weights), maximum.position
            )

    _, ours = timed(lambda: jackknife_clients(WEIBULL, cells, counts, maximum))
    _, refits = timed(refit_each)
    print(f"jackknife of 150 clients: {ours:.3f} s, warm-started refits {refits / ours:.1f} x that")


def fit_a_network(rng: np.random.Generator) -> None:
    """Two million sessions counted by 500 hashed groups of clients, without hold seconds."""
    practice = simulate(rng, 200_000, 10)
    practice["bucket"] %= 500
    del practice["numeric"]["hold_seconds"]
    fit, seconds = timed(lambda: fit_drivers(**practice, n_clients=200_000))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{fit.n_sessions:,} sessions of a network: {seconds:.1f} s, peak {peak:.2f} GB")


def numeric_cells(
    rng: np.random.Generator, n_clients: int, sessions_each: int
) -> tuple[Cells, Counts]:
    practice = simulate(rng, n_clients, sessions_each)
    heard = (practice["lower"] > 0) | np.isfinite(practice["upper"])
    stress = practice["categorical"]["stress_level"]
    columns = [np.ones(len(stress)), stress == "high", practice["numeric"]["severity_before"]]
    design = np.column_stack(columns).astype(float)[heard]
    n = np.ones(len(design))
    cells = Cells(design, practice["lower"][heard], practice["upper"][heard], n)
    return cells, Counts(np.arange(len(n)), practice["bucket"][heard], n)


def simulate(rng: np.random.Generator, n_clients: int, sessions_each: int) -> dict:
    n = n_clients * sessions_each
    client = np.arange(n_clients).repeat(sessions_each)
    stress = rng.integers(0, 3, n)
    severity = rng.integers(2, 11, n) * 1.0
    log_days = 2.4 + np.array([0, -0.16, -0.39])[stress] - 0.04 * severity
    log_days += 0.7 * np.log(rng.exponential(size=n)) + rng.normal(0, 0.45, n_clients)[client]
    holding = np.exp(log_days)[:, None] > CHECK_IN_DAYS
    answered = rng.random(holding.shape) < 0.85
    return {
        "lower": np.where(answered & holding, CHECK_IN_DAYS, 0).max(axis=1) * 1.0,
        "upper": np.where(answered & ~holding, CHECK_IN_DAYS, np.inf).min(axis=1),
        "n": np.ones(n),
        "bucket": client,
        "categorical": {
            "condition": rng.choice(CONDITIONS, n_clients)[client],
            "stress_level": LEVELS[stress],
            "activity_level": rng.choice(LEVELS, n),
        },
        "numeric": {"severity_before": severity, "hold_seconds": np.rint(rng.normal(30, 8, n))},
        "references": REFERENCES,
    }


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[Any, float]:
    start = time.process_time()
    for _ in range(repeats):
        result = work()
    return result, (time.process_time() - start) / repeats


if __name__ == "__main__":
    main()
