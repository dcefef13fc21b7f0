"""Do the estimates find the truth? The check of the methods, as an owner reads it."""

from nmt_analytics.outcomes.metrics import Metric
from nmt_analytics.outcomes.trials import Invented, MethodTable
from nmt_analytics.reporting.answers.trials import (
    results_of_trial,
    trial_in_a_cell,
)
from nmt_analytics.reporting.bundle import Bundle, Definition, Fact, Result, Table
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import count_in_words, listed, number, share_in_words

HANGS_ON_RELIEF = ("silent",)
"""Practices in which who answers depends on how it went. Where clients come back because relief has
ended, the question at their intake tells of it, so that nothing is lost."""


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
                ("answers depend on relief", float(unsure)),
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
                (_topic(each.metric), *map(trial_in_a_cell, each.trials)) for each in table.tables
            ),
        ),
        results=tuple(
            result
            for each in table.tables
            for trial in each.trials
            for result in results_of_trial(trial)
        ),
    )


def _topic(metric: Metric) -> str:
    """What is measured, with the unit that its cells leave out."""
    if metric.unit == "%":
        return topic(metric)
    return say("trial.topic_in", topic=topic(metric), unit=metric.unit)


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
        (
            "sessions",
            "sessions",
            practice.n_sessions,
            count_in_words(practice.n_sessions, "sessions"),
        ),
        ("clients", "clients", practice.n_clients, count_in_words(practice.n_clients, "clients")),
        ("follow_up_response", "%", response, share_in_words(response)),
    ]
