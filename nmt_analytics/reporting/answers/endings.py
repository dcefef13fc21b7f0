"""Why the observation of relief ended, and whether coming back goes with that relief did."""

from nmt_analytics.outcomes.answers import DataQuality
from nmt_analytics.outcomes.returning import Returning
from nmt_analytics.reporting.answers.evidence import share_result
from nmt_analytics.reporting.bundle import Bundle, Cell, Result, Table
from nmt_analytics.reporting.phrases import has_phrase, say
from nmt_analytics.reporting.wording import (
    first_upper,
    number,
    period_in_words,
    share_in_words,
)
from nmt_analytics.vocabulary import label


def present_ends(quality: DataQuality, returning: Returning) -> Bundle:
    """Why we stopped hearing of the period's sessions, as a table; and whether returning tells."""
    rows = tuple(
        (
            first_upper(say(f"ended.{reason}") if has_phrase(f"ended.{reason}") else label(reason)),
            Cell(say("showing.hidden"), "hidden") if n is None else number(n, "sessions"),
        )
        for reason, n in quality.ended
    )
    is_shown = any(n is not None for _, n in quality.ended)
    return Bundle(
        kind="table" if is_shown else "empty",
        title=say("quality.ends_title"),
        sentence=" ".join(filter(None, (say_returning(returning), _contradictions(quality)))),
        anchor="why-observation-ended",
        table=Table(
            columns=("reason", "n_sessions"),
            labels=(say("quality.ends_label"), say("table.sessions")),
            rows=rows,
            numeric=("n_sessions",),
        ),
        why="" if is_shown else "too_few" if rows else "no_answers",
        results=(*_end_results(quality), *returning_results(returning)),
    )


def _end_results(quality: DataQuality) -> list[Result]:
    return [
        Result(
            "sessions_by_end",
            "sessions",
            quality.period.name,
            None if n is None else float(n),
            hidden=say("showing.hidden") if n is None else "",
            levels={"ended": reason},
            shown=say("showing.hidden") if n is None else number(n, "sessions"),
        )
        for reason, n in quality.ended
    ]


def _contradictions(quality: DataQuality) -> str:
    if quality.n_contradictions is None:
        return say("quality.contradictions_hidden")
    if not quality.n_contradictions:
        return ""
    return say("quality.contradictions", n=number(quality.n_contradictions, "sessions"))


def say_returning(returning: Returning) -> str:
    """Two sentences where coming back tells of relief; nothing where it does not, or too few."""
    if not returning.tells_of_relief:
        return ""
    told = say(
        "returning.told",
        period=first_upper(period_in_words(returning.period)),
        lost=share_in_words(returning.after_lost or 0.0),
        held=share_in_words(returning.after_held or 0.0),
    )
    name = "returning.asked" if returning.is_asked else "returning.unasked"
    return f"{told} {say(name, share=share_in_words(returning.asked or 0.0))}"


def returning_results(returning: Returning) -> list[Result]:
    """The numbers of those sentences, where they are said."""
    if not returning.tells_of_relief:
        return []
    shares = {
        "back within a week of saying that relief was over": returning.after_lost,
        "back within a week of saying that relief still held": returning.after_held,
        "asked at the next visit whether relief still held": returning.asked,
    }
    return [
        share_result(name, returning.period.name, share)
        for name, share in shares.items()
        if share is not None
    ]
