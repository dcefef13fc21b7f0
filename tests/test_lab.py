"""JupyterLab as somebody curious uses it: started by its command, driven in a real Chromium.

One server and one open notebook for all tests here, in the order of an afternoon: run all cells,
choose in the panel, load while it is open, mistype, change the theme.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import as_rgb, needs_browser, until
from factories import copied, session, write_rows

from nmt_analytics.intake.load import load_file
from nmt_analytics.reporting.palette import ROLES
from nmt_analytics.schema import SESSIONS
from nmt_analytics.settings import Settings

pytestmark = needs_browser

PATIENCE = 60_000
"""Milliseconds after which something did not come about: only a defect takes that long."""
FILL = "text => getComputedStyle(text).fill"


@pytest.fixture(scope="module")
def settings(example: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The example practice in a folder of its own whose name has a space in it."""
    return copied(example, tmp_path_factory.mktemp("lab") / "my practice")


@pytest.fixture(scope="module")
def lab(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that `nmt-analytics lab` prints, while it serves somebody new to Jupyter."""
    nothing_yet = str(tmp_path_factory.mktemp("jupyter"))
    environment = os.environ | dict.fromkeys(
        ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"), nothing_yet
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "nmt_analytics", "lab", "--no-browser", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=settings.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            (address,) = re.findall(r"http://\S+", server.stdout.readline())
            _wait_until_it_answers(address)
            _only_we_see_the_token(server.pid, address)
            yield address
        finally:
            server.kill()


def _wait_until_it_answers(address: str) -> None:
    for _ in range(PATIENCE // 100):
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except urllib.error.URLError as fault:
            assert isinstance(fault.reason, ConnectionRefusedError), fault
            time.sleep(0.1)
    raise AssertionError("JupyterLab did not start")


def _only_we_see_the_token(process: int, address: str) -> None:
    listed = Path(f"/proc/{process}/cmdline")
    if listed.exists():
        assert address.partition("token=")[2] not in listed.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def notebook(lab: str, browser):
    """explore.ipynb in a browser that only reaches this machine; `.troubles` is what went wrong."""
    page = browser.new_page(viewport={"width": 1400, "height": 1200}, color_scheme="light")
    page.set_default_timeout(PATIENCE)
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda said: _note_error(page, said))
    page.on("request", lambda asked: _note_foreign(page, asked.url))
    page.goto(lab)
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.locator(".jp-StatusBar-TextItem", has_text="| Idle").first.wait_for()
    return page


def _note_error(page, said) -> None:
    if said.type == "error":
        page.troubles.append(said.text)


def _note_foreign(page, url: str) -> None:
    if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", url):
        page.troubles.append(url)


def choose(page, menu: str, item: str) -> None:
    page.click(f'.lm-MenuBar-itemLabel:text-is("{menu}")')
    page.click(f'.lm-Menu-itemLabel:text-is("{item}")')


def ask(page, question: str):
    """The output of a new last cell with that question."""
    page.locator(".jp-Cell").last.locator(".jp-InputArea-prompt").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(question)
    page.keyboard.press("Shift+Enter")
    cell = page.locator(".jp-CodeCell").filter(has_text=question)
    return cell.locator(".jp-OutputArea-output").first


def show(page, locator) -> None:
    """Scrolls there: what is not in sight is not drawn."""
    locator.scroll_into_view_if_needed()


def panel_of(page):
    return page.locator(".jp-CodeCell:has(.widget-dropdown)")


def title_of(cell) -> str:
    return str(cell.locator(".takeaway").first.text_content())


# Started


def test_it_listens_on_this_machine_alone_and_asks_for_its_token(lab: str):
    port = int(re.findall(r":(\d+)/", lab)[0])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/contents", timeout=10)
    assert refused.value.code == 403
    # Another address of the same machine: whoever listens on all of them would answer.
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
        pass


def test_it_opens_the_notebook_to_explore_with_this_python(notebook):
    assert notebook.locator(".jp-mod-current .lm-TabBar-tabLabel").first.inner_text() == (
        "explore.ipynb"
    )
    notebook.locator(".jp-Toolbar-kernelName", has_text="Python 3 (nmt-analytics)").wait_for()
    listed = notebook.locator(".jp-DirListing-itemText").all_inner_texts()
    assert not [name for name in listed if name.endswith(".key")]


# Run all cells


def test_every_cell_answers_and_every_figure_is_drawn(notebook):
    choose(notebook, "Run", "Run All Cells")
    last = notebook.locator(".jp-CodeCell").last
    last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).wait_for()
    notebook.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    assert notebook.locator('[data-mime-type*="error"], [data-mime-type*="stderr"]').count() == 0
    plots = notebook.locator(".nmt-answer .plot")
    assert plots.count() >= 10
    for at in range(plots.count()):
        show(notebook, plots.nth(at))
        plots.nth(at).locator(".cartesianlayer .subplot").first.wait_for(state="attached")
    assert notebook.troubles == []


def test_the_figure_stands_on_its_words_and_numbers(notebook):
    panel = panel_of(notebook)
    show(notebook, panel)
    assert title_of(panel)
    panel.locator("summary").first.click()
    numbers = panel.locator("details.numbers table").first
    numbers.wait_for()
    assert "Muscle spasm" in str(numbers.text_content())


def test_hovering_over_a_figure_shows_its_words(notebook):
    panel = panel_of(notebook)
    show(notebook, panel.locator(".plot").first)
    box = panel.locator(".plot .points path").first.bounding_box()
    notebook.mouse.move(box["x"] - 20, box["y"] - 20)
    notebook.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    notebook.wait_for_selector(".hoverlayer .hovertext")
    assert "days" in notebook.locator(".hoverlayer").first.text_content()


# The panel


def test_choosing_in_the_panel_changes_sentence_figure_and_table(notebook):
    panel = panel_of(notebook)
    before, dots = title_of(panel), panel.locator(".plot .points path").count()
    panel.locator("select").nth(0).select_option(label="Change in pain during the session")
    panel.locator(".takeaway", has_text=re.compile("pain", re.IGNORECASE)).first.wait_for()
    assert title_of(panel) != before
    panel.locator("select").nth(1).select_option(label="Stress")
    panel.locator(".plot text", has_text="High").wait_for()
    assert panel.locator(".plot .points path").count() != dots


def test_two_breakdowns_are_a_table_and_a_comparison_stands_below(notebook):
    panel = panel_of(notebook)
    panel.locator("select").nth(2).select_option(label="Activity")
    panel.locator(".grid table").first.wait_for()
    panel.locator("select").nth(4).select_option(label="the period before")
    panel.locator(".grid table").nth(1).wait_for()
    assert panel.locator(".nmt-answer").count() == 3
    assert notebook.troubles == []


# While it is open


def test_a_load_while_it_is_open_is_seen_by_the_next_cell(notebook, settings, tmp_path):
    assert "3,000" in ask(notebook, 'practice.outcome("sessions").sentence()').inner_text()
    new = session(1, client_id="New", started_at="2026-10-02 10:00", ended_at="2026-10-02 11:00")
    load_file(settings, write_rows(tmp_path / "sessions.csv", SESSIONS, [new]))
    assert "3,001" in ask(notebook, 'practice.outcome("sessions", None).sentence()').inner_text()


def test_a_mistake_is_answered_in_words_and_not_with_a_traceback(notebook):
    said = ask(notebook, 'practice.outcome("relief_at_4_day")').inner_text()
    assert said.strip().startswith('There is no metric "relief_at_4_day". Did you mean')
    assert "Traceback" not in said and ".py" not in said


# Light and dark


def test_figures_follow_the_theme_of_the_lab(notebook):
    panel = panel_of(notebook)
    panel.locator("select").nth(2).select_option(label="nothing more")
    plot = panel.locator(".plot[data-drawn]").first
    plot.wait_for()
    show(notebook, plot)
    for theme, colour in (("dark", ROLES["quiet"].dark), ("light", ROLES["quiet"].light)):
        notebook.emulate_media(color_scheme=theme)
        panel.locator(f".nmt-answer[data-theme={theme}]").first.wait_for()
        tick = plot.locator(".xtick text").first
        until(notebook, lambda tick=tick, colour=colour: tick.evaluate(FILL) == as_rgb(colour))
    assert notebook.troubles == []
