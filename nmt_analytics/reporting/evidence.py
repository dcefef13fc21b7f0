"""The numbers behind a figure: as results (for the files) and as a table (for the page).

Every number that a page shows stands in a result. A hidden cell says so in each column.
"""

from collections.abc import Callable, Sequence
from graphlib import TopologicalSorter
from itertools import groupby, pairwise

from nmt_analytics.outcomes.answers import Curve, CurvePoint, CurveTable, OutcomeTable, Row
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.reporting.bundle import Cell, Result, Table
from nmt_analytics.reporting.curve_lines import TICKS, curve_label
from nmt_analytics.reporting.phrases import say
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
    range_in_words,
    share_in_words,
)
from nmt_analytics.vocabulary import NOT_RECORDED

HIDDEN = "hidden"


def results_of(table: OutcomeTable) -> tuple[Result, ...]:
    """One result for each row of a table, and one for the clients that a row still needs."""
    found = []
    for row in table.rows:
        levels = dict(zip(table.by, row.levels, strict=True))
        found.append(result_of(row, table.metric, levels))
        if row.needs_clients:
            found.append(_clients_needed(row, table.metric, levels))
    return tuple(found)


def result_of(row: Row, metric: Metric, levels: dict[str, str] | None = None) -> Result:
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
    if row.is_hidden:
        hidden = Cell(say("showing.hidden"), mark=HIDDEN)
        cells: dict[str, Cell | str] = dict.fromkeys(columns, hidden)
        cells |= {"value": Cell(row.hidden, mark=HIDDEN)}
    else:
        cells = {
            "n_sessions": number(row.n_sessions or 0, "sessions"),
            "n_clients": number(row.n_clients or 0, "clients"),
            "value": Cell(estimate_in_words(row, table.metric), mark=mark_of(row, table.metric)),
            "likely": likely_range(row, table.metric),
            "open": open_range(row, table.metric),
        }
    cells |= {"level": row_label(row, table), "needs": needs}
    return tuple(cells[name] for name in columns)


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
    down, across = (_levels_with_numbers(table, position) for position in (0, 1))
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


def levels_without_numbers(table: OutcomeTable, position: int) -> list[str]:
    """The levels of a grid's dimension (0 down, 1 across) in which every cell is hidden."""
    shown = _levels_with_numbers(table, position)
    return [level for level in _levels(table, position) if level not in shown]


def _levels_with_numbers(table: OutcomeTable, position: int) -> list[str]:
    shown = {row.levels[position] for row in table.shown}
    return [level for level in _levels(table, position) if level in shown]


def _levels(table: OutcomeTable, position: int) -> list[str]:
    """Each level once, in the vocabulary's order.

    Within one level of the other dimension rows come in that order, but with gaps, so that only
    all of them together tell it.
    """
    order: TopologicalSorter[str] = TopologicalSorter()
    for _, group in groupby(sorted(table.rows, key=_other(position)), key=_other(position)):
        levels = [row.levels[position] for row in group]
        for level in levels:
            order.add(level)
        for earlier, later in pairwise(levels):
            order.add(later, earlier)
    return sorted(order.static_order(), key=lambda level: level == NOT_RECORDED)


def _other(position: int) -> Callable[[Row], str]:
    return lambda row: row.levels[1 - position]


def _grid_cell(row: Row | None, metric: Metric, reach: float) -> Cell:
    if row is None:
        return Cell(say("number.no_answer"))
    text = estimate_with_range(row, metric)
    if row.is_hidden:
        return Cell(text, mark=HIDDEN)
    shade = min(4, int(5 * abs(row.value or 0.0) / reach)) if reach else 0
    return Cell(text, mark=mark_of(row, metric), level=shade)


def results_of_curves(table: CurveTable) -> tuple[Result, ...]:
    """A result for each drawn point, with the sessions still followed in `n_sessions`."""
    return tuple(
        _result_of_point(table, curve, point) for curve in table.curves for point in curve.points
    ) + tuple(
        Result(
            metric=_curve_metric(table),
            unit="%",
            period=table.period.name,
            value=None,
            hidden=curve.hidden,
            levels=dict(zip(table.by, curve.levels, strict=True)),
            shown=curve.hidden,
        )
        for curve in table.curves
        if curve.hidden
    )


def _curve_metric(table: CurveTable) -> str:
    return "still_relieved" if table.outcome == "relief" else "still_sore"


def _result_of_point(table: CurveTable, curve: Curve, point: CurvePoint) -> Result:
    levels = dict(zip(table.by, curve.levels, strict=True))
    return Result(
        metric=_curve_metric(table),
        unit="%",
        period=table.period.name,
        value=point.value,
        n_sessions=point.n_at_risk,
        n_clients=None,
        ci_lower=point.ci_lower,
        ci_upper=point.ci_upper,
        known_lower=point.known_lower,
        known_upper=point.known_upper,
        levels=levels | {table.unit.removesuffix("s"): number(point.day, table.unit)},
        shown=share_in_words(point.value),
    )


def curve_numbers(table: CurveTable) -> Table:
    """One line for each curve and each day (or hour) at which clients are asked."""
    columns = ["level"] * bool(table.by) + ["time", "value", "likely", "open", "at_risk"]
    labels = {
        "level": ", ".join(say(f"dimension.{name}") for name in table.by),
        "time": say(f"table.{table.unit.removesuffix('s')}"),
        "value": say(f"table.{_curve_metric(table)}"),
        "likely": say("table.likely"),
        "open": say("table.open"),
        "at_risk": say("table.at_risk"),
    }
    return Table(
        columns=tuple(columns),
        labels=tuple(labels[name] for name in columns),
        rows=tuple(line for curve in table.curves for line in _curve_lines(table, curve, columns)),
        numeric=("time", "at_risk"),
    )


def _curve_lines(
    table: CurveTable, curve: Curve, columns: Sequence[str]
) -> list[tuple[Cell | str, ...]]:
    name = curve_label(table, curve)
    if curve.hidden:
        cells: dict[str, Cell | str] = dict.fromkeys(columns, Cell(say("showing.hidden"), HIDDEN))
        cells |= {"level": name, "value": Cell(curve.hidden, HIDDEN)}
        return [tuple(cells[each] for each in columns)]
    mark = "few" if curve.showing == "few clients" else ""
    asked = [point for point in curve.points if point.day in TICKS[table.outcome]]
    return [_curve_line(table, name, point, mark, columns) for point in asked]


def _curve_line(
    table: CurveTable, name: str, point: CurvePoint, mark: str, columns: Sequence[str]
) -> tuple[Cell | str, ...]:
    cells: dict[str, Cell | str] = {
        "level": name,
        "time": number(point.day, table.unit),
        "value": Cell(share_in_words(point.value), mark),
        "likely": range_in_words(point.ci_lower, point.ci_upper, "%"),
        "open": _open_at(point),
        "at_risk": number(point.n_at_risk, "sessions"),
    }
    return tuple(cells[each] for each in columns)


def _open_at(point: CurvePoint) -> str:
    if point.known_lower == point.known_upper:
        return ""
    return range_in_words(point.known_lower, point.known_upper, "%")
