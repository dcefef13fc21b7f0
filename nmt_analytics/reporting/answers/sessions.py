"""What happens in the session itself: how far pain falls, and what to expect of it anyway."""

from collections.abc import Sequence

from nmt_analytics.outcomes.before_and_after import PainTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.pain import RESPONSE_POINTS
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.answers.evidence import result_of, share_result, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Result, Table
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.findings import say_row, topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import (
    change_in_words,
    count_in_words,
    first_upper,
    in_words,
    listed,
    number,
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
        figure=_draw_responders(table),
        alt=say("pain.alt", cells=listed(_threshold_in_words(*each) for each in table.responders)),
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


def _threshold_in_words(points: int, share: float) -> str:
    fall = count_in_words(points, "whole_points")
    return say("pain.threshold", points=fall, share=share_in_words(share))


def _draw_responders(table: PainTable) -> Figure:
    """The share whose pain fell by at least so many points, for every number of points.

    Upright lines: the usual mark of much improved, the average fall, and the fall that would be
    expected without any effect.
    """
    points = [each for each, _ in table.responders]
    shares = [round(share, 2) for _, share in table.responders]
    says = [_threshold_in_words(*each) for each in table.responders]
    marks = [(float(RESPONSE_POINTS), "pain.much_improved", "promise_ink", "right", 2)]
    if table.change.value is not None and table.change.value < 0:
        marks.append((-table.change.value, "pain.average", "accent", "left", 2))
    if table.expected is not None and table.expected < 0:
        marks.append((-table.expected, "pain.by_itself", "quiet", "left", 20))
    return figures.draw(
        [
            figures.line(points, shares, "accent"),
            figures.dots(points, shares, says, "accent", size=8),
        ],
        height=340,
        margin={"l": 44, "r": 16, "t": 52, "b": 48},
        xaxis={
            "range": [-0.2, max(points) + 0.2],
            "tickvals": points,
            "title": {"text": say("pain.axis")},
            "showgrid": False,
            "showline": True,
        },
        yaxis={
            "range": [0, 103],
            "tickvals": list(figures.SHARE_TICKS),
            "ticksuffix": say("axis.percent"),
        },
        shapes=[figures.rule("x", at, role, "dot") for at, _, role, _, _ in marks],
        annotations=[_mark(*mark) for mark in marks],
        narrow={"margin.t": 68} | _staggered(marks),
    )


def _staggered(marks: Sequence[tuple[object, ...]]) -> Figure:
    """On a phone each mark's words stand right of their line, in a row of their own."""
    narrow: Figure = {}
    for index in range(len(marks)):
        narrow |= {
            f"annotations.{index}.xanchor": "left",
            f"annotations.{index}.xshift": 4,
            f"annotations.{index}.yshift": 2 + 17 * index,
        }
    return narrow


def _mark(at: float, phrase: str, role: str, side: str, yshift: int) -> Figure:
    """The words at an upright line, on its left or right, in one of two rows above the plot."""
    return figures.remark(
        say(phrase, n=number(at, "points")),
        role,
        x=at,
        xref="x",
        xanchor=side,
        xshift=4 if side == "left" else -4,
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=yshift,
    )


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
