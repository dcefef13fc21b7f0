"""The funnel: shares against the answers behind them, with the limits of chance."""

from collections.abc import Sequence

from nmt_analytics.outcomes.funnel import Funnel, Therapist
from nmt_analytics.reporting import figures
from nmt_analytics.reporting.figures import Figure, Trace
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.curve_lines import share_axis
from nmt_analytics.reporting.wording import (
    count_in_words,
    estimate_in_words,
    first_upper,
    in_words,
)

HEIGHT = 400
LEFT_OF = 0.7
"""Names of dots further right than this share of the axis stand on the dot's left."""
NAME_POINTS = 6.0
"""How many points of the share's axis a name needs."""
LIMITS = (("far", "solid", 0.9), ("near", "dash", 0.7))


def draw_funnel(funnel: Funnel) -> Figure:
    """A dot for each therapist between the limits around the practice's own share."""
    shown = [each for each in funnel.therapists if not each.row.is_hidden]
    last = funnel.limits[-1].n
    return figures.draw(
        [
            *_limits(funnel),
            *(_dot(each, funnel) for each in shown),
        ],
        height=HEIGHT,
        margin={"l": 48, "r": 16, "t": 30, "b": 48},
        xaxis={
            "range": [0, last],
            "title": {"text": say("therapists.axis")},
            "showgrid": False,
            "showline": True,
        },
        yaxis=share_axis(),
        shapes=[figures.rule("y", funnel.whole.value or 0.0, "context")],
        annotations=[_practice_label(funnel), *_names(shown, last)],
    )


def _limits(funnel: Funnel) -> list[Trace]:
    n = [limits.n for limits in funnel.limits]
    return [
        figures.line(
            n,
            [round(getattr(limits, f"{which}_{end}"), 2) for limits in funnel.limits],
            "context",
            1.5,
            opacity=opacity,
        )
        | {"line": {"color": figures.ink("context"), "width": 1.5, "dash": dash}}
        for which, dash, opacity in LIMITS
        for end in ("lower", "upper")
    ]


def _dot(each: Therapist, funnel: Funnel) -> Trace:
    row = each.row
    says = say(
        "therapists.hover",
        name=first_upper(each.name),
        value=in_words(row, funnel.metric),
        answers=count_in_words(row.n_sessions or 0, "sessions"),
    )
    marker: Figure = figures.open_marker("accent") if each.position == "not compared" else {}
    if each.position in ("above", "below"):
        marker = {"symbol": "diamond", "size": 14}
    return figures.dots([row.n_sessions], [row.value], [says], "accent", **marker)


def _names(shown: Sequence[Therapist], last: float) -> list[Figure]:
    """Each name beside its dot; names on one side are moved up where they would meet."""
    names = []
    free_from = {"left": 0.0, "right": 0.0}
    for each in sorted(shown, key=lambda one: one.row.value or 0.0):
        n, value = each.row.n_sessions or 0, each.row.value or 0.0
        anchor, shift = ("right", -12) if n > LEFT_OF * last else ("left", 12)
        height = max(value, free_from[anchor])
        free_from[anchor] = height + NAME_POINTS
        beside: Figure = {"x": n, "xref": "x", "xanchor": anchor, "xshift": shift}
        beside |= {"y": height, "yref": "y", "yanchor": "middle"}
        names.append(figures.remark(first_upper(each.name), "ink", **beside))
    return names


def _practice_label(funnel: Funnel) -> Figure:
    value = estimate_in_words(funnel.whole, funnel.metric)
    return figures.remark(
        say("therapists.practice", value=value),
        "quiet",
        x=0,
        xref="paper",
        xanchor="left",
        xshift=12,
        y=funnel.whole.value,
        yref="y",
        yanchor="bottom",
        yshift=2,
    )
