"""Tests of groups: against published results, full enumeration, SciPy, and under the null."""

from itertools import permutations

import numpy as np
import pytest
from oracle_samples import InventedRelief, read_cosmesis
from proof_figures import record

from nmt_analytics.outcomes.group_tests import benjamini_hochberg, holm, score_test

INF = np.inf


def cosmesis_cells():
    radiotherapy, both = read_cosmesis()
    lower, upper = (np.concatenate(ends) for ends in zip(radiotherapy, both, strict=True))
    group = np.repeat([0, 1], [len(radiotherapy[0]), len(both[0])])
    return np.arange(94), group, lower, upper, np.ones(94)


def draw_groups(seed, n_clients, level_of, n_levels=2, **changes):
    """Draw sessions whose group has no effect: a level per client, or per session."""
    rng = np.random.default_rng([seed, n_clients, n_levels])
    relief = InventedRelief(**changes)
    effects = relief.draw_effects(rng, n_clients)
    bucket, lower, upper, n = relief.draw(rng, effects, np.arange(n_clients))
    # Uneven on purpose: three in five are in the first of two groups.
    shares = [0.6, 0.4] if n_levels == 2 else np.full(n_levels, 1 / n_levels)
    size = n_clients if level_of == "client" else len(bucket)
    level = rng.choice(n_levels, size, p=shares)
    return bucket, level[bucket] if level_of == "client" else level, lower, upper, n


def test_breast_cosmesis_gives_the_published_score_test():
    # Fay and Shaw (2010): Finkelstein's scores sum to -9.944 and 9.944, Z = -2.684, p = 0.0073.
    # With one row a client, the robust variance differs from theirs by a factor near (n - 1) / n.
    found = score_test(*cosmesis_cells())
    assert (found.method, found.df, found.n_clients) == ("score", 1, 94)
    assert np.sqrt(found.statistic) == pytest.approx(2.684, abs=0.005)
    assert found.p_value == pytest.approx(0.0073, abs=0.0002)


def test_rows_of_one_client_count_together():
    # Twice the same rows are twice the evidence from other clients, none from the same ones.
    bucket, group, lower, upper, n = cosmesis_cells()
    once = score_test(bucket, group, lower, upper, n)
    twice = [np.concatenate([each, each]) for each in (group, lower, upper, n)]
    same = score_test(np.concatenate([bucket, bucket]), *twice)
    others = score_test(np.concatenate([bucket, bucket + 94]), *twice)
    assert same.statistic == pytest.approx(once.statistic, rel=1e-6)
    assert others.statistic == pytest.approx(2 * once.statistic, rel=1e-6)


def test_a_cell_of_two_sessions_is_two_rows():
    bucket, group, lower, upper, n = draw_groups(1, 60, "session")
    cells = score_test(bucket, group, lower, upper, 2 * n)
    rows = score_test(*(np.repeat(each, 2) for each in (bucket, group, lower, upper, n)))
    assert cells.statistic == pytest.approx(rows.statistic)
    assert cells.statistic > 0


def test_permuted_labels_of_few_clients_agree_with_all_orders_there_are():
    bucket, group, lower, upper, n = draw_groups(2, 7, "client", median=6)
    found = score_test(bucket, group, lower, upper, n)
    assert found.method == "permutation"

    labels = np.array([group[bucket == client][0] for client in range(7)])
    assert 1 < labels.sum() < 6

    # With seven clients all 5,040 orders can be tried. A finer numbering of clients than of
    # buckets is not needed: scores of a client stay together.
    def statistic(order):
        return score_test_of_labels(np.array(order)[bucket], bucket, lower, upper, n)

    observed = statistic(labels)
    everything = [statistic(order) for order in set(permutations(labels.tolist()))]
    exact = np.mean([each >= observed - 1e-9 for each in everything])
    assert found.p_value == pytest.approx(exact, abs=0.02)


def score_test_of_labels(group, bucket, lower, upper, n):
    """The squared sum of scores in group 1, which orders two groups as the statistic does."""
    from nmt_analytics.outcomes.survival import fit_survival

    curve = fit_survival(lower, upper, n)

    def s_log_s(time):
        share = curve.survival_at(time)[0] if np.isfinite(time) else 0.0
        return share, share * np.log(share) if share > 0 else 0.0

    total = 0.0
    for low, high in zip(lower[group == 1], upper[group == 1], strict=True):
        (share_low, log_low), (share_high, log_high) = s_log_s(low), s_log_s(high)
        total += (log_low - log_high) / (share_low - share_high)
    return total**2


def test_the_same_data_give_the_same_p_value():
    cells = draw_groups(3, 20, "client")
    assert score_test(*cells) == score_test(*cells)
    assert score_test(*cells).method == "permutation"


def test_how_groups_are_numbered_does_not_matter():
    bucket, group, lower, upper, n = draw_groups(4, 70, "client", n_levels=3)
    found = score_test(bucket, group, lower, upper, n)
    renamed = score_test(bucket, np.array([50, -3, 7])[group], lower, upper, n)
    assert renamed.statistic == pytest.approx(found.statistic)
    assert (renamed.df, found.df) == (2, 2)


