"""What the templates need besides a page: style, scripts, policy, marks, and who made it.

Templates escape everything by default; the only html that passes is what is written here, the
markdown of the notebook (rendered with html escaped) and our own style and scripts.
"""

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from nmt_analytics.reporting.page import Page, figure_json, spark_lines
from nmt_analytics.reporting.palette import ROLES

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = Path(__file__).parent / "template"

BASIC_TYPES = frozenset({"scatter", "bar", "pie"})
"""The traces that template/plotly-basic.min.js draws."""

# Plotly carries maps, which add a style of their own unless an element of this id is there.
_STYLE_ID = re.compile(r'getElementById\("([0-9a-f]{64})"\)')

SIGNS = {
    **{"few": "○", "hidden": "", "undetermined": "↔", "better": "▲", "worse": "▼"},
    **{"supported": "✓", "not supported": "✕", "data cannot tell": "?", "not testable": "–"},
}
"""The sign of each mark, tone and verdict, beside its words: never colour alone."""


def prepare(environment: "Environment", as_html: Callable[[str], str] = str) -> "Environment":
    """A jinja environment that escapes, with our filters and tables of marks."""
    environment.autoescape = True
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters["markdown"] = lambda text: Markup(as_html(text))
    environment.filters["figure_json"] = lambda figure: Markup(figure_json(figure))
    environment.filters["spark_lines"] = spark_lines
    environment.globals.update(words=words(), signs=SIGNS)
    return environment


def page_resources(page: Page, record: Mapping[str, Any]) -> dict[str, Any]:
    """What page.html.j2 finds in `resources`; scripts only where a figure is to be drawn.

    `record` is what manifest.json says; what it calls `restatement` stands below the header.
    """
    style = _style(f"{page.title} · {(page.header or {}).get('eyebrow', '')}".strip(" ·"))
    figures = [answer["figure"] for answer in page.answers if answer["figure"] is not None]
    is_whole = not trace_types(figures) <= BASIC_TYPES
    plotly = _plotly_script(is_whole) if figures else ""
    script = text_of("figures.js") + text_of("page.js") if figures else ""
    return {
        "page": page,
        "policy": _policy(style, [plotly, script] if figures else [], is_whole),
        "style": Markup(style),
        "plotly_js": Markup(plotly),
        "plotly_styles": _STYLE_ID.findall(plotly),
        "script": Markup(script),
        "roles_json": Markup(json.dumps({name: role.light for name, role in ROLES.items()})),
        "colophon": [f"{label} {value}" for label, value in about(record).items()],
        "restatement": record.get("restatement", ""),
        "held": record.get("held", ""),
        "releases": [quote(f"../../{kept}/report.html") for kept in record.get("releases", ())],
    }


def index_page(content: Mapping[str, Any]) -> str:
    """reports/index.html; `content` is what index.html.j2 names. It needs no script."""
    return _without_script("index.html.j2", content)


def runs_page(content: Mapping[str, Any]) -> str:
    """reports/runs.html; `content` is what runs.html.j2 names. It needs no script."""
    return _without_script("runs.html.j2", content)


def _without_script(template: str, content: Mapping[str, Any]) -> str:
    style = _style(str(content["practice"]))
    page = _environment().get_template(template)
    return page.render(**content, style=Markup(style), policy=_policy(style, []))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader  # noqa: PLC0415 - only pages need it

    return prepare(Environment(loader=FileSystemLoader(TEMPLATE)))


def about(record: Mapping[str, Any]) -> dict[str, str]:
    """The lines that say where a page comes from: moments to the minute, hashes in short."""
    lines = words()["about"].items()
    return {label: _short(key, str(record[key])) for key, label in lines if record.get(key)}


def _short(key: str, value: str) -> str:
    if key.endswith("_hash"):
        return value[:12]
    return moment_in_words(value) if key in ("as_of", "loaded_by") else value


def is_own_script(text: str) -> bool:
    """Whether a page's script is made of nothing but what comes with this package."""
    rest = text.replace(_plotly_script(False), "")
    for path in TEMPLATE.glob("*.js"):
        rest = rest.replace(text_of(path.name), "")
    return not rest.strip() or rest == _plotly_script(True)


def moment_in_words(iso: str) -> str:
    """A UTC moment of a manifest to the minute: `2026-10-21 04:59 UTC`; a date stays a date."""
    return f"{iso[:16].replace('T', ' ')} UTC" if "T" in iso else iso


@cache
def words() -> dict[str, dict[str, str]]:
    """What the frame of a page says, by area and name (template/words.toml)."""
    return tomllib.loads(text_of("words.toml"))


def package_version() -> str:
    """The installed version of nmt-analytics."""
    try:
        return version("nmt-analytics")
    except PackageNotFoundError:
        return "not installed"


def trace_types(figures: Iterable[Mapping[str, Any]]) -> set[str]:
    """The types of all traces in the figures: `scatter`, `bar`."""
    return {trace.get("type", "scatter") for each in figures for trace in each["data"]}


@cache
def _plotly_script(is_whole: bool) -> str:
    """The whole plotly.js or its basic bundle, safe inside a script block.

    The basic bundle is a quarter of the whole one and is read by a browser in a fifth of the
    time. It draws all our figures; a practice's own notebook may show others.
    """
    if is_whole:
        from nmt_analytics.reporting.figures import plotly_js  # noqa: PLC0415 - imports plotly

        script = plotly_js()
    else:
        script = text_of("plotly-basic.min.js")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def basic_plotly() -> str:
    """The JavaScript that draws BASIC_TYPES, safe inside a script block."""
    return _plotly_script(is_whole=False)


def _policy(style: str, scripts: list[str], is_whole: bool = False) -> str:
    """The content-security policy: nothing from anywhere, only these scripts and this style.

    Plotly makes an empty style element for its rules; the whole plotly.js also writes style
    attributes, which can load nothing.
    """
    hashes = " ".join(policy_hash(each) for each in scripts) or "'none'"
    attributes = "style-src-attr 'unsafe-inline'; " if is_whole else ""
    styles = f"{policy_hash(style)} {policy_hash('')}"
    return (
        f"default-src 'none'; script-src {hashes}; style-src {styles}; "
        f"{attributes}img-src data:; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=8)
def policy_hash(text: str) -> str:
    """How a content-security policy names a script or style."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _style(footing: str) -> str:
    light = variables({name: role.light for name, role in ROLES.items()})
    dark = variables({name: role.dark for name, role in ROLES.items()})
    return "\n".join(
        (
            f":root{{{light}}}",
            f"@media screen and (prefers-color-scheme: dark)"
            f"{{:root:not([data-theme=light]){{{dark}}}}}",
            ":root[data-theme=light]{--paper:#ffffff;}@media print{:root{--paper:#ffffff;}}",
            text_of("style.css"),
            "@page{margin:17mm 15mm 18mm;"
            f"@bottom-left{{content:{_css_string(footing)};font:9px sans-serif}}"
            '@bottom-right{content:counter(page) " / " counter(pages);font:9px sans-serif}}',
        )
    )


def variables(colours: Mapping[str, str]) -> str:
    """Colours by role as css variables: `promise_ink` is `--promise-ink`."""
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())


def _css_string(text: str) -> str:
    """`text` as a css string in which nothing can end the string or the style element."""
    plain = "".join(
        each if (each.isalnum() and each.isascii()) or each == " " else f"\\{ord(each):x} "
        for each in text
    )
    return f'"{plain}"'


@cache
def text_of(name: str) -> str:
    """The text of one file of template/."""
    return (TEMPLATE / name).read_text(encoding="utf-8")
