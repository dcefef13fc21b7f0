"""How answers show themselves in a live notebook: the page's own look, in JupyterLab's theme.

Each output carries its words, table and figure; what draws them comes once for each notebook,
from this package and never from another host.
"""

import json
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakSet

from jinja2 import Environment, FileSystemLoader

from nmt_analytics.reporting import assets
from nmt_analytics.reporting.bundle import ANSWER, PLOTLY, Bundle
from nmt_analytics.reporting.palette import ROLES
from nmt_analytics.reporting.plain_text import as_text

DARK_PAPER, LIGHT_PAPER = "#111111", "#ffffff"
"""JupyterLab's own backgrounds."""

_equipped: WeakSet[Any] = WeakSet()


def is_live() -> bool:
    """Whether this process is the kernel of a notebook that somebody is working in."""
    return hasattr(shell(), "kernel")


def shown(bundle: Bundle) -> dict[str, Any]:
    """The mime bundle of an answer, for whatever displays it: a notebook, a page, a terminal.

    In a live notebook it is html that draws itself; the first answer of a kernel brings along
    what draws all of them.
    """
    if not is_live():
        return bundle.to_mime() | {"text/plain": as_text(bundle)}
    brings = "" if shell() in _equipped else drawing_html()
    _equipped.add(shell())
    return {"text/html": brings + answer_html(bundle), "text/plain": as_text(bundle)}


def shown_figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The mime bundle of a Plotly figure alone, which its owner may have changed.

    What the basic bundle cannot draw is left to Plotly's extension of JupyterLab.
    """
    title = str(figure["layout"].get("title", {}).get("text", "Figure"))
    if is_live() and assets.trace_types([figure]) <= assets.BASIC_TYPES:
        return shown(Bundle(kind="figure", figure=figure, alt=title))
    return {PLOTLY: figure, "text/plain": title}


def equip_and_show(bundle: Bundle) -> None:
    """Display an answer together with what draws all later ones, whether it came before or not."""
    from IPython.display import display  # noqa: PLC0415 - only in a live notebook

    _equipped.discard(shell())
    display(shown(bundle), raw=True)


def answer_html(bundle: Bundle) -> str:
    """The html of one answer. Links within a page lead nowhere in a notebook and are left out."""
    answer = bundle.to_mime()[ANSWER]
    for item in answer["items"]:
        item.pop("href", None)
    return str(_template().render(answer=answer))


@cache
def drawing_html() -> str:
    """The script that shows answers: style, Plotly's basic bundle, and how figures are fitted."""
    parts = {"roles": {name: role.light for name, role in ROLES.items()}, "style": _style()}
    constants = json.dumps(parts).replace("<", "\\u003c")
    return (
        "<script>if (!window.nmtAnalytics?.show) {\n"
        f"const NMT = {constants}, earlier = window.Plotly;\n"
        f"{assets.basic_plotly()}\n"
        "NMT.Plotly = window.Plotly;\n"
        "if (earlier) window.Plotly = earlier;\n"
        f"{assets.text_of('figures.js')}{assets.text_of('lab.js')}}}</script>"
    )


def _style() -> str:
    light = {name: role.light for name, role in ROLES.items()} | {"paper": LIGHT_PAPER}
    dark = {name: role.dark for name, role in ROLES.items()} | {"paper": DARK_PAPER}
    return "\n".join(
        (
            f":host{{{assets.variables(light)}}}",
            f":host([data-theme=dark]){{{assets.variables(dark)}}}",
            assets.text_of("style.css").replace(":root", ":host"),
            assets.text_of("lab.css"),
        )
    )


@cache
def _template() -> Any:
    environment = assets.prepare(Environment(loader=FileSystemLoader(assets.TEMPLATE)))
    return environment.get_template("lab.html.j2")


def shell() -> Any:
    """The IPython shell that is at work, or None."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
