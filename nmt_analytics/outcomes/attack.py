"""What an attacker can work out of a hidden cell: the linear program of disclosure auditing.

He knows every cell and total that is shown, that totals are sums, and that no count is below 0.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog


def range_of(
    sizes: NDArray[np.int64], hidden: NDArray[np.bool_], at: tuple[int, int]
) -> tuple[float, float]:
    """The least and the greatest value that the cell `at` can have, for all that is shown.

    `sizes`: a table whose last row and column are its totals; `hidden`: what is not shown of it.
    """
    places = [tuple(place) for place in np.argwhere(hidden)]
    sums, known = _equations(sizes, hidden, places)
    cost = np.array([float(place == at) for place in places])
    found = [
        linprog(sign * cost, A_eq=sums, b_eq=known, bounds=(0, None), method="highs")
        for sign in (1, -1)
    ]
    # An unbounded program has no greatest value (status 3).
    low, high = (np.inf if each.status == 3 else abs(float(each.fun)) for each in found)
    return low, high


def _equations(
    sizes: NDArray[np.int64], hidden: NDArray[np.bool_], places: list[tuple[int, ...]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One equation for each line: its hidden cells less its hidden total is what is not shown."""
    n_rows, n_columns = sizes.shape
    sums = np.zeros((n_rows + n_columns, len(places)))
    for number, (row, column) in enumerate(places):
        sums[row, number] = -1.0 if column == n_columns - 1 else 1.0
        sums[n_rows + column, number] = -1.0 if row == n_rows - 1 else 1.0
    shown = np.where(hidden, 0, sizes)
    rows = shown[:, -1] - shown[:, :-1].sum(axis=1)
    columns = shown[-1, :] - shown[:-1, :].sum(axis=0)
    return sums, np.concatenate([rows, columns]).astype(float)
