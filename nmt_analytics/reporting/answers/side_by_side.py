"""Several shares of sessions as one figure: a row for each, on one scale from 0 to 100 %."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.reporting.answers.evidence import cells_of, result_of, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Table
from nmt_analytics.reporting.findings import say_row, topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import draw_dots, outcome_row
from nmt_analytics.reporting.wording import axis_title, first_upper, listed, period_in_words

COLUMNS = ("what", "n_sessions", "n_clients", "value", "likely")


def present_side_by_side(tables: Sequence[OutcomeTable]) -> Bundle:
    """Shares that belong together, the first of them in the title; each counts its own sessions."""
    pairs = [(table.rows[0], table.metric) for table in tables]
    shown = [pair for pair in pairs if pair[0].n_sessions]
    results = tuple(result_of(*pair) for pair in pairs)
    anchor = f"{tables[0].metric.name}-and-others".replace("_", "-")
    period = period_in_words(tables[0].period)
    if not shown:
        return Bundle(
            kind="empty",
            title=say("empty.none_of", topics=", ".join(topic(metric) for _, metric in pairs)),
            sentence=say("empty.none_of_period", period=period),
            anchor=anchor,
            results=results,
            why=why_hidden(pairs[0][0].hidden),
        )
    rows = [outcome_row(*pair, topic(pair[1])) for pair in pairs]
    return Bundle(
        kind="figure",
        title=say_row(*shown[0]),
        caption=say("beside.caption", period=first_upper(period)),
        anchor=anchor,
        figure=draw_dots(rows, "%", axis_title(tables[0].metric)),
        alt=say("outcome.single", cells=listed(f"{row.label}: {row.says}" for row in rows)),
        table=_numbers(pairs),
        results=results,
    )


def _numbers(pairs: Sequence[tuple[Row, Metric]]) -> Table:
    lines = [cells_of(row, metric) | {"what": topic(metric)} for row, metric in pairs]
    labels = ("beside.what", "table.sessions", "table.clients", "beside.value", "table.likely")
    return Table(
        columns=COLUMNS,
        labels=tuple(map(say, labels)),
        rows=tuple(tuple(line[name] for name in COLUMNS) for line in lines),
        numeric=("n_sessions", "n_clients"),
    )
