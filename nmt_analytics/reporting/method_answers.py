"""Do the estimates find the truth? The check of the methods, as an owner reads it."""

from collections.abc import Iterable, Sequence

from nmt_analytics.outcomes.caution import NaivePair
from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.trials import Invented, MethodTable, Trial, TrialTable
from nmt_analytics.reporting.bundle import Bundle, Definition, Fact, Result, Table
from nmt_analytics.reporting.dot_plots import DotRow, draw_dots, scale
from nmt_analytics.reporting.evidence import result_of
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.method_silence import present_silence_trials
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.trial_plots import mark_truths, truth_result
from nmt_analytics.reporting.wording import (
    axis_title,
    count_in_words,
    estimate_in_words,
    first_upper,
    in_words,
    likely_range,
    listed,
    number,
    share_in_words,
    value_in_words,
)

__all__ = [
    "present_invented",
    "present_method_overview",
    "present_method_summary",
    "present_silence_trials",
    "present_trials",
]

HANGS_ON_RELIEF = ("silent", "returning")
"""Practices in which who answers, or when, depends on how it went."""


def present_method_overview(table: MethodTable) -> Bundle:
    """The page's header: how many likely ranges hold the truth, and where they do not."""
    others = [each.name for each in table.practices if each.name not in HANGS_ON_RELIEF]
    sure, of_sure = table.held(*others)
    unsure, of_unsure = table.held(*HANGS_ON_RELIEF)
    largest = max(each.n_sessions for each in table.practices)
    smallest = min(each.n_sessions for each in table.practices)
    return Bundle(
        kind="header",
        eyebrow=say("trial.eyebrow"),
        title=say("trial.overview"),
        sentence=say(
            "trial.headline", sure=sure, of_sure=of_sure, unsure=unsure, of_unsure=of_unsure
        ),
        items=(
            Fact(
                say("trial.size"),
                number(largest, "sessions"),
                say("trial.size_note", sessions=count_in_words(smallest, "sessions")),
            ),
            Fact(say("trial.expected"), say("trial.expected_value"), say("trial.expected_note")),
            Fact(say("trial.how"), say("trial.how_value"), say("trial.how_note")),
        ),
        results=tuple(
            Result(f"likely ranges that hold the truth: {name}", "", "all", n, shown=f"{n:g}")
            for name, n in (
                ("answers do not depend on relief", float(sure)),
                ("answers or returns depend on relief", float(unsure)),
            )
        ),
    )


def present_method_summary(table: MethodTable) -> Bundle:
    """Every checked number beside its truth; a line for each number, a column for each practice."""
    names = [each.name for each in table.practices]
    held, total = table.held(*names)
    return Bundle(
        kind="table",
        title=say("trial.summary", held=held, total=total),
        sentence=_where_missed(table),
        anchor="estimates-and-truth",
        table=Table(
            columns=("metric", *names),
            labels=("", *(say(f"trial.name.{name}") for name in names)),
            rows=tuple(
                (topic(each.metric), *map(_summary_cell, each.trials)) for each in table.tables
            ),
        ),
        results=tuple(
            result for each in table.tables for trial in each.trials for result in _results(trial)
        ),
    )


def _where_missed(table: MethodTable) -> str:
    parts = []
    for each in table.practices:
        held, total = table.held(each.name)
        if held < total:
            where = say(f"trial.where.{each.name}")
            parts.append(say("trial.missed_in", n=total - held, total=total, practice=where))
    if not parts:
        return say("trial.summary_all_held")
    return say("trial.summary_missed", missed=listed(parts))


def _summary_cell(trial: Trial) -> str:
    text = say(
        "trial.estimate_and_truth",
        estimate=estimate_in_words(trial.row, trial.metric),
        truth=_truth(trial),
    )
    return say("trial.in_range" if trial.holds_truth else "trial.off_range", text=text)


def _truth(trial: Trial) -> str:
    """The truth as a bare number where the estimate beside it has the unit already."""
    if trial.metric.unit == "%":
        return share_in_words(trial.truth)
    if trial.metric.name == "pain_change":
        return value_in_words(trial.truth, trial.metric)
    return number(trial.truth, trial.metric.unit)


def present_trials(table: TrialTable) -> Bundle:
    """One metric in every invented practice: truth, estimate, likely range, simple averages."""
    metric, trials = table.metric, table.trials
    has_naive = any(trial.naive for trial in trials)
    caption = [say("trial.caption"), *([say("trial.caption_naive")] if has_naive else [])]
    return Bundle(
        kind="figure",
        title=say(
            "trial.figure",
            topic=topic(metric),
            held=sum(trial.holds_truth for trial in trials),
            total=len(trials),
        ),
        sentence=" ".join([*_said_of(trials), *_naive_sentence(trials)]),
        caption=" ".join(caption),
        anchor=f"trial-{metric.name}",
        figure=_draw(table, has_naive),
        alt=say("trial.alt", cells=listed(map(_row_in_words, trials))),
        table=_numbers(table),
        results=tuple(result for trial in trials for result in _results(trial)),
    )


