"""The page in a real Chromium: drawn, offline, quiet, accessible, on a phone and on paper."""

import json
import re
from itertools import product
from typing import get_args

import pytest
from browsing import DESKTOP, PHONE, as_rgb, look_through, needs_browser, until
from page_reading import NOTEBOOKS, render_fixture

from nmt_analytics.reporting.catalogue import write_index
from nmt_analytics.reporting.palette import CATEGORIES, ROLES
from nmt_analytics.schedule.history import Result, RunRecord
from nmt_analytics.schedule.run_page import write_runs
from nmt_analytics.settings import read_settings

pytestmark = needs_browser


REPORTS = ("quarterly_outcomes", "condition_review", "data_quality")
WHOLE = (*REPORTS, "method_check", "empty")
"""Pages as owners get them, with more on them than the fixtures: looked at for what differs."""
FIXTURES = {"tiny": 2, "nasty": 1, "heatmap": 1}
LARGEST = 6_000_000
RUNS = [
    RunRecord(
        f"2026-10-{day:02d}T04:30:00",
        day / 3,
        result,
        13 if result == "failed" else 0,
        loaded=["an_export_from_the_desk_with_a_long_name.csv: 24 records read: 24 new."],
        made=["tiny/2026Q3/report.html", "gone/2026Q2/report.html"] if result == "made" else [],
        problems=["<b>Mend it.</b>"] if result == "failed" else [],
    )
    for day, result in enumerate(get_args(Result), start=1)
]
"""A run of each result, one with a page that is no longer there and one with a hostile text."""
LETTER_HEIGHT = 922
"""Between the margins of the shorter sheet, in css pixels."""
SHEET_WIDTH = 676
"""Between the margins of the narrower sheet; what is zoomed by 0.86 fits in at 786."""
WIDTH_ON_PAPER = 786


