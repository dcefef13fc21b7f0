"""What could mislead: sessions that nobody answered for, and averages that look right."""

import math
from collections.abc import Mapping

from nmt_analytics.outcomes.caution import NaivePair, SilenceTable
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.evidence import result_of, share_result, why_hidden
from nmt_analytics.reporting.bundle import Bundle, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots
from nmt_analytics.reporting.wording import (
    axis_title,
    count_in_words,
    estimate_in_words,
    estimate_with_range,
    first_upper,
    in_words,
    listed,
    period_in_words,
    range_in_words,
    share_in_words,
)

SHOWN_DELTAS = (0.5, 2.0, 4.0)


def present_silence(table: SilenceTable) -> Bundle:
    """The share still relieved on a day, and where the silent sessions could move it."""
    if table.lowest is None or table.highest is None:
        return Bundle(
            kind="empty",
            title=say("silence.none_title"),
            sentence=first_upper(table.row.hidden or table.silent.hidden or say("silence.none")),
            anchor="silence",
            why=why_hidden(table.row.hidden or table.silent.hidden),
        )
    rows = _silence_rows(table, table.lowest, table.highest)
    return Bundle(
        kind="figure",
        title=_say_silence(table),
        sentence=_flips(table),
        caption=say("silence.caption", period=first_upper(period_in_words(table.period))),
        anchor="silence",
        figure=draw_dots(rows, "%", axis_title(table.metric)),
        alt=say("outcome.single", cells=listed(row.says for row in rows)),
        table=Table(
            columns=("assumed", "value"),
            labels=(say("silence.assumed"), topic(table.metric)),
            rows=tuple((row.label, row.beside) for row in rows),
        ),
        results=(
            result_of(table.row, table.metric),
            *_silence_results(table),
        ),
    )


def _say_silence(table: SilenceTable) -> str:
    """`Still relieved on day 14: within 33 to 36 %, whatever is behind the 2 % of sessions …`."""
    name = "silence.too_wide" if table.is_too_wide else "silence.title"
    return say(name, **_words_of(table))


def say_doubt(table: SilenceTable) -> str:
    """The same for what stands out, where nothing beside it explains what silence is."""
    return say("silence.doubt", **_words_of(table))


def _words_of(table: SilenceTable) -> dict[str, str]:
    return {
        "silent": share_in_words(table.fell_silent or 0.0),
        "topic": topic(table.metric),
        "range": _range_of_shares(table.lowest or 0.0, table.highest or 0.0),
    }


def _range_of_shares(lowest: float, highest: float) -> str:
    return say("number.percent_range", range=range_in_words(lowest, highest, "%"))


def _flips(table: SilenceTable) -> str:
    if table.flips_at is None:
        return say("silence.never_flips")
    return say("silence.flips", delta=f"{table.flips_at:.1f}")


def _silence_rows(table: SilenceTable, lowest: float, highest: float) -> list[DotRow]:
    estimate, bounds = (
        estimate_with_range(table.row, table.metric),
        _range_of_shares(lowest, highest),
    )
    return [
        DotRow(
            label=say("silence.as_estimated"),
            says=in_words(table.row, table.metric),
            beside=estimate,
            beside_briefly=estimate_in_words(table.row, table.metric),
            value=table.row.value,
            lower=table.row.ci_lower,
            upper=table.row.ci_upper,
        ),
        *(_if_faster(delta, share) for delta, share in table.curve if delta in SHOWN_DELTAS),
        DotRow(
            label=say("silence.bounds"),
            says=say("outcome.alt_cell", level=say("silence.bounds"), value=bounds),
            beside=bounds,
            beside_briefly=bounds,
            open_lower=lowest,
            open_upper=highest,
        ),
    ]


def _if_faster(delta: float, share: float) -> DotRow:
    label = say("silence.half" if delta < 1 else "silence.times", n=f"{delta:g}")
    text = share_in_words(share)
    return DotRow(
        label=label,
        says=say("outcome.alt_cell", level=label, value=text),
        beside=text,
        beside_briefly=text,
        value=share,
        role="context",
    )


def _silence_results(table: SilenceTable) -> list[Result]:
    name, period = table.metric.name, table.period.name
    found = [
        share_result(f"{name}: {label}", period, value)
        for label, value in (
            ("every silent session lost relief", table.lowest),
            ("every silent session kept relief", table.highest),
            ("sessions without answer", table.silent.value),
            ("sessions that left a question unanswered", table.fell_silent),
        )
        if value is not None
    ]
    found += [
        share_result(
            f"{name}: relief ends {delta:g} times as fast after the last answer", period, share
        )
        for delta, share in table.curve
    ]
    if table.flips_at is not None and math.isfinite(table.flips_at):
        found.append(
            Result(
                f"{name}: crosses one half at",
                "times",
                period,
                table.flips_at,
                shown=f"{table.flips_at:.1f}",
            )
        )
    return found


def present_naive_pair(pair: NaivePair) -> Bundle:
    """What two simple averages would have said, beside the estimate, as a small table."""
    metric = METRICS["relief_days_median"]
    lines = (("last_holding", pair.last_holding), ("first_lost", pair.first_lost))
    known = [(name, days) for name, days in lines if days is not None]
    estimate = result_of(pair.estimate, metric)
    if pair.estimate.is_hidden and not known:
        return Bundle(
            kind="empty",
            title=say("naive.none_title"),
            anchor="simple-averages",
            results=(estimate,),
            why=why_hidden(pair.estimate.hidden),
        )
    return Bundle(
        kind="table",
        title=say("naive.title"),
        sentence=say("naive.why"),
        anchor="simple-averages",
        table=Table(
            columns=("way", "days"),
            labels=(say("naive.way"), say("naive.days")),
            rows=(
                *((say(f"naive.{name}"), count_in_words(days, "days")) for name, days in known),
                (say("naive.estimate"), in_words(pair.estimate, metric)),
            ),
        ),
        results=(
            estimate,
            *(naive_result(name, days, pair.period.name, {}) for name, days in known),
        ),
    )


def naive_result(name: str, days: float, period: str, levels: Mapping[str, str]) -> Result:
    """One of the two simple averages as a result."""
    shown = count_in_words(days, "days")
    return Result(f"naive median: {name}", "days", period, days, levels=levels, shown=shown)
