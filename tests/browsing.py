"""The browser that the tests of pages drive, and what to say where there is none."""

import os

import pytest

from nmt_analytics.reporting.paper import find_browser

BROWSER = find_browser()
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
needs_browser = pytest.mark.skipif(
    BROWSER is None and os.environ.get("CI") != "true", reason="no Chromium or Chrome is installed"
)
"""Skips on an owner's machine without a browser; on CI the test runs and fails."""
