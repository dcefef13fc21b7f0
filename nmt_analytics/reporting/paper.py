"""A page on paper: report.pdf beside report.html, printed by an installed Chromium or Chrome."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from nmt_analytics.errors import ReportError

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("msedge", "microsoft-edge", "brave-browser"),
)
_INSTALLED_AT = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_SECONDS = 120


def find_browser() -> str | None:
    """The program of an installed browser that prints without a window, or None."""
    on_path = (shutil.which(name) for name in BROWSERS)
    elsewhere = (place for place in _INSTALLED_AT if Path(place).is_file())
    return next((each for each in (*on_path, *elsewhere) if each), None)


def write_pdf(page: Path, browser: str | None = None) -> Path:
    """Prints `page` into a pdf of the same name beside it and returns the pdf's path.

    The previous pdf is replaced as a whole. Raises ReportError, saying how to print by hand, when
    there is no such browser or it does not print.
    """
    program = browser or find_browser()
    if program is None:
        raise ReportError(
            "No Chromium, Chrome or Edge was found to make the pdf. Open "
            f'{page} in your browser, print it, and choose "Save as PDF".'
        )
    with TemporaryDirectory(prefix="nmt-print-") as folder:
        printed = Path(folder) / "page.pdf"
        _print(program, page, printed, Path(folder))
        building = page.with_name(f".{page.stem}.pdf.building")
        shutil.copyfile(printed, building)
    return building.replace(page.with_suffix(".pdf"))


def _print(program: str, page: Path, printed: Path, profile: Path) -> None:
    command = [
        program,
        *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--no-pdf-header-footer"),
        *(["--no-sandbox"] if _is_root() else []),  # Chromium refuses to run as root with one
        f"--user-data-dir={profile / 'profile'}",
        f"--print-to-pdf={printed}",
        page.resolve().as_uri(),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as fault:
        raise _not_printed(program, page) from fault
    if not printed.is_file():
        raise _not_printed(program, page)


def _not_printed(program: str, page: Path) -> ReportError:
    return ReportError(
        f"{Path(program).name} did not print {page}. Open it in your browser, print it, and choose "
        '"Save as PDF".'
    )


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
