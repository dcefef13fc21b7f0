"""Therapists beside each other without ranks: a share against how many answers stand behind it.

A funnel plot (Spiegelhalter 2005): limits around the practice's own number show how far chance
alone takes somebody with so few answers. Who lies within them does not differ from the rest in
anything that this data can show.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.analysis import outcome_of
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.counting import therapist_names
from nmt_analytics.outcomes.distributions import student_quantile
from nmt_analytics.outcomes.metrics import METRICS, Metric, find_metric
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.vocabulary import NOT_RECORDED

Position = Literal["within", "above", "below", "not compared"]

NEAR, FAR = 1.959964, 3.090232
"""Standard normal quantiles: 95 % and 99.8 % of therapists who do not differ lie within them."""
FEWEST_DRAWN = 5.0
N_STEPS = 40


@dataclass(frozen=True)
class Limits:
    """Between which shares (in percent) chance takes somebody with `n` answered sessions."""

    n: float
    near_lower: float
    near_upper: float
    far_lower: float
    far_upper: float


@dataclass(frozen=True)
class Therapist:
    """One therapist: the name on pages, the publishable number, where it lies in the funnel."""

    name: str
    row: Row
    position: Position


@dataclass(frozen=True)
class Funnel:
    """Therapists in the order of their first session; no limits, and a reason, when there are none.

    `unknown` are the practice's own codes that practice.toml names and no session has.
    """

    metric: Metric
    period: Period
    whole: Row
    therapists: tuple[Therapist, ...] = ()
    limits: tuple[Limits, ...] = ()
    unknown: tuple[str, ...] = ()
    reason: Literal["", "switched off", "one therapist", "too few clients"] = ""

    @property
    def outside(self) -> tuple[Therapist, ...]:
        """Those whom chance alone would hardly take so far."""
        return tuple(each for each in self.therapists if each.position in ("above", "below"))


def switched_off(name: str, period: str | Period | None) -> Funnel:
    """What is answered where the owner has not switched the comparison on: no number at all."""
    when = parse_period(period)
    return Funnel(_share(name), when, Row(when.name, ()), reason="switched off")


def funnel(
    view: View,
    name: str,
    period: str | Period | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
) -> Funnel:
    """One share by therapist, with limits around the practice's own.

    `names`: by pseudonym, the practice's own code and the name to show in place of "therapist 2".
    The limits' width comes from the practice's interval, in which clients count once, shrunk to
    each number of answers: so clients who come often do not make them too narrow. Raises
    UsageError for a metric that is no share.
    """
    metric, when, names = _share(name), parse_period(period), names or {}
    whole = outcome_of(view, metric, (), when).rows[0]
    numbers = therapist_names(view)
    known = {key: own for key, (_, own) in names.items() if key in numbers}
    shown = {numbers[key]: own for key, own in known.items()}
    unknown = tuple(code for key, (code, _) in names.items() if key not in known)
    rows = [
        row
        for row in outcome_of(view, metric, ("therapist",), when).rows
        if row.levels != (NOT_RECORDED,)
    ]
    found = Funnel(metric, when, whole, unknown=unknown)
    if len(rows) < 2:
        return replace(found, reason="one therapist")
    error = _logit_error(whole)
    if error is None:
        return replace(found, reason="too few clients")
    therapists = tuple(
        Therapist(shown.get(row.levels[0], row.levels[0]), row, _position(row, whole, error))
        for row in rows
    )
    most = max((row.n_sessions or 0 for row in rows), default=0)
    return replace(found, therapists=therapists, limits=_drawn_limits(whole, error, most))


def limits_at(whole: Row, error: float, n: float) -> Limits:
    """The limits for `n` answered sessions; `error` is of the whole's logit.

    A part differs from its whole by σ²(1/n − 1/N), since its own sessions are in the whole.
    """
    reach = error * math.sqrt(max((whole.n_sessions or 0) / n - 1, 0.0))
    centre = _logit(whole.value or 0.0)
    near, far = (
        [_percent(centre + sign * quantile * reach) for sign in (-1, 1)] for quantile in (NEAR, FAR)
    )
    return Limits(n, *near, *far)


def _share(name: str) -> Metric:
    metric = find_metric(name)
    if metric.unit != "%":
        shares = [each.name for each in METRICS.values() if each.unit == "%"]
        raise UsageError(f"{name} is no share. Therapists can be shown by: {', '.join(shares)}.")
    return metric


def _logit_error(whole: Row) -> float | None:
    """The standard error of the practice's share on the logit scale; None without an interval."""
    ends = (whole.value, whole.ci_lower, whole.ci_upper)
    if whole.showing != "full" or any(end is None or not 0 < end < 100 for end in ends):
        return None
    reach = _logit(whole.ci_upper or 0.0) - _logit(whole.ci_lower or 0.0)
    return reach / (2 * student_quantile(0.975, (whole.n_clients or 0) - 1))


def _position(row: Row, whole: Row, error: float) -> Position:
    if row.is_hidden or row.showing == "few clients" or row.value is None:
        return "not compared"
    limits = limits_at(whole, error, row.n_sessions or 1)
    if row.value > limits.far_upper:
        return "above"
    return "below" if row.value < limits.far_lower else "within"


def _drawn_limits(whole: Row, error: float, most: int) -> tuple[Limits, ...]:
    """The limits along the axis, close together where they bend."""
    last = max(min(1.1 * most, whole.n_sessions or 0), 2 * FEWEST_DRAWN)
    steps = (FEWEST_DRAWN * (last / FEWEST_DRAWN) ** (i / N_STEPS) for i in range(N_STEPS + 1))
    return tuple(limits_at(whole, error, n) for n in steps)


def _logit(percent: float) -> float:
    return math.log(percent / (100 - percent))


def _percent(logit: float) -> float:
    return 50 + 50 * math.tanh(logit / 2)
