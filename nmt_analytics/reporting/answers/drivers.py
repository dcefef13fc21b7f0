"""What lengthens or shortens relief: time ratios in words and as dots around "as long"."""

from dataclasses import replace

from nmt_analytics.outcomes.disclosure import FULL_CLIENTS
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.driving import DriversTable
from nmt_analytics.reporting.answers.evidence import count_result, ratio_result
from nmt_analytics.reporting.bundle import Bundle, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.ratios import draw_ratios
from nmt_analytics.reporting.ratio_words import (
    is_certain,
    most_certain,
    ratio_in_words,
    ratio_label,
    ratio_number,
    size_in_words,
    where,
)
from nmt_analytics.reporting.wording import (
    count_in_words,
    first_upper,
    listed,
    number,
    period_in_words,
    short_level,
)
from nmt_analytics.vocabulary import NOT_RECORDED, WORDS, place_in


def present_drivers(table: DriversTable) -> Bundle:
    """Time ratios adjusted for each other, or why there are none."""
    table = replace(table, ratios=tuple(_in_order(table)))
    if not table.ratios:
        return Bundle(
            kind="empty",
            title=say("driver.refused_title"),
            sentence=f"{first_upper(table.refusal.removesuffix('.'))}.",
            anchor="drivers",
            why="" if (table.n_clients or 0) >= FULL_CLIENTS else "too_few",
        )
    return Bundle(
        kind="figure",
        title=_say_drivers(table),
        sentence=" ".join((say("driver.associations"), *_caution(table))),
        caption=_caption(table),
        anchor="drivers",
        figure=draw_ratios(table.ratios),
        alt=say("driver.alt", cells=listed(ratio_in_words(ratio) for ratio in table.ratios)),
        table=_numbers(table),
        results=(
            *(ratio_result(each, table.period.name, {}) for each in table.ratios),
            count_result("time ratios", "sessions", table.period.name, table.n_sessions or 0),
            count_result("time ratios", "clients", table.period.name, table.n_clients or 0),
        ),
    )


def _say_drivers(table: DriversTable) -> str:
    """The two most certain drivers in a sentence, or that there is too little data to tell."""
    found = most_certain(table.ratios, 2)
    if not found:
        is_seen_alone = any(map(is_certain, table.ratios))
        return say("driver.uncertain" if is_seen_alone else "driver.cannot_tell")
    parts = [
        say("driver.part", size=size_in_words(each.value), where=where(each)) for each in found
    ]
    return say("driver.title", parts=say("driver.and").join(parts))


def _caution(table: DriversTable) -> list[str]:
    if any(ratio.term == "nutrient_shortfall" for ratio in table.ratios):
        return [say("driver.magnesium")]
    return []


def _in_order(table: DriversTable) -> list[TimeRatio]:
    """The ratios of what was recorded, in the vocabulary's order within each term."""
    terms = list(dict.fromkeys(ratio.term for ratio in table.ratios))
    return sorted(
        (ratio for ratio in table.ratios if ratio.level != NOT_RECORDED),
        key=lambda ratio: (
            terms.index(ratio.term),
            place_in(WORDS.get(ratio.term, ()), ratio.level),
        ),
    )


def _caption(table: DriversTable) -> str:
    compared = dict.fromkeys(
        (ratio.term, ratio.reference) for ratio in table.ratios if ratio.reference
    )
    return say(
        "driver.caption",
        references=", ".join(short_level(*pair) for pair in compared),
        sessions=count_in_words(table.n_sessions or 0, "sessions"),
        clients=count_in_words(table.n_clients or 0, "clients"),
        period=period_in_words(table.period),
    )


def _numbers(table: DriversTable) -> Table:
    columns = ("level", "n_sessions", "n_clients", "value", "likely", "words")
    return Table(
        columns=columns,
        labels=(
            say("driver.level"),
            say("table.sessions"),
            say("table.clients"),
            say("driver.ratio"),
            say("table.likely"),
            say("driver.words"),
        ),
        rows=tuple(
            (
                ratio_label(ratio),
                number(ratio.n_sessions, "sessions"),
                number(ratio.n_clients, "clients"),
                ratio_number(ratio.value),
                say(
                    "number.range",
                    lower=ratio_number(ratio.ci_lower),
                    upper=ratio_number(ratio.ci_upper),
                ),
                size_in_words(ratio.value),
            )
            for ratio in table.ratios
        ),
        numeric=("n_sessions", "n_clients", "value"),
    )
