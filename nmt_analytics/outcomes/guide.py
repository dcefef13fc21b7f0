"""When to see a client again: the days by which relief ends, and when clients really return."""

from dataclasses import dataclass

from nmt_analytics.outcomes.analysis import outcome_of
from nmt_analytics.outcomes.answers import NUMBERS, Row
from nmt_analytics.outcomes.metrics import METRICS, find_dimensions
from nmt_analytics.outcomes.view import View
from nmt_analytics.periods import Period, parse_period

GUIDE_METRICS = ("relief_days_q25", "relief_days_median", "return_days_median")


@dataclass(frozen=True)
class GuideRow:
    """When relief ends for one kind of client, and when such clients really come back."""

    levels: tuple[str, ...]
    quarter_lost: Row
    half_lost: Row
    returned: Row

    @property
    def numbers(self) -> tuple[Row, Row, Row]:
        """Its numbers, in the order of GUIDE_METRICS."""
        return self.quarter_lost, self.half_lost, self.returned


@dataclass(frozen=True)
class ReturnGuide:
    """Days by which 25 % and 50 % have lost relief beside the median days to the next session."""

    by: tuple[str, ...]
    period: Period
    rows: tuple[GuideRow, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `records`."""
        return ("metric", "unit", "period", *self.by, *NUMBERS, "hidden")

    def records(self) -> list[dict[str, object]]:
        """Three dictionaries per kind of client: a quarter lost, half lost, returned."""
        return [
            {"metric": name, "unit": "days", "period": row.period}
            | dict(zip(self.by, guide.levels, strict=True))
            | {number: getattr(row, number) for number in NUMBERS}
            | {"hidden": row.hidden}
            for guide in self.rows
            for name, row in zip(GUIDE_METRICS, guide.numbers, strict=True)
        ]


def return_guide(
    view: View,
    by: str | tuple[str, ...] | list[str] | None = ("condition", "stress_level"),
    period: str | Period | None = None,
) -> ReturnGuide:
    """The guide from all sessions up to the end of `period`, per combination of levels.

    Information for a conversation, not a prescription. Every combination that occurs stands in
    it, with each of its numbers shown or hidden.
    """
    dimensions, until = find_dimensions(by), parse_period(period).history
    tables = [
        {row.levels: row for row in outcome_of(view, METRICS[name], dimensions, until).rows}
        for name in GUIDE_METRICS
    ]
    order = dict.fromkeys(levels for table in reversed(tables) for levels in table)
    rows = [
        GuideRow(levels, *(table.get(levels, _nothing(until, levels)) for table in tables))
        for levels in order
    ]
    return ReturnGuide(dimensions, until, tuple(rows))


def _nothing(period: Period, levels: tuple[str, ...]) -> Row:
    return Row(period.name, levels, hidden="no answers", showing="hidden")
