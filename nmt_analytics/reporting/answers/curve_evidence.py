"""The numbers behind curves: as results for the files and as a table for the page."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answers import Curve, CurvePoint, CurveTable
from nmt_analytics.reporting.answers.evidence import HIDDEN, count_result
from nmt_analytics.reporting.bundle import Cell, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.curve_lines import TICKS, curve_label
from nmt_analytics.reporting.wording import number, range_in_words, share_in_words


def results_of_curves(table: CurveTable) -> tuple[Result, ...]:
    """A result for each drawn point, with the sessions still followed in `n_sessions`.

    Then who stands behind each curve, and what is hidden.
    """
    shown = [curve for curve in table.curves if curve.points]
    n_sessions = sum(curve.n_sessions or 0 for curve in shown)
    name = f"{_curve_metric(table)}: sessions in the curves shown"
    total = count_result(name, "sessions", table.period.name, n_sessions)
    return (total, *_behind_curves(table, shown), *_points_and_reasons(table))


def _behind_curves(table: CurveTable, shown: Sequence[Curve]) -> list[Result]:
    return [
        Result(
            metric=f"{_curve_metric(table)}: sessions",
            unit="sessions",
            period=table.period.name,
            value=float(curve.n_sessions or 0),
            n_sessions=curve.n_sessions,
            n_clients=curve.n_clients,
            levels=dict(zip(table.by, curve.levels, strict=True)),
            shown=number(curve.n_sessions or 0, "sessions"),
        )
        for curve in shown
    ]


def _points_and_reasons(table: CurveTable) -> tuple[Result, ...]:
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
