"""Estimates beside the truth that they should find: what a check of the methods hands over.

Only the shapes and the verdict live here; who invents the truth is known_truth.py's business.
"""

import math
from dataclasses import dataclass

from nmt_analytics.outcomes.answers import Overview, Row
from nmt_analytics.outcomes.caution import NaivePair, SilenceTable
from nmt_analytics.outcomes.metrics import Metric


@dataclass(frozen=True)
class Invented:
    """One invented practice: its preset's name, how large it is, and who answers there."""

    name: str
    n_sessions: int
    n_clients: int
    overview: Overview


@dataclass(frozen=True)
class Trial:
    """One number of one invented practice beside its truth, both in the metric's unit.

    `naive` is what two simple averages would have said, for the median of relief only.
    """

    practice: str
    metric: Metric
    truth: float
    row: Row
    naive: NaivePair | None = None

    @property
    def holds_truth(self) -> bool:
        """Whether the 95 % interval holds the truth; an open end reaches as far as it must."""
        if self.row.is_hidden or self.row.ci_lower is None:
            return False
        upper = math.inf if self.row.ci_upper is None else self.row.ci_upper
        return self.row.ci_lower <= self.truth <= upper


@dataclass(frozen=True)
class TrialTable:
    """One metric in every invented practice."""

    metric: Metric
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class SilenceTrial:
    """The bounds for silent sessions beside the truth, both in percent."""

    practice: str
    truth: float
    table: SilenceTable

    @property
    def room(self) -> tuple[float, float] | None:
        """The bounds and the likely range together: silence and chance; None when hidden.

        Bounds alone leave out chance: where nobody is silent they are the estimate itself.
        """
        row, lowest, highest = self.table.row, self.table.lowest, self.table.highest
        if lowest is None or highest is None or row.ci_lower is None or row.ci_upper is None:
            return None
        return min(lowest, row.ci_lower), max(highest, row.ci_upper)

    @property
    def holds_truth(self) -> bool:
        """Whether the truth lies within what silence and chance leave open."""
        return self.room is not None and self.room[0] <= self.truth <= self.room[1]


@dataclass(frozen=True)
class MethodTable:
    """Every number that is checked, practice by practice, and the practices themselves."""

    practices: tuple[Invented, ...]
    tables: tuple[TrialTable, ...]

    def held(self, *practices: str) -> tuple[int, int]:
        """(intervals that hold the truth, all intervals) of the named practices."""
        found = [
            trial.holds_truth
            for table in self.tables
            for trial in table.trials
            if trial.practice in practices
        ]
        return sum(found), len(found)
