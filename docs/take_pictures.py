"""Takes the pictures of README and guide anew (`make pictures`): of a practice's first run."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from nmt_analytics import schedule, simulation
from nmt_analytics.founding import found_practice
from nmt_analytics.settings import Settings, read_settings

PICTURES = Path(__file__).resolve().parent / "pictures"
BROWSERS = ("chromium", "chromium-browser", "chrome")
WIDTH = 1100
NAME = "Riverbend Neuromuscular Therapy (an invented practice)"


@dataclass(frozen=True)
class Picture:
    """One picture: its file, which practice's page it is of, which part, and how much of it."""

    name: str
    practice: str
    page: str
    part: str
    height: int


SHOWN = (
    Picture("report", "example", "quarterly", "body", 1350),
    Picture("promises", "example", "quarterly", "section#are-our-promises-true", 1000),
    Picture("relief", "example", "quarterly", "section#how-long-relief-lasts", 1150),
    Picture("again", "example", "quarterly", "section#when-to-see-clients-again", 900),
    Picture("index", "example", "index", "body", 460),
    Picture("not-yet", "small", "quarterly", "body", 900),
)


def main() -> None:
    """Make both practices in a folder that goes away, and keep what the pictures show."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = {
            "example": _run(Path(folder) / "example", with_example=True),
            "small": _run(Path(folder) / "small", with_example=False),
        }
        # Without its own sandbox, since it opens only our pages, often as root in a container.
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for each in SHOWN:
            _take(browser, each, pages[each.practice][each.page])
        browser.close()


def _run(folder: Path, *, with_example: bool) -> dict[str, Path]:
    """A practice after its first run; without the example's files, one of 25 sessions."""
    found_practice(folder, name=NAME, time_zone="America/New_York", with_example=with_example)
    settings: Settings = read_settings(folder)
    if not with_example:
        simulation.write(simulation.simulate(25, 1), folder / "made")
        for name in ("sessions.csv", "follow_ups.csv"):
            shutil.copy(folder / "made" / name, settings.inbox)
    (page,) = schedule.run(settings, progress=lambda _: None).pages
    return {"quarterly": page, "index": settings.reports / "index.html"}


def _take(browser: Browser, picture: Picture, file: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000}, color_scheme="light")
    page.goto(file.as_uri(), wait_until="load")
    for plot in page.locator(".plot").all():  # a figure is drawn when it comes near the screen
        plot.scroll_into_view_if_needed()
        page.wait_for_function("plot => plot.dataset.width", arg=plot.element_handle())
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.evaluate("document.fonts.ready")
    box = page.locator(picture.part).bounding_box() or {"y": 0, "height": picture.height}
    height = min(picture.height, box["height"])
    clip = {"x": 0, "y": box["y"], "width": WIDTH, "height": height}
    path = PICTURES / f"{picture.name}.png"
    page.screenshot(path=path, full_page=True, clip=clip)
    page.close()
    print(path.relative_to(PICTURES.parents[1]))


if __name__ == "__main__":
    main()
