"""What many test files share: practices made once, commands typed, pages opened in a browser.

A module that has a `settings` fixture of its own gets the `practice` that asks it from here.
"""

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsing import BROWSER, DESKTOP, FLAGS, look_through
from factories import example_practice, quiet
from filelock import FileLock
from page_reading import NOTEBOOKS

from nmt_analytics import cli, schedule
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings, read_settings

EXAMPLE_PAGES = {
    "quarterly_outcomes": ("quarterly_outcomes", "2026Q3", {}),
    "condition_review": ("condition_review", "2026Q3", {}),
    "data_quality": ("data_quality", "2026Q3", {}),
    "method_check": ("method_check", "2026", {"sessions": "300"}),
    "empty": ("quarterly_outcomes", "2020Q1", {}),
}
"""Report, period and parameters; `empty` is of a quarter before the practice opened."""

# Practices


@pytest.fixture(scope="module")
def practice(settings: Settings) -> Iterator[Practice]:
    """The practice of a module's `settings`, as its owner asks it."""
    practice = Practice(settings)
    yield practice
    practice.store.close()


@pytest.fixture(scope="module")
def shared(settings: Settings) -> Iterator[Practice]:
    """The same, as what is shared sees it."""
    practice = Practice(settings, audience="shared")
    yield practice
    practice.store.close()


@pytest.fixture(scope="session")
def made_once(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder by name, once for all processes of a test run, which only read it.

    Source: pytest-xdist, "Making session-scoped fixtures execute only once".
    """
    own = tmp_path_factory.getbasetemp()
    base = own.parent if hasattr(request.config, "workerinput") else own

    def make_once(name: str, make: Callable[[Path], object]) -> Path:
        folder = base / name
        with FileLock(base / f"{name}.lock"):
            if not (folder / "made").exists():
                shutil.rmtree(folder, ignore_errors=True)  # half made by one that failed
                make(folder)
                (folder / "made").touch()
        return folder

    return make_once


@pytest.fixture(scope="session")
def example(made_once) -> Settings:
    """The example practice, loaded; whoever changes it takes a copy (factories.copied)."""
    return read_settings(made_once("example", example_practice))


@pytest.fixture(scope="session")
def example_pages(made_once) -> dict[str, Path]:
    """The pages of the example practice, with therapists, as an owner would make them."""
    folder = made_once("example with pages", _make_example_pages)
    made = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
    return {name: Path(page) for name, page in made.items()}


def _make_example_pages(folder: Path) -> None:
    practice = Practice(example_practice(folder, "[therapists]\nshow = true\n"))
    made = {
        name: schedule.make_report(practice, report, period, parameters, progress=quiet)
        for name, (report, period, parameters) in EXAMPLE_PAGES.items()
    }
    practice.store.close()
    pages = {name: str(page) for name, page in made.items()}
    (folder / "pages.json").write_text(json.dumps(pages), encoding="utf-8")


@pytest.fixture
def page_practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A practice's folder without data; the notebooks of tests find their invented answers."""
    monkeypatch.syspath_prepend(NOTEBOOKS)
    folder = tmp_path / "practice"
    folder.mkdir()
    (folder / "practice.toml").write_text('[practice]\nname = "Riverbend <NMT>"\n', "utf-8")
    return read_settings(folder)


# Commands


@dataclass(frozen=True)
class Typed:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def type_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Typed]:
    """Type `nmt-analytics ARGUMENTS` in a folder, and `answers` to what it asks.

    An error that is ours to show never escapes.
    """

    def run(folder: Path, *arguments: str, answers: str = "") -> Typed:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["nmt-analytics", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        code = 0
        capsys.readouterr()
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Typed(code, printed.out, printed.err)

    return run


# Browsers


@pytest.fixture(scope="module")
def browser():
    """A Chromium for one module; tests with an event loop of their own run after it is closed."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Opens a page without network; whatever it complains of or asks for ends in `.troubles`.

    A page is looked through, so that all its figures are drawn, unless its `start` is wanted.
    """
    contexts = []

    def open_page(path: Path, viewport=DESKTOP, start=False, **settings):
        context = browser.new_context(viewport=viewport, offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("request", lambda request: page.troubles.append(request.url))
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        if page.locator(".plot").count():
            page.wait_for_selector("html[data-drawn]", timeout=20_000)
        if not start:
            look_through(page)
        page.troubles.remove(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
