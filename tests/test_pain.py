"""Pain: responders by hand and by definition, regression to the mean against known truths."""

import numpy as np
import pytest
from proof_figures import record

from nmt_analytics.outcomes.pain import (
    expected_without_effect,
    reliability,
    responder_curve,
)


def practice_without_effect(rng, n_clients=400, *, weeks=12, mean=4.5, sd=2.0, r=0.5):
    """Pain comes and goes around each client's own level; whoever rates 5 or more books.

    Returns ratings before and after each session (the session does nothing), a rating a few
    weeks later, and the client codes of the three.
    """

    def rate(level):
        shifted = level + rng.normal(0, sd * np.sqrt(1 - r), level.shape)
        return np.clip(np.rint(shifted), 0, 10)

    level = rng.normal(mean, sd * np.sqrt(r), n_clients)
    weekly = rate(np.repeat(level[:, None], weeks, axis=1))
    client, week = np.nonzero(weekly >= 5)
    return weekly[client, week], rate(level[client]), rate(level[client]), client


def test_the_responder_curve_is_the_share_at_every_threshold():
    rng = np.random.default_rng(3)
    before, after = rng.integers(0, 11, 500), rng.integers(0, 11, 500)
    weights = rng.integers(1, 4, 500)
    thresholds, shares = responder_curve(before, after, weights)
    by_hand = [np.mean(np.repeat(before - after, weights) >= threshold) for threshold in range(11)]

    assert thresholds.tolist() == list(range(11))
    assert shares == pytest.approx(by_hand)
    assert (np.diff(shares) <= 0).all()
    assert 0 < shares[2] < shares[0] < 1


def test_curves_of_no_session_at_all_are_not_numbers():
    assert np.isnan(responder_curve([], [])[1]).all()


def test_reliability_equals_the_textbook_anova_for_equal_groups():
    """Shrout & Fleiss 1979, table 2: six targets, four ratings each, ICC(1,1) = .17."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    flat = np.array(ratings).ravel()

    assert reliability(flat, np.repeat(np.arange(6), 4)) == pytest.approx(0.17, abs=0.005)


def test_reliability_finds_the_true_one_with_unequal_numbers_of_ratings():
    rng = np.random.default_rng(11)
    client = np.repeat(np.arange(3000), rng.integers(1, 8, 3000))
    ratings = rng.normal(0, 1, 3000)[client] * np.sqrt(0.6) + rng.normal(
        0, np.sqrt(0.4), len(client)
    )

    assert reliability(ratings, client) == pytest.approx(0.6, abs=0.02)


def test_reliability_is_zero_where_clients_do_not_differ_and_nan_where_nobody_repeats():
    assert reliability([1, 9, 1, 9], [1, 1, 2, 2]) == 0
    assert np.isnan(reliability([1, 5, 9], [1, 2, 3]))
    assert np.isnan(reliability([4, 4, 4, 4], [1, 1, 2, 2]))


def test_pain_falls_by_itself_by_about_what_is_expected_without_effect():
    rng = np.random.default_rng(20)
    before, after, later, client = practice_without_effect(rng, n_clients=2000)
    fell = (after - before).mean()
    expected = expected_without_effect(before, client, later, client)

    assert fell == pytest.approx(-0.8, abs=0.05)
    assert (before - after >= 2).mean() == pytest.approx(0.36, abs=0.03)
    assert expected.reason is None
    assert expected.value == pytest.approx(fell, abs=0.15)
    assert expected.paired == pytest.approx(fell, abs=0.05)


def test_a_real_effect_is_not_mistaken_for_one_expected_anyway():
    rng = np.random.default_rng(21)
    before, after, later, client = practice_without_effect(rng, n_clients=2000)
    helped = np.maximum(after - 2, 0)
    expected = expected_without_effect(before, client, later, client)

    assert (helped - before).mean() < expected.value - 1.5


def test_reliability_of_booked_ratings_alone_errs_on_the_cautious_side():
    rng = np.random.default_rng(22)
    before, after, later, client = practice_without_effect(rng, n_clients=2000)
    once = np.unique(client, return_index=True)[1]
    expected = expected_without_effect(before, client, later[once], client[once])

    assert expected.reason is None
    assert expected.value < (after - before).mean() < 0


@pytest.mark.parametrize(
    ("elsewhere_clients", "words"),
    [
        ([], "no pain ratings from times other than a booking"),
        (range(19), "only 19 clients rated their pain at times other"),
        (range(20), "only 0 clients rated their pain more than once"),
    ],
)
def test_what_cannot_be_estimated_says_why(elsewhere_clients, words):
    codes = np.array(list(elsewhere_clients), dtype=int)
    found = expected_without_effect(
        np.full(30, 7.0), np.arange(30), np.full(len(codes), 4.0), codes
    )

    assert words in str(found.reason)
    assert np.isnan(found.value)


@pytest.mark.prove
def test_expected_without_effect_is_near_the_truth_in_practices_of_many_kinds():
    rng = np.random.default_rng(23)
    figures = {}
    for mean, sd, r in [(4.5, 2, 0.5), (5, 2, 0.5), (4, 2, 0.5), (5, 2, 0.7), (3.5, 2.2, 0.6)]:
        for weeks in (4, 12, 26):
            before, after, later, client = practice_without_effect(
                rng, 4000, weeks=weeks, mean=mean, sd=sd, r=r
            )
            expected = expected_without_effect(before, client, later, client)
            fell = (after - before).mean()
            figures[f"mean {mean}, sd {sd}, reliability {r}, {weeks} weeks"] = {
                "fell_without_effect": fell,
                "expected": expected.value,
                "paired": expected.paired,
                "improved_by_2": float((before - after >= 2).mean()),
            }
            assert abs(expected.value - fell) < 0.25
            assert abs(expected.paired - fell) < 0.07
    record("regression_to_the_mean", figures)
