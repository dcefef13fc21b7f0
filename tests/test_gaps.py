"""A page says once what many answers would say: too few clients, nobody told, no sessions."""

from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.bundle import ANSWER, WHYS, Bundle, Finding, Result
from nmt_analytics.reporting.gaps import say_gaps_once
from nmt_analytics.reporting.page import compose

QUARTER = parse_period("2026Q3")


def heading(text):
    return {"cell_type": "markdown", "metadata": {}, "source": f"## {text}\n\nProse."}


def shown(bundle):
    data = {ANSWER: bundle.to_mime()[ANSWER]}
    return {"cell_type": "code", "metadata": {}, "source": "", "outputs": [{"data": data}]}


def gap(metric, why="too_few"):
    result = Result(metric, "%", "2026Q3", None, hidden="hidden: fewer than 5 clients")
    return shown(Bundle("empty", title=f"No {metric}", results=(result,), why=why))


def header(sessions):
    counted = Result("sessions", "sessions", "2026Q3", sessions)
    return shown(Bundle("header", title="Outcomes", results=(counted,)))


def said(*cells, period=QUARTER, audience="owner"):
    return say_gaps_once(compose(cells, "t"), "quarterly_outcomes", period, audience)


def texts(page):
    """What each answer of a page is titled, by the heading it stands under."""
    return {
        section.heading: [b.content["title"] for b in section.blocks if b.kind == "answer"]
        for section in page.sections
    }


NOTE = shown(Bundle("note", title="Something", sentence="to see"))


def test_sections_without_anything_to_show_become_one():
    page = said(
        heading("Relief"), gap("relief"), gap("relief at 4"),
        heading("Promises"), NOTE,
        heading("Pain"), gap("pain"),
    )  # fmt: skip

    assert texts(page) == {
        "What cannot be shown yet": ["Too few clients came, or answered, to show this"],
        "Promises": ["Something"],
    }
    (answer,) = (block.content for block in page.sections[0].blocks)
    assert answer["sentence"] == "There is nothing to show yet under: “Relief”, “Pain”."
    (to_do,) = answer["items"]
    assert to_do["term"] == "What you could do"
    assert "from 5 clients on, and compared from 20 on" in to_do["text"]
    assert "quarterly_outcomes --period 2025-10-01..2026-09-30" in to_do["text"]


def test_their_numbers_stay_in_the_files_under_their_own_headings():
    page = said(heading("Relief"), gap("relief"), heading("Pain"), gap("pain"), gap("fell"))

    assert [(each["section"], each["metric"]) for each in page.results] == [
        ("Relief", "relief"), ("Pain", "pain"), ("Pain", "fell"),
    ]  # fmt: skip


def test_each_reason_is_told_with_what_could_be_done_about_it():
    page = said(
        heading("Relief"), gap("relief", "no_answers"),
        heading("Soreness"), gap("sore", "no_answers"),
        heading("Change"), gap("chart"), gap("other", "no_answers"),
    )  # fmt: skip

    assert texts(page) == {
        "What cannot be shown yet": [
            "Too few clients came, or answered, to show this",
            "Nobody has told, so this cannot be shown",
        ]
    }
    few, nobody = (block.content for block in page.sections[0].blocks)
    assert few["title"].startswith("Too few")
    assert "docs/check-in-form.md" in nobody["items"][0]["text"]


def test_a_section_that_shows_something_keeps_it_and_says_the_rest_once():
    page = said(heading("Pain"), gap("pain"), NOTE, gap("fell"), gap("clearly"))

    assert texts(page) == {
        "Pain": ["Something", "Too few clients came, or answered, to show the rest"]
    }
    assert [each["metric"] for each in page.results] == ["pain", "fell", "clearly"]


def test_what_could_be_done_is_said_once_on_a_page():
    page = said(
        heading("Pain"), gap("pain"), NOTE, gap("fell"),
        heading("Relief"), gap("relief"), NOTE, gap("at 4"),
    )  # fmt: skip
    boxes = [section.blocks[-1].content for section in page.sections]

    assert [len(box["items"]) for box in boxes] == [1, 0]


def test_one_gap_alone_stays_as_it_is():
    page = said(heading("Pain"), gap("pain"), heading("Promises"), NOTE)

    assert texts(page) == {"Pain": ["No pain"], "Promises": ["Something"]}


def test_a_period_without_sessions_says_so_once_for_everything():
    page = said(
        header(0), heading("Relief"), gap("relief", "no_answers"), heading("Change"), gap("chart")
    )

    assert texts(page) == {
        "What cannot be shown yet": ["No session was held in July to September 2026"]
    }


def test_without_sessions_no_section_tells_of_gaps_again_and_no_number_is_lost():
    page = said(
        header(0), heading("Relief"), gap("relief", "no_answers"), heading("Change"), gap("chart"),
        heading("Data"), NOTE, gap("asked", "no_answers"), gap("told", "no_answers"),
    )  # fmt: skip

    assert texts(page)["Data"] == ["Something"]
    assert [(each["section"], each["metric"]) for each in page.results][1:] == [
        ("Relief", "relief"), ("Change", "chart"), ("Data", "asked"), ("Data", "told"),
    ]  # fmt: skip


def test_what_is_switched_off_leaves_no_trace():
    off = shown(Bundle("empty", title="Switched off", why="off"))
    page = said(heading("Promises"), NOTE, heading("Therapists"), off)

    assert texts(page) == {"Promises": ["Something"]}


def test_links_to_a_section_that_left_are_dropped():
    finding = Finding("Look.", href="#relief")
    page = said(
        heading("Findings"), shown(Bundle("findings", items=(finding,))),
        heading("Relief"), gap("relief"), heading("Pain"), gap("pain"),
    )  # fmt: skip

    assert page.sections[0].blocks[1].content["items"][0]["href"] == ""


def test_a_longer_time_is_offered_for_every_period():
    def offered(period):
        page = said(heading("A"), gap("a"), heading("B"), gap("b"), period=parse_period(period))
        return page.sections[0].blocks[0].content["items"][0]["text"].rsplit(" ", 1)[1]

    assert offered("2026Q4") == "2026"
    assert offered("2026") == "2025-01-01..2026-12-31"
    assert offered(None) == "all"


def test_shared_pages_name_their_higher_limit():
    page = said(heading("A"), gap("a"), heading("B"), gap("b"), audience="shared")

    assert "from 10 clients on" in page.sections[0].blocks[0].content["items"][0]["text"]


def test_every_reason_for_a_gap_is_known():
    assert WHYS == ("", "too_few", "no_answers", "off")
