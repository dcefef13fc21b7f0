"""Therapists as a page shows them: in a funnel, in order of their first session, never ranked."""

from nmt_analytics.outcomes.disclosure import FULL_CLIENTS
from nmt_analytics.outcomes.funnel import Funnel, Limits, Therapist
from nmt_analytics.reporting.answers.evidence import cells_of, result_of, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Cell, Definition, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.funnel import draw_funnel
from nmt_analytics.reporting.wording import (
    count_in_words,
    estimate_in_words,
    first_upper,
    in_words,
    listed,
    number,
    period_in_words,
    range_in_words,
    share_in_words,
)

COLUMNS = ("name", "n_sessions", "n_clients", "value", "likely", "position")
WHYS = {"switched off": "off", "too few clients": "too_few", "one therapist": ""}


def present_therapists(funnel: Funnel) -> Bundle:
    """One share by therapist with the limits of chance, or why there is nothing to compare."""
    if funnel.reason:
        return _nothing_to_compare(funnel)
    return Bundle(
        kind="figure",
        title=_takeaway(funnel),
        sentence=_explained(funnel),
        caption=_caption(funnel),
        anchor="therapists-funnel",
        figure=draw_funnel(funnel),
        alt=say("therapists.alt", cells=listed(map(_in_words, funnel.therapists))),
        table=_numbers(funnel),
        results=(result_of(funnel.whole, funnel.metric), *_results(funnel)),
    )


def _nothing_to_compare(funnel: Funnel) -> Bundle:
    name = funnel.reason.replace(" ", "_")
    words = {"topic": topic(funnel.metric), "period": period_in_words(funnel.period)}
    to_do = (Definition(say("gap.to_do"), say("therapists.switch_on")),)
    return Bundle(
        kind="empty",
        title=say(f"therapists.{name}_title", **words),
        sentence=say(f"therapists.{name}", n=FULL_CLIENTS, **words),
        anchor="therapists-funnel",
        items=to_do if funnel.reason == "switched off" else (),
        why=why_hidden(funnel.whole.hidden) if funnel.whole.is_hidden else WHYS[funnel.reason],
    )


def _takeaway(funnel: Funnel) -> str:
    compared = [each for each in funnel.therapists if each.position != "not compared"]
    phrase = "outside" if funnel.outside else "within" if compared else "none_compared"
    return say(
        f"therapists.{phrase}",
        topic=topic(funnel.metric),
        n=len(funnel.outside),
        total=count_in_words(len(compared), "therapists"),
    )


def _explained(funnel: Funnel) -> str:
    """Who lies outside, and what that may and may not be taken for."""
    said = [
        say(f"therapists.lies_{each.position}", name=each.name, value=_value(each, funnel))
        for each in funnel.outside
    ]
    if said:
        said.append(say("therapists.reason_to_ask"))
    return " ".join(map(first_upper, (*said, say("therapists.not_adjusted"))))


def _value(each: Therapist, funnel: Funnel) -> str:
    return in_words(each.row, funnel.metric)


def _in_words(each: Therapist) -> str:
    if each.row.is_hidden:
        return say("outcome.alt_cell", level=each.name, value=each.row.hidden)
    return say(
        "therapists.cell",
        name=each.name,
        value=share_in_words(each.row.value or 0.0),
        answers=count_in_words(each.row.n_sessions or 0, "sessions"),
        position=say(f"therapists.position_{each.position.replace(' ', '_')}"),
    )


def _caption(funnel: Funnel) -> str:
    said = [
        say(
            "therapists.caption",
            period=first_upper(period_in_words(funnel.period)),
            population=funnel.metric.population,
            value=estimate_in_words(funnel.whole, funnel.metric),
        )
    ]
    if any(each.row.showing == "few clients" for each in funnel.therapists):
        said.append(say("therapists.few", n=FULL_CLIENTS))
    said += [
        say("curve.hidden", level=first_upper(each.name), reason=each.row.hidden)
        for each in funnel.therapists
        if each.row.is_hidden
    ]
    if funnel.unknown:
        said.append(say("therapists.unknown", codes=", ".join(funnel.unknown)))
    return " ".join(said)


def _numbers(funnel: Funnel) -> Table:
    labels = ("name", "sessions", "clients", "value", "likely", "position")
    return Table(
        columns=COLUMNS,
        labels=tuple(say(f"therapists.label_{name}") for name in labels),
        rows=tuple(_line(each, funnel) for each in funnel.therapists),
        numeric=("n_sessions", "n_clients"),
    )


def _line(each: Therapist, funnel: Funnel) -> tuple[Cell | str, ...]:
    cells = cells_of(each.row, funnel.metric) | {
        "name": first_upper(each.name),
        "position": say(f"therapists.position_{each.position.replace(' ', '_')}"),
    }
    return tuple(cells[name] for name in COLUMNS)


def _results(funnel: Funnel) -> list[Result]:
    """Each therapist's number, then the limits that are drawn at every so many answers."""
    found = [
        result_of(each.row, funnel.metric, {"therapist": each.name}) for each in funnel.therapists
    ]
    return found + [_limits_result(limits, funnel) for limits in funnel.limits]


def _limits_result(limits: Limits, funnel: Funnel) -> Result:
    return Result(
        f"{funnel.metric.name}: limits of chance",
        "%",
        funnel.period.name,
        funnel.whole.value,
        ci_lower=limits.far_lower,
        ci_upper=limits.far_upper,
        known_lower=limits.near_lower,
        known_upper=limits.near_upper,
        levels={"answers": number(limits.n, "sessions")},
        shown=range_in_words(limits.far_lower, limits.far_upper, "%"),
    )
