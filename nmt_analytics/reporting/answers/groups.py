"""Each group against all others, as a page shows it."""

from nmt_analytics.outcomes.groups import GroupDifference, GroupsTable
from nmt_analytics.reporting.answers.evidence import HIDDEN
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots
from nmt_analytics.reporting.wording import (
    change_range,
    first_upper,
    level_in_sentence,
    level_label,
    listed,
    period_in_words,
    signed,
)


def present_groups(table: GroupsTable) -> Bundle:
    """Which groups differ from the others, each difference with its likely range."""
    rows = [_dot_row(each, table) for each in table.rows]
    is_empty = not table.compared
    return Bundle(
        kind="table" if is_empty else "figure",
        title=_say_groups(table),
        caption=say("groups.caption", period=first_upper(period_in_words(table.period))),
        anchor=f"{table.metric.name}-groups-by-{table.by}".replace("_", "-"),
        figure=None if is_empty else draw_dots(rows, _unit(table), say("groups.axis")),
        alt=say("outcome.single", cells=listed(row.says for row in rows)),
        table=_numbers(table),
        results=tuple(_result(each, table) for each in table.rows),
    )


def _say_groups(table: GroupsTable) -> str:
    """Which groups differ from the others, or that there is too little data to tell."""
    words = {"topic": topic(table.metric), "across": say(f"across.{table.by}")}
    seen = [each for each in table.compared if each.is_seen]
    if not seen:
        return say("groups.cannot_tell", **words)
    parts = (
        say(
            "groups.more" if (each.difference or 0.0) > 0 else "groups.less",
            level=level_in_sentence(table.by, each.level),
        )
        for each in seen
    )
    return say("groups.differ", parts=", ".join(parts), **words)


def _unit(table: GroupsTable) -> str:
    return "points" if table.metric.unit == "%" else table.metric.unit


def _in_words(each: GroupDifference, table: GroupsTable) -> str:
    """`+6 (2 to 10)`, or why there is none."""
    if each.difference is None:
        return each.reason
    size = signed(each.difference, table.metric.unit)
    if each.ci_lower is None or each.ci_upper is None:
        return size
    likely = change_range(each.ci_lower, each.ci_upper, table.metric.unit)
    return say("number.bracketed", value=size, range=likely)


def _dot_row(each: GroupDifference, table: GroupsTable) -> DotRow:
    text, label = _in_words(each, table), first_upper(level_label(table.by, each.level))
    return DotRow(
        label=label,
        says=say("outcome.alt_cell", level=label, value=text),
        beside=say("showing.hidden") if each.row.is_hidden else text,
        beside_briefly=text
        if each.difference is None
        else signed(each.difference, table.metric.unit),
        value=each.difference,
        lower=each.ci_lower,
        upper=each.ci_upper,
        is_hidden=each.difference is None,
        role="accent" if each.is_seen else "context",
    )


def _numbers(table: GroupsTable) -> Table:
    columns = ("level", "difference", "seen")
    return Table(
        columns=columns,
        labels=(
            say(f"dimension.{table.by}"),
            say("groups.difference", topic=topic(table.metric)),
            say("groups.seen"),
        ),
        rows=tuple(
            (
                first_upper(level_label(table.by, each.level)),
                Cell(_in_words(each, table), HIDDEN if each.difference is None else ""),
                "" if each.reason else say("groups.yes" if each.is_seen else "groups.no"),
            )
            for each in table.rows
        ),
    )


def _result(each: GroupDifference, table: GroupsTable) -> Result:
    return Result(
        metric=f"{table.metric.name}: difference from the others",
        unit=_unit(table),
        period=table.period.name,
        value=each.difference,
        n_sessions=None if each.reason else each.row.n_sessions,
        n_clients=None if each.reason else each.row.n_clients,
        ci_lower=each.ci_lower,
        ci_upper=each.ci_upper,
        known_lower=each.known_lower,
        known_upper=each.known_upper,
        hidden=each.reason,
        levels={table.by: each.level},
        shown=_in_words(each, table),
    )
