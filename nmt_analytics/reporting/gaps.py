"""Says once what many empty answers say, so that the page of a small practice stays short.

A section in which nothing can be shown leaves the page; one section says which they were, why,
and what could be done. Within a section that shows something, the empty answers become one.
"""

from collections.abc import Sequence
from dataclasses import asdict

from nmt_analytics.outcomes.disclosure import FULL_CLIENTS, MINIMUM_CLIENTS
from nmt_analytics.periods import EARLIEST, Period
from nmt_analytics.reporting.bundle import Bundle, Definition
from nmt_analytics.reporting.page import Answer, Block, Page, Section, settle_anchors
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import period_in_words

WHYS = ("too_few", "no_answers")
NO_SESSIONS, OFF = "no_sessions", "off"


def say_gaps_once(page: Page, report: str, period: Period, audience: str) -> Page:
    """`page` with its gaps said once; `report` and `period` are what an owner would ask for."""
    words = {
        "report": report,
        "period": period_in_words(period),
        "longer": _longer(period),
        "n": MINIMUM_CLIENTS[audience],
        "full": FULL_CLIENTS,
    }
    sections = [section for section in page.sections if not _is(section, (OFF,))]
    gaps = [section for section in sections if _is(section, WHYS)]
    if len(gaps) > 1:
        at = sections.index(gaps[0])
        sections = [section for section in sections if section not in gaps]
        is_bare = _has_no_sessions(page)
        rest = [_without_gaps(section) for section in sections] if is_bare else []
        sections.insert(at, _gathered(gaps, rest, words, is_bare))
    told: set[str] = {each for section in sections for each in _told(section)}
    for section in sections:
        section.blocks = _with_one_gap(section, words, told)
    page.sections = sections
    settle_anchors(page)
    return page


def _longer(period: Period) -> str:
    """A longer time that ends with the period: twelve months, or twice as long as it is."""
    year = period.twelve_months
    if year.from_on == EARLIEST:
        return period.name
    longer = year if year != period else Period("", period.previous.from_on, period.until_on)
    return longer.name or f"{longer.from_on}..{longer.until_on}"


def _answers(section: Section) -> list[Answer]:
    return [block.content for block in section.blocks if block.kind == "answer"]


def _is(section: Section, whys: Sequence[str]) -> bool:
    """Whether the section holds answers, and nothing but empty ones for these reasons."""
    answers = _answers(section)
    return bool(answers) and all(answer["why"] in whys for answer in answers)


def _has_no_sessions(page: Page) -> bool:
    counts = [
        result["value"]
        for result in (page.header or {}).get("results", ())
        if result["metric"] == "sessions"
    ]
    return counts == [0]


def _without_gaps(section: Section) -> Section:
    """Takes the gaps out of a section that shows something besides; returns them as one."""
    gaps = [block for block in section.blocks if _is_gap(block)]
    section.blocks = [block for block in section.blocks if block not in gaps]
    return Section(section.heading, "", gaps)


def _gathered(
    gaps: Sequence[Section], rest: Sequence[Section], words: dict[str, object], is_bare: bool
) -> Section:
    """One section in place of those that show nothing, with an answer for each reason.

    Without any session there is one reason alone; it then stands for the gaps in the `rest` too.
    """
    section = Section(say("gap.section"), "not-yet")
    if is_bare:
        answer = _gap(NO_SESSIONS, "title", gaps, words)
        answer["results"] += [result for each in rest for result in _results(each)]
        section.blocks.append(Block("answer", answer))
        return section
    for why in WHYS:
        here = [gap for gap in gaps if _main_reason(gap) == why]
        if here:
            section.blocks.append(Block("answer", _gap(why, "title", here, words)))
    return section


def _main_reason(section: Section) -> str:
    """Too few as soon as one number has that reason: somebody did tell."""
    return next(why for why in WHYS if why in {answer["why"] for answer in _answers(section)})


def _told(section: Section) -> list[str]:
    """The reasons for which this page has said what could be done."""
    return [answer["why"] for answer in _answers(section) if section.anchor == "not-yet"]


def _with_one_gap(section: Section, words: dict[str, object], told: set[str]) -> list[Block]:
    """The blocks of a section, two or more gaps in it as one at its end.

    What could be done is said where a reason (of those in `told`) comes up first.
    """
    gaps = [block for block in section.blocks if _is_gap(block)]
    if len(gaps) < 2 or section.anchor == "not-yet":
        return section.blocks
    kept = [block for block in section.blocks if block not in gaps]
    only_gaps = Section(section.heading, "", gaps)
    which = "rest" if any(block.kind == "answer" for block in kept) else "title"
    why = _main_reason(only_gaps)
    answer = _gap(why, which, [only_gaps], words)
    if why in told:
        answer["items"] = []
    told.add(why)
    return [*kept, Block("answer", answer)]


def _is_gap(block: Block) -> bool:
    return block.kind == "answer" and block.content["why"] in WHYS


def _gap(why: str, which: str, gaps: Sequence[Section], words: dict[str, object]) -> Answer:
    """One empty answer for those of `gaps`, whose results it keeps under their own headings."""
    headings = ", ".join(f"“{gap.heading}”" for gap in gaps)
    bundle = Bundle(
        kind="empty",
        title=say(f"gap.{why}_{which}", **words),
        sentence=say("gap.about", headings=headings) if len(gaps) > 1 else "",
        items=(Definition(say("gap.to_do"), say(f"gap.do_{why}", **words)),),
        why=why if why in WHYS else "",
    )
    results = [result for gap in gaps for result in _results(gap)]
    return asdict(bundle) | {"items": [asdict(item) for item in bundle.items], "results": results}


def _results(gap: Section) -> list[dict[str, object]]:
    return [
        {**result, "section": result["section"] or gap.heading}
        for answer in _answers(gap)
        for result in answer["results"]
    ]
