"""When relief ends for each kind of client, and when such clients come back, as lines of days."""

from collections.abc import Sequence

from nmt_analytics.outcomes.guide import GuideRow
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import GAP, NARROW_ROW_HEIGHT, ROW_HEIGHT, ticks, width_of

LONGEST = 42.0
"""Days drawn at most: what lies beyond runs off the plot."""


def draw_return_guide(
    rows: Sequence[GuideRow], labels: Sequence[str], says: Sequence[str]
) -> Figure:
    """A line from the day of a quarter to the day of half lost; a diamond when clients return.

    `labels` and `says` are what each row is called and what is said of it on hovering.
    """
    days = [each.value for row in rows for each in row.numbers if each.value is not None]
    highest = min(LONGEST, 1.08 * max(days))
    traces = []
    remarks = []
    narrow: Figure = {"margin.l": 8, "height": NARROW_ROW_HEIGHT * len(rows) + 84}
    for index, row in enumerate(rows):
        ends = [row.quarter_lost.value or 0, row.half_lost.value or 0]
        traces.append(figures.line(ends, [index, index], "accent", 7, opacity=0.6))
        traces.append(figures.dots([row.half_lost.value], [index], [says[index]], "accent"))
        if row.returned.value is not None:
            back = [min(row.returned.value, highest)]
            traces.append(
                figures.dots(back, [index], [says[index]], "category_2", symbol="diamond", size=11)
            )
        place: Figure = {"y": index, "yref": "y", "x": 0, "xref": "paper", "xshift": -GAP}
        place |= {"xanchor": "right", "yanchor": "middle"}
        remarks.append(figures.remark(labels[index], "ink", **place))
        narrow |= {
            f"annotations.{index}.xanchor": "left",
            f"annotations.{index}.xshift": 0,
            f"annotations.{index}.yshift": 16,
        }
    return figures.draw(
        traces,
        height=ROW_HEIGHT * len(rows) + 60,
        margin={"l": width_of(labels), "r": 16, "t": 12, "b": 48},
        xaxis={
            "range": [0, highest],
            "tickvals": ticks("days", 0, highest),
            "title": {"text": say("guide.axis")},
        },
        yaxis={"range": [len(rows) - 0.5, -0.5], "visible": False},
        annotations=remarks,
        narrow=narrow,
    )
