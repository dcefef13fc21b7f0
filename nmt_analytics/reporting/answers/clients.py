"""The numbers if each client counted once, beside those per session, as a page shows them."""

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.per_client import ClientsRow, ClientsTable
from nmt_analytics.reporting.answers.evidence import HIDDEN, result_of, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    estimate_with_range,
    first_upper,
    period_in_words,
    share_in_words,
)


def present_each_client_once(table: ClientsTable) -> Bundle:
    """Both ways of counting as a table; the title says whether they differ."""
    apart = [each for each in table.rows if each.are_apart]
    shown = [each for each in table.rows if not each.per_session.is_hidden]
    results = tuple(result for each in table.rows for result in _results(each))
    if not shown:
        reasons = {why_hidden(each.per_session.hidden) for each in table.rows}
        return Bundle(
            kind="empty",
            title=say("per_client.none_compared"),
            anchor="each-client-once",
            results=results,
            why="too_few" if "too_few" in reasons else "no_answers",
        )
    return Bundle(
        kind="table",
        title=_takeaway(table, len(apart)),
        sentence=" ".join((say("per_client.why"), *(f"{say_apart(each)}." for each in apart))),
        caption=say("per_client.caption", period=first_upper(period_in_words(table.period))),
        anchor="each-client-once",
        table=Table(
            columns=("metric", "per_session", "per_client"),
            labels=tuple(
                say(f"per_client.{each}") for each in ("number", "per_session", "per_client")
            ),
            rows=tuple(
                (
                    topic(each.metric),
                    _cell(each.per_session, each.metric),
                    _cell(each.per_client, each.metric),
                )
                for each in shown
            ),
        ),
        results=results,
    )


def _takeaway(table: ClientsTable, n_apart: int) -> str:
    """Whether both ways say the same; nothing of it where no share has enough clients."""
    if n_apart:
        return say("per_client.differ", n=n_apart)
    are_compared = any(
        each.metric.unit == "%" and each.per_session.showing in ("full", "wide interval")
        for each in table.rows
    )
    return say("per_client.alike" if are_compared else "per_client.none_compared")


def say_apart(row: ClientsRow) -> str:
    """`Still relieved on day 14: 28 % of sessions, but 33 % if each client counts once`."""
    return say(
        "per_client.apart",
        topic=topic(row.metric),
        per_session=share_in_words(row.per_session.value or 0.0),
        per_client=share_in_words(row.per_client.value or 0.0),
    )


def _cell(row: Row, metric: Metric) -> Cell:
    return Cell(estimate_with_range(row, metric), HIDDEN if row.is_hidden else "")


def _results(row: ClientsRow) -> list[Result]:
    return [
        result_of(each, row.metric, {"counted": counted})
        for counted, each in (("per session", row.per_session), ("per client", row.per_client))
    ]
