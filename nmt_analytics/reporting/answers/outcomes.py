"""Outcomes and curves as a page shows them: takeaway, figure or grid, caption, numbers."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answers import Curve, CurveTable, OutcomeTable
from nmt_analytics.reporting.answers.curve_evidence import curve_numbers, results_of_curves
from nmt_analytics.reporting.answers.evidence import (
    grid_table,
    levels_without_numbers,
    numbers_table,
    results_of,
    row_label,
    sessions_shown,
    why_hidden,
)
from nmt_analytics.reporting.bundle import Bundle, Result
from nmt_analytics.reporting.findings import say_curve, say_outcome, topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.curve_lines import (
    FEWEST_FOLLOWED,
    TICKS,
    as_drawn,
    curve_label,
    point_in_words,
    starts_open,
)
from nmt_analytics.reporting.plots.curves import MOST_TOGETHER, draw_curve
from nmt_analytics.reporting.plots.dots import draw_outcome
from nmt_analytics.reporting.plots.runs import draw_run
from nmt_analytics.reporting.wording import (
    clients_missing,
    count_in_words,
    in_words,
    is_undetermined,
    listed,
    period_in_words,
    settling_day,
    short_level,
)
from nmt_analytics.vocabulary import NOT_RECORDED


def present_outcome(table: OutcomeTable) -> Bundle:
    """One metric as the page shows it: a sentence, a figure by one dimension, a grid by two."""
    shown = [row for row in table.rows if row.n_sessions and not row.is_hidden]
    if not shown:
        return _nothing_to_show(table)
    if len(shown) == 1 and any(row.is_hidden for row in table.rows):
        return _nothing_to_show(table, row_label(shown[0], table))
    return _as_grid(table) if len(table.by) == 2 else _as_figure(table)


def _as_figure(table: OutcomeTable) -> Bundle:
    over_time = table.by[:1] in (("month",), ("quarter",))
    return Bundle(
        kind="figure",
        title=say_outcome(table),
        sentence=_what_would_help(table),
        caption=f"{_caption(table)} {_legend(table)}",
        legend=_legend(table),
        anchor=_anchor(table.metric.name, table.by),
        figure=draw_run(table) if over_time else draw_outcome(table),
        alt=_alt(table, over_time),
        table=numbers_table(table),
        results=results_of(table),
    )


def _alt(table: OutcomeTable, over_time: bool) -> str:
    cells = listed(
        say("outcome.alt_cell", level=row_label(row, table), value=in_words(row, table.metric))
        for row in table.rows
    )
    if not table.by:
        return say("outcome.single", cells=cells)
    phrase = "outcome.alt_run" if over_time else "outcome.alt"
    return say(phrase, n=len(table.rows), across=say(f"across.{table.by[0]}"), cells=cells)


def _as_grid(table: OutcomeTable) -> Bundle:
    return Bundle(
        kind="grid",
        title=say_outcome(table),
        caption=" ".join((_caption(table), say("outcome.shaded"), *_left_out(table))),
        legend=say("outcome.shaded"),
        anchor=_anchor(table.metric.name, table.by),
        table=grid_table(table),
        results=results_of(table),
    )


def _left_out(table: OutcomeTable) -> list[str]:
    """Which levels the grid does not show because all their cells are hidden."""
    left_out = [
        _cell_label(dimension, level)
        for position, dimension in enumerate(table.by)
        for level in levels_without_numbers(table, position)
    ]
    return [say("outcome.left_out", levels=", ".join(left_out))] if left_out else []


def _cell_label(dimension: str, level: str) -> str:
    """A level of a grid, told apart from the other dimension's: `stress not recorded`."""
    if level == NOT_RECORDED:
        return say("level.of_not_recorded", dimension=say(f"dimension.{dimension}").lower())
    return short_level(dimension, level)


def _anchor(name: str, by: Sequence[str]) -> str:
    name = "-by-".join((name, "-and-".join(by))) if by else name
    return name.replace("_", "-")


def _caption(table: OutcomeTable) -> str:
    """Who is in it. The groups' sessions are added up only over groups that are shown."""
    phrase = ("outcome.caption", "outcome.caption_by", "outcome.caption_grid")[len(table.by)]
    n_clients = table.shown[0].n_clients or 0 if table.shown else 0
    return say(
        phrase,
        sessions=count_in_words(sessions_shown(table), "sessions"),
        clients=count_in_words(n_clients, "clients"),
        period=period_in_words(table.period),
        population=table.metric.population,
    )


def _legend(table: OutcomeTable) -> str:
    """What the signs of the figure mean, those alone that are on it."""
    rows, said = table.rows, [say("outcome.likely_drawn")]
    if any(is_undetermined(row, table.metric) for row in rows):
        said.append(say("showing.open_explained"))
    if any(row.showing == "few clients" for row in rows):
        said.append(say("showing.few_explained"))
    if any(row.is_hidden for row in rows):
        said.append(say("showing.hidden_explained"))
    return " ".join(said)


