"""Hostile texts in every file and on the terminal: they stay text, wherever they come from.

In a browser: test_hostile_page.py.
"""

import ast
import csv
import json
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from factories import empty_practice, quiet, session, write_rows
from hostile import HOSTILE, hostile_practice
from openpyxl import load_workbook
from unattended import REPORT, notebook

from nmt_analytics import schedule
from nmt_analytics.errors import SettingsError, UsageError
from nmt_analytics.practice import Practice
from nmt_analytics.printable import printable
from nmt_analytics.reporting.parameters import Parameter, check_parameters
from nmt_analytics.schema import SESSIONS
from nmt_analytics.settings import Settings, read_settings

MOTTO = " ".join(HOSTILE)
ALLOWED = {"a", "abbr", "b", "br", "code", "div", "em", "h3", "h4", "li", "ol", "p", "small",
           "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}  # fmt: skip


OF_A_PAGE = ("body", "dd", "details", "dl", "dt", "figure", "footer", "h1", "h2", "header", "main",
             "nav", "path", "section", "summary", "svg", "time")  # fmt: skip


class Tags(HTMLParser):
    """The tags and attributes of a piece of html."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def assert_still(html: str, *more: str) -> None:
    """No tag but ours, no event handler, and no link that leads elsewhere."""
    found = Tags(html)
    assert found.tags <= ALLOWED | set(more)
    for name, value in found.attributes:
        assert not name.startswith("on") and name not in ("style", "src", "srcdoc", "action")
        assert name != "href" or not any(c in str(value) for c in ":<>\"' ")


def assert_printable(text: str) -> None:
    assert {c for c in text if not c.isprintable()} <= {"\n", "\t", "\xa0"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return hostile_practice(tmp_path_factory.mktemp("hostile") / "practice")


@pytest.fixture(scope="module")
def made(settings: Settings) -> Path:
    """The folder of the page."""
    page = schedule.make_report(
        Practice(settings), "hostile", "2026Q3", {"motto": MOTTO}, progress=quiet
    )
    return page.parent


def test_there_are_a_hundred() -> None:
    assert len(set(HOSTILE)) == 100


# Files of a page


def test_no_cell_of_a_csv_is_a_formula(made: Path) -> None:
    with (made / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) > 2 * len(HOSTILE)
    assert len({len(line) for line in lines}) == 1
    for cell in (cell for line in lines for cell in line):
        assert_printable(cell)
        assert not is_formula(cell) or is_number(cell)


def is_formula(cell: str) -> bool:
    return unicodedata.normalize("NFKC", cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(made: Path) -> None:
    workbook = load_workbook(made / "results.xlsx")
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert len(cells) > 10 * len(HOSTILE)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    for cell in cells:
        assert_printable(str(cell.value))
        assert not is_formula(str(cell.value)) or cell.data_type == "n" or cell.quotePrefix


def test_the_notebook_holds_texts_as_literals_and_html_without_tags_of_theirs(made: Path) -> None:
    cells = json.loads((made / "notebook.ipynb").read_text("utf-8"))["cells"]
    (injected,) = [c for c in cells if "injected-parameters" in c["metadata"].get("tags", ())]
    given = {
        each.targets[0].id: ast.literal_eval(each.value)
        for each in ast.parse("".join(injected["source"])).body
    }
    assert given["motto"] == MOTTO
    shown = [
        "".join(output["data"]["text/html"])
        for cell in cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert shown
    for html in shown:
        assert_still(html)


def test_index_and_runs_pages_hold_no_tag_of_theirs(made: Path, settings: Settings) -> None:
    schedule.run(settings, progress=quiet)
    for name in ("index.html", "runs.html"):
        head, _, body = (settings.reports / name).read_text("utf-8").partition("<body")
        assert_still("<body" + body, *OF_A_PAGE)
        assert "<script" not in head


# Names of files, headers, settings


def as_file_names() -> list[bytes]:
    """What of the texts a folder can hold, several in a name; and bytes that are no text."""
    kept = [text.replace("/", "\u2215").replace("\x00", "") for text in HOSTILE]
    short = [text for text in kept if 0 < len(text.encode()) < 200]
    return [f"{text}.csv".encode() for text in short if not text.startswith(".")] + [
        b"\xff\xfe.csv"
    ]


def test_names_of_files_act_neither_on_the_page_of_runs_nor_on_the_terminal(
    tmp_path: Path, type_in
) -> None:
    settings = empty_practice(tmp_path, extra=REPORT)
    notebook(tmp_path)
    settings.inbox.mkdir(parents=True)
    good = write_rows(tmp_path / "good.csv", SESSIONS, [session(n) for n in range(9)]).read_bytes()
    names = as_file_names()
    assert len(names) > 90
    for number, name in enumerate(names):
        path = bytes(settings.inbox) + b"/" + name
        Path(path.decode("utf-8", "surrogateescape")).write_bytes(b"?" if number % 9 else good)
    printed = type_in(settings.folder, "run")
    assert printed.code == 10
    assert len(printed.err + printed.out) > 1000
    assert_printable(printed.err + printed.out)
    page = (settings.reports / "runs.html").read_text("utf-8").partition("<body")[2]
    assert_still("<body" + page, *OF_A_PAGE)
    for text in ("run.log", "runs.json"):
        assert_printable((settings.reports / text).read_text("utf-8"))


def test_headers_of_a_file_do_not_act_on_the_terminal(tmp_path: Path, type_in) -> None:
    settings = empty_practice(tmp_path)
    headers = ["client_id", "started_at", *(text.replace("\x00", "") for text in HOSTILE[:-3])]
    export = tmp_path / "export.csv"
    with export.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerow(["C1", "2026-07-01 10:00", *HOSTILE[:-3]])
    for command in ("check", "load"):
        printed = type_in(settings.folder, command, "export.csv")
        assert_printable(printed.out + printed.err)
        assert "hostile.example/" in printed.out + printed.err  # a header is named, and is text


@pytest.mark.parametrize("how", ["table", "csv", "json"])
def test_levels_do_not_act_on_the_terminal(
    settings: Settings,
    how: str,
    type_in,
) -> None:
    words = ("metric", "sessions", "--by", "condition", "--format", how)
    typed = type_in(settings.folder, *words)
    assert typed.code == 0
    printed = typed.out
    assert_printable(printed)
    if how == "csv":
        lines = list(csv.reader(printed.splitlines()))
        assert not [c for line in lines for c in line if is_formula(c) and not is_number(c)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_condition_of_ones_own_is_a_short_plain_word(tmp_path: Path, text: str) -> None:
    settings = f"[vocabulary]\nextra_conditions = [{json.dumps(text)}]\n"
    (tmp_path / "practice.toml").write_text(settings, encoding="utf-8")
    with pytest.raises(SettingsError, match="short words"):
        read_settings(tmp_path)


def test_the_name_of_a_practice_can_be_printed(settings: Settings) -> None:
    assert_printable(settings.name)
    assert "\n" not in settings.name
    assert settings.name == printable(" ".join(MOTTO.split()))


# Parameters


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_name_of_a_parameter_cannot_carry_code(text: str) -> None:
    known: dict[str, Parameter] = {"motto": Parameter("motto", (str,), "")}
    given: dict[str, Any] = {text: "x"}
    with pytest.raises(UsageError):
        check_parameters(known, given, "some.ipynb")


@pytest.mark.parametrize("name", ["../../etc/passwd", "hostile/../hostile", *HOSTILE[:5]])
def test_the_name_of_a_report_leads_nowhere_else(settings: Settings, name: str) -> None:
    with pytest.raises(UsageError):
        schedule.make_report(Practice(settings), name, "2026Q3", progress=quiet)
