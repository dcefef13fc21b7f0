"""A page becomes a pdf where a browser is installed; elsewhere the owner is told how to print."""

import re
import sys
from pathlib import Path

import pytest
from browsing import needs_browser
from page_reading import render_fixture
from unattended import drop_month, small_practice

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting import paper


@needs_browser
def test_a_page_is_printed_beside_itself_and_again_over_the_one_before(page_practice):
    page = render_fixture(page_practice, "tiny").page
    page.with_suffix(".pdf").write_text("the one before", "utf-8")
    printed = paper.write_pdf(page)

    content = printed.read_bytes()
    assert printed == page.with_name("report.pdf")
    assert content.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type /Page\b", content)) <= 6
    assert [each.name for each in page.parent.iterdir() if each.name.startswith(".")] == []


@needs_browser
def test_the_command_line_makes_a_pdf_and_names_it(tmp_path, type_in):
    settings = small_practice(tmp_path / "practice")
    drop_month(settings, 7)
    assert type_in(settings.folder, "load").code == 0
    typed = type_in(settings.folder, "report", "small", "--period", "2026-07", "--format", "pdf")

    assert typed.code == 0
    printed = Path(typed.out.strip())
    assert printed == settings.reports / "small" / "2026-07" / "report.pdf"
    assert printed.read_bytes().startswith(b"%PDF-")


def test_without_a_browser_the_owner_is_told_how_to_print(page_practice, monkeypatch):
    monkeypatch.setattr(paper, "find_browser", lambda: None)
    page = render_fixture(page_practice, "place").page
    with pytest.raises(ReportError, match=r'No Chromium.*report\.html.*"Save as PDF"'):
        paper.write_pdf(page)


@pytest.mark.parametrize("program", [sys.executable, "no-such-browser"])
def test_a_browser_that_does_not_print_leaves_the_pdf_before_it(page_practice, program):
    page = render_fixture(page_practice, "place").page
    before = page.with_suffix(".pdf")
    before.write_text("the one before", "utf-8")
    with pytest.raises(ReportError, match="did not print"):
        paper.write_pdf(page, program)

    assert before.read_text("utf-8") == "the one before"
