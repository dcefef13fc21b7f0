"""What a period holds and how good its data are: counts, answers, silence, refusals."""

from dataclasses import replace

from nmt_analytics.outcomes.analysis import kept_back, outcome_of
from nmt_analytics.outcomes.answers import (
    CheckInDay,
    DataQuality,
    Overview,
)
from nmt_analytics.outcomes.disclosure import (
    MINIMUM_CLIENTS,
    beside_hidden,
    coarse_count,
    few_clients,
    is_too_certain,
    publish_counts,
)
from nmt_analytics.outcomes.fates import records
from nmt_analytics.outcomes.metrics import METRICS, SILENT
from nmt_analytics.outcomes.view import View, ask
from nmt_analytics.periods import Period, parse_period
from nmt_analytics.store.database import Columns


def overview(view: View, period: str | Period | None = None) -> Overview:
    """Sessions, clients, response, silence and relief of one period, each a publishable row."""
    when = parse_period(period)
    rows = (
        outcome_of(view, metric, (), when).rows[0]
        for metric in (
            METRICS["sessions"],
            METRICS["clients"],
            METRICS["follow_up_response"],
            SILENT,
            METRICS["relief_days_median"],
        )
    )
    return Overview(when, *rows)


def data_quality(view: View, period: str | Period | None = None) -> DataQuality:
    """Check-ins asked and answered by hour, why observation ended, and records by their fate."""
    when = parse_period(period)
    key = ("data_quality", when, *view.key)
    return view.store.remember(key, lambda: _data_quality(view, when))


def _data_quality(view: View, when: Period) -> DataQuality:
    with view.store.one_moment():
        asked = ask(view, when, "check_in_hours")
        ends = ask(view, when, "observation_ends")
    found = DataQuality(
        **vars(records(view)),
        period=when,
        check_ins=_check_in_days(asked, view.audience),
        n_contradictions=_contradictions(ends, view.audience),
        ended=_ends(ends, view.audience),
    )
    if kept_back(view, "session", (), when):
        return _hidden(found, beside_hidden(view.audience))
    return found


def _hidden(found: DataQuality, reason: str) -> DataQuality:
    """What came in stays; all that counts sessions of this one level goes."""
    return replace(
        found,
        check_ins=tuple(CheckInDay(e.hours, None, None, reason) for e in found.check_ins),
        n_contradictions=None,
        ended=tuple((reason, None) for reason, _ in found.ended),
    )


def _contradictions(ends: Columns, audience: str) -> int | None:
    """Answers "holding" after "not holding"; None where too few clients gave one."""
    n_clients = max(ends["n_clients_contradicting"].tolist(), default=0)
    if 0 < n_clients < MINIMUM_CLIENTS[audience]:
        return None
    return coarse_count(int(ends["n_contradictions"].sum()), audience)


def _check_in_days(asked: Columns, audience: str) -> tuple[CheckInDay, ...]:
    """Asked and answered by hour; no total of them is shown that would need protecting."""
    columns = (asked[name].tolist() for name in ("hours", "n_asked", "n_answered", "n_clients"))
    return tuple(
        CheckInDay(hours, coarse_count(n_asked, audience), coarse_count(n_answered, audience))
        if n_clients >= MINIMUM_CLIENTS[audience]
        and not is_too_certain(100 * n_answered / n_asked, n_asked, audience)
        else CheckInDay(hours, None, None, few_clients(audience))
        for hours, n_asked, n_answered, n_clients in zip(*columns, strict=True)
    )


def _ends(ends: Columns, audience: str) -> tuple[tuple[str, int | None], ...]:
    """Sessions by why observation ended; they add up to the sessions of the period."""
    counts = zip(ends["n_sessions"].tolist(), ends["n_clients"].tolist(), strict=True)
    published = publish_counts(list(counts), audience)
    reasons = ends["observation_ended"].tolist()
    return tuple((reason, count) for reason, (count, _) in zip(reasons, published, strict=True))
