"""Whether clients come back because relief has ended: then returning tells of relief.

Compared on the same days after a session, so that time alone makes no difference: how many come
back within a week of saying that relief was over, and of saying that it still held.
"""

from dataclasses import dataclass

import numpy as np

from nmt_analytics.outcomes.analysis import kept_back
from nmt_analytics.outcomes.confidence import limits_of
from nmt_analytics.outcomes.disclosure import FULL_CLIENTS, MINIMUM_CLIENTS
from nmt_analytics.outcomes.likelihood.npmle import Floats
from nmt_analytics.outcomes.resampling import group_by_hash
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Columns

APART_POINTS = 10.0
"""From so many points on returning is said to tell of relief, where chance alone does not."""
ASKED_PERCENT = 80.0
"""Asked less often at the next session, relief that ended unheard of makes it look longer."""


@dataclass(frozen=True)
class Returning:
    """Clients back within a week of an answer about relief, in percent; None where too few told.

    `after_lost`, `after_held`: after "no longer holding" and "still holding", weighed alike over
    the days of the answers (Mantel and Haenszel 1959). `ci_lower`, `ci_upper`: of the difference,
    by leaving out one client at a time. `asked`: of the sessions whose client came back before
    telling that relief was over, the share about which the next session's intake asked.
    """

    period: Period
    after_lost: float | None = None
    after_held: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    asked: float | None = None

    @property
    def tells_of_relief(self) -> bool:
        """Whether clients come back clearly sooner once relief has ended."""
        if self.after_lost is None or self.after_held is None or self.ci_lower is None:
            return False
        return self.ci_lower > 0 and self.after_lost - self.after_held > APART_POINTS

    @property
    def is_asked(self) -> bool:
        """Whether the question at the next session keeps that from misleading."""
        return self.asked is not None and self.asked >= ASKED_PERCENT


def returning(view: View, period: str | Period | None = None) -> Returning:
    """How coming back goes with relief, for the owner, from 20 clients with either answer on."""
    when = parse_period(period)
    if view.audience != "owner" or kept_back(view, "session", (), when):
        return Returning(when)
    found = ask(view, when, "returns_after_answers")
    held = np.asarray(found["is_held"], dtype=bool)
    if min(len(np.unique(found["bucket"][side])) for side in (held, ~held)) < FULL_CLIENTS:
        return Returning(when)
    lost_share, held_share = (_by_group(found, side) for side in (~held, held))
    after_lost, after_held = _weigh_alike(*lost_share, *held_share)
    difference = (after_lost - after_held)[:, None]
    n_clients = len(difference) - 1
    low, high = limits_of(difference, "real", n_clients, n_clients - 1)
    return Returning(
        when,
        100 * float(after_lost[0]),
        100 * float(after_held[0]),
        100 * float(low[0]),
        100 * float(high[0]),
        _share_asked(view, when),
    )


def _by_group(found: Columns, rows: np.ndarray) -> tuple[Floats, Floats]:
    """Answers (G + 1, D) by day, and those with a return after: of all, then without each."""
    groups, group = np.unique(group_by_hash(found["bucket"]), return_inverse=True)
    days, day = np.unique(found["day"], return_inverse=True)
    counts = []
    for name in ("n", "n_returned"):
        table = np.zeros((len(groups), len(days)))
        np.add.at(table, (group[rows], day[rows]), found[name][rows])
        total = table.sum(axis=0, keepdims=True)
        counts.append(np.concatenate([total, total - table]))
    return counts[0], counts[1]


def _weigh_alike(
    n_lost: Floats, back_lost: Floats, n_held: Floats, back_held: Floats
) -> tuple[Floats, Floats]:
    """The two shares (G + 1,) with the days weighed alike: Mantel and Haenszel's weights."""
    both = n_lost + n_held
    weight = np.divide(n_lost * n_held, both, out=np.zeros_like(both), where=both > 0)
    shares = []
    for back, n in ((back_lost, n_lost), (back_held, n_held)):
        share = np.divide(back, n, out=np.zeros_like(n), where=n > 0)
        total = weight.sum(axis=1)
        weighed = (weight * share).sum(axis=1)
        shares.append(np.divide(weighed, total, out=np.full_like(total, np.nan), where=total > 0))
    return shares[0], shares[1]


def _share_asked(view: View, when: Period) -> float | None:
    found = ask(view, when, "returns_asked")
    if int(found["n_clients"][0]) < MINIMUM_CLIENTS[view.audience]:
        return None
    return 100 * int(found["n_asked"][0]) / int(found["n"][0])
