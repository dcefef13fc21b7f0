"""How long the menus of the JupyterLab panel take to show another answer.

    python benchmarks/bench_panel.py

By the clock, as a person waits: in the kernel alone, and in a browser from a choice to the figure
that is drawn. Each redraw of the kernel asks something that was not asked before.
"""

import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from measuring import COMMAND, Row, example_practice, table

import nmt_analytics as nmt
from nmt_analytics.reporting.live import answer_html

OUTCOMES = ("relief_days_median", "relief_at_7_days", "pain_change")
DIMENSIONS = ("condition", "stress_level", "activity_level", "month")
HALF_A_SECOND = 0.5
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
PATIENCE = 60_000
"""Milliseconds until something that does not come about is an error."""
CHOOSE = """([menu, item]) => new Promise((drawn) => {
    const answers = () => [...document.querySelectorAll(".widget-output .nmt-answer")];
    const select = document.querySelectorAll(".widget-dropdown select")[menu];
    const [before] = answers(), start = performance.now();
    const isDrawn = ({ shadowRoot }) => shadowRoot &&
        [...shadowRoot.querySelectorAll(".plot")].every((plot) => plot.dataset.drawn);
    const look = () => {
        const [now] = answers();
        if (now && now !== before && isDrawn(now)) drawn((performance.now() - start) / 1000);
        else requestAnimationFrame(look);
    };
    select.selectedIndex = item;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    look();
})"""


def measure() -> list[Row]:
    """The rows of redraws of the panel; in a browser where there is one to drive."""
    with tempfile.TemporaryDirectory() as made:
        folder = example_practice(Path(made))
        works = {"the kernel": _in_the_kernel(folder), "a browser": _in_a_browser(folder)}
    return [
        Row(
            f"another answer of the JupyterLab panel, in {where}",
            seconds,
            reach=HALF_A_SECOND,
            unit="s",
        )
        for where, seconds in works.items()
        if seconds
    ]


def _in_the_kernel(folder: Path) -> list[float]:
    """Numbers, sentence, figure and the html that is sent to JupyterLab."""
    practice = nmt.open_practice(folder)
    panel = practice.panel()
    panel.show()  # imports what draws
    seconds = []
    for outcome, by in product(OUTCOMES, DIMENSIONS):
        panel.chosen.update(outcome=outcome, by=by, comparison="before")
        start = time.perf_counter()
        for bundle in panel.show():
            answer_html(bundle)
        seconds.append(time.perf_counter() - start)
    practice.store.close()
    return seconds


def _in_a_browser(folder: Path) -> list[float]:
    """From each further outcome that is chosen in the panel to the figure that is drawn."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it
    except ModuleNotFoundError:
        return []
    if CHROMIUM is None:
        return []
    with _served(folder) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE)
        _run_the_panel(page, address)
        n_outcomes = page.locator(".widget-dropdown select").first.locator("option").count()
        redraws = [(0, item) for item in range(n_outcomes)]
        seconds = [page.evaluate(CHOOSE, choice) for choice in redraws]
        chromium.close()
    return seconds


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of JupyterLab in a practice's folder, while it serves."""
    command = [COMMAND, "lab", "--no-browser"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = re.findall(r"http://\S+", server.stdout.readline())[0]
            while not _answers(address):
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except OSError:
        return False


def _run_the_panel(page: Any, address: str) -> None:
    """Open explore.ipynb and run its first two code cells."""
    page.goto(address)
    page.locator(".jp-Toolbar-kernelName", has_text="Python 3").wait_for()
    page.locator(".jp-StatusBar-TextItem", has_text="| Idle").first.wait_for()
    page.locator(".jp-MarkdownCell").first.click()
    while not page.locator(".widget-output .nmt-answer").count():
        page.keyboard.press("Shift+Enter")
        time.sleep(1)


if __name__ == "__main__":
    print(table(measure()))
