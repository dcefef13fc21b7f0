"""What stands out: at most five sentences, by certainty, each with its number and who is in it.

A change, a promise that fails, something that goes with longer or shorter relief, a signal of a
control chart; and what could be done about the data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nmt_analytics.outcomes.answers import Change, CheckInDay, DataQuality
from nmt_analytics.outcomes.caution import SilenceTable
from nmt_analytics.outcomes.driving import DriversTable
from nmt_analytics.outcomes.monitoring import ControlChartTable
from nmt_analytics.outcomes.per_client import ClientsTable
from nmt_analytics.outcomes.verdicts import NOT_SUPPORTED, ClaimsTable
from nmt_analytics.reporting.answers.caution import say_doubt
from nmt_analytics.reporting.answers.clients import say_apart
from nmt_analytics.reporting.answers.control_charts import recent_signal, say_control_chart
from nmt_analytics.reporting.answers.evidence import ratio_result, result_of, why_hidden
from nmt_analytics.reporting.answers.promises import IN_FULL
from nmt_analytics.reporting.answers.tiles import SHOWN_IN_FULL
from nmt_analytics.reporting.bundle import Bundle, Finding
from nmt_analytics.reporting.findings import say_change, say_row, who_counts
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.ratio_words import (
    certainty,
    most_certain,
    ratio_in_words,
)
from nmt_analytics.reporting.wording import (
    asked_time,
    count_in_words,
    is_undetermined,
    number,
    settling_day,
    share_in_words,
)
from nmt_analytics.vocabulary import label

MOST = 5
MOST_OF_A_KIND = 2
FEW_ANSWERS = 50.0
"""Below this response rate, in percent, asking differently comes before reading numbers."""
NEEDED_HOURS = (24, 36, 96, 336)
"""The check-ins without which a promise (24 to 36 hours, 4 to 14 days) cannot be judged."""


@dataclass(frozen=True)
class _Candidate:
    """A finding and how certain it is: its distance from nothing, in half-widths of its range."""

    certainty: float
    finding: Finding


def present_findings(
    changes: Sequence[Change],
    claims: ClaimsTable,
    drivers: DriversTable,
    charts: Sequence[ControlChartTable],
    quality: DataQuality,
    clients: ClientsTable,
    silence: SilenceTable,
) -> Bundle:
    """The sentences that stand out, the most certain first; advice about the data comes last.

    Much silence comes before all of them, since it doubts the numbers that they are made of.
    """
    doubts = list(_silenced(silence, quality))
    told = [*_clients_apart(clients), *_advice(quality, silence), *_open_days(changes)]
    advice = told[: MOST_OF_A_KIND - len(doubts)]
    kinds = (_changes(changes), _failed(claims), _drivers(drivers), _signals(charts))
    found = [each for kind in kinds for each in _most_certain(list(kind))[:MOST_OF_A_KIND]]
    chosen = [each.finding for each in _most_certain(found)[: MOST - len(doubts) - len(advice)]]
    can_tell = any(not change.row.is_hidden for change in changes)
    if not (doubts or chosen or advice or can_tell):
        return _nothing_known(changes)
    items = [*doubts, *chosen, *advice]
    return Bundle(
        kind="findings",
        sentence="" if doubts or chosen or not can_tell else say("highlight.nothing"),
        items=tuple(items),
        results=tuple(each.result for each in items if each.result is not None),
        anchor="what-stands-out",
    )


def _nothing_known(changes: Sequence[Change]) -> Bundle:
    reasons = {why_hidden(change.row.hidden) for change in changes}
    return Bundle(
        kind="empty",
        title=say("highlight.nothing_known"),
        anchor="what-stands-out",
        why="too_few" if "too_few" in reasons else "no_answers",
    )


def _most_certain(found: list[_Candidate]) -> list[_Candidate]:
    return sorted(found, key=lambda each: each.certainty, reverse=True)


def _changes(changes: Sequence[Change]) -> Iterator[_Candidate]:
    for change in changes:
        if not change.is_seen or change.row.showing != "full":
            continue
        tone = {True: "better", False: "worse", None: ""}[change.is_better]
        yield _Candidate(
            _certainty(change.difference, change.ci_lower, change.ci_upper),
            Finding(
                text=_stop(say_change(change)),
                evidence=who_counts(change.row),
                tone=tone,
                href=SHOWN_IN_FULL.get(change.metric.name, ""),
                result=result_of(change.row, change.metric),
            ),
        )


def _certainty(value: float | None, lower: float | None, upper: float | None) -> float:
    if value is None or lower is None or upper is None or upper <= lower:
        return 0.0
    return abs(value) / ((upper - lower) / 2)


def _failed(claims: ClaimsTable) -> Iterator[_Candidate]:
    """Promises that fail come before everything else."""
    for row in claims.rows:
        if row.verdict != NOT_SUPPORTED or not row.rows:
            continue
        metric, shown = row.rows[0]
        promise = f"{row.promise}: {label(row.level)}" if row.level else row.promise
        yield _Candidate(
            float("inf"),
            Finding(
                text=say("highlight.fails", promise=promise),
                evidence=f"{say_row(shown, metric)}. {who_counts(shown)}",
                tone="worse",
                href=IN_FULL.get(row.claim, ""),
                result=result_of(shown, metric, {"condition": row.level} if row.level else {}),
            ),
        )


def _drivers(drivers: DriversTable) -> Iterator[_Candidate]:
    for ratio in most_certain(drivers.ratios, MOST_OF_A_KIND):
        yield _Candidate(
            certainty(ratio),
            Finding(
                text=_stop(ratio_in_words(ratio)),
                evidence=who_counts(ratio),
                href="#drivers",
                result=ratio_result(ratio, drivers.period.name, {}),
            ),
        )


def _signals(charts: Sequence[ControlChartTable]) -> Iterator[_Candidate]:
    for chart in charts:
        signal = recent_signal(chart)
        if signal is not None:
            yield _Candidate(
                1.0,
                Finding(
                    text=_stop(say_control_chart(chart)),
                    evidence=who_counts(signal.row),
                    tone=signal.verdict,
                    href=f"#{chart.metric.name.replace('_', '-')}-chart",
                    result=result_of(signal.row, chart.metric),
                ),
            )


def _clients_apart(clients: ClientsTable) -> Iterator[Finding]:
    """The number that differs most when clients who come often do not count more than others."""
    apart = max(
        (row for row in clients.rows if row.are_apart),
        key=lambda row: row.points_apart,
        default=None,
    )
    if apart is not None:
        yield Finding(
            text=_stop(say_apart(apart)),
            evidence=who_counts(apart.per_session),
            tone="data",
            href="#each-client-once",
        )


def _silenced(silence: SilenceTable, quality: DataQuality) -> Iterator[Finding]:
    """How much those who fell silent leave open, where that is more than chance usually does."""
    if silence.is_wide:
        yield Finding(
            text=_stop(say_doubt(silence)),
            evidence=who_counts(silence.row),
            action=say("highlight.ask_the_silent") if _asked(quality) else "",
            tone="data",
            href="#silence",
        )


def _asked(quality: DataQuality) -> list[CheckInDay]:
    return [day for day in quality.check_ins if day.n_asked]


def _advice(quality: DataQuality, silence: SilenceTable) -> Iterator[Finding]:
    """What could be asked or done so that the numbers can tell more."""
    asked = _asked(quality)
    if not asked:
        if not quality.ended or any(day.hidden for day in quality.check_ins):
            return  # no sessions, or too few to say
        is_told = silence.row.n_sessions or why_hidden(silence.row.hidden) == "too_few"
        yield Finding(
            text=say("highlight.only_at_intake" if is_told else "highlight.nobody_asked"),
            action=say("highlight.ask"),
            tone="data",
            href="#check-ins",
        )
        return
    for hours in NEEDED_HOURS:
        if not any(_is_about(day, hours) for day in asked):
            when = asked_time(hours)
            yield Finding(
                text=say("highlight.not_asked", when=when),
                action=say("highlight.ask_then", when=when),
                tone="data",
                href="#check-ins",
            )
    n_asked = sum(day.n_asked or 0 for day in asked)
    n_answered = sum(day.n_answered or 0 for day in asked)
    if 100 * n_answered < FEW_ANSWERS * n_asked:
        share = share_in_words(100 * n_answered / n_asked)
        yield Finding(
            text=say("highlight.few_answers", share=share),
            evidence=say("highlight.of_asked", asked=count_in_words(n_asked, "check_ins")),
            action=say("highlight.answer_more"),
            tone="data",
            href="#check-ins",
        )


def _open_days(changes: Sequence[Change]) -> Iterator[Finding]:
    """A further check-in where those asked leave open when half of sessions lose relief."""
    for change in changes:
        row, metric = change.row, change.metric
        when = settling_day(row, metric)
        if metric.name != "relief_days_median" or not is_undetermined(row, metric) or not when:
            continue
        yield Finding(
            text=say(
                "highlight.cannot_tell",
                lower=number(row.known_lower or 0.0, metric.unit),
                upper=number(row.known_upper or 0.0, metric.unit),
            ),
            evidence=who_counts(row),
            action=say("highlight.ask_then", when=when),
            tone="data",
            href="#relief-curve",
            result=result_of(row, metric),
        )


def _is_about(day: CheckInDay, hours: int) -> bool:
    """Within six hours on the first days, within a day later."""
    return abs(day.hours - hours) <= (6 if hours < 48 else 24)


def _stop(sentence: str) -> str:
    return f"{sentence}."
