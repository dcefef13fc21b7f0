"""The numbers behind a figure: as results (for the files) and as a table (for the page).

Every number that a page shows stands in a result. A hidden cell says so in each column.
"""

from collections.abc import Mapping, Sequence

from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.outcomes.disclosure import NOBODY
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.reporting.bundle import Cell, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.ratio_words import size_in_words, size_range
from nmt_analytics.reporting.wording import (
    count_in_words,
    estimate_in_words,
    estimate_with_range,
    first_upper,
    in_words,
    is_undetermined,
    level_label,
    levels_label,
    likely_range,
    number,
    open_range,
    period_in_words,
    share_in_words,
)
from nmt_analytics.vocabulary import WORDS, place_in

HIDDEN = "hidden"


def why_hidden(reason: str) -> str:
    """Why a number that is hidden for `reason` is missing, as Bundle.why tells it."""
    return "no_answers" if reason in ("", NOBODY) else "too_few"


def results_of(table: OutcomeTable) -> tuple[Result, ...]:
    """One result for each row, for the clients that it still needs, and for the sessions shown."""
    found = []
    for row in table.rows:
        levels = dict(zip(table.by, row.levels, strict=True))
        found.append(result_of(row, table.metric, levels))
        if row.needs_clients:
            found.append(_clients_needed(row, table.metric, levels))
    if table.by:
        name = f"{table.metric.name}: sessions in the groups shown"
        found.append(count_result(name, "sessions", table.period.name, sessions_shown(table)))
    return tuple(found)


def sessions_shown(table: OutcomeTable) -> int:
    """The sessions of the groups that are shown: a total with hidden ones would give them back."""
    return sum(row.n_sessions or 0 for row in table.shown)


def count_result(
    name: str, unit: str, period: str, n: float, levels: Mapping[str, str] | None = None
) -> Result:
    """One count as a result."""
    return Result(name, unit, period, float(n), levels=levels or {}, shown=number(n, unit))


def share_result(
    name: str, period: str, share: float, levels: Mapping[str, str] | None = None
) -> Result:
    """One share without an interval, in percent, as a result."""
    return Result(name, "%", period, share, levels=levels or {}, shown=share_in_words(share))


def result_of(row: Row, metric: Metric, levels: Mapping[str, str] | None = None) -> Result:
    """One row as a result of its metric."""
    return Result(
        metric=metric.name,
        unit=metric.unit,
        period=row.period,
        value=row.value,
        n_sessions=row.n_sessions,
        n_clients=row.n_clients,
        ci_lower=row.ci_lower,
        ci_upper=row.ci_upper,
        known_lower=row.known_lower,
        known_upper=row.known_upper,
        hidden=row.hidden,
        levels=levels or {},
        shown=in_words(row, metric),
    )


def ratio_result(ratio: TimeRatio, period: str, levels: Mapping[str, str]) -> Result:
    """One time ratio as a result."""
    return Result(
        metric=f"time_ratio_{ratio.term}",
        unit="times",
        period=period,
        value=ratio.value,
        n_sessions=ratio.n_sessions,
        n_clients=ratio.n_clients,
        ci_lower=ratio.ci_lower,
        ci_upper=ratio.ci_upper,
        levels={"level": ratio.level, "reference": ratio.reference} | dict(levels),
        shown=say("number.likely", value=size_in_words(ratio.value), range=size_range(ratio)),
    )


def _clients_needed(row: Row, metric: Metric, levels: dict[str, str]) -> Result:
    needed = row.needs_clients or 0
    return Result(
        metric=f"{metric.name}: more clients needed",
        unit="clients",
        period=row.period,
        value=float(needed),
        levels=levels,
        shown=count_in_words(needed, "clients"),
    )


def numbers_table(table: OutcomeTable) -> Table:
    """One line for each row: counts, the number, its likely range, what check-ins leave open."""
    metric = table.metric
    has_open = any(open_range(row, metric) for row in table.rows)
    has_needs = any(row.needs_clients for row in table.rows)
    columns = ["level", "n_sessions", "n_clients", "value", "likely"]
    columns += ["open"] * has_open + ["needs"] * has_needs
    labels = {
        "level": ", ".join(say(f"dimension.{name}") for name in table.by) or say("table.period"),
        "n_sessions": say("table.sessions"),
        "n_clients": say("table.clients"),
        "value": first_upper(metric.label),
        "likely": say("table.likely"),
        "open": say("table.open"),
        "needs": say("table.missing"),
    }
    return Table(
        columns=tuple(columns),
        labels=tuple(labels[name] for name in columns),
        rows=tuple(_line(row, table, columns) for row in table.rows),
        numeric=("n_sessions", "n_clients", "needs"),
    )


