"""What a period holds and how good its data are: counts, answers, silence, refusals."""

from nmt_analytics.outcomes.analysis import View, outcome_of, prepare_outcomes
from nmt_analytics.outcomes.answers import CheckInDay, DataQuality, Overview
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.outcomes.metrics import METRICS, SILENT
from nmt_analytics.periods import Period, parse_period


def overview(view: View, period: str | Period | None = None) -> Overview:
    """Sessions, clients, response and silence of one period, each a publishable row."""
    when = parse_period(period)
    sessions, clients, response, silent = (
        outcome_of(view, metric, (), when).rows[0]
        for metric in (
            METRICS["sessions"],
            METRICS["clients"],
            METRICS["follow_up_response"],
            SILENT,
        )
    )
    return Overview(when, sessions, clients, response, silent)


def data_quality(view: View, period: str | Period | None = None) -> DataQuality:
    """Check-ins asked and answered by hour, why observation ended, and records by their fate."""
    when, loaded_by = parse_period(period), {"loaded_by": view.loaded_by}
    with view.store.one_moment():
        prepare_outcomes(view, when)
        asked = view.store.query("check_in_hours")
        ends = view.store.query("observation_ends")
        imported = view.store.query("imports_counted", loaded_by)
        refused = view.store.query("refusals_by_rule", loaded_by)
    minimum = MINIMUM_CLIENTS[view.audience]
    return DataQuality(
        period=when,
        check_ins=tuple(
            _check_in_day(minimum, *map(int, row))
            for row in zip(
                asked["hours"],
                asked["n_asked"],
                asked["n_answered"],
                asked["n_clients"],
                strict=True,
            )
        ),
        n_read=int(imported["n_read"][0]),
        n_stored=int(imported["n_stored"][0]),
        n_skipped=int(imported["n_skipped"][0]),
        refused=tuple(
            (str(rule), int(count))
            for rule, count in zip(refused["rule"], refused["n_records"], strict=True)
        ),
        n_contradictions=int(ends["n_contradictions"].sum()),
        ended=tuple(
            (str(reason), int(n_sessions) if n_clients >= minimum else None)
            for reason, n_sessions, n_clients in zip(
                ends["observation_ended"], ends["n_sessions"], ends["n_clients"], strict=True
            )
        ),
    )


def _check_in_day(
    minimum: int, hours: int, n_asked: int, n_answered: int, n_clients: int
) -> CheckInDay:
    if n_clients < minimum:
        return CheckInDay(hours, None, None, f"hidden: fewer than {minimum} clients")
    return CheckInDay(hours, n_asked, n_answered)
