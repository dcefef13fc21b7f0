"""What an answer hands to the page: one `Bundle` for each displayed result of a notebook cell.

A cell's last expression shows a `Bundle.to_mime()`. JupyterLab reads its html, text or Plotly
part; the page is made of the part `application/vnd.nmt.answer+json`, whose fields are those of
`Bundle`. All text is plain text and is escaped by the page: a bundle cannot carry html.

| kind     | what the page shows                      | fields beside title, caption, results |
|----------|------------------------------------------|---------------------------------------|
| header   | h1 = title; sentence = the headline      | eyebrow (the practice), items of Fact |
| tiles    | "at a glance"                            | items of Tile                         |
| findings | what stands out, numbered                | items of Finding                      |
| ledger   | promises with verdicts                   | items of Claim                        |
| figure   | chart, caption, "show the numbers"       | figure, alt, table, sentence          |
| grid     | a table that is the figure: shaded cells | table with Cell.level 0-4             |
| table    | a plain table                            | table                                 |
| note     | a paragraph, folded when `is_folded`     | sentence, items of Definition, table  |
| empty    | nothing to show: why, what would help    | sentence, items of Definition, why    |

`title` is the takeaway in a sentence, `caption` says who is in it. Every number that is shown
stands in `results` too; results.csv and results.xlsx are collected from there.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import Any

ANSWER = "application/vnd.nmt.answer+json"
PLOTLY = "application/vnd.plotly.v1+json"

KINDS = ("header", "tiles", "findings", "ledger", "figure", "grid", "table", "note", "empty")
VERDICTS = ("supported", "not supported", "data cannot tell", "not testable")
TONES = ("", "better", "worse", "data")
MARKS = ("", "few", "hidden", "undetermined", "better", "worse")
WHYS = ("", "too_few", "no_answers", "off")


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, a mark of MARKS, and in a grid its shade 0 (least) to 4."""

    text: str
    mark: str = ""
    level: int | None = None


@dataclass(frozen=True)
class Table:
    """Cells as they are read: `labels` head the columns, the first column heads each row.

    `numeric` names the columns that are set right-aligned in tabular figures.
    """

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One fact of the header: `Sessions`, `312`, and a note below it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Tile:
    """One tile: what, how much, how sure, whether it changed, and where it is shown in full.

    `spark` holds the last periods' values, oldest first, None where nothing may be shown;
    `spark_text` says the same in words. `tone` and `mark` are of TONES and MARKS.
    """

    label: str
    value: str
    interval: str = ""
    change: str = ""
    tone: str = ""
    mark: str = ""
    spark: tuple[float | None, ...] = ()
    spark_text: str = ""
    href: str = ""


@dataclass(frozen=True)
class Finding:
    """One sentence that stands out, its evidence, what could be done about it, and its number."""

    text: str
    evidence: str = ""
    action: str = ""
    tone: str = ""
    href: str = ""
    result: "Result | None" = None


@dataclass(frozen=True)
class Claim:
    """One published promise and its verdict of VERDICTS, with what would settle an open one.

    Promises with one verdict for one reason may share it, one a line.
    """

    promise: str
    verdict: str
    value: str = ""
    reason: str = ""
    settle: str = ""
    href: str = ""


@dataclass(frozen=True)
class Definition:
    """One term and what it means, or one step of advice and why."""

    term: str
    text: str


@dataclass(frozen=True)
class Result:
    """One number that the page shows, as precise as it is known; None where there is none.

    `levels` maps dimension to level (`{"condition": "muscle_spasm"}`), `shown` is how the page
    writes it, `hidden` the reason why there is no number. An empty `section` becomes the heading
    that the result stands under.
    """

    metric: str
    unit: str
    period: str
    value: float | None
    n_sessions: int | None = None
    n_clients: int | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    known_lower: float | None = None
    known_upper: float | None = None
    hidden: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""
    section: str = ""


Item = Fact | Tile | Finding | Claim | Definition


@dataclass(frozen=True)
class Bundle:
    """One answer, ready for the page. `figure` is Plotly's json, drawn with palette colours.

    The page shows `title` as a heading and drops the figure's own; `anchor` is what links to it
    (`#anchor`); `alt` says what the figure shows to whoever cannot see it.
    `legend` is what of the caption explains the figure's signs: text leaves it out.
    `why` (of WHYS) is why an answer is empty: a page says once what several of them say (gaps.py).
    """

    kind: str
    title: str = ""
    sentence: str = ""
    caption: str = ""
    legend: str = ""
    eyebrow: str = ""
    anchor: str = ""
    figure: Mapping[str, Any] | None = None
    alt: str = ""
    table: Table | None = None
    items: tuple[Item, ...] = ()
    results: tuple[Result, ...] = ()
    is_folded: bool = False
    why: str = ""

    @property
    def said(self) -> str:
        """Title and sentence as running text; its tiles or findings, where there is neither."""
        texts = [text for text in (self.title, self.sentence) if text]
        return " ".join(map(_stopped, texts or filter(None, map(_item_said, self.items))))

    def to_mime(self) -> dict[str, Any]:
        """The mime bundle of `_repr_mimebundle_`: our answer beside html, text and Plotly."""
        figure = without_nan(self.figure)
        shown: dict[str, Any] = {
            ANSWER: without_nan(asdict(replace(self, figure=None))) | {"figure": figure},
            "text/html": self._as_html(),
            "text/plain": " ".join(filter(None, (self.said, self.caption))),
        }
        if figure is not None:
            shown[PLOTLY] = figure
        return shown

    def _as_html(self) -> str:
        """What JupyterLab shows where it does not draw the figure: title, table, caption."""
        parts = [f"<h4>{escape(self.title)}</h4>"] if self.title else []
        parts += [f"<p>{escape(text)}</p>" for text in (self.sentence,) if text]
        parts += [_item_html(item) for item in self.items]
        if self.table is not None:
            parts.append(_table_html(self.table))
        parts += [f"<p><small>{escape(self.caption)}</small></p>"] if self.caption else []
        return "\n".join(parts)


def _item_said(item: Item) -> str:
    if isinstance(item, Tile):
        return f"{item.label}: {item.value}"
    return item.text if isinstance(item, Finding) else ""


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def without_nan(value: Any) -> Any:
    """`value` as json can hold it: NaN and infinities become None, tuples become lists."""
    if isinstance(value, Mapping):
        return {str(key): without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = value.item() if hasattr(value, "item") else value  # numpy's scalars
    if isinstance(number, float) and not math.isfinite(number):
        return None
    return number


def _item_html(item: Item) -> str:
    texts = [each for each in asdict(item).values() if isinstance(each, str) and each]
    first, *rest = (escape(text) for text in texts if not text.startswith("#"))
    return f"<p><strong>{first}</strong> {' · '.join(rest)}</p>"


def _table_html(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in table.labels)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text
