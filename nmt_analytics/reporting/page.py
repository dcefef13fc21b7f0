"""From an executed notebook to what the page's template shows: sections, prose and answers.

Markdown headings `##` open sections; the answers and prose below them are a section's blocks.
Code, and whatever is no answer of ours but text, never becomes html by itself.
"""

import json
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting.bundle import ANSWER, KINDS, PLOTLY

Answer = dict[str, Any]

OVERVIEW = "Overview"
"""The section of numbers that stand above the first heading."""

_HEADING = re.compile(r"^(#{1,2})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^(```|~~~)")


@dataclass(frozen=True)
class Block:
    """One piece of a section: `prose` (markdown), `answer` (a bundle) or `text` (printed)."""

    kind: str
    content: Any


@dataclass
class Section:
    """One heading of the second level and what stands below it; the first may have no heading."""

    heading: str
    anchor: str
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Page:
    """What the template shows. `header` is the header answer, or None without one."""

    title: str
    header: Answer | None
    sections: list[Section]

    @property
    def headline(self) -> str:
        """The one sentence that the index page shows."""
        return self.header["sentence"] if self.header else ""

    @property
    def answers(self) -> list[Answer]:
        """Every answer on the page in order, the header first."""
        blocks = [block for section in self.sections for block in section.blocks]
        found = [block.content for block in blocks if block.kind == "answer"]
        return [self.header, *found] if self.header else found

    @property
    def results(self) -> list[dict[str, Any]]:
        """Every number that the page shows, with the section that it stands in."""
        header = [_placed(each, OVERVIEW) for each in (self.header or {}).get("results", ())]
        return header + [
            _placed(result, section.heading or OVERVIEW)
            for section in self.sections
            for block in section.blocks
            if block.kind == "answer"
            for result in block.content["results"]
        ]


def compose(cells: Iterable[Mapping[str, Any]], title: str) -> Page:
    """The page of an executed notebook's `cells`; `title` is used where the notebook has none.

    Raises ReportError when an answer is of no known kind.
    """
    page = Page(title, None, [Section("", "")])
    for number, cell in enumerate(cells, start=1):
        if cell["cell_type"] == "markdown":
            _add_markdown(page, cell["source"])
        elif cell["cell_type"] == "code":
            for output in cell["outputs"]:
                _add_output(page, output, number)
    page.sections = [each for each in page.sections if each.heading or each.blocks]
    if page.header:
        page.title = page.header["title"] or page.title
    settle_anchors(page)
    return page


def _add_markdown(page: Page, source: str) -> None:
    prose: list[str] = []
    is_fenced = False
    for line in source.splitlines():
        is_fenced ^= bool(_FENCE.match(line))
        heading = None if is_fenced else _HEADING.match(line)
        if heading is None:
            prose.append(line)
            continue
        _add_prose(page, prose)
        if heading[1] == "#":
            page.title = heading[2]
        else:
            page.sections.append(Section(heading[2], _slug(heading[2])))
        prose = []
    _add_prose(page, prose)


def _add_prose(page: Page, lines: list[str]) -> None:
    text = "\n".join(lines).strip()
    if text:
        page.sections[-1].blocks.append(Block("prose", text))


def _add_output(page: Page, output: Mapping[str, Any], number: int) -> None:
    data = output.get("data", {})
    if ANSWER in data:
        answer = {**data[ANSWER], "items": deepcopy(data[ANSWER]["items"])}
        _add_answer(page, answer, number)
    elif PLOTLY in data:
        page.sections[-1].blocks.append(Block("answer", _bare_figure(data[PLOTLY])))
    elif output.get("name") != "stderr":
        text = data.get("text/plain") or output.get("text") or ""
        if text.strip():
            page.sections[-1].blocks.append(Block("text", text))


def _add_answer(page: Page, answer: Answer, number: int) -> None:
    if answer.get("kind") not in KINDS:
        raise ReportError(
            f"Cell {number} shows an answer of the unknown kind {answer.get('kind')!r}. "
            f"Known: {', '.join(KINDS)}."
        )
    if answer["kind"] == "header" and page.header is None:
        page.header = answer
    else:
        page.sections[-1].blocks.append(Block("answer", answer))


def _bare_figure(figure: Mapping[str, Any]) -> Answer:
    """A Plotly figure that was shown without an answer around it."""
    title = figure.get("layout", {}).get("title") or {}
    text = title.get("text", "") if isinstance(title, Mapping) else str(title)
    plain = dict.fromkeys(("sentence", "caption", "eyebrow", "anchor"), "")
    return {
        **plain,
        **{"kind": "figure", "title": text, "alt": text or "Figure", "figure": figure},
        **{"table": None, "items": [], "results": [], "is_folded": False, "why": ""},
    }


def settle_anchors(page: Page) -> None:
    """Makes every anchor unique and drops links to nowhere, so that none is dead."""
    taken: set[str] = {"content"}
    for section in page.sections:
        section.anchor = _unique(section.anchor, taken)
        for block in section.blocks:
            if block.kind == "answer":
                block.content["anchor"] = _unique(_slug(block.content["anchor"]), taken)
    for answer in page.answers:
        for item in answer["items"]:
            if item.get("href", "").removeprefix("#") not in taken:
                item["href"] = ""


def _unique(anchor: str, taken: set[str]) -> str:
    candidate, count = anchor, 1
    while candidate and candidate in taken:
        count += 1
        candidate = f"{anchor}-{count}"
    taken.add(candidate)
    return candidate


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _placed(result: Mapping[str, Any], section: str) -> dict[str, Any]:
    return {**result, "section": result["section"] or section}


def figure_json(figure: Mapping[str, Any]) -> str:
    """A Plotly figure as json for a script block: no title (the page has it), nothing that ends it.

    Every `<`, `>` and `&` is written as its escape, so no text in it can close the block.
    """
    layout = {key: value for key, value in figure.get("layout", {}).items() if key != "title"}
    text = json.dumps({"data": figure.get("data", []), "layout": layout}, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def spark_lines(values: list[float | None]) -> dict[str, Any]:
    """A sparkline in a box of 100 x 28: its unbroken `lines` as svg points and its `last` point.

    A missing value breaks the line; `last` is None when the newest value is missing.
    """
    known = [each for each in values if each is not None]
    if not known:
        return {"lines": [], "dots": [], "last": None}
    low, high = min(known), max(known)
    step = 92 / max(len(values) - 1, 1)
    points = [
        None if each is None else (4 + step * at, _height(each, low, high))
        for at, each in enumerate(values)
    ]
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{point[0]:.1f},{point[1]:.1f}")
    last = points[-1]
    return {
        "lines": [" ".join(run) for run in runs if len(run) > 1],
        "dots": [run[0].split(",") for run in runs if len(run) == 1],
        "last": None if last is None else [f"{last[0]:.1f}", f"{last[1]:.1f}"],
    }


def _height(value: float, low: float, high: float) -> float:
    return 14.0 if high == low else 24 - 20 * (value - low) / (high - low)
