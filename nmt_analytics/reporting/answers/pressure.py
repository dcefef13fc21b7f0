"""How the pressure felt, and how the next session felt after adjusting it or not."""

from dataclasses import replace

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.before_and_after import NOT_RIGHT_AGAIN, PressureTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.evidence import HIDDEN, result_of
from nmt_analytics.reporting.bundle import Bundle, Cell, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots
from nmt_analytics.reporting.wording import (
    axis_title,
    estimate_with_range,
    first_upper,
    hidden_briefly,
    in_words,
    level_label,
    listed,
    period_in_words,
)


def present_pressure(table: PressureTable) -> Bundle:
    """How the pressure felt, and how the next session felt after adjusting it or not."""
    shown = [row for _, row in table.felt if not row.is_hidden]
    if not shown:
        return Bundle(
            kind="empty",
            title=say("pressure.none_title"),
            sentence=say("pressure.none"),
            anchor="pressure",
            why="too_few" if any(row.n_sessions != 0 for _, row in table.felt) else "no_answers",
        )
    after = [
        ("after_adjusting", table.after_adjusting),
        ("after_not_adjusting", table.after_not_adjusting),
    ]
    rows = [
        DotRow(
            label=say(f"pressure.{name}"),
            says=in_words(row, NOT_RIGHT_AGAIN),
            beside=estimate_with_range(row, NOT_RIGHT_AGAIN),
            beside_briefly=estimate_with_range(row, NOT_RIGHT_AGAIN),
            value=row.value,
            lower=row.ci_lower,
            upper=row.ci_upper,
            is_few=row.showing == "few clients",
            is_hidden=row.is_hidden,
        )
        for name, row in after
    ]
    bundle = Bundle(
        kind="table",
        title=say("pressure.felt_title"),
        anchor="pressure",
        table=Table(
            columns=("what", "value"),
            labels=(say("pressure.what"), say("pressure.value")),
            rows=(
                *(
                    (first_upper(level_label("pressure_felt", level)), _count(row))
                    for level, row in table.felt
                ),
                *((row.label, Cell(row.says, HIDDEN if row.is_hidden else "")) for row in rows),
            ),
        ),
        results=(
            *(
                result_of(row, METRICS["sessions"], {"pressure_felt": level})
                for level, row in table.felt
            ),
            *(result_of(row, NOT_RIGHT_AGAIN, {"pressure": name}) for name, row in after),
        ),
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


def _count(row: Row) -> Cell:
    text = hidden_briefly(row) if row.is_hidden else in_words(row, METRICS["sessions"])
    return Cell(text, HIDDEN if row.is_hidden else "")


def _felt(table: PressureTable) -> str:
    parts = [
        say("outcome.alt_cell", level=level_label("pressure_felt", level), value=_count(row).text)
        for level, row in table.felt
    ]
    return say("pressure.felt", parts=", ".join(parts))
