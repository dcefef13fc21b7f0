"""How long the curves of relief and their confidence take, beside an established package.

    python benchmarks/bench_survival.py

SurPyval (a test dependency) fits the same nonparametric estimate, without any interval by client:
such an interval takes a bootstrap of clients, of which some refits are measured and the time of
all of them is told.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
import warnings
from typing import Any

import numpy as np
from measuring import Row, cpu_of, table
from numpy.typing import NDArray
from surpyval import Turnbull

from nmt_analytics.outcomes.group_tests import score_test
from nmt_analytics.outcomes.resampling import estimate_curve, leave_one_out
from nmt_analytics.outcomes.survival import fit_survival

Floats = NDArray[np.float64]
Cells = tuple[NDArray[np.int64], Floats, Floats, Floats]
CHECK_IN_DAYS = np.array([1, 2, 4, 7, 14, 21])
DAYS = np.array([4.0, 7, 14])
N_CONDITIONS = 8
N_REFITS = 1_000
MOST_BUCKETS = 1_000
SAME = 1e-6


def measure() -> list[Row]:
    """The rows of curves, confidence and tests."""
    warnings.simplefilter("ignore")  # SurPyval's advice about its own intervals
    rng = np.random.default_rng(1)
    return [
        jackknife_eight_groups(rng),
        relief_by_condition(rng, n_sessions=2_000),
        relief_by_condition(rng, n_sessions=200_000),
        fit_unrounded_times(rng),
        *test_groups(rng),
    ]


def jackknife_eight_groups(rng: np.random.Generator) -> Row:
    groups = [simulate(rng, n_clients=50, sessions_each=5) for _ in range(N_CONDITIONS)]
    ours = cpu_of(lambda: [estimate_curve(*cells, DAYS) for cells in groups])
    lower, upper = (np.concatenate([cells[each] for cells in groups]) for each in (1, 2))
    theirs = cpu_of(lambda: [refit(lower, upper) for _ in range(20)])
    work = f"client jackknife of S for 8 groups, {len(lower):,} sessions"
    return Row(work, ours, "20 fits by SurPyval", theirs, 1.0)


def relief_by_condition(rng: np.random.Generator, n_sessions: int) -> Row:
    """Curves of eight conditions with confidence, at the same answer as SurPyval."""
    n_clients = n_sessions // N_CONDITIONS // 10
    groups = [narrow(simulate(rng, n_clients, 10)) for _ in range(N_CONDITIONS)]
    ours = cpu_of(lambda: [estimate_curve(*cells, DAYS) for cells in groups])
    refits = [_seconds_of_a_refit(leave_one_out(*cells)) for cells in groups]
    theirs = [N_REFITS * sum(each) for each in zip(*refits, strict=True)]
    apart = max(_largest_difference(cells) for cells in groups)
    if apart > SAME:
        raise ArithmeticError(f"SurPyval and we differ by {apart:.1g}")
    return Row(
        f"relief by condition with confidence, {n_sessions:,} sessions",
        ours,
        f"SurPyval, {N_REFITS:,} refits (5 measured)",
        theirs,
        1 / 50,
        note=f"same answer within {max(apart, 1e-16):.0e}",
    )


def _seconds_of_a_refit(left_out: tuple[Any, Floats, Floats, Floats]) -> list[float]:
    """Five refits with some clients drawn twice and others not at all, on counted intervals."""
    _, lower, upper, weights = left_out
    seconds = []
    for draw in range(1, 6):
        n = np.rint(weights[draw])
        start = time.process_time()
        refit(lower[n > 0], upper[n > 0], n[n > 0])
        seconds.append(time.process_time() - start)
    return seconds


def _largest_difference(cells: Cells) -> float:
    _, lower, upper, weights = leave_one_out(*cells)
    theirs = refit(lower, upper, weights[0])
    ours = fit_survival(lower, upper, weights[0])
    last = np.append(np.diff(theirs.x) > 0, True) & np.isfinite(theirs.x)
    pairs = zip(theirs.x[last], theirs.R[last], strict=True)
    return max(abs(float(ours.survival_at(t)[0]) - remaining) for t, remaining in pairs)


def fit_unrounded_times(rng: np.random.Generator) -> Row:
    _, lower, upper, _ = simulate(rng, n_clients=5_000, sessions_each=5, jitter_days=0.1)
    lower, upper = lower[:20_000], upper[:20_000]
    distinct = len(np.unique(np.column_stack([lower, upper]), axis=0))
    ours = cpu_of(lambda: fit_survival(lower, upper, np.ones(len(lower))))
    theirs = cpu_of(lambda: refit(lower, upper))
    return Row(f"{distinct:,} distinct unrounded intervals", ours, "SurPyval", theirs, 1.0)


def test_groups(rng: np.random.Generator) -> list[Row]:
    rows = []
    for n_clients in (30, 300):
        bucket, lower, upper, n = simulate(rng, n_clients, sessions_each=5)
        cells = (bucket, bucket % 3, lower, upper, n)
        method = score_test(*cells).method
        rows.append(
            Row(
                f"{method} test of 3 groups, {n_clients} clients",
                cpu_of(lambda c=cells: score_test(*c)),
            )
        )
    return rows


def simulate(
    rng: np.random.Generator, n_clients: int, sessions_each: int, jitter_days: float = 0.0
) -> Cells:
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


def narrow(cells: Cells) -> Cells:
    """The cells as queries hand them over: above a thousand clients by 500 groups, counted."""
    bucket = cells[0] if cells[0].max() < MOST_BUCKETS else cells[0] % 500
    rows, n = np.unique(np.column_stack([bucket, *cells[1:3]]), axis=0, return_counts=True)
    return rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], n.astype(float)


def refit(lower: Floats, upper: Floats, n: Floats | None = None) -> Any:
    counts = {} if n is None else {"n": n.astype(int)}
    return Turnbull.fit(xl=lower, xr=upper, turnbull_estimator="Kaplan-Meier", **counts)


if __name__ == "__main__":
    print(table(measure()))
