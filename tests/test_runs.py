"""Sums over runs of columns, both ways, against a matrix of rows x columns written out."""

import numpy as np
import pytest

from nmt_analytics.outcomes.likelihood.runs import Runs


@pytest.fixture(params=[(4, 6), (300, 40)], ids=["few", "many"])
def drawn(request: pytest.FixtureRequest) -> tuple[Runs, np.ndarray, np.random.Generator]:
    """Runs among rows, and which columns (N, K) each row covers."""
    n_rows, n_columns = request.param
    rng = np.random.default_rng(n_rows)
    first = rng.integers(0, n_columns, n_rows)
    last = rng.integers(first, n_columns)
    column = np.arange(n_columns)
    covers = (first[:, None] <= column) & (column <= last[:, None])
    return Runs(first, last, n_columns), covers, rng


def test_slopes_and_sums_over_pairs_are_those_of_the_whole_matrix(drawn) -> None:
    runs, covers, rng = drawn
    weights, mass = rng.random((3, len(covers))), rng.random((3, runs.n_columns))
    ratios = weights / (mass @ covers.T)
    gathered = runs.gather(weights)
    assert gathered.shape[1] <= len(covers)
    np.testing.assert_allclose(runs.slope(gathered, mass), ratios @ covers, rtol=1e-12)
    pairs = np.einsum("bn,ni,nj->bij", weights, covers, covers)
    np.testing.assert_allclose(runs.sum_over_pairs(gathered), pairs, rtol=1e-10, atol=1e-12)


def test_on_some_columns_runs_that_cover_none_of_them_are_left_out(drawn) -> None:
    runs, covers, rng = drawn
    columns = np.arange(1, runs.n_columns, 2)
    weights = rng.random((2, len(covers))) * covers[:, columns].any(axis=1)
    on_columns, is_covered = runs.on(columns)
    gathered = on_columns.gather(runs.gather(weights)[:, is_covered])
    np.testing.assert_allclose(on_columns.sum_over(gathered), weights @ covers[:, columns])
    assert runs.gather(weights)[:, ~is_covered].sum() == 0
