"""When answers come, drawn against the times that are promised."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answer_times import (
    LATER_HOURS,
    RELIEF_DAYS,
    SORENESS_HOURS,
    AnswerTime,
    AnswerTimes,
)
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.answers.evidence import count_result
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    asked_time,
    count_in_words,
    first_upper,
    listed,
    number,
    period_in_words,
)

HEIGHT = 280
COUNTS = ("n_answers", "n_about_relief", "n_about_soreness")
SORENESS_DAYS = (SORENESS_HOURS[0] / 24, SORENESS_HOURS[1] / 24)
UNTIL_DAYS = LATER_HOURS / 24


def present_answer_times(found: AnswerTimes) -> Bundle:
    """How many answers came when; the promised times are shaded."""
    period = period_in_words(found.period)
    if not any(each.n_answers for each in found.times):
        few = any(each.hidden for each in found.times)
        return Bundle(
            kind="empty",
            title=say(
                "answered.few_title" if few else "answered.none_title", period=first_upper(period)
            ),
            sentence=say("answered.few" if few else "answered.none"),
            anchor="answer-times",
            why="too_few" if few else "no_answers",
        )
    return Bundle(
        kind="figure",
        title=_takeaway(found),
        sentence=_advice(found),
        caption=_caption(found, period),
        anchor="answer-times",
        figure=_draw(found.times),
        alt=say("answered.alt", cells=listed(map(_in_words, found.times))),
        table=Table(
            columns=("time", *COUNTS),
            labels=(say("answered.time"), *(say(f"answered.{name}") for name in COUNTS)),
            rows=tuple(_line(each) for each in found.times),
            numeric=COUNTS,
        ),
        results=(
            *(result for each in found.times for result in _results(each, found.period.name)),
            *_totals(found),
        ),
    )


def _takeaway(found: AnswerTimes) -> str:
    told = [
        say(f"answered.{about}_in_time", answers=count_in_words(n, "answers"))
        for about, n in (
            ("soreness", found.n_about_soreness_in_time),
            ("relief", found.n_about_relief_in_time),
        )
        if n is not None
    ]
    return ", ".join(told) or say("answered.title")


def _advice(found: AnswerTimes) -> str:
    """What could be asked when nobody tells of a promised time."""
    if any(each.hidden_about for each in found.times):
        return ""
    missing = [
        say(f"answered.no_{about}")
        for about, n in (
            ("soreness", found.n_about_soreness_in_time),
            ("relief", found.n_about_relief_in_time),
        )
        if n == 0
    ]
    return " ".join(missing)


def _caption(found: AnswerTimes, period: str) -> str:
    hatched = say("answered.hatched") if any(each.hidden for each in found.times) else ""
    return " ".join(filter(None, (say("answered.caption", period=period), hatched)))


def _when(each: AnswerTime) -> str:
    later = each.hours == LATER_HOURS
    return say("answered.later", n=LATER_HOURS // 24) if later else asked_time(each.hours)


def _in_words(each: AnswerTime) -> str:
    said = each.hidden or count_in_words(each.n_answers or 0, "answers")
    return say("outcome.alt_cell", level=_when(each), value=said)


def _draw(times: Sequence[AnswerTime]) -> Figure:
    """Bars at their true time, so that the gaps between check-ins are seen."""
    highest = 1.1 * max(each.n_answers or 0 for each in times)
    return figures.draw(
        [
            _bars([each for each in times if not each.hidden]),
            *(_hatched(each, highest) for each in times if each.hidden),
        ],
        height=HEIGHT,
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


def _bars(shown: Sequence[AnswerTime]) -> Trace:
    return {
        "type": "bar",
        "x": [each.hours / 24 for each in shown],
        "y": [each.n_answers for each in shown],
        "width": [_width(each) for each in shown],
        "marker": {"color": figures.ink("accent"), "line": {"width": 0}},
        "text": [_in_words(each) for each in shown],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hatched(each: AnswerTime, highest: float) -> Trace:
    return figures.hatched_bar(each.hours / 24, _in_words(each), 0, highest) | {
        "width": _width(each)
    }


def _width(each: AnswerTime) -> float:
    """In days: half days up to 36 hours, then whole ones."""
    return 0.42 if each.hours <= SORENESS_HOURS[1] else 0.8


def _line(each: AnswerTime) -> tuple[Cell | str, ...]:
    if each.hidden:
        hidden = Cell(say("showing.hidden"), "hidden")
        return (_when(each), Cell(each.hidden, "hidden"), *[hidden] * (len(COUNTS) - 1))
    counts = (getattr(each, name) for name in COUNTS)
    return (_when(each), *map(_count, counts))


def _count(n: int | None) -> Cell | str:
    return Cell(say("showing.hidden"), "hidden") if n is None else number(n, "answers")


def _results(each: AnswerTime, period: str) -> list[Result]:
    return [
        Result(
            metric=f"answers: {name.removeprefix('n_').replace('_', ' ')}",
            unit="answers",
            period=period,
            value=None if n is None else float(n),
            hidden=(each.hidden or each.hidden_about) if n is None else "",
            levels={"answered": _when(each)},
            shown=each.hidden or each.hidden_about if n is None else number(n, "answers"),
        )
        for name in COUNTS
        for n in (getattr(each, name),)
    ]


def _totals(found: AnswerTimes) -> list[Result]:
    """What the title says."""
    return [
        count_result(name, "answers", found.period.name, n)
        for name, n in (
            ("answers about soreness, 24 to 36 hours", found.n_about_soreness_in_time),
            ("answers about relief, days 4 to 14", found.n_about_relief_in_time),
        )
        if n is not None
    ]
