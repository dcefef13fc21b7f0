"""When to see clients again: when relief ends beside when such clients really come back."""

from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.guide import GUIDE_METRICS, GuideRow, ReturnGuide
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.evidence import mark_of, result_of
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.return_guide import draw_return_guide
from nmt_analytics.reporting.wording import (
    count_or_none,
    estimate_in_words,
    estimate_with_range,
    hidden_briefly,
    levels_label,
    listed,
    period_in_words,
)
from nmt_analytics.vocabulary import NOT_RECORDED

MOST_NAMED = 9
"""Kinds of client that a caption names; of more it says how many there are."""


def present_return_guide(guide: ReturnGuide) -> Bundle:
    """Days by which relief ends for each kind of client, and when such clients come back."""
    shown = [row for row in guide.rows if _is_drawn(row)]
    if not shown:
        return Bundle(
            kind="empty",
            title=say("guide.none_title"),
            sentence=say("guide.none"),
            anchor="return-guide",
            why="too_few" if guide.rows else "no_answers",
        )
    return Bundle(
        kind="figure",
        title=_say_return_guide(guide),
        sentence=say("guide.information"),
        caption=_caption(guide, shown),
        anchor="return-guide",
        figure=draw_return_guide(
            shown,
            [_label(row, guide) for row in shown],
            [_row_in_words(row, guide) for row in shown],
        ),
        alt=say("guide.alt", cells=listed(_row_in_words(row, guide) for row in shown)),
        table=_numbers(guide),
        results=tuple(result for row in guide.rows for result in _results(row, guide)),
    )


def _is_drawn(row: GuideRow) -> bool:
    """Whether enough clients stand behind it to be acted on; the others are listed."""
    is_full = row.half_lost.showing == "full" and row.half_lost.value is not None
    return is_full and NOT_RECORDED not in row.levels


def _say_return_guide(guide: ReturnGuide) -> str:
    """For how many kinds of client half have lost relief before they come back."""
    both = [row for row in guide.rows if _is_drawn(row) and row.returned.showing == "full"]
    later = [row for row in both if _come_later(row)]
    if len(both) < 2:
        return say("guide.title_few")
    return say("guide.title", n=count_or_none(len(later)), total=len(both))


def _come_later(row: GuideRow) -> bool:
    """Whether such clients come back clearly after half have lost relief."""
    half, returned = row.half_lost.ci_upper, row.returned.ci_lower
    return half is not None and returned is not None and returned > half


def _caption(guide: ReturnGuide, shown: list[GuideRow]) -> str:
    said = [say("guide.caption", period=period_in_words(guide.period))]
    too_few = [
        _label(row, guide)
        for row in guide.rows
        if row not in shown and NOT_RECORDED not in row.levels
    ]
    if len(too_few) > MOST_NAMED:
        said.append(say("guide.too_few_of_many", n=len(too_few)))
    elif too_few:
        said.append(say("guide.too_few", levels="; ".join(too_few)))
    return " ".join(said)


def _label(row: GuideRow, guide: ReturnGuide) -> str:
    return levels_label(guide.by, row.levels) or say("table.all_sessions")


def _row_in_words(row: GuideRow, guide: ReturnGuide) -> str:
    days = [estimate_in_words(each, METRICS["relief_days_median"]) for each in row.numbers]
    return say("guide.row", level=_label(row, guide), quarter=days[0], half=days[1], back=days[2])


def _numbers(guide: ReturnGuide) -> Table:
    columns = ("level", *GUIDE_METRICS)
    return Table(
        columns=columns,
        labels=(
            ", ".join(say(f"dimension.{name}") for name in guide.by) or say("table.group"),
            *(say(f"guide.{name}") for name in GUIDE_METRICS),
        ),
        rows=tuple(
            (
                _label(row, guide),
                *(_cell(each, name) for each, name in zip(row.numbers, GUIDE_METRICS, strict=True)),
            )
            for row in guide.rows
        ),
    )


def _cell(row: Row, name: str) -> Cell:
    text = hidden_briefly(row) if row.is_hidden else estimate_with_range(row, METRICS[name])
    return Cell(text, mark_of(row, METRICS[name]))


def _results(row: GuideRow, guide: ReturnGuide) -> list[Result]:
    levels = dict(zip(guide.by, row.levels, strict=True))
    return [
        result_of(each, METRICS[name], levels)
        for each, name in zip(row.numbers, GUIDE_METRICS, strict=True)
    ]
