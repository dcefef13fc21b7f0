"""Counts as bars by time after the session: check-ins asked and answered, and when answers came."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answer_times import (
    LATER_HOURS,
    RELIEF_DAYS,
    SORENESS_HOURS,
    AnswerTime,
)
from nmt_analytics.outcomes.answers import CheckInDay
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import asked_time, count_in_words, number, share_in_words

SORENESS_DAYS = (SORENESS_HOURS[0] / 24, SORENESS_HOURS[1] / 24)
UNTIL_DAYS = LATER_HOURS / 24
WIDTH = 0.62


def draw_check_ins(days: Sequence[CheckInDay]) -> Figure:
    """Asked in grey with answered in front of it, and the share answered above."""
    places = list(range(len(days)))
    highest = 1.15 * max(day.n_asked or 0 for day in days)
    says = [check_in_in_words(day) for day in days]
    times = [asked_time(day.hours) for day in days]
    return figures.draw(
        [
            _bars(places, [day.n_asked for day in days], says, "context") | {"opacity": 0.35},
            _bars(places, [day.n_answered for day in days], says, "accent"),
            *(
                figures.hatched_bar(place, day.hidden, 0, highest)
                for place, day in enumerate(days)
                if day.hidden
            ),
        ],
        height=300,
        barmode="overlay",
        margin={"l": 44, "r": 16, "t": 30, "b": 48},
        xaxis={
            "tickvals": places,
            "ticktext": times,
            "title": {"text": say("quality.axis")},
            "showgrid": False,
            "range": [-0.6, len(days) - 0.4],
            "tickangle": 0,
        },
        yaxis={"range": [0, highest], "nticks": 5, "zeroline": True},
        annotations=_shares_above(days),
        narrow={"xaxis.ticktext": [time.replace(" ", "<br>") for time in times], "margin.b": 60},
    )


def _shares_above(days: Sequence[CheckInDay]) -> list[Figure]:
    """The share answered of each check-in time, as words on top of its bar."""
    at_bar: Figure = {"xref": "x", "yref": "y", "yanchor": "bottom", "yshift": 2}
    return [
        figures.remark(
            share_in_words(100 * (day.n_answered or 0) / day.n_asked),
            "ink",
            x=place,
            y=day.n_asked,
            **at_bar,
        )
        for place, day in enumerate(days)
        if day.n_asked
    ]


def check_in_in_words(day: CheckInDay) -> str:
    """`day 4: 184 of 255 answered, 72 %`, or why it is hidden."""
    if day.n_asked is None or day.n_answered is None:
        return say("outcome.alt_cell", level=asked_time(day.hours), value=day.hidden)
    return say(
        "quality.of",
        time=asked_time(day.hours),
        answered=number(day.n_answered, "sessions"),
        asked=number(day.n_asked, "sessions"),
        share=share_in_words(100 * day.n_answered / day.n_asked) if day.n_asked else "",
    )


def draw_answer_times(times: Sequence[AnswerTime]) -> Figure:
    """Bars at their true time, so that the gaps between check-ins are seen."""
    shown = [each for each in times if not each.hidden]
    highest = 1.1 * max(each.n_answers or 0 for each in times)
    return figures.draw(
        [
            _bars(
                [each.hours / 24 for each in shown],
                [each.n_answers for each in shown],
                [answers_in_words(each) for each in shown],
                "accent",
                [_width(each) for each in shown],
            ),
            *(_hatched(each, highest) for each in times if each.hidden),
        ],
        height=280,
        margin={"l": 44, "r": 16, "t": 34, "b": 48},
        xaxis={
            "range": [-0.6, UNTIL_DAYS + 0.8],
            "tickvals": [0, 1, *figures.DAY_TICKS[1:5], UNTIL_DAYS - 1],
            "title": {"text": say("curve.relief_axis")},
            "showgrid": False,
        },
        yaxis={"range": [0, highest], "nticks": 5, "zeroline": True, "title": {"text": ""}},
        shapes=[figures.promised(*SORENESS_DAYS), figures.promised(*RELIEF_DAYS)],
        annotations=[
            figures.promise_label(*SORENESS_DAYS, say("answered.soreness_label")),
            figures.promise_label(*RELIEF_DAYS, say("answered.relief_label")),
        ],
        narrow={"xaxis.tickvals": [1, *figures.DAY_TICKS[1:5], UNTIL_DAYS - 1]},
    )


def _hatched(each: AnswerTime, highest: float) -> Trace:
    return figures.hatched_bar(each.hours / 24, answers_in_words(each), 0, highest) | {
        "width": _width(each)
    }


def _width(each: AnswerTime) -> float:
    """In days: half days up to 36 hours, then whole ones."""
    return 0.42 if each.hours <= SORENESS_HOURS[1] else 0.8


def time_in_words(each: AnswerTime) -> str:
    """When answers came: `36 h`, `day 4`, `day 29 and later`."""
    later = each.hours == LATER_HOURS
    return say("answered.later", n=LATER_HOURS // 24) if later else asked_time(each.hours)


def answers_in_words(each: AnswerTime) -> str:
    """`day 4: 170 answers`, or why they are hidden."""
    said = each.hidden or count_in_words(each.n_answers or 0, "answers")
    return say("outcome.alt_cell", level=time_in_words(each), value=said)


def _bars(
    x: Sequence[float],
    heights: Sequence[int | None],
    says: Sequence[str],
    role: str,
    widths: float | list[float] = WIDTH,
) -> Trace:
    return {
        "type": "bar",
        "x": list(x),
        "y": list(heights),
        "width": widths,
        "marker": {"color": figures.ink(role), "line": {"width": 0}},
        "text": list(says),
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }
