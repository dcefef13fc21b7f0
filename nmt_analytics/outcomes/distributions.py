"""The two reference distributions that intervals and tests need, without the cost of SciPy.

Importing scipy.special costs more than all numbers of a report together; these few lines agree
with it to twelve digits (tests/test_distributions.py).
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def student_quantile(p: float, df: float) -> float:
    """Return the value below which Student's t with df > 0 degrees of freedom lies with chance p.

    Safeguarded Newton steps on the distribution function, for 0 < p < 1.
    """
    if p < 0.5:
        return -student_quantile(1 - p, df)
    # P(|T| < t) is an integral of cos^(df - 1) over angles, up to atan(t / sqrt(df)).
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)
    low, high, angle = 0.0, math.pi / 2, math.atan(2 / math.sqrt(df))
    for _ in range(200):
        excess = scale * _integrate_cosine_power(angle, df - 1) - (p - 0.5)
        low, high = (low, angle) if excess > 0 else (angle, high)
        slope = scale * math.cos(angle) ** (df - 1)
        step = angle - excess / slope if slope > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - angle) <= 1e-15 * angle:
            break
        angle = following
    return math.sqrt(df) * math.tan(angle)


def chi_square_tail(x: float, df: int) -> float:
    """Return the chance that chi-square with df degrees of freedom exceeds x (Abramowitz 26.4)."""
    if x <= 0:
        return 1.0
    half = x / 2
    even = df % 2 == 0
    tail = math.exp(-half) if even else math.erfc(math.sqrt(half))
    shape = 1.0 if even else 0.5
    while shape < df / 2:
        tail += math.exp(shape * math.log(half) - half - math.lgamma(shape + 1))
        shape += 1
    return min(1.0, tail)


def _integrate_cosine_power(angle: float, power: float) -> float:
    """Return the integral of cos(x) ** power for x from 0 to angle (Gauss-Legendre)."""
    nodes, weights = _gauss_legendre()
    x = angle * (nodes + 1) / 2
    return float(angle / 2 * np.sum(weights * np.cos(x) ** power))


@cache
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(64)
