"""Small practices as lists of visits, and their counts: what attacks on small cells begin with."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from nmt_analytics.outcomes.answers import Row

Visit = tuple[int, str, str]
"""A session: its client, and its level of two dimensions."""


def invent_visits(chance: random.Random) -> list[Visit]:
    """The sessions of a small practice; clients mostly come for one thing, some for several."""
    first = [f"a{i}" for i in range(chance.randint(2, 6))]
    second = [f"b{i}" for i in range(chance.randint(2, 5))]
    n_clients = chance.randint(10, 200)
    weights = [[chance.paretovariate(1.0) for _ in levels] for levels in (first, second)]
    visits = []
    for client in range(n_clients):
        usual = chance.choices(first, weights[0])[0]
        for _ in range(chance.randint(1, 4)):
            level = usual if chance.random() < 0.8 else chance.choice(first)
            visits.append((client, level, chance.choices(second, weights[1])[0]))
    return visits


def rows_by(visits: Sequence[Visit], *dimensions: int) -> list[Row]:
    """The counts of a breakdown before the door out."""
    sessions: Counter[tuple[str, ...]] = Counter()
    clients: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for visit in visits:
        levels = tuple(str(visit[each]) for each in dimensions)
        sessions[levels] += 1
        clients[levels].add(visit[0])
    return [
        Row("all", levels, n, len(clients[levels]), value=float(n))
        for levels, n in sorted(sessions.items())
    ]
