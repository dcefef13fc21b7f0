"""A page full of hostile texts in a real Chromium: nothing runs, nothing links."""

from pathlib import Path

import pytest
from browsing import needs_browser
from factories import quiet
from hostile import HOSTILE, hostile_practice
from proof_figures import record

from nmt_analytics import schedule
from nmt_analytics.practice import Practice

pytestmark = needs_browser

LINKS = "all => all.map(one => one.getAttribute('href') ?? one.getAttribute('xlink:href'))"
ACTIVE = (
    "script:not([type='application/json']), img, iframe, object, embed, form, input, base, link"
)
HANDLERS = """() => [...document.querySelectorAll('*')].filter(
    one => [...one.attributes].some(each => each.name.startsWith('on'))).length"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    settings = hostile_practice(tmp_path_factory.mktemp("hostile") / "practice")
    motto = {"motto": " ".join(HOSTILE)}
    page = schedule.make_report(Practice(settings), "hostile", "2026Q3", motto, progress=quiet)
    schedule.run(settings, progress=quiet)
    return {"report": page} | {
        name: settings.reports / f"{name}.html" for name in ("index", "runs")
    }


@pytest.mark.parametrize("name", ["report", "index", "runs"])
def test_nothing_runs_links_or_asks(visit, pages, name):
    page = visit(pages[name])
    page.wait_for_timeout(300)

    assert page.troubles == []  # no dialog, no request, no complaint of the page's policy
    links = page.eval_on_selector_all("a", LINKS)
    assert not [link for link in links if link is None or "hostile.example" in link or ":" in link]
    assert page.locator(ACTIVE).count() == (2 if name == "report" else 0)
    assert page.evaluate(HANDLERS) == 0
    assert "<script>alert('HOSTILE')</script>" in page.inner_text("body")


@pytest.mark.prove
def test_what_hostile_texts_achieved_is_counted(visit, pages):
    opened = [visit(path) for path in pages.values()]
    links = [link for page in opened for link in page.eval_on_selector_all("a", LINKS)]
    found = {
        "texts": len(HOSTILE),
        "pages": len(opened),
        "ran, asked or complained": sum(len(page.troubles) for page in opened),
        "links of theirs": sum(link is None or ":" in link for link in links),
        "event handlers": sum(page.evaluate(HANDLERS) for page in opened),
    }
    print(found)
    record("hostile_texts", found)
    assert list(found.values())[2:] == [0, 0, 0]


def test_labels_of_figures_are_shown_letter_by_letter(visit, pages):
    page = visit(pages["report"])
    labels = page.locator(".plot text").all_text_contents()

    for text in (
        "<script>alert('HOSTILE')</script>",
        '<a href="https://hostile.example/">here</a>',
        r"$\href{javascript:alert('HOSTILE')}{x}$",
        "&lt;script&gt;",
    ):
        assert any(text in label for label in labels), text
    assert page.locator(".plot a").count() == 0
    assert page.locator(".plot tspan[style]").count() == 0


def test_what_is_hovered_over_is_text_too(visit, pages):
    page = visit(pages["report"])
    shown = ""
    points = page.locator(".plot").first.locator(".scatterlayer path.point")
    for number in range(0, points.count(), 10):
        points.nth(number).scroll_into_view_if_needed()
        box = points.nth(number).bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=2)
        shown += page.locator(".hoverlayer").first.inner_html()
    assert "hovertext" in shown and "<a" not in shown
    assert page.troubles == []
