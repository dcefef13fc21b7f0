"""Each number on the example's pages stands in results.csv and results.xlsx.

A number of the page is what a reader sees in its text, without what the page says of any practice
alike (phrases.toml, the metrics' and promises' own words, the notebook's prose).
"""

import csv
import re
from pathlib import Path

import openpyxl
import pytest
from page_reading import read_page

from nmt_analytics import __version__
from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.catalogue import REPORTS

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)")  # no part of a hash

PRECISE = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


FEWEST = {
    "quarterly_outcomes": 100,
    "condition_review": 80,
    "data_quality": 40,
    "method_check": 20,
    "empty": 0,
}
"""The fewest numbers that a reader is to find on each page."""
OF_THE_RECORD = re.compile(
    r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d|[\d-]{10} \d\d:\d\d UTC|\b[0-9a-f]{12}\b"
)
"""The moment of the last load and the hashes, which differ with every load."""


@pytest.fixture(params=FEWEST)
def page(example_pages: dict[str, Path], request: pytest.FixtureRequest) -> tuple[Path, int]:
    """The folder of one page, and how many numbers it shows at least."""
    return example_pages[request.param].parent, FEWEST[request.param]


def test_every_report_has_its_page_here(example_pages: dict[str, Path]) -> None:
    assert {page.parents[1].name for page in example_pages.values()} == set(REPORTS)


def numbers_in(texts: list[str]) -> set[str]:
    return {found.replace(",", "") for text in texts for found in NUMBER.findall(text)}


def fixed_words(report: str) -> set[str]:
    """The numbers that stand on every practice's page of that report."""
    reporting = ROOT / "nmt_analytics" / "reporting"
    files = (reporting / "phrases.toml", reporting / "template" / "words.toml")
    texts = [file.read_text(encoding="utf-8") for file in files]
    texts.append((ROOT / "notebooks" / f"{report}.ipynb").read_text(encoding="utf-8"))
    texts += [str(each) for each in (*METRICS.values(), *CLAIMS)]
    return numbers_in(texts) | numbers_in([__version__])


def numbers_shown(page: Path) -> set[str]:
    texts = [OF_THE_RECORD.sub("", text) for text in read_page(page / "report.html").text]
    return numbers_in(texts) - fixed_words(page.parent.name) - {page.name}


def results_of_csv(page: Path) -> list[str]:
    with (page / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def results_of_xlsx(page: Path) -> list[str]:
    book = openpyxl.load_workbook(page / "results.xlsx")
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("results", [results_of_csv, results_of_xlsx])
def test_each_number_of_the_page_stands_in_the_files(page: tuple[Path, int], results) -> None:
    folder, fewest = page
    shown = numbers_shown(folder)
    assert len(shown) >= fewest
    assert missing(shown, results(folder)) == set()


def missing(shown: set[str], cells: list[str]) -> set[str]:
    """What is written neither as it is shown nor, of those with decimals, more precisely."""
    values = [abs(float(cell)) for cell in cells if PRECISE.fullmatch(cell)]
    written = numbers_in(cells)
    for text in shown - written:
        decimals = len(text.partition(".")[2])
        if decimals and any(f"{value:.{decimals}f}" == text for value in values):
            written.add(text)
    return shown - written


def test_a_number_that_is_in_no_file_is_found() -> None:
    cells = ["257", "about 9 days", "-0.9312"]
    assert missing({"257", "9", "0.93"}, cells) == set()
    assert missing({"258", "10", "0.94"}, cells) == {"258", "10", "0.94"}
