"""The browser that the tests of pages drive, how they wait, and what to say without one."""

import os

import pytest

from nmt_analytics.reporting.paper import find_browser

BROWSER = find_browser()
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
needs_browser = pytest.mark.skipif(
    BROWSER is None and os.environ.get("CI") != "true", reason="no Chromium or Chrome is installed"
)
"""Skips on an owner's machine without a browser; on CI the test runs and fails."""


def until(page, condition) -> None:
    """Waits for a condition that the page's policy does not let the browser poll for."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come about")


def look_through(page) -> None:
    """Brings every figure to the screen until it is drawn, and goes back to the top."""
    for plot in page.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        until(page, lambda plot=plot: plot.get_attribute("data-width"))
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")


def as_rgb(colour: str) -> str:
    """A colour `#rrggbb` as browsers tell it."""
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
