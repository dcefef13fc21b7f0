"""One metric month by month, from the store to a control chart of publishable points.

Sixteen months from 2025-01; 21 clients with a session each month, pain falling by 2 and 3 points
in turn, and by 8 in the last. April has no session at all, June only 12 clients, August three and
November four.
"""

import pytest
from factories import make_practice, session

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.control_chart import NATURAL_LIMIT, OUTSIDE_LIMIT
from nmt_analytics.outcomes.disclosure import BESIDE_HIDDEN
from nmt_analytics.outcomes.monitoring import ChartPoint, chart
from nmt_analytics.periods import parse_period, period_containing
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings

MONTHS = [f"2025-{month:02d}" for month in range(1, 13)] + [
    "2026-01",
    "2026-02",
    "2026-03",
    "2026-04",
]
CLIENTS = {"2025-04": 0, "2025-06": 12, "2025-08": 3, "2025-09": 4}


def fall(month: str) -> int:
    """The points by which pain falls in a month."""
    return 8 if month == MONTHS[-1] else 2 + MONTHS.index(month) % 2


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    sessions = [
        session(
            21 * MONTHS.index(month) + client,
            client_id=f"C{client}",
            started_at=f"{month}-10 10:00",
            ended_at=f"{month}-10 11:00",
            pain_before=8,
            pain_after=8 - fall(month),
        )
        for month in MONTHS
        for client in range(1, 1 + CLIENTS.get(month, 21))
    ]
    return make_practice(tmp_path_factory.mktemp("monitored"), sessions)


def points_of(practice: Practice) -> dict[str, ChartPoint]:
    return {point.row.period: point for point in chart(practice.view, "pain_change").points}


def test_every_month_from_the_first_to_the_last_has_a_point(practice: Practice) -> None:
    assert list(points_of(practice)) == MONTHS


def test_a_month_without_sessions_is_a_gap(practice: Practice) -> None:
    gap = points_of(practice)["2025-04"]
    assert gap.row.hidden == "no sessions" and gap.row.value is None
    assert not gap.in_limits and gap.signal == ""


def test_a_month_with_few_clients_is_shown_but_outside_the_limits(practice: Practice) -> None:
    few = points_of(practice)["2025-06"]
    assert (few.row.value, few.row.showing) == (-3, "few clients")
    assert not few.in_limits and few.signal == ""


def test_a_month_with_too_few_clients_is_hidden(practice: Practice) -> None:
    hidden = {month for month, point in points_of(practice).items() if point.row.is_hidden}
    assert hidden == {"2025-04", "2025-08", "2025-09"}


def test_a_single_hidden_month_takes_the_next_smallest_with_it(practice: Practice) -> None:
    # The total of the third quarter would give August back, were it hidden alone or with June.
    table = chart(practice.view, "sessions", "month", "2025-08")
    sessions = {point.row.period: point.row for point in table.points}
    hidden = {month for month, row in sessions.items() if row.hidden == BESIDE_HIDDEN}
    assert hidden == {"2025-07", "2025-08"}
    assert sessions["2025-06"].value == 12


def test_the_limits_come_from_neighbouring_months_that_are_shown_in_full(
    practice: Practice,
) -> None:
    table = chart(practice.view, "pain_change")
    counted = [month for month in MONTHS if CLIENTS.get(month, 21) >= 20]
    assert len(counted) == 12
    neighbours = [
        (MONTHS[i - 1], month)
        for i, month in enumerate(MONTHS)
        if i and month in counted and MONTHS[i - 1] in counted
    ]
    centre = sum(-fall(month) for month in counted) / len(counted)
    ranges = [abs(fall(month) - fall(before)) for before, month in neighbours]
    reach = NATURAL_LIMIT * sum(ranges) / len(ranges)
    assert table.centre == pytest.approx(centre)
    assert (table.lower_limit, table.upper_limit) == pytest.approx((centre - reach, centre + reach))
    assert not table.is_provisional


def test_a_signal_says_whether_it_is_for_the_better(practice: Practice) -> None:
    points = points_of(practice)
    last = points[MONTHS[-1]]
    assert (last.signal, last.verdict) == (OUTSIDE_LIMIT, "better")
    assert all(point.signal == "" for month, point in points.items() if month != MONTHS[-1])


def test_a_chart_up_to_a_period_knows_nothing_later(practice: Practice) -> None:
    table = chart(practice.view, "pain_change", "month", "2025Q4")
    assert [point.row.period for point in table.points] == MONTHS[:12]
    assert table.is_provisional


def test_a_chart_runs_by_quarter_too(practice: Practice) -> None:
    table = chart(practice.view, "sessions", "quarter")
    quarters = [period_containing(parse_period(m).from_on, "quarter").name for m in MONTHS]
    assert [point.row.period for point in table.points] == list(dict.fromkeys(quarters))
    assert table.points[0].row.value == 63
    with pytest.raises(UsageError, match='month or quarter, not by "week"'):
        chart(practice.view, "sessions", "week")


def test_a_chart_of_shares_stays_within_what_shares_can_be(practice: Practice) -> None:
    table = chart(practice.view, "pain_responders")
    assert table.lower_limit is not None and table.lower_limit >= 0
    assert table.upper_limit is not None and table.upper_limit <= 100


def test_without_sessions_there_are_no_points_and_no_limits(practice: Practice) -> None:
    table = chart(practice.view, "pain_change", "month", "2020")
    assert (table.points, table.centre, table.upper_limit) == ((), None, None)
    assert table.records() == []


def test_each_record_carries_the_limits_and_the_signal(practice: Practice) -> None:
    table = chart(practice.view, "pain_change")
    records = {record["period"]: record for record in table.records()}
    assert set(table.columns) == set(records["2025-01"])
    assert records[MONTHS[-1]]["signal"] == OUTSIDE_LIMIT
    assert records["2025-08"]["value"] is None
    assert str(records["2025-08"]["hidden"]).startswith("hidden")
