"""The output scan: whatever makes a page, no file of it leaves that shows a single client."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from factories import empty_practice, make_practice, session
from openpyxl import load_workbook
from page_reading import NOTEBOOKS, render_fixture
from proof_figures import record

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.assets import policy_hash
from nmt_analytics.reporting.leaks import (
    A_MOMENT,
    A_SMALL_CELL,
    ALL_SESSIONS,
    AN_ID,
    Expected,
    Part,
    days_of,
    find_leak,
    is_axis,
)
from nmt_analytics.reporting.output_scan import _part_of, refuse_leaks

PSEUDONYM = "3f2b8c1d-9a4e-4c57-b1aa-0f6d2e7c9b35"
EXPECTED = Expected(
    5,
    own=frozenset({"0123456789ab", "2026-10-21 04:59"}),
    days=days_of(["2026-10-21T04:59:59", "2026-07-01", "2026-09-30", "no day at all"]),
    lengths=frozenset({87, 312}),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(NOTEBOOKS)
        settings = empty_practice(tmp_path_factory.mktemp("finished"))
        return render_fixture(settings, "tiny").page.parent


@pytest.fixture
def released(finished: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own, whose files a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "released"))


def found_in(text: str) -> str | None:
    return find_leak(Part("here", [text]), EXPECTED)


# What a leak looks like


@pytest.mark.parametrize(
    "text",
    [
        f"client {PSEUDONYM}",
        PSEUDONYM.upper(),
        UUID(PSEUDONYM).hex,
        f"client_{UUID(PSEUDONYM).hex}",
        PSEUDONYM[:8],
        f"({PSEUDONYM[:13].replace('-', '')})",
        str(UUID(PSEUDONYM).int),
        f"UUID('{PSEUDONYM}')",
    ],
)
def test_a_pseudonym_is_found_however_it_is_written(text: str):
    assert found_in(text) == AN_ID


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-14 09:30",
        "2026-07-14T09:30:00+00:00",
        "on 2026-07-14",
        "14 July 2026, 09:30",
        "14.7.2026 09:30",
        "7/14/26 9:30",
        "datetime.datetime(2026, 7, 14, 9, 30)",
        "Timestamp('x')",
        "at 1784021400",
        "at 1784021400000",
    ],
)
def test_when_something_happened_to_a_client_is_found_however_it_is_written(text: str):
    assert found_in(text) == A_MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "312 sessions with 118 clients in July to September 2026",
        "2026Q3 2026-07 2026-07-14..2026-08-13",
        "as of 2026-10-21 04:59 UTC, 21 October 2026, 00:59",
        "21 of October 2026, 20 Septober 2026, 00:59",
        "data 0123456789ab, colour #0f5f6380, 0.12345678901234567, -1.2345678901e-9",
        "1,234,567,890 sessions, decade faceless, 12345678",
        "[20 rows x 3 columns]",
        "4:1, ratio 3:2, e.g. :30",
        "",
    ],
)
def test_what_a_page_says_of_many_clients_may_leave(text: str):
    assert found_in(text) is None


@pytest.mark.parametrize("text", ["[312 rows x 2 columns]", "[5000 rows x 2 columns]"])
def test_a_frame_of_all_sessions_is_found_though_it_shows_but_a_few(text: str):
    assert found_in(text) == ALL_SESSIONS


def test_a_long_run_of_numbers_in_text_is_found():
    assert found_in("[ " + "  ".join(str(n % 10) for n in range(80)) + " ]") == ALL_SESSIONS


def test_a_long_blank_stretch_is_read_once():
    assert found_in(" " * 300_000 + "1 " * 59 + "x") is None  # its square would take minutes


@pytest.mark.parametrize("scale", [1, 1e3, 1e6, 1e9])
def test_seconds_since_1970_are_found_among_numbers(scale: float):
    assert find_leak(Part("here", numbers=[3.5, 1_784_021_400 * scale]), EXPECTED) == A_MOMENT


@pytest.mark.parametrize(
    ("row", "shared", "is_found"),
    [
        ({"n_clients": 4, "value": 50.0}, False, True),
        ({"n_clients": 5, "value": 50.0}, False, False),
        ({"n_clients": 0, "value": 0.0}, False, False),
        ({"n_clients": 0, "value": 0.0}, True, True),
        ({"n_clients": 5, "value": 50.0}, True, True),
        ({"n_clients": 12, "value": 50.0}, True, True),
        ({"n_clients": 15, "value": 50.0}, True, False),
        ({"value": 50.0}, False, False),
        ({"n_clients": None, "value": None, "hidden": "hidden"}, False, False),
        ({"value": 12.0, "hidden": "hidden"}, False, True),
        ({"n_clients": 30, "hidden": "hidden"}, False, True),
    ],
)
def test_a_number_of_too_few_clients_is_found(row: dict, shared: bool, is_found: bool):
    expected = Expected(10, 5) if shared else EXPECTED
    assert (find_leak(Part("here", rows=[row]), expected) == A_SMALL_CELL) is is_found


def test_levels_months_and_days_are_axes_and_numbered_sessions_are_none():
    assert is_axis(["mild", "moderate", "severe"])
    assert is_axis(["2024", "2025", "2026"])
    assert is_axis(list(range(29)))
    assert not is_axis(list(range(300)))
    assert not is_axis([3, 1, 2])
    assert not is_axis([1, "two"])
    assert not is_axis(["yes", "no", "yes", "yes"])
    assert not is_axis(["1", "2", "3"])


# Planted in the files of a finished page


def in_script(folder: Path, content: object) -> None:
    script = f'<script type="application/json">{json.dumps(content)}</script></body>'
    in_page(folder, script)


def in_page(folder: Path, html: str) -> None:
    page = folder / "report.html"
    page.write_text(page.read_text("utf-8").replace("</body>", html), encoding="utf-8")


def in_csv(folder: Path, line: str) -> None:
    with (folder / "results.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def in_xlsx(folder: Path, cell: object, n: int = 1) -> None:
    workbook = load_workbook(folder / "results.xlsx")
    for row in range(n):
        workbook.worksheets[-1].cell(200 + row, 1, cell)
    workbook.save(folder / "results.xlsx")


def in_hidden_part(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "results.xlsx", "a") as parts:
        parts.writestr("xl/comments1.xml", text)


def in_notebook(folder: Path, kind: str, shown: object) -> None:
    path = folder / "notebook.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    output = {"output_type": "display_data", "data": {kind: shown}, "metadata": {}}
    cell = {"cell_type": "code", "source": "x", "outputs": [output], "metadata": {}}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def packed(values: list[float], kind: str = "f8") -> dict:
    content = np.array(values, dtype=kind).tobytes()
    return {"dtype": kind, "bdata": base64.b64encode(content).decode(), "shape": str(len(values))}


def scores(n: int) -> list[float]:
    return [float(number * 7 % 11) for number in range(n)]


def rows_of(n: int) -> str:
    return "<table><tr><th>pain</th></tr>" + "<tr><td>7</td><td>3</td></tr>" * n + "</table>"


PLANTED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pseudonym in a hover text": (lambda f: in_script(f, {"customdata": [PSEUDONYM]}), AN_ID),
    "a pseudonym as an attribute": (lambda f: in_page(f, f'<p id="{PSEUDONYM}">'), AN_ID),
    "a pseudonym in a comment": (lambda f: in_page(f, f"<!-- {PSEUDONYM} -->"), AN_ID),
    "a pseudonym as an escape": (lambda f: in_page(f, f"&#51;{PSEUDONYM[1:]}"), AN_ID),
    "a moment on the page": (lambda f: in_page(f, "2026-07-14 09:30"), A_MOMENT),
    "moments as packed numbers": (lambda f: in_script(f, {"x": packed([1.784e12])}), A_MOMENT),
    "all sessions, packed": (lambda f: in_script(f, {"y": packed(scores(87))}), ALL_SESSIONS),
    "all sessions, in bytes": (lambda f: in_script(f, {"y": packed(scores(312), "i1")}),
                               ALL_SESSIONS),
    "all sessions, plain": (lambda f: in_script(f, {"x": scores(312)}), ALL_SESSIONS),
    "all sessions by number": (lambda f: in_script(f, {"x": list(range(87)), "y": scores(87)}),
                               ALL_SESSIONS),
    "more than any sum": (lambda f: in_script(f, {"y": scores(2000)}), ALL_SESSIONS),
    "a line of each client": (lambda f: in_script(f, {"data": [{"y": [1, 2]}] * 87}),
                              ALL_SESSIONS),
    "a table of all sessions": (lambda f: in_page(f, rows_of(87)), ALL_SESSIONS),
    "a program": (lambda f: in_page(f, "<script>alert(1)</script>"), "a program"),
    "a pseudonym in the csv": (lambda f: in_csv(f, f"Overview,{PSEUDONYM},%,2026Q3"), AN_ID),
    "a moment in the csv": (lambda f: in_csv(f, "Overview,x,%,2026-07-14"), A_MOMENT),
    "all sessions in the csv": (lambda f: in_csv(f, "\n".join(["Overview,pain,x,2026Q3"] * 87)),
                                ALL_SESSIONS),
    "a pseudonym in the workbook": (lambda f: in_xlsx(f, PSEUDONYM), AN_ID),
    "a moment in the workbook": (lambda f: in_xlsx(f, "2026-07-14 09:30"), A_MOMENT),
    "a pseudonym in a note of the workbook": (lambda f: in_hidden_part(f, PSEUDONYM), AN_ID),
    "a pseudonym in an answer": (lambda f: in_notebook(f, "text/plain", PSEUDONYM), AN_ID),
    "a frame": (lambda f: in_notebook(f, "text/html", rows_of(87)), ALL_SESSIONS),
    "a figure": (lambda f: in_notebook(
        f, "application/vnd.plotly.v1+json", {"data": [{"marker": {"size": packed(scores(87))}}]}
    ), ALL_SESSIONS),
    "a small cell": (lambda f: in_notebook(
        f, "application/json", {"results": [{"n_clients": 3, "value": 9.5, "hidden": ""}]}
    ), A_SMALL_CELL),
    "a picture": (lambda f: in_notebook(f, "image/png", "iVBORw0KGgo="), "a picture"),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(released: Path, planted: str):
    plant, expected = PLANTED[planted]
    refuse_leaks(released, "owner", (87, 312))
    plant(released)
    with pytest.raises(ReportError) as refusal:
        refuse_leaks(released, "owner", (87, 312))
    assert expected in str(refusal.value)
    assert PSEUDONYM[:8] not in str(refusal.value)
    assert "07-14" not in str(refusal.value)


def style_whose_hash_looks_like_a_pseudonym() -> tuple[str, str]:
    """A style and its name in a policy, which holds eight or more hexadecimal digits in a row."""
    for number in range(1_000_000):
        style = f"/* {number} */"
        name = policy_hash(style)
        if found_in(name) == AN_ID:
            return style, name
    raise AssertionError("no hash looks like a pseudonym")


def test_the_hash_of_a_pages_own_style_is_no_pseudonym_and_any_other_still_is(released: Path):
    style, name = style_whose_hash_looks_like_a_pseudonym()
    in_page(released, f"<style>{style}</style><p>{escape(name)}</p></body>")
    refuse_leaks(released, "owner", (87, 312))

    page = released / "report.html"
    page.write_text(page.read_text("utf-8").replace(style, ""), encoding="utf-8")
    with pytest.raises(ReportError, match=AN_ID):
        refuse_leaks(released, "owner", (87, 312))


@pytest.mark.prove
def test_all_that_is_planted_is_counted(released: Path, tmp_path: Path):
    caught = 0
    for number, (plant, _) in enumerate(PLANTED.values()):
        copy = tmp_path / str(number)
        shutil.copytree(released, copy)
        plant(copy)
        with contextlib.suppress(ReportError):
            refuse_leaks(copy, "owner", (87, 312))
            continue
        caught += 1
    found = {"planted": len(PLANTED), "caught": caught}
    print(found)
    record("planted_leaks", found)
    assert caught == len(PLANTED)


def test_a_page_for_sharing_may_hold_no_exact_count(released: Path):
    with pytest.raises(ReportError, match="too few clients"):
        refuse_leaks(released, "shared")


def test_a_record_without_a_period_allows_no_day_of_one(released: Path):
    manifest = released / "manifest.json"
    record = json.loads(manifest.read_text("utf-8"))
    record["period"] = record["parameters"]["period"] = "whenever"
    manifest.write_text(json.dumps(record), encoding="utf-8")
    in_page(released, "2026-07-01")
    with pytest.raises(ReportError, match=A_MOMENT):
        refuse_leaks(released, "owner")


def test_levels_beside_an_array_say_what_it_is_about(released: Path):
    months = [f"{year}-{month:02}" for year in range(2019, 2027) for month in range(1, 13)][:87]
    in_script(released, {"x": months, "y": packed(scores(87)), "error_y": {"array": scores(87)}})
    in_script(released, {"table": [["mild", month, "7"] for month in months]})
    in_notebook(released, "application/vnd.jupyter.widget-view+json", {"model_id": "0" * 32})
    refuse_leaks(released, "owner", (87, 312))


@pytest.mark.parametrize("n", range(21, 61))
def test_no_size_of_a_practice_stands_in_the_way_of_its_page(released: Path, n: int):
    refuse_leaks(released, "owner", (n,))


# From the notebook to the exit code


def write_notebook(folder: Path, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "source": source,
         "execution_count": None}
        for n, source in enumerate(sources)
    ]  # fmt: skip
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "notebooks").mkdir(exist_ok=True)
    (folder / "notebooks" / "leaky.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def test_a_leaky_notebook_is_refused_and_nothing_of_it_is_released(tmp_path: Path):
    folder = tmp_path / "practice"
    sessions = [session(n, pain_before=n % 11, client_id=f"C{n // 3}") for n in range(1, 121)]
    settings = make_practice(folder, sessions)
    write_notebook(
        folder,
        "import nmt_analytics as nmt\nimport plotly.graph_objects as go",
        "store = nmt.open_practice().store",
        "rows = store.select('select pain_before from sessions order by session_id')\n"
        "go.Figure(go.Histogram(x=rows['pain_before'].astype('float64')))",
    )
    done = subprocess.run(
        [sys.executable, "-m", "nmt_analytics", "report", "leaky"],
        cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ),
    )  # fmt: skip

    assert done.returncode == ReportError.exit_code == 13, done.stderr
    assert "as many values in a row as there are sessions" in done.stderr
    left = sorted(path.name for path in settings.reports.rglob("*") if path.is_file())
    left = [name for name in left if not name.endswith((".lock", ".failed.json"))]
    assert left == ["index.html"]  # which says that it failed, and why
    assert "Nothing was released" in (settings.reports / "index.html").read_text("utf-8")


def test_a_figure_of_ours_with_as_many_parts_as_there_are_clients_is_no_list_of_them():
    lines = [figures.line([0, 4, 7], [100, 80, 60], "context") for _ in range(90)]
    expected = Expected(minimum_clients=5, lengths={90})
    ours = _part_of("figure 1", figures.draw(lines), expected)
    bare = _part_of("figure 1", {"data": lines}, expected)

    assert find_leak(ours, expected) is None
    assert find_leak(bare, expected) is not None
