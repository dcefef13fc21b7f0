"""What heads a page: which practice and period, how much stands behind it, and the headline."""

from dataclasses import replace
from datetime import datetime

from nmt_analytics.outcomes.answers import Overview, Row
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.outcomes.metrics import METRICS, SILENT
from nmt_analytics.reporting.answers.evidence import result_of
from nmt_analytics.reporting.bundle import Bundle, Fact, Result
from nmt_analytics.reporting.findings import say_value
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    count_in_words,
    estimate_and_likely,
    first_upper,
    moment_in_words,
    number,
    period_in_words,
    remarked,
    share_in_words,
)


def present_overview(
    overview: Overview,
    practice_name: str,
    as_of: datetime,
    audience: str,
    about: str = "",
    of_answers: bool = False,
    is_silenced: bool = False,
    is_doubted: bool = False,
) -> Bundle:
    """The page's header: which practice, which period, and how much stands behind it.

    `as_of` is local time; `about` says what the page is about when not all sessions are on it.
    `of_answers`: a page about the data opens with who answered, not with how long relief lasts;
    `is_silenced`: so does one whose silent sessions leave relief too open for a headline;
    `is_doubted`: they leave so much open that the headline says so.
    """
    period = period_in_words(overview.period)
    title = say("overview.title_about", about=first_upper(about), period=period)
    return Bundle(
        kind="header",
        eyebrow=practice_name,
        title=title if about else say("overview.title", period=period),
        sentence=_headline(overview, of_answers, is_silenced, is_doubted),
        items=(
            *_counts(overview),
            Fact(say("overview.as_of"), moment_in_words(as_of)),
            Fact(
                say("overview.audience"),
                say(f"overview.{audience}"),
                say(f"overview.hides_{audience}", n=MINIMUM_CLIENTS[audience]),
            ),
        ),
        results=_results(overview),
    )


def _results(overview: Overview) -> tuple[Result, ...]:
    """The header's numbers, each shown there without its interval, and how long relief lasts."""
    return (
        *(
            replace(result_of(row, METRICS[name]), shown=_count(row))
            for name, row in (("sessions", overview.sessions), ("clients", overview.clients))
        ),
        *(
            replace(result_of(row, metric), shown=_share(row))
            for metric, row in (
                (METRICS["follow_up_response"], overview.response),
                (SILENT, overview.silent),
            )
        ),
        result_of(overview.relief, METRICS["relief_days_median"]),
    )


def _counts(overview: Overview) -> tuple[Fact, ...]:
    rows = (overview.sessions, overview.clients, overview.response)
    if all(row.is_hidden for row in rows):
        return (Fact(say("overview.few_counts"), overview.sessions.hidden),)
    return (
        Fact(say("overview.sessions"), _count(overview.sessions)),
        Fact(say("overview.clients"), _count(overview.clients)),
        Fact(say("overview.response"), _share(overview.response), _silent_share(overview.silent)),
    )


def _headline(overview: Overview, of_answers: bool, is_silenced: bool, is_doubted: bool) -> str:
    """What an owner should know before reading on: how long relief lasts, and by how many."""
    if not overview.sessions.value and not overview.sessions.is_hidden:
        return say("overview.no_sessions", period=period_in_words(overview.period))
    if overview.sessions.is_hidden:
        return say("overview.few_sessions", period=period_in_words(overview.period))
    words = {"sessions": _held(overview), "response": _share(overview.response)}
    is_known = not overview.relief.is_hidden and overview.relief.n_sessions
    if overview.response.is_hidden or overview.response.value is None:
        return say(f"overview.headline_{'from_intake' if is_known else 'without_answers'}", **words)
    if of_answers:
        return say("overview.headline", **words) + _silence(overview.silent)
    if is_silenced or not is_known:
        return say(f"overview.headline_{'silenced' if is_known else 'without_relief'}", **words)
    relief = say_value(METRICS["relief_days_median"], _relief(overview.relief))
    name = "overview.headline_doubted" if is_doubted else "overview.headline_with_relief"
    return say(name, relief=relief, **words)


def _relief(row: Row) -> str:
    metric = METRICS["relief_days_median"]
    few = [say("showing.few")] if row.showing == "few clients" else []
    return remarked(estimate_and_likely(row, metric), *few)


def _held(overview: Overview) -> str:
    return say(
        "overview.held",
        sessions=count_in_words(overview.sessions.value or 0, "sessions"),
        clients=count_in_words(overview.clients.value or 0, "clients"),
    )


def _silent_share(silent: Row) -> str:
    if silent.is_hidden or silent.value is None:
        return ""
    return say("overview.silent_share", share=share_in_words(silent.value))


def _silence(silent: Row) -> str:
    if silent.is_hidden or not silent.value:
        return ""
    return say("overview.silence", share=share_in_words(silent.value))


def _count(row: Row) -> str:
    if row.is_hidden:
        return row.hidden
    return say("number.none") if not row.value else number(row.value, "sessions")


def _share(row: Row) -> str:
    if row.is_hidden:
        return row.hidden
    return say("number.none") if row.value is None else share_in_words(row.value)
