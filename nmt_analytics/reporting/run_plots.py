"""A metric month by month or quarter by quarter: a line of dots with their likely ranges."""

from nmt_analytics.outcomes.answers import OutcomeTable, Row
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.dot_plots import scale, ticks
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.wording import in_words, level_label, say
from nmt_analytics.vocabulary import NOT_RECORDED

HEIGHT = 320


def draw_run(table: OutcomeTable) -> Figure:
    """One metric over the months or quarters of a table; a hidden one is a gap in the line."""
    rows = [row for row in table.rows if row.levels != (NOT_RECORDED,)]
    unit = table.metric.unit
    ends = [
        end for row in rows for end in (row.value, row.ci_lower, row.ci_upper) if end is not None
    ]
    lowest, highest = scale(ends, unit)
    places = list(range(len(rows)))
    values = [row.value for row in rows]
    labels = [level_label(table.by[0], row.levels[0]) for row in rows]
    return figures.draw(
        [
            *_hatched(rows, lowest, highest),
            *_ranges(rows, highest),
            figures.line(places, values, "accent", 1.5),
            *_dots(table, rows),
        ],
        height=HEIGHT,
        margin={"l": 44, "r": 16, "t": 30, "b": 56},
        xaxis={
            "tickvals": places[:: _every(len(rows))],
            "ticktext": [_in_two_lines(label) for label in labels[:: _every(len(rows))]],
            "showgrid": False,
            "range": [-0.5, len(rows) - 0.5],
        },
        yaxis={
            "range": [lowest, highest],
            "tickvals": ticks(unit, lowest, highest),
            "ticksuffix": say("axis.percent") if unit == "%" else "",
            "zeroline": True,
        },
        annotations=[
            figures.remark(
                say(f"axis.{'share' if unit == '%' else unit}"),
                x=0,
                xref="paper",
                xanchor="left",
                xshift=-40,
                y=1,
                yref="paper",
                yanchor="bottom",
                yshift=4,
            )
        ],
        narrow={
            "xaxis.tickvals": places[:: _every(len(rows), 5)],
            "xaxis.ticktext": [_in_two_lines(label) for label in labels[:: _every(len(rows), 5)]],
        },
    )


def _every(n: int, most: int = 12) -> int:
    """Every how many-th place is labelled so that at most `most` labels stand side by side."""
    return -(-n // most)


def _in_two_lines(label: str) -> str:
    return label.replace(" ", "<br>").replace("\u00a0", "<br>")


def _hatched(rows: list[Row], lowest: float, highest: float) -> list[Trace]:
    hidden = [(place, row) for place, row in enumerate(rows) if row.is_hidden]
    return [figures.hatched_bar(place, row.hidden, lowest, highest) for place, row in hidden]


def _ranges(rows: list[Row], highest: float) -> list[Trace]:
    return [
        figures.line(
            [place, place],
            [row.ci_lower, highest if row.ci_upper is None else min(row.ci_upper, highest)],
            "accent",
            1.5 if row.showing == "few clients" else 3,
            opacity=0.4,
        )
        for place, row in enumerate(rows)
        if row.ci_lower is not None
    ]


def _dots(table: OutcomeTable, rows: list[Row]) -> list[Trace]:
    shown = [(place, row) for place, row in enumerate(rows) if row.value is not None]
    return [
        figures.dots(
            [place],
            [row.value],
            [in_words(row, table.metric)],
            "accent",
            **(figures.open_marker("accent") if row.showing == "few clients" else {"size": 9}),
        )
        for place, row in shown
    ]
