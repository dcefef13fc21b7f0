"""Reads a finished page's files anew, before they are moved into place, and refuses what leaks.

An independent reader: it opens report.html (Plotly's binary arrays too), results.csv,
results.xlsx and notebook.ipynb as anybody could, and believes nothing that made them.
"""

import base64
import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np

from nmt_analytics.errors import ReportError, UsageError
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.assets import is_own_script, policy_hash
from nmt_analytics.reporting.leaks import (
    MOST_STEPS,
    Expected,
    Part,
    days_of,
    find_leak,
    is_axis,
    is_suspicious,
)
from nmt_analytics.reporting.record import MANIFEST, NOTEBOOK, PAGE

CSV, XLSX = "results.csv", "results.xlsx"
_SMALLEST = {"owner": (5, 1), "shared": (10, 5)}
"""The fewest clients behind a number, and what counts are rounded to; written down here once
more, so that a slip in disclosure.py does not pass here too."""

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_EMPTY_STYLE = re.compile(r'<style id="[0-9a-f]{64}"></style>')
_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_CELL = r"\s*<t[hd][^>]*>(.*?)</t[hd]>"
_FIRST_CELLS = re.compile(f"<tr[^>]*>{_CELL}(?:{_CELL})?", re.DOTALL)
_READABLE = ("text/", "application/json", "application/vnd.plotly", "application/vnd.nmt")
_READ_AS_ROWS = ("docProps/", "xl/worksheets/sheet", "xl/styles", "xl/theme", "xl/_rels")
_A_NAME_ONLY = "application/vnd.jupyter.widget-view+json"
_UNREADABLE = "a picture or a program, which cannot be read"


def refuse_leaks(folder: Path, audience: str, lengths: Collection[int] = ()) -> None:
    """Raises ReportError when a file of the page in `folder` holds what must not leave.

    `lengths`: how many sessions and clients there are, in the period and in all; nothing on the
    page may have just as many values. The error says which file and where, and repeats nothing.
    """
    record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    expected = _expected(record, audience, lengths)
    for name, read in _READERS.items():
        for part in read(folder / name, expected):
            what = find_leak(part, expected)
            if what is not None:
                raise _refusal(name, part.where, what)


def _expected(record: Mapping[str, Any], audience: str, lengths: Collection[int]) -> Expected:
    minimum, rounded_to = _SMALLEST[audience]
    values = [*record.values(), *record.get("parameters", {}).values()]
    texts = [value for value in values if isinstance(value, str)]
    return Expected(
        minimum,
        rounded_to,
        frozenset(text[:n] for text in texts for n in (12, len(text)))
        | frozenset(text[:16].replace("T", " ") for text in texts),
        days_of([*texts, *_ends(str(record.get("period") or "all"))]),
        frozenset(lengths),
    )


def _ends(period: str) -> list[str]:
    """The first and last day of a period, as text; nothing of what is no period."""
    try:
        known = parse_period(period)
    except UsageError:
        return []
    return [str(known.from_on), str(known.until_on)]


def _refusal(name: str, where: str, what: str) -> ReportError:
    return ReportError(
        f"{name}, {where}, holds {what}. Nothing was released, since a page may show only what "
        "sums up enough clients. Change the notebook so that it shows answers of the practice: "
        "practice.outcome(…) and its neighbours."
    )


def _read_page(path: Path, expected: Expected) -> Iterator[Part]:
    written = []
    pieces = path.read_text(encoding="utf-8").split("<script")
    for number, piece in enumerate(pieces):
        if number == 0:
            written.append(piece)
            continue
        script, _, after = piece.partition("</script>")
        written.append(after)
        attributes, _, content = script.partition(">")
        if "application/json" in attributes:
            yield _part_of(f"figure {number}", json.loads(content), expected)
        elif not is_own_script(content):
            raise _refusal(path.name, f"script {number}", "a program that is not ours")
    html = _EMPTY_STYLE.sub("", "\n".join(written))
    yield Part("its text", [_text_of(html)], is_too_long=_has_long_table(html, expected))


def _text_of(html: str) -> str:
    """All that can be read in a page, but for the name that its policy gives its own style.

    That is base64, which now and then holds what looks like a shortened pseudonym; and since the
    style names the practice, one practice in some ten thousand could not have made any page.
    """
    text = unescape(html)
    for style in _STYLE.findall(html):
        text = text.replace(policy_hash(style), "")
    return text


def _read_csv(path: Path, expected: Expected) -> Iterator[Part]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, *lines = csv.reader(file)
    rows = [[_number_or_text(cell) for cell in line] for line in lines]
    yield _rows_part("its lines", names, rows)
    yield Part("its lines", is_too_long=_repeats(names, lines, expected))


