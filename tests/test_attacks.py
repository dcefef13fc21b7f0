"""The door out under attack: what is hidden is worked out again from all that is shown.

The attacker has every published table and total, linear algebra and a linear program; he is
written here anew, so that he shares no mistake with what he attacks.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from proof_figures import record
from scipy.optimize import linprog
from visits import Visit, invent_visits, rows_by

from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS, coarse_share, publish, to_five
from nmt_analytics.outcomes.metrics import METRICS

SESSIONS, SHARE = METRICS["sessions"], METRICS["relief_at_4_days"]


@dataclass
class Released:
    """A grid with its two breakdowns: the exact sessions of each cell, and which are hidden.

    The last row and column are the totals by the other dimension; the total of all is known.
    """

    sizes: np.ndarray
    hidden: np.ndarray
    small: list[tuple[int, int]]


def release(visits: Sequence[Visit], audience: str) -> Released:
    grid, *margins = (rows_by(visits, *by) for by in ((1, 2), (1,), (2,)))
    places = [{row.levels[0]: i for i, row in enumerate(margin)} for margin in margins]
    sizes = np.zeros((len(places[0]) + 1, len(places[1]) + 1), dtype=int)
    hidden = np.zeros(sizes.shape, dtype=bool)
    published = publish(grid, SESSIONS, audience, margins)
    small = []
    for row, shown in zip(grid, published, strict=True):
        at = places[0][row.levels[0]], places[1][row.levels[1]]
        sizes[at], hidden[at] = row.n_sessions or 0, shown.is_hidden
        if (row.n_clients or 0) < MINIMUM_CLIENTS[audience]:
            small.append(at)
    for along, margin in enumerate(margins):
        for i, shown in enumerate(publish(margin, SESSIONS, audience)):
            at = (i, -1) if along == 0 else (-1, i)
            sizes[at], hidden[at] = margin[i].n_sessions or 0, shown.is_hidden
    sizes[-1, -1] = len(visits)
    return Released(sizes, hidden, small)


class Attacker:
    """All hidden counts as unknowns, every line and total as an equation."""

    def __init__(self, released: Released) -> None:
        hidden = released.hidden
        self.unknowns = {tuple(at): i for i, at in enumerate(np.argwhere(hidden).tolist())}
        n_rows, n_columns = hidden.shape
        self.equations, self.known = [], []
        for row in range(n_rows):
            self._add([(row, column) for column in range(n_columns)], released)
        for column in range(n_columns):
            self._add([(row, column) for row in range(n_rows)], released)

    def _add(self, line: list[tuple[int, int]], released: Released) -> None:
        *parts, total = line
        equation, known = np.zeros(len(self.unknowns)), 0
        for at, sign in [*((at, 1) for at in parts), (total, -1)]:
            if at in self.unknowns:
                equation[self.unknowns[at]] += sign
            else:
                known -= sign * int(released.sizes[at])
        self.equations.append(equation)
        self.known.append(known)

    def determined(self) -> set[tuple[int, int]]:
        """By rank: the unknowns that no solution of the equations leaves free."""
        matrix = np.array(self.equations)
        _, values, basis = np.linalg.svd(matrix)
        free = basis[int((values > 1e-9).sum()) :]
        moves = np.abs(free).max(axis=0) if len(free) else np.zeros(matrix.shape[1])
        return {at for at, i in self.unknowns.items() if moves[i] < 1e-9}

    def range_of(self, at: tuple[int, int]) -> float:
        """By linear program: how wide the unknown's possible values lie, no count below 0."""
        cost = np.zeros(len(self.unknowns))
        cost[self.unknowns[at]] = 1.0
        ends = [
            linprog(s * cost, A_eq=np.array(self.equations), b_eq=self.known, method="highs")
            for s in (1, -1)
        ]
        assert {end.status for end in ends} <= {0, 3}
        return float("inf") if ends[1].status == 3 else -ends[1].fun - ends[0].fun


def attack(n_tables: int, seed: int) -> dict[str, int]:
    """How many small cells of random tables an attacker had back, of how many."""
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    for number in range(n_tables):
        audience = ("owner", "shared")[number % 2]
        released = release(invent_visits(chance), audience)
        found["tables"] += 1
        found["tables with a hidden cell"] += bool(released.small)
        if not released.small:
            continue
        attacker = Attacker(released)
        determined = attacker.determined()
        for at in released.small:
            found["small cells"] += 1
            found["shown"] += not released.hidden[at]
            found["determined by rank"] += at in determined
            found["within the band"] += attacker.range_of(at) < MINIMUM_CLIENTS[audience] - 1e-6
    return dict(found)


def assert_held(found: dict[str, int]) -> None:
    assert found["small cells"] > found["tables"]
    assert found["shown"] == 0
    assert found.get("determined by rank", 0) == 0
    assert found.get("within the band", 0) == 0


def test_no_hidden_cell_of_two_hundred_random_tables_comes_back() -> None:
    assert_held(attack(200, seed=1))


@pytest.mark.prove
def test_no_hidden_cell_of_ten_thousand_random_tables_comes_back() -> None:
    found = attack(10_000, seed=2)
    print(found)
    record("attack_on_tables", found)
    assert_held(found)


def test_the_attacker_would_have_most_cells_back_without_further_hiding() -> None:
    chance = random.Random(3)
    n_back, n_tables = 0, 0
    while n_tables < 50:
        released = release(invent_visits(chance), "owner")
        alone = np.zeros_like(released.hidden)
        for at in released.small:
            alone[at] = True
        if not 0 < len(released.small) < 4:
            continue
        n_tables += 1
        attacker = Attacker(Released(released.sizes, alone, released.small))
        n_back += bool(attacker.determined())
    assert n_back > 40


def test_rounded_shares_beside_rounded_counts_fix_no_exact_count() -> None:
    """Every share of every number of sessions from 20 to 150, with all that look the same."""
    looks_like: dict[tuple[int, float], set[tuple[int, int]]] = defaultdict(set)
    for n_sessions in range(15, 156):
        for n in range(n_sessions + 1):
            share = coarse_share(100 * n / n_sessions, n_sessions)
            looks_like[to_five(n_sessions), share].add((n, n_sessions))
    seen = [alike for (of, share), alike in looks_like.items() if 20 <= of <= 150]
    assert min(len({n for n, _ in alike}) for alike in seen) >= 3
    assert min(len({of for _, of in alike}) for alike in seen) >= 3
