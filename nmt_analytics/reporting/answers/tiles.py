"""A period at a glance: the tiles, and one change on its own."""

from collections.abc import Container, Sequence

from nmt_analytics.outcomes.answers import Change, Row
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.answers.evidence import mark_of, result_of, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Result, Table, Tile
from nmt_analytics.reporting.findings import change_since, say_change, topic
from nmt_analytics.reporting.phrases import has_phrase, say
from nmt_analytics.reporting.wording import (
    change_range,
    count_in_words,
    estimate_in_words,
    first_upper,
    likely_range,
    listed,
    period_in_words,
    range_beside,
    remarked,
    remarks,
    signed,
)

SHOWN_IN_FULL = {
    "relief_days_median": "#relief-curve",
    "relief_at_4_days": "#relief-curve",
    "soreness_gone_by_36_hours": "#soreness-curve",
    "pain_change": "#pain",
    "follow_up_response": "#check-ins",
}
"""Where on the page a tile's number is shown in full."""


def present_tiles(
    tiles: Sequence[tuple[Change, Sequence[Row]]],
    silenced: Container[str] = (),
    doubted: Container[str] = (),
) -> Bundle:
    """At a glance: one tile for each change, with the last periods' values as a small line.

    `silenced`: the metrics that silent sessions leave too open for a number at the top of a page;
    `doubted`: those of which they leave so much open that it has to be said.
    """
    if all(change.row.is_hidden for change, _ in tiles):
        return _no_tiles(tiles)
    return Bundle(
        kind="tiles",
        items=tuple(
            _silenced_tile(change)
            if change.metric.name in silenced and not change.row.is_hidden
            else _tile(change, recent, change.metric.name in doubted)
            for change, recent in tiles
        ),
        caption=_tiles_caption(tiles),
        anchor="at-a-glance",
        results=_tile_results(tiles),
    )


def _no_tiles(tiles: Sequence[tuple[Change, Sequence[Row]]]) -> Bundle:
    reasons = {why_hidden(change.row.hidden) for change, _ in tiles}
    why = "too_few" if "too_few" in reasons else "no_answers"
    return Bundle(
        kind="empty",
        title=say("tiles.none_title" if why == "too_few" else "tiles.nobody_title"),
        sentence=say("tiles.none", n=MINIMUM_CLIENTS["owner"]),
        anchor="at-a-glance",
        results=_tile_results(tiles),
        why=why,
    )


def _tile_results(tiles: Sequence[tuple[Change, Sequence[Row]]]) -> tuple[Result, ...]:
    return tuple(
        result
        for change, recent in tiles
        for result in (*_results_of_run(change, recent), *_difference(change))
    )


def _tiles_caption(tiles: Sequence[tuple[Change, Sequence[Row]]]) -> str:
    change, recent = tiles[0]
    previous = period_in_words(parse_period(change.previous.period))
    return say("tiles.caption", previous=previous, n=len(recent))


def _tile_words(row: Row, metric: Metric) -> tuple[str, str]:
    """Label and value; a fall of pain moves into the label, so that the value stays short."""
    name = f"tile.{metric.name}"
    label = say(name) if has_phrase(name) else first_upper(metric.label)
    if metric.name != "pain_change" or not row.value:
        return label, estimate_in_words(row, metric)
    label = say("tile.pain_fell" if row.value < 0 else "tile.pain_rose")
    return label, count_in_words(abs(row.value), metric.unit)


def _tile(change: Change, recent: Sequence[Row], is_doubted: bool) -> Tile:
    metric, row = change.metric, change.row
    likely = range_beside(row, metric)
    said = [say("number.likely_range", range=likely)] if likely else []
    if not row.is_hidden and row.value is not None:
        said += remarks(row, metric) + ([say("tile.doubted")] if is_doubted else [])
    label, value = _tile_words(row, metric)
    return Tile(
        label=label,
        value=value,
        interval=remarked(*said) if said else "",
        change="" if row.is_hidden else change_since(change),
        tone={True: "better", False: "worse", None: ""}[change.is_better],
        mark=mark_of(row, metric),
        spark=tuple(each.value for each in recent),
        spark_text=_run_in_words(recent, metric),
        href=SHOWN_IN_FULL.get(metric.name, ""),
    )


def _silenced_tile(change: Change) -> Tile:
    return Tile(
        label=_tile_words(change.row, change.metric)[0],
        value=say("tile.silenced"),
        interval=say("tile.silenced_why"),
        href="#silence",
    )


def _run_in_words(recent: Sequence[Row], metric: Metric) -> str:
    return listed(
        say(
            "outcome.alt_cell",
            level=period_in_words(parse_period(row.period)),
            value=estimate_in_words(row, metric),
        )
        for row in recent
    )


def _results_of_run(change: Change, recent: Sequence[Row]) -> list[Result]:
    """This period, the one before it, and the earlier ones, each once."""
    rows = {row.period: row for row in (*recent, change.previous, change.row)}
    return [result_of(row, change.metric) for row in rows.values()]


def _difference(change: Change) -> list[Result]:
    if change.difference is None and not change.reason:
        return []
    metric = change.metric
    return [
        Result(
            metric=f"{metric.name}: change",
            unit=metric.unit,
            period=f"{change.previous.period} to {change.row.period}",
            value=change.difference,
            ci_lower=change.ci_lower,
            ci_upper=change.ci_upper,
            hidden=change.reason,
            shown=change_since(change),
        )
    ]


def present_change(change: Change) -> Bundle:
    """One metric in this period against the one before it, with the difference's likely range."""
    rows = tuple(
        (
            first_upper(period_in_words(parse_period(row.period))),
            estimate_in_words(row, change.metric),
            likely_range(row, change.metric),
        )
        for row in (change.previous, change.row)
    )
    return Bundle(
        kind="table",
        title=say_change(change),
        anchor=f"{change.metric.name}-change".replace("_", "-"),
        table=Table(
            columns=("period", "value", "likely"),
            labels=(say("table.period"), topic(change.metric), say("table.likely")),
            rows=(*rows, _difference_line(change)),
        ),
        results=(*_results_of_run(change, ()), *_difference(change)),
    )


def _difference_line(change: Change) -> tuple[str, str, str]:
    unit = change.metric.unit
    if change.difference is None:
        return say("table.difference"), change_since(change), ""
    lower, upper = change.ci_lower, change.ci_upper
    return (
        say("table.difference"),
        signed(change.difference, unit),
        "" if lower is None or upper is None else change_range(lower, upper, unit),
    )