def _read_xlsx(path: Path, _: Expected) -> Iterator[Part]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only pages need it

    workbook = CalamineWorkbook.from_path(str(path))
    for name in workbook.sheet_names:
        head, *rows = workbook.get_sheet_by_name(name).to_python()
        names = [str(cell).replace(" ", "_") for cell in head]
        yield _rows_part(f"sheet {name}", names, rows)
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if not name.startswith(_READ_AS_ROWS):
                text = parts.read(name).decode("utf-8", errors="replace")
                yield Part(f"part {name}", [unescape(text)])


def _read_notebook(path: Path, expected: Expected) -> Iterator[Part]:
    for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], start=1):
        where = f"cell {number}"
        yield Part(where, ["".join(cell["source"])])
        for output in cell.get("outputs", ()):
            yield Part(where, ["".join(output.get("text", ""))])
            for kind, shown in output.get("data", {}).items():
                if kind == _A_NAME_ONLY:
                    continue
                if not kind.startswith(_READABLE):
                    raise _refusal(path.name, where, _UNREADABLE)
                yield _part_of(where, shown, expected)


_READERS = {PAGE: _read_page, CSV: _read_csv, XLSX: _read_xlsx, NOTEBOOK: _read_notebook}


def _part_of(where: str, content: Any, expected: Expected) -> Part:
    """All texts and numbers of a piece of json, with its arrays measured."""
    part = Part(where)
    _collect(content, part, expected, frozenset())
    return part


def _collect(value: Any, part: Part, expected: Expected, explained: frozenset[int]) -> None:
    if isinstance(value, str):
        part.texts.append(value)
        part.is_too_long |= _has_long_table(value, expected)
    elif isinstance(value, int | float):
        part.numbers.append(value)
    elif isinstance(value, Mapping):
        fields = {str(key): _unpacked(each) for key, each in value.items()}
        if "n_clients" in fields:
            part.rows.append(fields)
        for each in fields.values():
            if _is_suspicious_list(each, expected) and is_axis(_labels(each)):
                explained |= {len(each)}
        for key, each in fields.items():
            part.texts.append(key)
            _collect(each, part, expected, explained)
    elif isinstance(value, list):
        part.is_too_long |= _is_suspicious_list(value, expected) and len(value) not in explained
        for each in value:
            _collect(each, part, expected, explained)


def _is_suspicious_list(value: Any, expected: Expected) -> bool:
    """Whether a list could hold something of each session; a few dozen objects are no values."""
    if not isinstance(value, list) or not is_suspicious(len(value), expected):
        return False
    return len(value) > MOST_STEPS or not isinstance(value[0], Mapping)


def _unpacked(value: Any) -> Any:
    """A typed array of Plotly's, {"dtype": "f8", "bdata": "…"}, as the list that it stands for."""
    if isinstance(value, Mapping) and {"dtype", "bdata"} <= value.keys():
        kind = np.dtype(str(value["dtype"])).newbyteorder("<")
        return np.frombuffer(base64.b64decode(value["bdata"]), kind).tolist()
    return value


def _labels(values: Sequence[Any]) -> list[object]:
    """What tells the entries of a list apart: themselves, or what rows of a table begin with."""
    return [_label(each) for each in values]


def _label(value: Any) -> object:
    if isinstance(value, list):
        return " · ".join(str(_label(each)) for each in value[:2])
    if isinstance(value, Mapping):
        texts = [each for each in value.values() if isinstance(each, str)]
        return str(value.get("levels", "")) + " · ".join(texts)
    return value


def _has_long_table(html: str, expected: Expected) -> bool:
    rows = (_FIRST_CELLS.findall(table)[1:] for table in _TABLE.findall(html))
    heads = ([" · ".join(cells) for cells in each] for each in rows)
    return any(is_suspicious(len(each), expected) and not is_axis(each) for each in heads)


def _rows_part(where: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Part:
    """The lines of a results file; an empty cell holds nothing."""
    part = Part(where, list(names))
    for cells in rows:
        named = zip(names, cells, strict=False)
        filled = {name: cell for name, cell in named if cell not in ("", None)}
        part.rows.append(filled)
        for cell in filled.values():
            if isinstance(cell, int | float):
                part.numbers.append(cell)
            else:
                part.texts.append(str(cell))
    return part


def _repeats(names: Sequence[str], lines: Sequence[Sequence[str]], expected: Expected) -> bool:
    """Whether so many lines call themselves the same number that they could be sessions."""
    first_number = names.index("n_sessions")
    alike = Counter(tuple(line[:first_number]) for line in lines)
    most = max(alike.values(), default=0)
    return most > 1 and is_suspicious(most, expected)


def _number_or_text(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell
