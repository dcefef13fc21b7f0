"""Each number on the example's quarterly page stands in results.csv and results.xlsx.

A number of the page is what a reader sees in its text, without what the page says of any practice
alike (phrases.toml, the metrics' and promises' own words, the notebook's prose).
"""

import csv
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from page_reading import read_page

from nmt_analytics import __version__, open_practice, schedule
from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import METRICS

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")

PRECISE = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    shutil.copy(ROOT / "practice.toml", folder)
    for part in ("data/example", "notebooks"):
        shutil.copytree(ROOT / part, folder / part)
    practice = open_practice(folder)
    schedule.load_files(practice.settings, None, None, progress=lambda _: None)
    return schedule.make_report(
        practice, "quarterly_outcomes", "2026Q3", progress=lambda _: None
    ).parent


def numbers_in(texts: list[str]) -> set[str]:
    return {found.replace(",", "") for text in texts for found in NUMBER.findall(text)}


def fixed_words() -> set[str]:
    """The numbers that stand on every practice's page."""
    reporting = ROOT / "nmt_analytics" / "reporting"
    files = (reporting / "phrases.toml", reporting / "template" / "words.toml")
    texts = [file.read_text(encoding="utf-8") for file in files]
    texts.append((ROOT / "notebooks" / "quarterly_outcomes.ipynb").read_text(encoding="utf-8"))
    texts += [str(each) for each in (*METRICS.values(), *CLAIMS)]
    return numbers_in(texts) | numbers_in([__version__])


def numbers_shown(page: Path) -> set[str]:
    return numbers_in(read_page(page / "report.html").text) - fixed_words()


def results_of_csv(page: Path) -> list[str]:
    with (page / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def results_of_xlsx(page: Path) -> list[str]:
    book = openpyxl.load_workbook(page / "results.xlsx")
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]


@pytest.mark.parametrize("results", [results_of_csv, results_of_xlsx])
def test_each_number_of_the_page_stands_in_the_files(page: Path, results) -> None:
    shown = numbers_shown(page)
    assert len(shown) > 60
    assert missing(shown, results(page)) == set()


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