def test_a_real_difference_is_seen():
    rng = np.random.default_rng(5)
    effects, clients = InventedRelief().draw_effects(rng, 60), np.arange(60)
    long = InventedRelief(median=14).draw(rng, effects, clients[:30])
    short = InventedRelief(median=5).draw(rng, effects, clients[30:])
    cells = [np.concatenate(each) for each in zip(long, short, strict=True)]
    group = (cells[0] >= 30).astype(int)
    assert score_test(cells[0], group, *cells[1:]).p_value < 0.001
    few = (cells[0] < 8) | (cells[0] >= 52)
    found = score_test(cells[0][few], group[few], *(each[few] for each in cells[1:]))
    assert found.method == "permutation"
    assert found.p_value < 0.05


@pytest.mark.parametrize("n_clients", [1, 6])
def test_one_group_or_one_client_leaves_nothing_to_test(n_clients):
    bucket, _, lower, upper, n = draw_groups(6, n_clients, "client")
    found = score_test(bucket, np.zeros(len(bucket), dtype=int), lower, upper, n)
    assert np.isnan([found.statistic, found.p_value]).all()
    assert found.n_clients == n_clients


def test_everybody_alike_is_no_evidence():
    found = score_test(np.arange(6), np.arange(6) % 2, np.full(6, 4.0), np.full(6, 7.0), np.ones(6))
    assert np.isnan(found.p_value)


def test_exact_values_of_clients_seen_once_are_tested_as_two_means_are():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(8)
    values, group = rng.normal(size=400), np.repeat([0, 1], [250, 150])
    values += 0.25 * group
    found = score_test(np.arange(400), group, values, values, np.ones(400))
    welch = ttest_ind(values[group == 0], values[group == 1], equal_var=False)
    assert np.sqrt(found.statistic) == pytest.approx(abs(welch.statistic), rel=0.05)
    assert 0.001 < found.p_value < 0.1


def test_exact_times_among_intervals_are_refused():
    with pytest.raises(ValueError, match="lower below upper"):
        score_test(np.arange(2), np.arange(2), np.ones(2), np.array([1.0, 2.0]), np.ones(2))


def test_benjamini_hochberg_equals_scipy():
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(7)
    for size in (1, 2, 9, 40):
        p_values = rng.uniform(size=size) ** 2
        assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values))


def test_benjamini_hochberg_on_their_own_example():
    # Benjamini and Hochberg (1995), section 3.2: four of fifteen are found at 5 %.
    p_values = np.array(
        [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
            0.4262, 0.5719, 0.6528, 0.7590, 1.0,
        ]
    )  # fmt: skip
    assert (benjamini_hochberg(p_values) <= 0.05).sum() == 4
    assert (holm(p_values) <= 0.05).sum() == 3


def test_holm_by_hand():
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.9, 0.6])) == pytest.approx([1, 1])
    assert holm(np.array([])).tolist() == benjamini_hochberg(np.array([])).tolist() == []


def rejections(n_clients, replications, level_of, **options):
    p_values = [
        score_test(*draw_groups(seed, n_clients, level_of, **options)).p_value
        for seed in range(replications)
    ]
    return float(np.mean(np.array(p_values) <= 0.05))


def row_rejections(n_clients, replications):
    """What a test finds that takes each session for a client of its own."""
    found = 0
    for seed in range(replications):
        bucket, *cells = draw_groups(seed, n_clients, "client", client_sd=0.9)
        found += score_test(np.arange(len(bucket)), *cells).p_value <= 0.05
    return found / replications


@pytest.mark.parametrize(
    ("n_clients", "level_of"), [(12, "client"), (12, "session"), (60, "client"), (60, "session")]
)
def test_groups_without_a_difference_are_rarely_told_apart(n_clients, level_of):
    replications = 100
    rejected = rejections(n_clients, replications, level_of)
    assert rejected <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replications)


def test_ignoring_clients_finds_differences_that_are_not_there():
    assert row_rejections(60, 60) > 0.1


@pytest.mark.prove
@pytest.mark.parametrize("level_of", ["client", "session"])
@pytest.mark.parametrize("n_clients", [12, 20, 39, 40, 100, 300])
def test_at_most_six_percent_of_true_nulls_are_rejected(n_clients, level_of):
    figures = {
        f"{n_levels} groups": rejections(n_clients, 2000, level_of, n_levels=n_levels)
        for n_levels in (2, 3)
    }
    record(f"score_test_{n_clients:03}_{level_of}", {"replications": 2000, **figures})
    assert max(figures.values()) <= 0.06


@pytest.mark.prove
def test_ignoring_clients_rejects_far_too_often():
    figures = {"replications": 500, "rejected": row_rejections(100, 500)}
    record("score_test_ignoring_clients", figures)
    assert figures["rejected"] > 0.15
