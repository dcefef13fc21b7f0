"""The one look of all figures, and the only door to Plotly.

Figures are plain dictionaries in Plotly's json schema, drawn with palette roles: a page needs no
Plotly import, which costs more than everything else on it. `layout.meta.narrow` says what changes
on a phone (`{"margin.l": 0}`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from nmt_analytics.reporting.palette import ROLES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

Figure = dict[str, Any]
Trace = dict[str, Any]

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'
TEXT, SMALL = 14, 12.5
CLEAR = "rgba(0, 0, 0, 0)"

SHARE_TICKS = (0, 25, 50, 75, 100)
DAY_TICKS = (0, 4, 7, 14, 21, 28, 42, 56, 84)
HOUR_TICKS = (0, 24, 36, 48, 72, 96)
TICKS: dict[str, tuple[int, ...]] = {
    "%": SHARE_TICKS,
    "days": DAY_TICKS,
    "hours": HOUR_TICKS,
    "seconds": tuple(range(0, 121, 10)),
    "points": tuple(range(-10, 11)),
}
"""Days and hours are marked where clients are asked."""


def ink(role: str) -> str:
    """The colour of a palette role; the page recolours it for its theme."""
    return ROLES[role].light


def _axis(**settings: Any) -> Figure:
    quiet = {"size": SMALL, "color": ink("quiet")}
    return {
        "gridcolor": ink("line"),
        "zerolinecolor": ink("line"),
        "linecolor": ink("context"),
        "zeroline": False,
        "tickfont": quiet,
        "title": {"font": quiet, "standoff": 8},
        "fixedrange": True,
    } | settings


TEMPLATE: Figure = {
    "layout": {
        "font": {"family": FONT, "size": TEXT, "color": ink("ink")},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 44, "pad": 4},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": ink("surface"),
            "bordercolor": ink("context"),
            "font": {"family": FONT, "size": SMALL, "color": ink("ink")},
            "align": "left",
        },
        "xaxis": _axis(),
        "yaxis": _axis(),
        "annotationdefaults": {"showarrow": False, "font": {"size": TEXT, "color": ink("ink")}},
        "bargap": 0.3,
    }
}
"""The one Plotly template. Refining the look of all figures is an edit here."""


def draw(traces: Iterable[Trace], **layout: Any) -> Figure:
    """A figure of `traces` in our look; `narrow` are the changes for a phone."""
    narrow = layout.pop("narrow", {})
    # Named, so that whoever reads the file can tell many drawn things from a list of values.
    named = [trace | {"name": f"part {at}"} for at, trace in enumerate(traces, start=1)]
    written = {"template": TEMPLATE, **_plain(layout), "meta": {"narrow": _plain(narrow)}}
    return {"data": _plain(named), "layout": written}


def _plain(part: Any, is_text: bool = False) -> Any:
    """The part with its texts as Plotly shows them letter by letter.

    It reads tags in labels (links, styles) and formulas between dollar signs, in which MathJax
    follows links; ours have line breaks alone.
    """
    if isinstance(part, Mapping):
        return {key: _plain(each, str(key).endswith("text")) for key, each in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(each, is_text) for each in part]
    if not is_text or not isinstance(part, str):
        return part
    lines = (escape(line, quote=False) for line in part.split("<br>"))
    return "<br>".join(lines).replace("$", "&#36;")


def line(x: list[Any], y: list[Any], role: str, width: float = 2.5, **more: Any) -> Trace:
    """A line through the points; None breaks it."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": ink(role), "width": width},
        "hoverinfo": "skip",
    } | more


def band(x: list[Any], lower: list[Any], upper: list[Any], role: str) -> Trace:
    """The area between two lines, as one closed shape."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *reversed(x)],
        "y": [*upper, *reversed(lower)],
        "fill": "toself",
        "fillcolor": ROLES[role].fill(0.16),
        "line": {"width": 0, "color": CLEAR},
        "hoverinfo": "skip",
    }


def dots(x: list[Any], y: list[Any], says: list[str], role: str, **marker: Any) -> Trace:
    """Points whose hover text repeats what the table says of them."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "text": says,
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        "marker": {"color": ink(role), "size": 11} | marker,
    }


def open_marker(role: str) -> Figure:
    """How a number with few clients behind it is marked: a ring."""
    return {"color": ink("paper"), "line": {"color": ink(role), "width": 2}, "size": 10}


def hatched_bar(
    place: float, says: str, lowest: float, highest: float, across: bool = False
) -> Trace:
    """How a hidden number is marked: diagonal lines over the whole scale, as in the page's tables.

    `place` is where on the other axis; `across` lays the bar down.
    """
    length, where = ("x", "y") if across else ("y", "x")
    return {
        "type": "bar",
        "orientation": "h" if across else "v",
        where: [place],
        length: [highest - lowest],
        "base": lowest,
        "width": 0.5,
        "marker": {
            "color": CLEAR,
            "line": {"width": 0},
            "pattern": {"shape": "/", "fgcolor": ink("line"), "size": 7, "solidity": 0.22},
        },
        "text": [says],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def promised(lower: float, upper: float) -> Figure:
    """The warm band of what was promised, from `lower` to `upper` on the x axis."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": lower,
        "x1": upper,
        "y0": 0,
        "y1": 1,
        "fillcolor": ROLES["promise"].fill(0.55),
        "line": {"width": 0},
        "layer": "below",
    }


def rule(axis: str, at: float, role: str = "context", dash: str = "solid") -> Figure:
    """A straight line across the plot at a value of the `x` or the `y` axis."""
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}ref": axis,
        f"{other}ref": "paper",
        f"{axis}0": at,
        f"{axis}1": at,
        f"{other}0": 0,
        f"{other}1": 1,
        "line": {"color": ink(role), "width": 1.5, "dash": dash},
        "layer": "below",
    }


def remark(text: str, role: str = "quiet", size: float = SMALL, **place: Any) -> Figure:
    """A text in the figure; `place` says where (x, y, xref, yref, xanchor …)."""
    return {
        "text": text,
        "showarrow": False,
        "font": {"size": size, "color": ink(role)},
        "align": "left",
    } | place


def promise_label(lower: float, upper: float, text: str) -> Figure:
    """The words above a promised band."""
    return remark(
        text,
        "promise_ink",
        x=(lower + upper) / 2,
        xref="x",
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=2,
    )


Shown = Callable[[Mapping[str, Any]], dict[str, Any]]


def to_plotly(figure: Mapping[str, Any], shown: Shown) -> PlotlyFigure:
    """The same figure as Plotly's own object, for whoever explores in a notebook.

    `shown` makes the mime bundle of what it displays from the figure's json.
    """
    return _figure_class(shown)(figure)


@cache
def _figure_class(shown: Shown) -> type[PlotlyFigure]:
    """Plotly's figure, but shown as our answers are: offline and in the notebook's theme."""
    from plotly.graph_objects import Figure as PlotlyFigure  # noqa: PLC0415 - a page needs none

    class ThemedFigure(PlotlyFigure):
        _ipython_display_ = None  # Plotly's own way, which asks other hosts for scripts

        def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, Any]:
            return shown(json.loads(self.to_json()))

    return ThemedFigure


def plotly_js() -> str:
    """Plotly's JavaScript, as the page inlines it once."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - only when a page is written

    return str(get_plotlyjs())
