"""Takes the README's picture of the example practice's latest report (`make pictures`)."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "report.png"
BROWSERS = ("chromium", "chromium-browser", "chrome")
WIDTH, HEIGHT = 1100, 1350


def main() -> None:
    """Open the latest quarterly report as a reader would and keep what the first screen shows."""
    page_file = max((ROOT / "reports" / "quarterly_outcomes").glob("*/report.html"))
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        # Without its own sandbox, since it opens only our page, often as root in a container.
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(page_file.as_uri(), wait_until="load")
        page.wait_for_selector("svg.main-svg")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURE)
        browser.close()
    print(PICTURE.relative_to(ROOT))


if __name__ == "__main__":
    main()
