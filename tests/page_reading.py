"""Reads a page as a browser would, for the tests of pages; and makes one of a tests' notebook."""

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

from nmt_analytics.reporting.render import Rendered, render
from nmt_analytics.settings import Settings

NOTEBOOKS = Path(__file__).parent / "fixtures" / "notebooks"


class ReadPage(HTMLParser):
    """The elements of a page: tags with their attributes, and what scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.data: list[str] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            kept = self.data if dict(attrs).get("type") == "application/json" else self.scripts
            kept.append("")
        elif tag == "style":
            self.styles.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            is_data = self.elements[-1][1].get("type") == "application/json"
            (self.data if is_data else self.scripts)[-1] += data
        elif self.cdata_elem == "style":
            self.styles[-1] += data
        else:
            self.text.append(data)

    def all_of(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of every element of these tags."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def policy(self) -> str:
        """The page's content-security policy."""
        metas = self.all_of("meta")
        found = [m for m in metas if m.get("http-equiv") == "Content-Security-Policy"]
        return str(found[0]["content"])


def policy_hash(text: str) -> str:
    """How a content-security policy names a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def read_page(path: Path) -> ReadPage:
    """The page in that file."""
    return ReadPage(path.read_text(encoding="utf-8"))


def render_fixture(settings: Settings, name: str, period: str = "2026Q3", **parameters) -> Rendered:
    """The page of tests/fixtures/notebooks/<name>.ipynb in reports/<name>/<period>."""
    return render(
        settings,
        NOTEBOOKS / f"{name}.ipynb",
        settings.reports / name / period,
        parameters,
        manifest={
            "report": name,
            "title": name,
            "period": period.partition(",")[0].replace("_to_", ".."),
            "as_of": "2026-10-21T04:59:59",
            "store_hash": "0123456789abcdef",
        },
    )
