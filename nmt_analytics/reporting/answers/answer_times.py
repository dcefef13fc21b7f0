"""When answers come, drawn against the times that are promised."""

from nmt_analytics.outcomes.answer_times import (
    AnswerTime,
    AnswerTimes,
)
from nmt_analytics.reporting.answers.evidence import count_result
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.bars import answers_in_words, draw_answer_times, time_in_words
from nmt_analytics.reporting.wording import (
    count_in_words,
    first_upper,
    listed,
    number,
    period_in_words,
)

COUNTS = ("n_answers", "n_about_relief", "n_about_soreness")


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
        figure=draw_answer_times(found.times),
        alt=say("answered.alt", cells=listed(map(answers_in_words, found.times))),
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


def _line(each: AnswerTime) -> tuple[Cell | str, ...]:
    if each.hidden:
        hidden = Cell(say("showing.hidden"), "hidden")
        return (time_in_words(each), Cell(each.hidden, "hidden"), *[hidden] * (len(COUNTS) - 1))
    counts = (getattr(each, name) for name in COUNTS)
    return (time_in_words(each), *map(_count, counts))


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
            levels={"answered": time_in_words(each)},
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
