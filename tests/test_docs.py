"""The reference pages say what the code says, and every link in the documents leads somewhere."""

import re
from pathlib import Path

import pytest
from documents import program

from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.schema import TABLES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


DOCS = program("docs/generate.py")
PAGES: dict[Path, str] = DOCS.pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_reference_page_is_not_stale(path: Path):
    is_current = path.read_text(encoding="utf-8") == PAGES[path]
    assert is_current, f"{path.relative_to(ROOT)} is stale: run make docs and commit it"


def test_every_column_metric_and_promise_is_documented():
    dictionary = PAGES[ROOT / "docs/data-dictionary.md"]
    numbers = PAGES[ROOT / "docs/metrics.md"]
    for of in TABLES:
        section = dictionary.partition(f"\n## {of.name}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.M) == [c.name for c in of.columns]
    rows = re.findall(r"^\| `(\w+)` \|", numbers, re.M)
    assert rows == [*METRICS, *CLAIMS]


def test_a_table_has_as_many_cells_in_every_row():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
            widths = {len(re.split(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(widths) == 1, f"{path.name}: {block.splitlines()[0]}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), f"{path.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.M)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "path", [each for each in DOCUMENTS if each.name != "CHANGELOG.md"], ids=lambda path: path.name
)
def test_every_file_of_ours_that_a_document_names_exists(path: Path):
    ours = ("nmt_analytics", "tests", "docs", "notebooks", "benchmarks")
    there = {file.as_posix() for folder in ours for file in (ROOT / folder).rglob("*.*")}
    named = re.findall(r"`([\w./-]+\.(?:py|sql))(?=[`:])", path.read_text(encoding="utf-8"))
    gone = {name for name in named if not any(file.endswith(f"/{name}") for file in there)}
    assert gone <= {"practice.sql"}  # a question, and no file


def test_what_tests_share_is_listed():
    text = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    names = {path.name for path in (ROOT / "tests").glob("*.py")}
    modules = {name for name in names if not name.startswith("test_")}
    assert modules == set(re.findall(r"`(\w+\.py)`", text)) - {"test_thresholds.py"}


def test_decisions_stand_by_date_under_one_title_each():
    text = (ROOT / "docs/decisions.md").read_text(encoding="utf-8")
    paragraphs = text.rstrip().split("\n\n")[2:]
    headed = [re.match(r"\*\*(\d{4}-\d\d-\d\d)\. ([^*]+)\.\*\* ", each) for each in paragraphs]
    dates, titles = zip(*(head.groups() for head in headed), strict=True)
    assert list(dates) == sorted(dates)
    assert len(set(titles)) == len(titles)


def test_every_proof_that_was_recorded_is_told_once():
    told = [proof.runs for section in DOCS.PROOFS["SECTIONS"].values() for proof in section]
    for path in (ROOT / "docs/proof").glob("*.json"):
        assert sum(bool(re.fullmatch(runs, path.stem)) for runs in told) == 1, path.name


def test_every_line_about_a_proof_has_a_run_behind_it():
    assert "|  |" not in PAGES[ROOT / "docs/proof.md"]


def test_every_test_that_a_threat_names_exists():
    threats = (ROOT / "docs/threats.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+\.py)::(\w+)`", threats)
    assert len(named) > 25
    for file, name in named:
        tests = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"\ndef {name}(" in tests, f"{file}::{name}"
    # Every line of both tables has one.
    lines = [line for line in threats.splitlines() if line.startswith("| ")]
    assert all("test_" in line for line in lines if not line.startswith(("| ---", "| who")))


def test_the_readme_opens_with_the_two_commands():
    opening = (ROOT / "README.md").read_text(encoding="utf-8")[:400]
    assert opening.index("make report") < opening.index("make test")


def test_every_make_target_is_in_its_help():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.M)
    described = re.findall(r"^([a-z]+):.*?## \S", makefile, re.M)
    assert sorted(phony.split()) == sorted(described)
    assert {"report", "test", "lab", "lint", "bench", "prove", "docs", "clean"} <= set(described)