def _what_would_help(table: OutcomeTable) -> str:
    """Which further check-in, or how many more clients, would settle the number of all sessions."""
    if table.by:
        return ""
    (row,) = table.rows
    when = settling_day(row, table.metric) if is_undetermined(row, table.metric) else ""
    said = (say("showing.settle", when=when) if when else "", clients_missing(row))
    return " ".join(filter(None, said))


def _nothing_to_show(table: OutcomeTable, alone: str = "") -> Bundle:
    anchor, results = _anchor(table.metric.name, table.by), results_of(table)
    reasons = [row.hidden for row in table.rows if row.is_hidden]
    words = {"topic": topic(table.metric), "population": table.metric.population, "level": alone}
    return _empty(table, anchor, results, reasons, words)


def _empty(
    table: OutcomeTable | CurveTable,
    anchor: str,
    results: tuple[Result, ...],
    reasons: Sequence[str],
    words: dict[str, str],
) -> Bundle:
    """Why there is nothing to see: nobody answered, or too few clients stand behind all there are.

    A level in `words` is the only one with enough; a chart of it alone would compare nothing.
    """
    reason = next((each for each in reasons if why_hidden(each) == "too_few"), "")
    title, text = ("hidden_title", "hidden_all") if reason else ("no_answers_title", "no_answers")
    if reason and not table.by:
        text = "hidden_one"
    if words.get("level"):
        title, text = "hidden_but_one_title", "hidden_but_one"
    words |= {"period": period_in_words(table.period)} | ({"reason": reason} if reason else {})
    return Bundle(
        kind="empty",
        title=say(f"empty.{title}", **words),
        sentence=say(f"empty.{text}", **words),
        anchor=anchor,
        results=results,
        why=why_hidden(reason),
    )


def present_curve(table: CurveTable, is_silenced: bool = False) -> Bundle:
    """Curves as the page shows them, with what was promised and who is still followed.

    `is_silenced`: silent sessions leave too open what the title would say.
    """
    table = as_drawn(table)
    shown = [curve for curve in table.curves if curve.points]
    if not shown:
        return _no_curve(table)
    if len(shown) == 1 and any(curve.hidden for curve in table.curves):
        return _no_curve(table, curve_label(table, shown[0]))
    return Bundle(
        kind="figure",
        title=say("curve.silenced") if is_silenced else say_curve(table),
        caption=_curve_caption(table, shown),
        anchor=_anchor(f"{table.outcome}-curve", table.by),
        figure=draw_curve(table),
        alt=_curve_alt(table, shown),
        table=curve_numbers(table),
        results=results_of_curves(table),
    )


def _curve_caption(table: CurveTable, shown: Sequence[Curve]) -> str:
    caption = say(
        "curve.caption_by" if table.by else "curve.caption",
        sessions=count_in_words(sum(curve.n_sessions or 0 for curve in shown), "sessions"),
        clients=count_in_words(shown[0].n_clients or 0, "clients"),
        period=period_in_words(table.period),
    )
    said = [caption]
    if len(shown) > MOST_TOGETHER:
        said.append(say(f"curve.panels_{table.outcome}"))
    if any(map(starts_open, shown)):
        said.append(say(f"curve.unasked_{table.outcome}"))
    if any(curve.points[-1].day < TICKS[table.outcome][-1] for curve in shown):
        said.append(say("curve.line_ends", n=FEWEST_FOLLOWED))
    said += _hidden_curves(table)
    said += [
        say("curve.none_drawn", level=curve_label(table, curve))
        for curve in table.curves
        if not curve.hidden and not curve.points
    ]
    return " ".join(said)


def _hidden_curves(table: CurveTable) -> list[str]:
    """Each reason once, with all curves that are hidden for it."""
    levels: dict[str, list[str]] = {}
    for curve in table.curves:
        if curve.hidden:
            levels.setdefault(curve.hidden, []).append(curve_label(table, curve))
    return [
        say("curve.hidden", level=listed(names), reason=reason) for reason, names in levels.items()
    ]


def _curve_alt(table: CurveTable, shown: Sequence[Curve]) -> str:
    cells = listed(
        say("curve.alt_curve", level=curve_label(table, curve), points=_asked(table, curve))
        for curve in shown
    )
    value, axis = (say(f"curve.{table.outcome}_{part}") for part in ("value", "axis"))
    return say("curve.alt", value=value, axis=axis, cells=cells)


def _asked(table: CurveTable, curve: Curve) -> str:
    asked = [point for point in curve.points if point.day in TICKS[table.outcome][1:]]
    return ", ".join(point_in_words(table, point) for point in asked)


def _no_curve(table: CurveTable, alone: str = "") -> Bundle:
    anchor, results = _anchor(f"{table.outcome}-curve", table.by), results_of_curves(table)
    reasons = [curve.hidden for curve in table.curves if curve.hidden]
    words = {"topic": say(f"curve.{table.outcome}_topic"), "level": alone}
    words["population"] = say(f"curve.{table.outcome}_population")
    return _empty(table, anchor, results, reasons, words)