def row_label(row: Row, table: OutcomeTable) -> str:
    """What a row is called: its levels, or the period where it has none."""
    return levels_label(table.by, row.levels) or first_upper(period_in_words(table.period))


def _line(row: Row, table: OutcomeTable, columns: Sequence[str]) -> tuple[Cell | str, ...]:
    needs = number(row.needs_clients, "clients") if row.needs_clients else ""
    cells = cells_of(row, table.metric) | {"level": row_label(row, table), "needs": needs}
    return tuple(cells[name] for name in columns)


def cells_of(row: Row, metric: Metric) -> dict[str, Cell | str]:
    """A number's cells by column: n_sessions, n_clients, value, likely, open."""
    if row.is_hidden:
        hidden = Cell(say("showing.hidden"), mark=HIDDEN)
        names = ("n_sessions", "n_clients", "likely", "open")
        cells: dict[str, Cell | str] = dict.fromkeys(names, hidden)
        return cells | {"value": Cell(row.hidden, mark=HIDDEN)}
    return {
        "n_sessions": number(row.n_sessions or 0, "sessions"),
        "n_clients": number(row.n_clients or 0, "clients"),
        "value": Cell(estimate_in_words(row, metric), mark=mark_of(row, metric)),
        "likely": likely_range(row, metric),
        "open": open_range(row, metric),
    }


def mark_of(row: Row, metric: Metric) -> str:
    """The mark of a cell: hidden, few, undetermined, or none."""
    if row.is_hidden:
        return HIDDEN
    if row.showing == "few clients":
        return "few"
    return "undetermined" if is_undetermined(row, metric) else ""


def grid_table(table: OutcomeTable) -> Table:
    """Rows for the first dimension, columns for the second; a cell's shade grows with its value."""
    first, second = table.by
    cells = {row.levels: row for row in table.rows}
    down, across = (_levels_with_numbers(table, which) for which in (0, 1))
    highest = max((row.value or 0.0 for row in table.rows), default=0.0)
    reach = 100.0 if table.metric.unit == "%" else highest
    return Table(
        columns=("level", *across),
        labels=(
            say(f"dimension.{first}"),
            *(first_upper(level_label(second, level)) for level in across),
        ),
        rows=tuple(
            (
                first_upper(level_label(first, level)),
                *(_grid_cell(cells.get((level, other)), table.metric, reach) for other in across),
            )
            for level in down
        ),
    )


def levels_without_numbers(table: OutcomeTable, which: int) -> list[str]:
    """The levels of a grid's dimension (0 down, 1 across) in which every cell is hidden."""
    shown = _levels_with_numbers(table, which)
    return [level for level in _levels(table, which) if level not in shown]


def _levels_with_numbers(table: OutcomeTable, which: int) -> list[str]:
    shown = {row.levels[which] for row in table.shown}
    return [level for level in _levels(table, which) if level in shown]


def _levels(table: OutcomeTable, which: int) -> list[str]:
    """Each level once: down as the rows come, across in the vocabulary's order.

    Rows come ordered by their first level; within it the second has gaps.
    """
    levels = dict.fromkeys(row.levels[which] for row in table.rows)
    if which == 0:
        return list(levels)
    return sorted(levels, key=lambda level: place_in(WORDS.get(table.by[which], ()), level))


def _grid_cell(row: Row | None, metric: Metric, reach: float) -> Cell:
    if row is None:
        return Cell(say("number.no_answer"))
    if row.is_hidden:
        return Cell(say("showing.hidden"), mark=HIDDEN)
    text = estimate_with_range(row, metric)
    shade = min(4, int(5 * abs(row.value or 0.0) / reach)) if reach else 0
    return Cell(text, mark=mark_of(row, metric), level=shade)
