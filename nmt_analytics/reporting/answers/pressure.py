"""How the pressure felt, and how the next session felt after adjusting it or not."""

from collections.abc import Sequence
from dataclasses import replace

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.before_and_after import NOT_RIGHT_AGAIN, PressureTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.evidence import HIDDEN, result_of
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots, outcome_row
from nmt_analytics.reporting.wording import (
    axis_title,
    first_upper,
    hidden_briefly,
    in_words,
    level_label,
    listed,
    period_in_words,
)


def present_pressure(table: PressureTable) -> Bundle:
    """How the pressure felt, and how the next session felt after adjusting it or not."""
    if all(row.is_hidden for _, row in table.felt):
        return Bundle(
            kind="empty",
            title=say("pressure.none_title"),
            sentence=say("pressure.none"),
            anchor="pressure",
            why="too_few" if any(row.n_sessions != 0 for _, row in table.felt) else "no_answers",
        )
    rows = [
        outcome_row(row, NOT_RIGHT_AGAIN, say(f"pressure.{name}")) for name, row in _after(table)
    ]
    bundle = Bundle(
        kind="table",
        title=say("pressure.felt_title"),
        anchor="pressure",
        table=_numbers(table, rows),
        results=_results(table),
    )
    if all(row.is_hidden for row in rows):
        return bundle  # a chart would be empty
    return replace(
        bundle,
        kind="figure",
        title=say("pressure.title"),
        sentence=_felt(table),
        caption=say("pressure.caption", period=first_upper(period_in_words(table.period))),
        figure=draw_dots(rows, "%", axis_title(NOT_RIGHT_AGAIN)),
        alt=say("outcome.single", cells=listed(f"{row.label}: {row.says}" for row in rows)),
    )


def _after(table: PressureTable) -> tuple[tuple[str, Row], ...]:
    return (
        ("after_adjusting", table.after_adjusting),
        ("after_not_adjusting", table.after_not_adjusting),
    )


def _numbers(table: PressureTable, after: Sequence[DotRow]) -> Table:
    """How the sessions felt, and below it how the next ones did."""
    return Table(
        columns=("what", "value"),
        labels=(say("pressure.what"), say("pressure.value")),
        rows=(
            *(
                (first_upper(level_label("pressure_felt", level)), _count(row))
                for level, row in table.felt
            ),
            *((row.label, Cell(row.says, HIDDEN if row.is_hidden else "")) for row in after),
        ),
    )


def _results(table: PressureTable) -> tuple[Result, ...]:
    return (
        *(
            result_of(row, METRICS["sessions"], {"pressure_felt": level})
            for level, row in table.felt
        ),
        *(result_of(row, NOT_RIGHT_AGAIN, {"pressure": name}) for name, row in _after(table)),
    )


def _count(row: Row) -> Cell:
    text = hidden_briefly(row) if row.is_hidden else in_words(row, METRICS["sessions"])
    return Cell(text, HIDDEN if row.is_hidden else "")


def _felt(table: PressureTable) -> str:
    parts = [
        say("outcome.alt_cell", level=level_label("pressure_felt", level), value=_count(row).text)
        for level, row in table.felt
    ]
    return say("pressure.felt", parts=", ".join(parts))
