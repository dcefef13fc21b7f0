"""Drivers: the Weibull model against two other programs, its variance three ways, known truths.

SurPyval and R's survival fit the same likelihood by other means; the sandwich is checked with
numerically differentiated scores, the jackknife with real refits, and the whole with simulated
practices whose time ratios are known.
"""

import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest
from proof_figures import record

from nmt_analytics.outcomes.covariates import design_matrix, prepare_covariates
from nmt_analytics.outcomes.drivers import DriverFit, fit_drivers
from nmt_analytics.outcomes.likelihood.aft import (
    LOG_LOGISTIC,
    LOG_NORMAL,
    WEIBULL,
    Cells,
    derivatives,
    log_likelihood,
    log_normal_survival,
    maximise,
    sum_hessians,
)
from nmt_analytics.outcomes.likelihood.aft_confidence import (
    Counts,
    jackknife_clients,
    sandwich_by_client,
)

CHECK_IN_DAYS = np.array([1, 2, 4, 7, 14, 21])
REFERENCES = {"condition": "muscle_spasm", "stress_level": "low", "activity_level": "low"}
CONDITIONS = ["muscle_spasm", "muscle_cramp", "nerve_compression", "ischemia"]
LEVELS = ["low", "moderate", "high"]
TRUE_RATIOS = {
    ("condition", "muscle_cramp"): 1.10,
    ("condition", "nerve_compression"): 0.80,
    ("condition", "ischemia"): 1.25,
    ("stress_level", "moderate"): 0.85,
    ("stress_level", "high"): 0.68,
    ("activity_level", "moderate"): 1.0,
    ("activity_level", "high"): 1.2,
    ("severity_before", "+1"): 0.96,
    ("hold_seconds", "+10"): 1.05,
}
ERRORS = {
    "Weibull": lambda rng, size: np.log(rng.exponential(size=size)),
    "log-normal": lambda rng, size: rng.normal(size=size),
    "log-logistic": lambda rng, size: rng.logistic(size=size),
}


@dataclass
class Practice:
    """Simulated rows as fit_drivers takes them, one session a row."""

    lower: np.ndarray
    upper: np.ndarray
    client: np.ndarray
    categorical: dict
    numeric: dict

    def fit(self, **changed) -> DriverFit:
        given = {
            "lower": self.lower,
            "upper": self.upper,
            "n": np.ones(len(self.lower)),
            "bucket": self.client,
            "categorical": self.categorical,
            "numeric": self.numeric,
            "references": REFERENCES,
        }
        return fit_drivers(**(given | changed))


def simulate_practice(
    rng,
    n_clients=150,
    sessions_each=6,
    *,
    error="Weibull",
    client_sd=0.0,
    condition_shares=(0.4, 0.3, 0.2, 0.1),
) -> Practice:
    n = n_clients * sessions_each
    client = np.arange(n_clients).repeat(sessions_each)
    categorical = {
        "condition": rng.choice(CONDITIONS, n_clients, p=condition_shares)[client],
        "stress_level": rng.choice(LEVELS, n),
        "activity_level": rng.choice(LEVELS, n),
    }
    numeric = {
        "severity_before": rng.integers(2, 11, n) * 1.0,
        "hold_seconds": np.rint(rng.normal(30, 8, n)),
    }
    log_days = np.full(n, 2.4)
    for (term, level), ratio in TRUE_RATIOS.items():
        if term in categorical:
            log_days += np.log(ratio) * (categorical[term] == level)
        else:
            log_days += np.log(ratio) * numeric[term] / float(level)
    log_days += 0.7 * ERRORS[error](rng, n) + rng.normal(0, client_sd, n_clients)[client]
    holding = np.exp(log_days)[:, None] > CHECK_IN_DAYS
    answered = rng.random(holding.shape) < 0.85
    lower = np.where(answered & holding, CHECK_IN_DAYS, 0).max(axis=1)
    upper = np.where(answered & ~holding, CHECK_IN_DAYS, np.inf).min(axis=1)
    return Practice(lower * 1.0, upper, client, categorical, numeric)


