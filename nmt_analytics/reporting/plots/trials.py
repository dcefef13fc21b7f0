"""The truth drawn into a dot plot of estimates: an upright stroke in each row."""

from collections.abc import Sequence

from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure

STROKE_HEIGHT, STROKE_WIDTH = 10, 4
KEY_HEIGHT = 26
Pair = tuple[float | None, float | None]


def mark_truths(
    figure: Figure,
    truths: Sequence[float],
    says: Sequence[str],
    key: str,
    pairs: Sequence[Pair] = (),
) -> Figure:
    """`figure`, drawn by draw_dots, with the truth of each row and a key above the plot.

    `pairs` are two further numbers of each row, drawn as grey triangles that point inwards.
    """
    for index, (earlier, later) in enumerate(pairs):
        for value, symbol in ((earlier, "triangle-right"), (later, "triangle-left")):
            if value is not None:
                marker = {"symbol": symbol, "size": 12}
                figure["data"].append(
                    figures.dots([value], [index], [says[index]], "context", **marker)
                )
    stroke = {"color": figures.ink("ink"), "width": STROKE_WIDTH}
    rows = list(range(len(truths)))
    marker = {"symbol": "line-ns", "size": STROKE_HEIGHT, "line": stroke}
    figure["data"].append(figures.dots(list(truths), rows, list(says), "ink", **marker))
    layout = figure["layout"]
    layout["height"] += KEY_HEIGHT
    layout["margin"]["t"] += KEY_HEIGHT
    layout["meta"]["narrow"]["height"] += KEY_HEIGHT
    layout["annotations"].append(
        figures.remark(key, x=0, xref="paper", xanchor="left", y=1, yref="paper", yshift=24)
    )
    return figure
