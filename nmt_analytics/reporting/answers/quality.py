"""How good the data are: who is asked and answers when, what was refused."""

from collections.abc import Sequence

from nmt_analytics.outcomes.answers import CheckInDay, DataQuality, Fates
from nmt_analytics.reporting.answers.evidence import count_result, share_result
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.phrases import has_phrase, say
from nmt_analytics.reporting.plots.bars import check_in_in_words, draw_check_ins
from nmt_analytics.reporting.wording import (
    asked_time,
    count_in_words,
    listed,
    number,
    period_in_words,
    share_in_words,
)


def present_data_quality(quality: DataQuality) -> Bundle:
    """How many check-ins were asked and answered, by the time after the session."""
    asked = [day for day in quality.check_ins if day.n_asked]
    if not asked:
        which = "few_asked" if quality.check_ins else "nobody_asked"
        return Bundle(
            kind="empty",
            title=say(f"quality.{which}_title", period=period_in_words(quality.period)),
            sentence=say(f"quality.{which}"),
            anchor="check-ins",
            why="too_few" if quality.check_ins else "no_answers",
        )
    return Bundle(
        kind="figure",
        title=_say_check_ins(asked),
        caption=say("quality.caption", period=period_in_words(quality.period)),
        anchor="check-ins",
        figure=draw_check_ins(quality.check_ins),
        alt=say("quality.alt", cells=listed(check_in_in_words(day) for day in quality.check_ins)),
        table=_check_in_table(quality.check_ins),
        results=(
            *(result for day in quality.check_ins for result in _results(day, quality)),
            *_totals(asked, quality),
        ),
    )


def _say_check_ins(asked: Sequence[CheckInDay]) -> str:
    n_asked, n_answered = _asked_and_answered(asked)
    return say(
        "quality.answered",
        answered=number(n_answered, "sessions"),
        asked=count_in_words(n_asked, "check_ins"),
        share=share_in_words(100 * n_answered / n_asked),
    )


def _asked_and_answered(asked: Sequence[CheckInDay]) -> tuple[int, int]:
    return sum(day.n_asked or 0 for day in asked), sum(day.n_answered or 0 for day in asked)


def _totals(asked: Sequence[CheckInDay], quality: DataQuality) -> list[Result]:
    """What the title says, over the check-in times that are shown."""
    n_asked, n_answered = _asked_and_answered(asked)
    share = 100 * n_answered / n_asked
    return [
        count_result("check_ins_asked", "check_ins", quality.period.name, n_asked),
        count_result("check_ins_answered", "check_ins", quality.period.name, n_answered),
        share_result("check_ins_answered_share", quality.period.name, share),
    ]


def _check_in_table(days: Sequence[CheckInDay]) -> Table:
    return Table(
        columns=("time", "asked", "answered", "share"),
        labels=tuple(
            say(f"quality.{name}_label") for name in ("time", "asked", "answered", "share")
        ),
        rows=tuple(_check_in_line(day) for day in days),
        numeric=("asked", "answered", "share"),
    )


def _check_in_line(day: CheckInDay) -> tuple[Cell | str, ...]:
    if day.n_asked is None or day.n_answered is None:
        return (
            asked_time(day.hours),
            *(Cell(text, "hidden") for text in (day.hidden, *["hidden"] * 2)),
        )
    share = share_in_words(100 * day.n_answered / day.n_asked) if day.n_asked else ""
    counts = (number(n, "sessions") for n in (day.n_asked, day.n_answered))
    return (asked_time(day.hours), *counts, share)


def _results(day: CheckInDay, quality: DataQuality) -> list[Result]:
    levels = {"check_in": asked_time(day.hours)}
    counts = {"check_ins_asked": day.n_asked, "check_ins_answered": day.n_answered}
    period = quality.period.name
    found = [
        Result(
            metric=name,
            unit="check-ins",
            period=period,
            value=None if n is None else float(n),
            hidden=day.hidden,
            levels=levels,
            shown=day.hidden or number(n or 0, "sessions"),
        )
        for name, n in counts.items()
    ]
    if day.n_asked and day.n_answered is not None:
        share = 100 * day.n_answered / day.n_asked
        found.append(share_result("check_ins_answered_share", period, share, levels))
    return found


def present_refusals(quality: Fates) -> Bundle:
    """What became of every record that was loaded, and why some were refused."""
    n_refused = _n_refused(quality)
    lines = _fate_lines(quality)
    return Bundle(
        kind="table",
        title=say(
            "quality.refusals_title" if n_refused else "quality.nothing_refused",
            refused=number(n_refused, "sessions"),
            read=number(quality.n_read, "sessions"),
        ),
        anchor="refused-records",
        caption=say("quality.refusals_caption") if n_refused else "",
        table=Table(
            columns=("fate", "n"),
            labels=(say("quality.fate"), say("quality.records")),
            rows=tuple((text, number(n, "sessions")) for text, n in lines),
            numeric=("n",),
        ),
        results=tuple(
            count_result("records", "records", "all", n, {"fate": text}) for text, n in lines
        ),
    )


def _n_refused(quality: Fates) -> int:
    return sum(n for _, n in quality.refused)


def _fate_lines(quality: Fates) -> list[tuple[str, int]]:
    """Each fate with its records: refused ones by rule, unlinked ones where there are any."""
    counts = [
        ("read", quality.n_read),
        ("stored", quality.n_stored),
        ("skipped", quality.n_skipped),
        ("refused", _n_refused(quality)),
    ]
    return [
        *((say(f"quality.{name}"), n) for name, n in counts),
        *((say("quality.refused_by", rule=_rule(rule)), n) for rule, n in quality.refused),
        *(
            (say(f"quality.{name}"), n)
            for name, n in vars(quality.unlinked).items()
            if n or (name == "n_check_ins_unlinked" and quality.unlinked.n_check_ins)
        ),
    ]


def _rule(rule: str) -> str:
    key = rule.replace(".", "_")
    name = f"rule.{key}"
    return f"{say(name)} ({rule})" if has_phrase(name) else rule