def simulate_cells(rng, n_cells=400, n_columns=4) -> Cells:
    """Cells with exact-looking, left-, right- and interval-censored rows and uneven weights."""
    design = np.column_stack([np.ones(n_cells), rng.normal(0, 0.5, (n_cells, n_columns - 1))])
    days = np.exp(design @ rng.normal([2, 0, 0, 0][:n_columns], 0.4) + rng.gumbel(0, 0.6, n_cells))
    ends = np.concatenate([[0], np.sort(rng.uniform(0.3, 25, 9)), [np.inf]])
    position = np.searchsorted(ends, days)
    reach = rng.integers(0, 2, n_cells)
    lower, upper = ends[np.maximum(position - 1 - reach, 0)], ends[position]
    counted = (lower > 0) | np.isfinite(upper)
    weights = rng.integers(1, 6, n_cells) * 1.0
    return Cells(design[counted], lower[counted], upper[counted], weights[counted])


# --- the likelihood and its maximum ---


@pytest.mark.parametrize("distribution", [WEIBULL, LOG_NORMAL, LOG_LOGISTIC], ids=lambda d: d.name)
def test_scores_and_hessian_equal_numerical_derivatives(distribution):
    rng = np.random.default_rng(1)
    cells = simulate_cells(rng)
    position = np.array([2.0, 0.3, -0.2, 0.1, 0.9])
    steps = np.eye(5) * 1e-5
    scores, curvature = derivatives(distribution, cells, position)
    numerical_gradient = [
        (
            log_likelihood(distribution, cells, position + step)
            - log_likelihood(distribution, cells, position - step)
        )
        / 2e-5
        for step in steps
    ]
    numerical_hessian = [
        cells.weights
        @ (
            derivatives(distribution, cells, position + step)[0]
            - derivatives(distribution, cells, position - step)[0]
        )
        / 2e-5
        for step in steps
    ]

    assert cells.weights @ scores == pytest.approx(numerical_gradient, rel=1e-6, abs=1e-4)
    hessian = sum_hessians(cells.design, cells.weights, curvature)
    assert hessian == pytest.approx(np.array(numerical_hessian), rel=1e-6, abs=1e-4)


def test_the_normal_tail_equals_that_of_scipy():
    from scipy.special import log_ndtr

    z = np.concatenate([np.linspace(-45, 45, 4001), [19.999, 20.0, 20.001, 1e3, 1e8], [-np.inf]])
    assert log_normal_survival(z) == pytest.approx(log_ndtr(-z), rel=1e-11, abs=1e-300)
    assert log_normal_survival(np.array([np.inf]))[0] == -np.inf


@pytest.mark.parametrize("distribution", [WEIBULL, LOG_NORMAL, LOG_LOGISTIC], ids=lambda d: d.name)
def test_the_likelihood_keeps_its_digits_deep_in_both_tails(distribution):
    """P(early) and P(late) intervals that differ from 0 or 1 by less than a double can add."""
    tails = Cells(np.ones((2, 1)), np.array([1e-9, 1e4]), np.array([2e-9, 2e4]), np.ones(2))
    position = np.array([2.0, 1.0])
    with np.errstate(all="raise", under="ignore"):
        scores, curvature = derivatives(distribution, tails, position)
    early = Cells(np.ones((1, 1)), tails.lower[:1], tails.upper[:1], np.ones(1))
    late = Cells(np.ones((1, 1)), tails.lower[1:], tails.upper[1:], np.ones(1))
    each = [log_likelihood(distribution, tail, position) for tail in (early, late)]

    assert np.isfinite(each).all()
    assert np.isfinite(scores).all()
    assert np.isfinite(curvature).all()
    assert max(each) < -5


@pytest.mark.parametrize("distribution", [WEIBULL, LOG_NORMAL, LOG_LOGISTIC], ids=lambda d: d.name)
def test_the_maximum_is_found_from_far_away(distribution):
    rng = np.random.default_rng(21)
    for _ in range(10):
        cells = simulate_cells(rng, n_cells=100)
        found = maximise(distribution, cells)
        for start in ([0, 0, 0, 0, 0.1], [8, 0, 0, 0, 4], [2, 1, 1, -1, 0.3]):
            again = maximise(distribution, cells, np.array(start, dtype=float))
            assert again.converged
            assert again.estimate == pytest.approx(found.estimate, abs=1e-6)


def fit_by_surpyval(cells: Cells):
    surpyval = pytest.importorskip("surpyval")
    left, right = cells.lower == 0, np.isinf(cells.upper)
    kind = np.where(left, -1, np.where(right, 1, 2))
    times = [
        upper if is_left else lower if is_right else [lower, upper]
        for lower, upper, is_left, is_right in zip(
            cells.lower, cells.upper, left, right, strict=True
        )
    ]
    fitted = surpyval.WeibullAFT.fit(
        x=times, Z=cells.design[:, 1:], c=kind, n=cells.weights.astype(int)
    )
    alpha, beta, *coefficients = fitted.params
    return np.array([np.log(alpha), *(-value for value in coefficients), -np.log(beta)])


