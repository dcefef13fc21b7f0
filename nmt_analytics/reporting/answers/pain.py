"""How far pain falls in a session, and what to expect of it anyway."""

from nmt_analytics.outcomes.before_and_after import PainTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.evidence import result_of, share_result, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Result, Table
from nmt_analytics.reporting.findings import say_row, topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.responders import draw_responders, threshold_in_words
from nmt_analytics.reporting.wording import (
    change_in_words,
    count_in_words,
    first_upper,
    in_words,
    listed,
    period_in_words,
    share_in_words,
)


def present_pain(table: PainTable) -> Bundle:
    """How far pain fell: the whole responder curve, and what to expect without any effect."""
    metric = METRICS["pain_change"]
    if table.change.is_hidden or not table.responders:
        return Bundle(
            kind="empty",
            title=say(
                "empty.hidden_title",
                topic=topic(metric),
                reason=table.change.hidden or in_words(table.change, metric),
            ),
            sentence=say("pain.none"),
            anchor="pain",
            results=(result_of(table.change, metric),),
            why=why_hidden(table.change.hidden),
        )
    return Bundle(
        kind="figure",
        title=say_row(table.change, metric),
        sentence=_expected(table),
        caption=_pain_caption(table),
        anchor="pain",
        figure=draw_responders(table),
        alt=say("pain.alt", cells=listed(threshold_in_words(*each) for each in table.responders)),
        table=Table(
            columns=("points", "share"),
            labels=(say("pain.fell_by_at_least"), say("pain.share")),
            rows=tuple(
                (count_in_words(points, "whole_points"), share_in_words(share))
                for points, share in table.responders
            ),
            numeric=("share",),
        ),
        results=(result_of(table.change, metric), *_pain_results(table)),
    )


def _expected(table: PainTable) -> str:
    """How much of the fall comes by itself: clients book when it is worst."""
    if table.expected is None:
        return say("pain.not_estimable", reason=table.reason)
    if table.expected >= 0:
        return say("pain.nothing_expected")
    said = say("pain.expected", fall=count_in_words(-table.expected, "points"))
    if table.paired is None or table.paired >= 0:
        return said
    return f"{said} {say('pain.paired', fall=count_in_words(-table.paired, 'points'))}"


def _pain_caption(table: PainTable) -> str:
    said = [
        say(
            "pain.caption",
            sessions=count_in_words(table.change.n_sessions or 0, "sessions"),
            clients=count_in_words(table.change.n_clients or 0, "clients"),
            period=first_upper(period_in_words(table.period)),
        )
    ]
    if table.n_low_baseline:
        said.append(
            say("pain.low_baseline", sessions=count_in_words(table.n_low_baseline, "sessions"))
        )
    return " ".join(said)


def _pain_results(table: PainTable) -> list[Result]:
    period = table.period.name
    found = [
        share_result("pain_fell_by_at_least", period, share, {"points": str(points)})
        for points, share in table.responders
    ]
    for name, unit, value, write in (
        ("pain_change_expected_without_effect", "points", table.expected, _points),
        ("pain_change_expected_from_own_ratings", "points", table.paired, _points),
        ("pain_reliability", "share", table.reliability, "{:.2f}".format),
        ("sessions_with_pain_under_4_before", "sessions", table.n_low_baseline, _sessions),
    ):
        if value is not None:
            found.append(Result(name, unit, period, float(value), shown=write(value)))
    return found


def _points(value: float) -> str:
    return change_in_words(value, "points")


def _sessions(n: float) -> str:
    return count_in_words(n, "sessions")