@pytest.fixture(scope="module")
def pages(tmp_path_factory, example_pages):
    """The example's pages, those of three fixtures, the runs and an index, made once."""
    folder = tmp_path_factory.mktemp("practice")
    (folder / "practice.toml").write_text('[practice]\nname = "Riverbend"\n', "utf-8")
    settings = read_settings(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(NOTEBOOKS)
        made = {name: render_fixture(settings, name).page for name in FIXTURES}
    write_runs(settings, RUNS)
    made["runs"] = settings.reports / "runs.html"
    made["index"] = write_index(settings, [("quarterly_outcomes", "2026Q3")])
    return made | example_pages


def strokes(page):
    """The stroke colours of the lines of every figure, as `rgb(…)`."""
    return page.eval_on_selector_all(
        ".plot .js-line", "lines => lines.map(line => getComputedStyle(line).stroke)"
    )


def open_all(page):
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


# Drawn, offline, quiet


@pytest.mark.parametrize("name", [*FIXTURES, *WHOLE])
def test_every_figure_is_drawn_offline_and_nothing_complains(visit, pages, name):
    page = visit(pages[name])
    recorded = json.loads(pages[name].with_name("manifest.json").read_text("utf-8"))["n_figures"]

    assert recorded == FIXTURES.get(name, recorded)
    assert (recorded == 0) == (name == "empty")
    assert page.locator(".plot").count() == recorded
    assert page.locator(".plot:has(.cartesianlayer .subplot)").count() == recorded
    assert page.troubles == []
    assert pages[name].stat().st_size < LARGEST


def test_nothing_is_drawn_but_what_is_near_the_reader_and_the_nearest_comes_first(browser, pages):
    page = browser.new_page(viewport=DESKTOP)
    page.add_init_script(
        """window.order = [];
           new MutationObserver((all) => all.forEach(({ target }) =>
             order.push(target.closest(".answer").id))
           ).observe(document, { subtree: true, attributeFilter: ["data-width"] });"""
    )
    page.goto(f"{pages['quarterly_outcomes'].as_uri()}#silence")
    page.wait_for_selector("html[data-drawn]", timeout=20_000)
    order = page.evaluate("order")
    assert order[0] == "silence"
    assert "relief-curve" not in order
    assert page.get_attribute("html", "data-drawn") == str(len(order))

    page.locator("#relief-curve").scroll_into_view_if_needed()
    until(page, lambda: "relief-curve" in page.evaluate("order"))
    page.close()


def test_a_figure_takes_the_room_that_was_held_for_it(visit, pages):
    page = visit(pages["quarterly_outcomes"], start=True)
    height = "document.documentElement.scrollHeight"
    held = page.evaluate(height)
    assert page.locator(".plot:not([data-width])").count() > 10
    look_through(page)

    assert page.evaluate(height) == held


def test_hovering_over_a_figure_shows_its_sentence_and_nothing_complains(visit, pages):
    page = visit(pages["tiny"])
    page.locator(".plot").first.scroll_into_view_if_needed()
    box = page.locator(".plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] * 0.42, steps=5)

    page.wait_for_selector(".hoverlayer .hovertext")
    assert re.search(r"day \d+: \d+ %", page.locator(".hoverlayer").first.text_content())
    assert page.troubles == []


def test_a_script_in_the_data_does_not_run(visit, pages):
    page = visit(pages["nasty"])

    assert "onerror=alert(1)" in page.inner_text("main")
    assert page.locator("main img").count() == 0
    assert page.troubles == []


def test_a_script_that_the_page_does_not_name_is_stopped_by_its_policy(browser, tmp_path, pages):
    changed = tmp_path / "changed.html"
    text = pages["tiny"].read_text("utf-8")
    changed.write_text(text.replace("</main>", "<script>window.ran = 1</script></main>"), "utf-8")
    page = browser.new_page()
    page.goto(changed.as_uri())

    assert page.evaluate("window.ran") is None
    page.close()


# Screens


@pytest.mark.parametrize(
    ("name", "viewport"),
    [
        *product(
            ["tiny", "nasty", "index", "runs"], [PHONE, {"width": 768, "height": 1024}, DESKTOP]
        ),
        *product(WHOLE, [PHONE]),
    ],
)
def test_no_screen_scrolls_sideways(visit, pages, name, viewport):
    page = visit(pages[name], viewport)
    open_all(page)

    assert overflow(page) <= 0


def test_figures_follow_the_width_of_the_screen(visit, pages):
    page = visit(pages["tiny"], DESKTOP)
    width = "svg => svg.getBoundingClientRect().width"
    wide = page.eval_on_selector(".plot .main-svg", width)
    page.set_viewport_size(PHONE)
    page.wait_for_selector(".plot[data-width='328']")

    narrow = page.eval_on_selector(".plot .main-svg", width)
    assert wide > 900
    assert narrow < 360
    assert page.eval_on_selector(".plot .main-svg", "svg => +svg.getAttribute('height')") == 280
    assert overflow(page) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_and_figures_wear_the_colours_of_the_theme(visit, pages, scheme):
    page = visit(pages["tiny"], color_scheme=scheme)

    paper, accent = getattr(ROLES["paper"], scheme), getattr(ROLES["accent"], scheme)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == as_rgb(paper)
    assert as_rgb(accent) in strokes(page)


def test_figures_change_with_the_theme_while_the_page_is_open(visit, pages):
    page = visit(pages["tiny"], color_scheme="light")
    before = strokes(page)
    page.emulate_media(color_scheme="dark")
    until(page, lambda: strokes(page) != before)

    assert as_rgb(ROLES["accent"].dark) in strokes(page)
    assert as_rgb(ROLES["accent"].light) not in strokes(page)


# Reach


def test_the_numbers_of_a_figure_open_by_keyboard(visit, pages):
    page = visit(pages["tiny"])
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        tag = page.evaluate("document.activeElement.tagName")
        reached.add(tag)
        if tag == "SUMMARY":
            break
    assert "A" in reached
    assert not page.locator("details.numbers table").first.is_visible()
    page.keyboard.press("Enter")

    assert page.locator("details.numbers table").first.is_visible()
    assert page.locator("details.numbers td").first.inner_text() == "74 %"


def test_the_first_tab_leads_past_the_header(visit, pages):
    page = visit(pages["tiny"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_every_toggle_of_the_quarterly_page_opens_by_keyboard(visit, pages):
    page = visit(pages["quarterly_outcomes"])
    toggles = page.locator("details > summary")
    assert toggles.count() > 15
    for toggle in toggles.all():
        toggle.press("Enter")

    assert page.locator("details:not([open])").count() == 0


def test_the_therapists_section_is_reached_from_the_top_and_ranks_nobody(visit, pages):
    page = visit(pages["quarterly_outcomes"])
    page.get_by_role("link", name="Therapists").click()
    section = page.locator("section#therapists")

    assert "3\u00a0therapists" in section.inner_text()
    names = section.locator(".plot .annotation-text").all_text_contents()[1:]
    assert sorted(names) == ["Therapist 1", "Therapist 2", "Therapist 3"]


def test_an_empty_page_is_one_box_that_says_what_to_do(visit, pages):
    page = visit(pages["empty"])
    box = page.locator(".empty")

    assert box.count() == 1
    assert "No session was held in January to March 2020" in box.inner_text()
    assert "nmt-analytics report quarterly_outcomes" in box.inner_text()
    assert page.locator(".plot").count() == 0


def test_there_is_one_of_each_landmark(visit, pages):
    page = visit(pages["tiny"])

    for role in ("banner", "main", "contentinfo", "navigation"):
        assert page.get_by_role(role).count() == 1, role


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["tiny", "nasty", "index", "runs", *WHOLE])
def test_axe_finds_no_violation(visit, pages, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(pages[name], start=name in WHOLE, color_scheme=scheme, bypass_csp=True)
    if name in WHOLE:
        # Twenty charts and tables like those of "tiny" would take a minute to no purpose.
        page.eval_on_selector_all(".plot > *", "all => all.forEach(one => one.remove())")
    else:
        open_all(page)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    found = Axe().run(page, options=rules)

    assert len(found.response["passes"]) > 15
    assert found.response["violations"] == [], found.generate_report()


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_keep_their_contrast_and_no_two_roles_share_one(scheme):
    shown = {name: getattr(role, scheme) for name, role in ROLES.items()}

    assert contrast("#000000", "#ffffff") == 21
    for name in ("ink", "quiet", "accent", "promise_ink", "better", "worse"):
        assert contrast(shown[name], shown["paper"]) >= 4.5, name
        assert contrast(shown[name], shown["surface"]) >= 4.5, name
    for name in (*CATEGORIES, "context"):
        assert contrast(shown[name], shown["paper"]) >= 3, name
    assert contrast(shown["promise_ink"], shown["promise"]) >= 4.5
    assert len(set(shown.values())) == len(shown)


# Paper


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_figures_are_light_fit_the_sheet_and_come_back_afterwards(
    visit, pages, tmp_path, paper
):
    page = visit(pages["tiny"], color_scheme="dark")
    page.evaluate(
        """() => addEventListener("beforeprint", () => {
             window.printed = [...document.querySelectorAll(".plot .main-svg")].map(
               (svg) => svg.getBoundingClientRect().width);
             window.stroke = getComputedStyle(document.querySelectorAll(".js-line")[1]).stroke;
             window.notes = document.querySelectorAll("details.note[open]").length;
           })"""
    )
    written = page.pdf(path=tmp_path / "page.pdf", format=paper)
    page.wait_for_selector("html:not([data-theme])")

    assert written.startswith(b"%PDF")
    assert 2 <= written.count(b"/Type /Page\n") <= 6
    printed = page.evaluate("window.printed")
    assert set(printed) == {WIDTH_ON_PAPER}
    assert page.evaluate("window.stroke") == as_rgb(ROLES["accent"].light)
    assert page.evaluate("window.notes") == 1
    assert as_rgb(ROLES["accent"].dark) in strokes(page)
    assert page.locator("details.note[open]").count() == 0


def test_on_paper_there_are_no_toggles_and_no_dark_and_figures_stay_whole(visit, pages):
    page = visit(pages["tiny"], {"width": 676, "height": 960}, color_scheme="dark")
    page.emulate_media(media="print")
    page.wait_for_selector("html[data-theme=light]")

    assert not page.locator("nav").is_visible()
    assert not page.locator("details.numbers").first.is_visible()
    assert page.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--ink')"
    ) == (ROLES["ink"].light)
    breaks = "each => each.map(one => getComputedStyle(one).breakInside)"
    assert set(page.eval_on_selector_all("figure", breaks)) == {"avoid"}
    assert overflow(page) <= 0


@pytest.mark.parametrize("name", REPORTS)
def test_on_paper_no_figure_of_a_whole_page_is_cut(visit, pages, name):
    page = visit(pages[name], {"width": SHEET_WIDTH, "height": 960})
    page.emulate_media(media="print")
    others = page.locator(f".plot:not([data-width='{WIDTH_ON_PAPER}'])")
    until(page, lambda: others.count() == 0)
    heights = page.eval_on_selector_all(
        "figure", "all => all.map(one => one.getBoundingClientRect().height)"
    )

    assert len(heights) > 4
    assert max(heights) < LETTER_HEIGHT
    ends = page.eval_on_selector_all(
        "main :is(table, p, dl, .main-svg)",
        "all => all.map(one => one.getBoundingClientRect().right)",
    )
    assert max(ends) < SHEET_WIDTH + 1  # tables neither
    assert overflow(page) <= 0