def _said_of(trials: Iterable[Trial]) -> list[str]:
    missed = [trial for trial in trials if not trial.holds_truth]
    return [
        say(
            "trial.missed",
            practice=say(f"trial.where.{trial.practice}"),
            estimate=estimate_in_words(trial.row, trial.metric),
            truth=_truth(trial),
        )
        for trial in missed
    ] or [say("trial.all_held")]


def _naive_sentence(trials: Iterable[Trial]) -> list[str]:
    """What the two averages would have said, over all practices."""
    pairs = [trial.naive for trial in trials if trial.naive]
    early = [pair.last_holding for pair in pairs if pair.last_holding is not None]
    late = [pair.first_lost for pair in pairs if pair.first_lost is not None]
    if not early or not late:
        return []
    return [
        say(
            "trial.naive",
            earliest=_span(early),
            latest=count_in_words(max(late), "days")
            if min(late) == max(late)
            else say("number.range", lower=number(min(late), "days"), upper=_days(max(late))),
        )
    ]


def _span(days: Sequence[float]) -> str:
    lower, upper = number(min(days), "days"), number(max(days), "days")
    return lower if lower == upper else say("number.range", lower=lower, upper=upper)


def _days(days: float) -> str:
    return count_in_words(days, "days")


def _row_in_words(trial: Trial) -> str:
    return say(
        "trial.row",
        practice=say(f"trial.name.{trial.practice}"),
        estimate=in_words(trial.row, trial.metric),
        truth=_truth(trial),
    )


def _draw(table: TrialTable, has_naive: bool) -> Figure:
    metric = table.metric
    rows = [_dot_row(trial) for trial in table.trials]
    truths = [trial.truth for trial in table.trials]
    naive = [_naive_days(trial.naive) for trial in table.trials]
    limits = scale(
        [*truths, *(row.value for row in rows if row.value is not None)],
        [end for row in rows for end in row.ends if end is not None],
        metric.unit,
    )
    figure = draw_dots(rows, metric.unit, axis_title(metric), limits=limits)
    key = say("trial.key_naive" if has_naive else "trial.key")
    return mark_truths(figure, truths, [row.says for row in rows], key, naive)


def _naive_days(pair: NaivePair | None) -> tuple[float | None, float | None]:
    return (None, None) if pair is None else (pair.last_holding, pair.first_lost)


def _dot_row(trial: Trial) -> DotRow:
    text = _summary_cell(trial)
    return DotRow(
        label=say(f"trial.name.{trial.practice}"),
        says=_row_in_words(trial),
        beside=text,
        beside_briefly=text,
        value=trial.row.value,
        lower=trial.row.ci_lower,
        upper=trial.row.ci_upper,
        is_few=trial.row.showing == "few clients",
        is_hidden=trial.row.is_hidden,
    )


def _numbers(table: TrialTable) -> Table:
    metric = table.metric
    names = ("practice", "truth", "estimate", "likely", "holds")
    return Table(
        columns=names,
        labels=tuple(say(f"trial.{name}") for name in names),
        rows=tuple(
            (
                say(f"trial.name.{trial.practice}"),
                first_upper(_truth(trial)),
                estimate_in_words(trial.row, metric),
                likely_range(trial.row, metric),
                say("trial.yes" if trial.holds_truth else "trial.no"),
            )
            for trial in table.trials
        ),
    )


def _results(trial: Trial) -> list[Result]:
    metric: Metric = trial.metric
    levels = {"invented practice": trial.practice}
    found = [
        result_of(trial.row, metric, levels),
        truth_result(metric.name, metric.unit, trial.truth, _truth(trial), levels),
    ]
    days = zip(("last_holding", "first_lost"), _naive_days(trial.naive), strict=True)
    return found + [
        Result(f"naive median: {name}", "days", "all", value, levels=levels, shown=_days(value))
        for name, value in days
        if value is not None
    ]


def present_invented(table: MethodTable) -> Bundle:
    """What the invented practices are, and how to repeat the check."""
    return Bundle(
        kind="note",
        title=say("trial.practices"),
        sentence=say("trial.practices_about"),
        anchor="invented-practices",
        items=(
            *(Definition(say(f"trial.name.{p.name}"), _story(p)) for p in table.practices),
            Definition(say("trial.repeat_term"), say("trial.repeat")),
        ),
        results=tuple(
            Result(metric, unit, "all", float(n), levels={"invented practice": p.name}, shown=text)
            for p in table.practices
            for metric, unit, n, text in _counts(p)
        ),
    )


def _story(practice: Invented) -> str:
    (_, _, _, sessions), (_, _, _, clients), *response = _counts(practice)
    return say(
        "trial.answered",
        story=say(f"trial.story.{practice.name}"),
        sessions=sessions,
        clients=clients,
        response=response[0][3],
    )


def _counts(practice: Invented) -> list[tuple[str, str, float, str]]:
    response = practice.overview.response.value or 0.0
    return [
        ("sessions", "sessions", practice.n_sessions, _count(practice.n_sessions, "sessions")),
        ("clients", "clients", practice.n_clients, _count(practice.n_clients, "clients")),
        ("follow_up_response", "%", response, share_in_words(response)),
    ]


def _count(n: float, unit: str) -> str:
    return count_in_words(n, unit)
