"""The reference distributions: against SciPy, and against tables that every textbook prints."""

import pytest
from scipy import special

from nmt_analytics.outcomes.distributions import chi_square_tail, student_quantile


@pytest.mark.parametrize("df", [1, 1.5, 2, 3.7, 4, 11, 49.5, 199, 499, 2000])
def test_student_quantiles_equal_scipy(df):
    for p in (0.01, 0.3, 0.6, 0.95, 0.975, 0.9995):
        assert student_quantile(p, df) == pytest.approx(special.stdtrit(df, p), rel=1e-9)


def test_student_quantiles_are_those_of_the_printed_table():
    printed = {1: 12.706, 4: 2.776, 11: 2.201, 30: 2.042}
    assert {df: round(student_quantile(0.975, df), 3) for df in printed} == printed


def test_students_median_is_zero():
    assert student_quantile(0.5, 7) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("df", range(1, 14))
def test_chi_square_tails_equal_scipy(df):
    for x in (1e-3, 0.2, 1, 3.84, 12, 60):
        assert chi_square_tail(x, df) == pytest.approx(special.chdtrc(df, x), rel=1e-12)


def test_chi_square_tails_are_those_of_the_printed_table():
    printed = {1: 3.841, 2: 5.991, 5: 11.070}
    for df, x in printed.items():
        assert chi_square_tail(x, df) == pytest.approx(0.05, abs=1e-4)


def test_a_chi_square_of_zero_or_less_is_always_exceeded():
    assert chi_square_tail(0, 3) == 1
    assert chi_square_tail(-1, 3) == 1
