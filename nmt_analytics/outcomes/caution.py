"""What could mislead about relief: silent sessions, and simple averages."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes import silence
from nmt_analytics.outcomes.analysis import is_held, outcome_of
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.counting import Counts, count_sessions
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.outcomes.estimators import ValueQuantile
from nmt_analytics.outcomes.likelihood.npmle import Floats
from nmt_analytics.outcomes.metrics import METRICS, SILENT, Metric
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period

DAYS = (4, 7, 14)
MUCH_POINTS = 25.0
"""Bounds wider than this: the number stands, and beside it that too little was heard."""
TOO_WIDE_POINTS = 50.0
"""Bounds wider than this: no headline, and no verdict, from that number."""
_DAY_OF = {f"relief_at_{day}_days": day for day in DAYS} | {"relief_days_median": 7}
"""The day whose bounds say how open silence leaves a number; half have lost relief around day 7."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SilenceTable:
    """What the silent sessions could do to S(day), in percent.

    `silent`: sessions without any answer; `fell_silent`: those and all that left a question
    unanswered that would have told more. `lowest`, `highest`: every session that fell silent lost
    relief at once / kept it, also where check-in times alone leave that open. `curve`: (δ, share)
    with the hazard after the last answer multiplied by δ. `flips_at`: the δ at which the share
    crosses one half, None when it does not.
    """

    metric: Metric
    period: Period
    row: Row
    silent: Row
    fell_silent: float | None = None
    lowest: float | None = None
    highest: float | None = None
    curve: tuple[tuple[float, float], ...] = ()
    flips_at: float | None = None

    @property
    def points_open(self) -> float:
        """How far the bounds lie apart; 0 where there are none."""
        if self.lowest is None or self.highest is None:
            return 0.0
        return self.highest - self.lowest

    @property
    def is_wide(self) -> bool:
        """Whether so much is possible that it has to be said beside the number."""
        return self.points_open > MUCH_POINTS

    @property
    def is_too_wide(self) -> bool:
        """Whether so much is possible that the number is no headline."""
        return self.points_open > TOO_WIDE_POINTS


@dataclass(frozen=True)
class NaivePair:
    """What simple averages would have said of relief, beside the estimate; medians in days.

    `last_holding`: when the last answer "still holding" came; `first_lost`: the first answer "no
    longer holding". Both follow the check-in calendar more than the muscles. None where too few
    clients gave such an answer.
    """

    period: Period
    last_holding: float | None
    first_lost: float | None
    estimate: Row


def silence_of(view: View, day: int = 14, period: str | Period | None = None) -> SilenceTable:
    """Bounds and sensitivity of the share still relieved on day 4, 7 or 14 (else UsageError)."""
    if day not in DAYS:
        raise UsageError(f"Silence is weighed for day {', '.join(map(str, DAYS))}, not for {day}.")
    table = _bounds_of(view, day, parse_period(period))
    if table.lowest is None:
        return table
    lower, upper, n, n_silent, fell_silent = _count_silent(view, table)
    shares = silence.sensitivity_curve(lower, upper, n, n_silent, day, fell_silent=fell_silent)
    return replace(
        table,
        curve=tuple(zip(silence.DELTAS, (100 * shares).tolist(), strict=True)),
        flips_at=silence.flips_at(lower, upper, n, n_silent, day, 0.5, fell_silent),
    )


def _bounds_of(view: View, day: int, when: Period) -> SilenceTable:
    """The table without its curve: all that is needed to say whether a number is silenced."""
    key = ("silence", day, when, *view.key)
    return view.store.remember(key, lambda: _find_bounds(view, day, when))


def _find_bounds(view: View, day: int, when: Period) -> SilenceTable:
    metric = METRICS[f"relief_at_{day}_days"]
    row, silent = (outcome_of(view, each, (), when).rows[0] for each in (metric, SILENT))
    table = SilenceTable(metric, when, row, silent)
    if row.is_hidden or silent.is_hidden or view.audience != "owner":
        return table
    lower, upper, n, n_silent, fell_silent = _count_silent(view, table)
    lowest, highest = silence.bounds(lower, upper, n, n_silent, day, fell_silent)
    return replace(
        table,
        fell_silent=100 * (n_silent + float(fell_silent.sum())) / (n_silent + n.sum()),
        lowest=min(100 * lowest, _end(row.known_lower, 100.0)),
        highest=max(100 * highest, _end(row.known_upper, 0.0)),
    )


def _count_silent(view: View, table: SilenceTable) -> tuple[Floats, Floats, Floats, float, Floats]:
    """Intervals (lower, upper] and their sessions, the sessions without an answer, and of each
    interval those that fell silent."""
    counts = ask(view, table.period, "silence_counts")
    lower, upper, n, fell_silent = (
        np.asarray(counts[name], dtype=float) for name in ("lower", "upper", "n", "n_fell_silent")
    )
    # A session that answered, but nothing about relief, is as silent as the others here.
    n_silent = float((table.silent.n_sessions or 0) - n.sum())
    return lower, upper, n, n_silent, fell_silent


def is_silenced(view: View, metric: str, period: Period) -> bool:
    """Whether silent sessions leave a number about relief so open that it is no headline.

    The same for every audience: what is too open for the owner is no headline on a shared page.
    """
    return metric in _DAY_OF and _bounds_of_owner(view, metric, period).is_too_wide


def is_doubted(view: View, metric: str, period: Period) -> bool:
    """Whether silent sessions leave so much of a number about relief open that it has to be said.

    The same for every audience.
    """
    return metric in _DAY_OF and _bounds_of_owner(view, metric, period).is_wide


def _bounds_of_owner(view: View, metric: str, period: Period) -> SilenceTable:
    of_owner = replace(view, audience="owner", ledger=None)  # exact, and nothing is held
    return _bounds_of(of_owner, _DAY_OF[metric], period)


def _end(known: float | None, without: float) -> float:
    return without if known is None else known


def naive_pair(view: View, period: str | Period | None = None) -> NaivePair:
    """The two simple averages that look right and are not, beside the estimated median."""
    when, metric = parse_period(period), METRICS["relief_days_median"]
    estimate = outcome_of(view, metric, (), when).rows[0]
    counted = count_sessions(view, "relief", (), when)
    if estimate.is_hidden or not counted or is_held(view, metric.outcome, when):
        return NaivePair(when, None, None, estimate)
    cells = counted[0]
    held, lost = cells.lower > 0, np.isfinite(cells.upper)
    return NaivePair(
        when,
        _median(cells.lower, cells, held, view.audience),
        _median(cells.upper, cells, lost, view.audience),
        estimate,
    )


def _median(times: Floats, cells: Counts, among: Flags, audience: str) -> float | None:
    """The median of the times of some cells, None where too few clients stand behind them."""
    if len(np.unique(cells.bucket[among])) < MINIMUM_CLIENTS[audience]:
        return None
    values, n = times[among], cells.n[among]
    return float(ValueQuantile(0.5).evaluate(values, values, n[np.newaxis])[0])
