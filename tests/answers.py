"""Publishable answers for tests, with defaults: rows, tables, curves, changes."""

from nmt_analytics.outcomes.answers import (
    Change,
    CheckInDay,
    Curve,
    CurvePoint,
    CurveTable,
    DataQuality,
    Fates,
    OutcomeTable,
    Overview,
    Row,
    Unlinked,
)
from nmt_analytics.outcomes.caution import SilenceTable
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.driving import DriversTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.monitoring import ChartPoint, ControlChartTable
from nmt_analytics.outcomes.per_client import ClientsRow, ClientsTable
from nmt_analytics.outcomes.verdicts import ClaimRow, ClaimsTable
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.answers.presentation import present_findings

QUARTER = parse_period("2026Q3")
FEW = "hidden: fewer than 5 clients"


def row(*levels, value=9.0, lower=7.0, upper=11.0, known=None, n_clients=60, **more):
    """A cell shown in full; `known` are the two ends that check-in times leave open."""
    known_lower, known_upper = known or (value, value)
    return Row(
        more.pop("period", "2026Q3"),
        levels,
        more.pop("n_sessions", 3 * n_clients),
        n_clients,
        value,
        lower,
        upper,
        known_lower,
        known_upper,
        **more,
    )


def few(*levels, **numbers):
    """A cell with few clients behind it."""
    return row(*levels, n_clients=8, showing="few clients", needs_clients=12, **numbers)


def hidden(*levels, reason=FEW, **more):
    """A cell that the door out keeps back."""
    return Row(more.pop("period", "2026Q3"), levels, hidden=reason, showing="hidden", **more)


def table(metric="relief_days_median", by=(), rows=None, period=QUARTER):
    return OutcomeTable(METRICS[metric], tuple(by), period, tuple(rows or [row()]))


def point(day, value=50.0, n_at_risk=40, reach=6.0):
    low, high = max(0.0, value - reach), min(100.0, value + reach)
    return CurvePoint(day, value, low, high, value, value, n_at_risk)


def falling(*levels, days=range(29), per_day=3.0, n_at_risk=40, **more):
    """A curve that falls by `per_day` points a day."""
    points = tuple(point(day, max(0.0, 100 - per_day * day), n_at_risk) for day in days)
    return Curve(levels, 120, 50, points, **more)


def curves(*found, outcome="relief", by=()):
    unit = "days" if outcome == "relief" else "hours"
    return CurveTable(outcome, unit, tuple(by), QUARTER, found or (falling(),))


def change(metric="relief_at_4_days", now=78.0, before=60.0, likely=(10.0, 26.0), **more):
    """This quarter against the one before it."""
    this = row(value=now, lower=now - 5, upper=now + 5)
    previous = row(value=before, lower=before - 5, upper=before + 5, period="2026Q2")
    return Change(METRICS[metric], this, previous, now - before, *likely, **more)


def clients(metric="relief_at_14_days", per_client=60.0):
    """A share of 60 % per session, and what it is with each client counted once."""
    both = [row(value=value, lower=value - 9, upper=value + 9) for value in (60.0, per_client)]
    return ClientsTable(QUARTER, (ClientsRow(METRICS[metric], *both),))


def count(metric, n):
    return Row("2026Q3", (), 257, 93, float(n))


def overview(sessions=257, clients=93, response=70.2, silent=2.0, relief=9.0):
    return Overview(
        QUARTER,
        count("sessions", sessions),
        count("clients", clients),
        row(value=response, lower=66.0, upper=74.0),
        row(value=silent, lower=1.0, upper=4.0),
        row(value=relief, lower=relief - 2, upper=relief + 2),
    )


def quality(check_ins=((24, 250, 180), (36, 250, 170), (96, 240, 150), (336, 200, 120)), **more):
    defaults = {
        "n_read": 3000,
        "n_stored": 2990,
        "n_skipped": 4,
        "refused": (("conformance.time", 6),),
        "n_contradictions": 3,
        "ended": (("relief_ended", 150), ("lost", 60)),
    }
    days = tuple(CheckInDay(*each) for each in check_ins)
    return DataQuality(period=QUARTER, check_ins=days, **defaults | more)


def fates(unlinked=(40, 3, 1, 980, 12)):
    refused = (("conformance.time", 6),)
    return Fates(3000, 2990, 4, refused, unlinked=Unlinked(*unlinked))


def ratio(term="stress_level", level="high", reference="low", value=0.68, reach=1.12):
    return TimeRatio(term, level, reference, value, value / reach, value * reach, 218, 628)


def drivers(*ratios, refusal=""):
    return DriversTable(parse_period("all"), ratios, 2967, 399, None, refusal)


def chart(
    values, metric="relief_at_7_days", signals=None, verdicts=None, limits=(57.0, 38.0, 77.0)
):
    """A control chart of months from January 2026 on; None is a hidden month."""
    points = tuple(
        ChartPoint(
            row(value=value, lower=value - 9, upper=value + 9, period=f"2026-{month:02d}")
            if value is not None
            else hidden(period=f"2026-{month:02d}"),
            value is not None,
            (signals or {}).get(month, ""),
            (verdicts or {}).get(month, ""),
        )
        for month, value in enumerate(values, start=1)
    )
    return ControlChartTable(METRICS[metric], "month", points, *limits, len(points) < 12)


def claim(name="relief_lasts", verdict="supported", rows=None, level="", **more):
    numbers = rows if rows is not None else ((METRICS["relief_days_median"], row()),)
    promise = more.pop("promise", "Treated muscles stay more relaxed for 4 to 14 days")
    reason = more.pop("reason", "the whole interval keeps the promise")
    return ClaimRow(name, promise, verdict, reason, level=level, rows=tuple(numbers), **more)


def claims(*rows):
    return ClaimsTable(QUARTER, rows or (claim(),))


def silence(lowest=None, highest=None, day=14, value=46.0):
    """What silence leaves open of a day; nothing known of it when not told."""
    metric = METRICS[f"relief_at_{day}_days"]
    shown = row(value=value, lower=value - 10, upper=value + 10)
    return SilenceTable(metric, QUARTER, shown, row(value=2.0), 64.0, lowest, highest)


def stand_out(changes=(), judged=None, ratios=(), charts=(), **data):
    """What stands out of these answers; what is not given has nothing to tell."""
    return present_findings(
        changes,
        judged or claims(),
        drivers(*ratios),
        charts,
        data.get("quality") or quality(),
        data.get("clients") or clients(),
        data.get("silence") or silence(),
    )