def farthest_from_surpyval(n_data_sets):
    rng = np.random.default_rng(7)
    differences = []
    for _ in range(n_data_sets):
        cells = simulate_cells(rng, n_cells=int(rng.integers(60, 500)))
        ours, theirs = maximise(WEIBULL, cells), fit_by_surpyval(cells)
        assert ours.converged
        in_our_coordinates = np.append(theirs[:-1], 1.0) / np.exp(theirs[-1])
        # Where the two differ, ours is the higher one.
        assert ours.log_likelihood >= log_likelihood(WEIBULL, cells, in_our_coordinates) - 1e-9
        differences.append(np.abs(ours.estimate - theirs).max())
    return max(differences)


def test_coefficients_equal_those_of_surpyval():
    assert farthest_from_surpyval(3) < 1e-5


@pytest.mark.prove
def test_coefficients_equal_those_of_surpyval_on_many_data_sets():
    farthest = farthest_from_surpyval(100)
    record("aft_against_surpyval", {"data_sets": 100, "largest_difference": farthest})
    assert farthest < 1e-5


R_SCRIPT = """
suppressMessages(library(survival))
d <- read.csv(commandArgs(TRUE)[1])
d$left <- ifelse(d$lower == 0, NA, d$lower); d$right <- ifelse(is.infinite(d$upper), NA, d$upper)
for (dist in c("weibull", "lognormal", "loglogistic")) {
  fit <- survreg(Surv(left, right, type = "interval2") ~ x1 + x2 + x3, data = d, weights = n,
                 dist = dist, control = list(maxiter = 100, rel.tolerance = 1e-13))
  cat(sprintf("%.12g", c(coef(fit), log(fit$scale), fit$loglik[2])), "\\n")
}
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_all_three_distributions_equal_survreg_of_r(tmp_path):
    rng = np.random.default_rng(12)
    cells = simulate_cells(rng)
    table = np.column_stack([cells.lower, cells.upper, cells.weights, cells.design[:, 1:]])
    np.savetxt(
        tmp_path / "cells.csv",
        table,
        fmt="%.17g",
        delimiter=",",
        header="lower,upper,n,x1,x2,x3",
        comments="",
    )
    (tmp_path / "fit.R").write_text(R_SCRIPT)
    answer = subprocess.run(
        ["Rscript", str(tmp_path / "fit.R"), str(tmp_path / "cells.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    if "there is no package" in answer.stderr:
        pytest.skip("R is here without its package survival")
    theirs = np.array([line.split() for line in answer.stdout.splitlines()], dtype=float)

    assert theirs.shape == (3, 6)
    farthest = 0.0
    for distribution, row in zip((WEIBULL, LOG_NORMAL, LOG_LOGISTIC), theirs, strict=True):
        ours = maximise(distribution, cells)
        farthest = max(farthest, np.abs(ours.estimate - row[:-1]).max())
        assert ours.log_likelihood == pytest.approx(row[-1], abs=1e-6)
    assert farthest < 1e-5
    record("aft_against_survreg", {"largest_difference": farthest})


def test_without_covariates_and_with_complete_brackets_the_scale_is_found():
    """Narrow brackets around exact times: the closed form of the exponential mean comes back."""
    days = np.random.default_rng(2).exponential(9, 20_000)
    cells = Cells(np.ones((20_000, 1)), days * 0.999, days * 1.001, np.ones(20_000))
    maximum = maximise(WEIBULL, cells)

    assert np.exp(maximum.estimate[0]) == pytest.approx(9, rel=0.02)
    assert maximum.estimate[1] == pytest.approx(0, abs=0.02)


# --- the variance ---


def numerical_sandwich(cells, counts, estimate):
    """The sandwich from the log-likelihood alone, in (coefficients, log scale)."""

    def value(theta, weights):
        position = np.append(theta[:-1], 1.0) / np.exp(theta[-1])
        return log_likelihood(
            WEIBULL, Cells(cells.design, cells.lower, cells.upper, weights), position
        )

    size, clients = len(estimate), np.unique(counts.client)
    steps = np.eye(size) * 1e-4
    scores = np.zeros((len(clients), size))
    for row, client in enumerate(clients):
        his = counts.client == client
        weights = np.bincount(counts.cell[his], counts.n[his], minlength=len(cells.weights))
        for column, step in enumerate(steps):
            rise = value(estimate + step, weights) - value(estimate - step, weights)
            scores[row, column] = rise / 2e-4
    hessian = np.zeros((size, size))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps):
            corners = (
                value(estimate + a + b, cells.weights)
                - value(estimate + a - b, cells.weights)
                - value(estimate - a + b, cells.weights)
                + value(estimate - a - b, cells.weights)
            )
            hessian[i, j] = corners / 4e-8
    bread = np.linalg.inv(hessian)
    return bread @ scores.T @ scores @ bread * len(clients) / (len(clients) - 1)


def clustered_cells(rng, n_clients):
    """Sessions of clients that differ, collapsed to cells as drivers.py collapses them."""
    client = np.arange(n_clients).repeat(6)
    stress = rng.integers(0, 2, len(client))
    log_days = 2.2 - 0.3 * stress + rng.normal(0, 0.45, n_clients)[client]
    days = np.exp(log_days + 0.7 * np.log(rng.exponential(size=len(client))))
    ends = np.concatenate([[0], CHECK_IN_DAYS, [np.inf]])
    bracket = np.searchsorted(ends, days)
    kinds, cell = np.unique(np.column_stack([stress, bracket]), axis=0, return_inverse=True)
    design = np.column_stack([np.ones(len(kinds)), kinds[:, 0]]).astype(float)
    weights = np.bincount(cell).astype(float)
    cells = Cells(design, ends[kinds[:, 1] - 1], ends[kinds[:, 1]], weights)
    return cells, Counts(cell, client, np.ones(len(cell)))


def test_the_sandwich_equals_the_one_from_numerically_differentiated_scores():
    cells, counts = clustered_cells(np.random.default_rng(3), n_clients=60)
    maximum = maximise(WEIBULL, cells)
    covariance = sandwich_by_client(counts, maximum)

    assert covariance == pytest.approx(
        numerical_sandwich(cells, counts, maximum.estimate), rel=1e-4
    )


def test_the_jackknife_equals_refitting_without_each_client():
    cells, counts = clustered_cells(np.random.default_rng(4), n_clients=50)
    maximum = maximise(WEIBULL, cells)
    estimates = []
    for client in range(50):
        kept = counts.client != client
        weights = np.bincount(counts.cell[kept], minlength=len(cells.weights)).astype(float)
        refit = maximise(WEIBULL, Cells(cells.design, cells.lower, cells.upper, weights))
        estimates.append(refit.estimate)
    by_refits = np.cov(np.array(estimates).T, bias=True) * 49

    covariance = jackknife_clients(WEIBULL, cells, counts, maximum)
    assert covariance == pytest.approx(by_refits, rel=1e-3)


def test_sandwich_and_jackknife_agree_where_clients_are_many():
    cells, counts = clustered_cells(np.random.default_rng(5), n_clients=600)
    maximum = maximise(WEIBULL, cells)
    sandwich = np.sqrt(np.diag(sandwich_by_client(counts, maximum)))
    jackknife = np.sqrt(np.diag(jackknife_clients(WEIBULL, cells, counts, maximum)))

    assert sandwich == pytest.approx(jackknife, rel=0.02)


def test_errors_that_ignore_clients_or_count_cells_would_be_too_small():
    cells, counts = clustered_cells(np.random.default_rng(6), n_clients=300)
    maximum = maximise(WEIBULL, cells)
    by_client = np.sqrt(np.diag(sandwich_by_client(counts, maximum)))
    own_client_each = Counts(counts.cell, np.arange(len(counts.cell)), counts.n)
    by_session = np.sqrt(np.diag(sandwich_by_client(own_client_each, maximum)))

    assert by_client[0] > 1.25 * by_session[0]


# --- the table of ratios ---


def test_the_time_ratios_of_a_simulated_practice_are_found():
    practice = simulate_practice(np.random.default_rng(10), n_clients=1500, client_sd=0.3)
    fit = practice.fit()
    found = {(ratio.term, ratio.level): ratio for ratio in fit.terms}

    assert fit.refusal is None
    assert found.keys() == TRUE_RATIOS.keys()
    for key, truth in TRUE_RATIOS.items():
        assert found[key].value == pytest.approx(truth, rel=0.12)
        assert found[key].ci_lower < found[key].value < found[key].ci_upper
    assert found["stress_level", "high"].ci_upper < 1
    assert found["stress_level", "high"].reference == "low"


def largest_relative_error(error, n_clients):
    practice = simulate_practice(np.random.default_rng(11), n_clients, 10, error=error)
    fit = practice.fit()
    ratios = {(ratio.term, ratio.level): ratio.value for ratio in fit.terms}
    if error != "Weibull":
        ratios = fit.sensitivity[error].ratios
    assert ratios.keys() == TRUE_RATIOS.keys()
    return max(abs(ratios[key] / truth - 1) for key, truth in TRUE_RATIOS.items())


@pytest.mark.parametrize("error", ERRORS)
def test_20_000_sessions_give_back_each_ratio_under_the_true_error_distribution(error):
    assert largest_relative_error(error, 2_000) < 0.08


@pytest.mark.prove
def test_100_000_sessions_give_back_each_ratio_within_3_percent():
    errors = {error: largest_relative_error(error, 10_000) for error in ERRORS}
    record("aft_recovery_100000_sessions", errors)
    assert max(errors.values()) < 0.03


def test_other_distributions_stand_beside_with_their_log_likelihood():
    practice = simulate_practice(np.random.default_rng(13), n_clients=800, error="log-normal")
    fit = practice.fit()

    assert set(fit.sensitivity) == {"log-normal", "log-logistic"}
    assert fit.sensitivity["log-normal"].log_likelihood > fit.log_likelihood
    assert any("log-normal model fits better" in note for note in fit.notes)


def test_counted_rows_give_the_same_fit_as_single_sessions():
    practice = simulate_practice(np.random.default_rng(14), n_clients=60)
    del practice.numeric["hold_seconds"]
    twice = {term: np.tile(values, 2) for term, values in practice.categorical.items()}
    repeated = practice.fit(
        lower=np.tile(practice.lower, 2),
        upper=np.tile(practice.upper, 2),
        n=np.ones(2 * len(practice.lower)),
        bucket=np.tile(practice.client, 2),
        categorical=twice,
        numeric={"severity_before": np.tile(practice.numeric["severity_before"], 2)},
    )
    counted = practice.fit(n=np.full(len(practice.lower), 2))

    assert counted.n_sessions == repeated.n_sessions
    assert counted.coefficients == pytest.approx(repeated.coefficients, abs=1e-8)
    assert counted.covariance == pytest.approx(repeated.covariance, abs=1e-8)


def test_the_unit_of_a_number_only_rescales_its_ratio():
    practice = simulate_practice(np.random.default_rng(15), n_clients=80)
    by_ten = practice.fit(units={"hold_seconds": 10}).terms[-1]
    by_one = practice.fit(units={}).terms[-1]

    assert (by_ten.level, by_one.level) == ("+10", "+1")
    assert by_one.value**10 == pytest.approx(by_ten.value, rel=1e-6)
    assert by_one.ci_lower**10 == pytest.approx(by_ten.ci_lower, rel=1e-4)


def test_intervals_reach_as_far_as_student_t_with_clients_minus_one():
    from scipy.stats import t

    fit = simulate_practice(np.random.default_rng(26), n_clients=41).fit()
    reach = t.ppf(0.975, fit.n_clients - 1)
    errors = np.sqrt(np.diag(fit.covariance))[1:-1]

    for ratio, value, error in zip(fit.terms, fit.coefficients[1:], errors, strict=True):
        assert ratio.value == pytest.approx(np.exp(value))
        assert np.log([ratio.ci_lower, ratio.ci_upper]) == pytest.approx(
            [value - reach * error, value + reach * error]
        )


@pytest.mark.parametrize(
    ("n_clients", "method"), [(199, "client jackknife"), (200, "client sandwich")]
)
def test_the_jackknife_gives_way_to_the_sandwich_at_200_clients(n_clients, method):
    fit = simulate_practice(np.random.default_rng(16), n_clients, 3).fit()

    assert fit.variance_method == method
    assert fit.n_clients == n_clients


def test_hashed_groups_of_clients_carry_the_true_number_of_clients():
    practice = simulate_practice(np.random.default_rng(17), n_clients=900, sessions_each=2)
    fit = practice.fit(bucket=practice.client % 500, n_clients=900)

    assert fit.n_clients == 900
    assert fit.variance_method == "client sandwich"


def test_the_result_does_not_depend_on_the_order_of_rows():
    practice = simulate_practice(np.random.default_rng(18), n_clients=50)
    order = np.random.default_rng(0).permutation(len(practice.lower))
    shuffled = Practice(
        practice.lower[order],
        practice.upper[order],
        practice.client[order],
        {term: values[order] for term, values in practice.categorical.items()},
        {term: values[order] for term, values in practice.numeric.items()},
    )
    first, second = practice.fit(), shuffled.fit()

    assert first.coefficients == pytest.approx(second.coefficients, abs=1e-10)
    assert first.covariance == pytest.approx(second.covariance, abs=1e-10)


def test_nutrients_carry_the_note_on_magnesium_trials():
    practice = simulate_practice(np.random.default_rng(19), n_clients=60)
    shortfall = np.random.default_rng(1).choice(["none", "magnesium"], len(practice.lower))
    fit = practice.fit(
        categorical=practice.categorical | {"nutrient_shortfall": shortfall},
        references=REFERENCES | {"nutrient_shortfall": "none"},
    )

    assert any("magnesium" in note for note in fit.notes)
    assert not any("magnesium" in note for note in practice.fit().notes)


def test_a_network_is_told_that_its_intervals_understate_the_error():
    practice = simulate_practice(np.random.default_rng(20), n_clients=250)
    assert not any("narrower than the model" in note for note in practice.fit().notes)

    network = practice.fit(n=np.full(len(practice.lower), 100))
    assert any("narrower than the model" in note for note in network.notes)


def test_a_fourth_of_the_clients_gives_the_ratios_of_all_with_intervals_twice_as_wide():
    """What stands for all clients of a network: groups of clients, taken by their number alone."""
    practice = simulate_practice(
        np.random.default_rng(40), n_clients=4000, sessions_each=5, client_sd=0.3
    )
    here = practice.client * 7919 % 500 < 125
    part = practice.fit(
        lower=practice.lower[here],
        upper=practice.upper[here],
        n=np.ones(here.sum()),
        bucket=practice.client[here],
        categorical={term: values[here] for term, values in practice.categorical.items()},
        numeric={term: values[here] for term, values in practice.numeric.items()},
    )
    for one, other in zip(practice.fit().terms, part.terms, strict=True):
        widths = [np.log(each.ci_upper / each.ci_lower) for each in (one, other)]
        assert (one.term, one.level) == (other.term, other.level)
        assert other.ci_lower < one.value < other.ci_upper
        assert widths[1] / widths[0] == pytest.approx(2, rel=0.15)


def coverage_of_ratios(n_clients, n_repetitions):
    """How often 95 % intervals hold the truth, for a ratio within and one between clients.

    Clients differ by more than the model knows, so that its error distribution is wrong too.
    """
    covered = {("stress_level", "high"): 0, ("condition", "nerve_compression"): 0}
    for repetition in range(n_repetitions):
        rng = np.random.default_rng([n_clients, repetition])
        practice = simulate_practice(
            rng, n_clients, 5, client_sd=0.45, condition_shares=(0.5, 0, 0.5, 0)
        )
        found = {(ratio.term, ratio.level): ratio for ratio in practice.fit().terms}
        for key in covered:
            covered[key] += found[key].ci_lower <= TRUE_RATIOS[key] <= found[key].ci_upper
    return {" ".join(key): count / n_repetitions for key, count in covered.items()}


def test_intervals_of_ratios_are_not_far_too_narrow():
    assert all(share >= 0.8 for share in coverage_of_ratios(60, 30).values())


@pytest.mark.prove
@pytest.mark.parametrize("n_clients", [40, 80, 200, 400])
def test_intervals_of_ratios_cover_the_truth(n_clients):
    coverage = coverage_of_ratios(n_clients, 1000)
    record(f"driver_coverage_{n_clients}_clients", coverage)
    assert all(0.93 <= share <= 0.985 for share in coverage.values())


# --- gaps and refusals ---


def test_fewer_than_40_clients_are_refused_with_the_number_needed():
    fit = simulate_practice(np.random.default_rng(30), n_clients=39, sessions_each=20).fit()

    assert fit.refusal == "39 clients have answered with everything recorded; 40 are needed."
    assert fit.terms == []
    assert fit.variance_method is None


def test_sessions_without_any_answer_are_no_clients():
    practice = simulate_practice(np.random.default_rng(31), n_clients=45)
    unheard = practice.client < 10
    fit = practice.fit(
        lower=np.where(unheard, 0, practice.lower),
        upper=np.where(unheard, np.inf, practice.upper),
        categorical={"stress_level": practice.categorical["stress_level"]},
    )

    assert str(fit.refusal).startswith("35 clients")


def test_a_missing_level_is_a_level_of_its_own():
    practice = simulate_practice(np.random.default_rng(32), n_clients=80)
    gaps = practice.categorical["stress_level"].astype(object)
    gaps[::5], gaps[1::25] = None, ""
    fit = practice.fit(categorical=practice.categorical | {"stress_level": gaps})
    levels = {ratio.level: ratio for ratio in fit.terms if ratio.term == "stress_level"}

    assert set(levels) == {"moderate", "high", "not_recorded"}
    assert levels["not_recorded"].n_sessions == np.sum((gaps == None) | (gaps == ""))  # noqa: E711
    assert fit.n_sessions == practice.fit().n_sessions


def test_sessions_without_a_number_are_left_out_and_counted():
    practice = simulate_practice(np.random.default_rng(33), n_clients=80)
    hold = practice.numeric["hold_seconds"].copy()
    hold[:30] = np.nan
    heard = (practice.lower > 0) | np.isfinite(practice.upper)
    stress = {"stress_level": practice.categorical["stress_level"]}
    fit = practice.fit(categorical=stress, numeric=practice.numeric | {"hold_seconds": hold})

    assert fit.n_sessions == heard[30:].sum()
    assert f"{heard[:30].sum()} sessions are left out: hold seconds" in fit.notes[0]


def test_a_number_that_is_mostly_missing_is_left_out_itself():
    practice = simulate_practice(np.random.default_rng(34), n_clients=80)
    hold = practice.numeric["hold_seconds"].copy()
    hold[: int(len(hold) * 0.6)] = np.nan
    fit = practice.fit(numeric=practice.numeric | {"hold_seconds": hold})

    assert {ratio.term for ratio in fit.terms} == {*REFERENCES, "severity_before"}
    assert fit.n_sessions == practice.fit().n_sessions
    assert "hold seconds is left out" in fit.notes[0]


def test_levels_of_few_clients_are_pooled_and_named():
    practice = simulate_practice(np.random.default_rng(35), n_clients=100)
    condition = practice.categorical["condition"].astype(object)
    condition[practice.client < 4] = "nerve_damage"
    condition[(practice.client >= 4) & (practice.client < 8)] = "dysfunctional_gait"
    fit = practice.fit(categorical=practice.categorical | {"condition": condition})
    levels = {ratio.level: ratio for ratio in fit.terms if ratio.term == "condition"}

    assert "nerve_damage" not in levels
    assert levels["other"].n_clients == 8
    assert any("dysfunctional gait, nerve damage; counted" in note for note in fit.notes)


def test_a_single_level_of_few_clients_is_left_out_and_its_sessions_are_not_counted():
    practice = simulate_practice(np.random.default_rng(36), n_clients=100)
    condition = practice.categorical["condition"].astype(object)
    condition[practice.client < 4] = "nerve_damage"
    fit = practice.fit(categorical=practice.categorical | {"condition": condition})

    assert fit.n_clients == 96
    assert fit.notes[0].endswith("too few clients with nerve damage; their sessions are left out.")


def test_an_absent_reference_gives_way_to_the_most_frequent_level():
    practice = simulate_practice(np.random.default_rng(37), n_clients=80)
    fit = practice.fit(references=REFERENCES | {"condition": "other"})

    assert {r.reference for r in fit.terms if r.term == "condition"} == {"muscle_spasm"}
    assert any("condition is compared with muscle spasm" in note for note in fit.notes)


def test_levels_that_always_go_together_do_not_break_the_model():
    """Sessions without a note have neither stress nor activity: two names for one thing."""
    practice = simulate_practice(np.random.default_rng(38), n_clients=80)
    without_note = np.arange(len(practice.lower)) % 4 == 0
    gaps = {
        term: np.where(without_note, None, practice.categorical[term])
        for term in ("stress_level", "activity_level")
    }
    fit = practice.fit(categorical=practice.categorical | gaps)

    assert fit.refusal is None
    assert [r.term for r in fit.terms if r.level == "not_recorded"] == ["stress_level"]
    assert any("activity level not recorded is left out" in note for note in fit.notes)


def test_what_never_varies_is_left_out_with_a_note():
    practice = simulate_practice(np.random.default_rng(39), n_clients=80)
    same = np.full(len(practice.lower), "massage")
    flat = np.full(len(practice.lower), 5.0)
    fit = practice.fit(
        categorical=practice.categorical | {"modality": same},
        numeric=practice.numeric | {"pain_before": flat},
    )

    assert {"modality", "pain_before"}.isdisjoint(ratio.term for ratio in fit.terms)
    assert any("modality is left out" in note for note in fit.notes)
    assert any("pain before is left out" in note for note in fit.notes)


def test_nothing_that_varies_is_a_refusal():
    practice = simulate_practice(np.random.default_rng(40), n_clients=80)
    same = np.full(len(practice.lower), "massage")

    assert "Nothing that was recorded differs" in str(
        practice.fit(categorical={"modality": same}, numeric={}).refusal
    )
    assert "None of the things" in str(practice.fit(categorical={}, numeric={}).refusal)


def test_a_level_in_which_relief_never_ended_is_refused_by_name():
    practice = simulate_practice(np.random.default_rng(41), n_clients=80)
    ischemia = practice.categorical["condition"] == "ischemia"
    never_ended = practice.fit(upper=np.where(ischemia, np.inf, practice.upper))
    never_held = practice.fit(lower=np.where(ischemia, 0, practice.lower))

    assert "never seen to end in any session with condition ischemia" in str(never_ended.refusal)
    assert "never seen to hold in any session with condition ischemia" in str(never_held.refusal)
    assert never_ended.terms == []


def test_relief_that_never_ended_at_all_is_refused():
    practice = simulate_practice(np.random.default_rng(42), n_clients=80)
    fit = practice.fit(upper=np.full(len(practice.lower), np.inf))

    assert fit.refusal == "Relief was never seen to end in any session."


def test_separation_by_a_number_is_refused():
    practice = simulate_practice(np.random.default_rng(43), n_clients=80)
    ended_early = np.arange(len(practice.lower)) % 2 == 0
    fit = practice.fit(
        lower=np.where(ended_early, 0.0, 7.0),
        upper=np.where(ended_early, 7.0, np.inf),
        numeric={"severity_before": np.where(ended_early, 9.0, 2.0)},
        categorical={},
    )

    assert "these check-in times and answers do not determine it" in str(fit.refusal)
    assert fit.terms == []


def test_a_level_whose_only_end_says_nothing_runs_away_and_is_refused_by_name():
    practice = simulate_practice(np.random.default_rng(45), n_clients=80)
    high = practice.categorical["stress_level"] == "high"
    lower, upper = np.where(high, 7.0, practice.lower), np.where(high, np.inf, practice.upper)
    first = np.flatnonzero(high)[0]
    lower[first], upper[first] = 0.0, 1e7
    fit = practice.fit(lower=lower, upper=upper)

    assert "the ratio of stress level high grows without limit" in str(fit.refusal)


def test_a_single_check_in_day_cannot_determine_the_model():
    practice = simulate_practice(np.random.default_rng(44), n_clients=80)
    ended = np.random.default_rng(0).random(len(practice.lower)) < 0.5
    fit = practice.fit(
        lower=np.where(ended, 0.0, 7.0), upper=np.where(ended, 7.0, np.inf), numeric={}
    )

    assert "these check-in times and answers do not determine it" in str(fit.refusal)


def test_design_columns_are_dummies_against_the_reference_and_scaled_numbers():
    design = design_matrix(
        {"stress_level": np.array(["low", "high", "low", "moderate"])},
        {"hold_seconds": np.array([10.0, 20.0, 40.0, 30.0])},
        {"stress_level": "low"},
        {"hold_seconds": 10},
    )

    assert [column.name for column in design.columns] == [
        "intercept",
        "stress_level: high",
        "stress_level: moderate",
        "hold_seconds",
    ]
    assert design.values.tolist() == [[1, 0, 0, 1], [1, 1, 0, 2], [1, 0, 0, 4], [1, 0, 1, 3]]
    assert design.notes == []


def test_prepared_covariates_keep_every_row_when_nothing_is_missing():
    codes = np.arange(50)
    prepared = prepare_covariates(
        {"stress_level": np.array(["low", "high"] * 25, dtype=object)},
        {"severity_before": np.arange(50.0)},
        np.ones(50),
        codes,
    )

    assert prepared.kept.all()
    assert prepared.notes == []
