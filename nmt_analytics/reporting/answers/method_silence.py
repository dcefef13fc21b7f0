"""Bounds for silent sessions beside the truth, in invented practices."""

from collections.abc import Sequence

from nmt_analytics.outcomes.trials import SilenceTrial
from nmt_analytics.reporting.answers.evidence import result_of, share_result
from nmt_analytics.reporting.answers.trials import truth_result
from nmt_analytics.reporting.bundle import Bundle, Result, Table
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots
from nmt_analytics.reporting.plots.trials import mark_truths
from nmt_analytics.reporting.wording import (
    axis_title,
    estimate_in_words,
    listed,
    range_in_words,
    share_in_words,
)


def present_silence_trials(trials: Sequence[SilenceTrial]) -> Bundle:
    """The bounds of each invented practice and whether the truth lies within them."""
    metric = trials[0].table.metric
    rows = [_dot_row(trial) for trial in trials]
    figure = draw_dots(rows, "%", axis_title(metric))
    truths, says = [trial.truth for trial in trials], [row.says for row in rows]
    day = "".join(filter(str.isdigit, metric.name))
    return Bundle(
        kind="figure",
        title=say(
            "trial.silence",
            day=day,
            held=sum(trial.holds_truth for trial in trials),
            total=len(trials),
        ),
        sentence=_said_of(trials),
        caption=say("trial.silence_caption"),
        anchor=f"trial-silence-{day}",
        figure=mark_truths(figure, truths, says, say("trial.silence_key")),
        alt=say("trial.alt", cells=listed(says)),
        table=_numbers(trials),
        results=tuple(result for trial in trials for result in _results(trial)),
    )


def _said_of(trials: Sequence[SilenceTrial]) -> str:
    missed = [say(f"trial.where.{each.practice}") for each in trials if not each.holds_truth]
    if not missed:
        return say("trial.silence_all_held")
    return say("trial.silence_missed", practices=listed(missed))


def _room(trial: SilenceTrial) -> str:
    if trial.room is None:
        return say("number.not_known")
    return say("number.percent_range", range=range_in_words(*trial.room, "%"))


def _dot_row(trial: SilenceTrial) -> DotRow:
    text = say(
        "trial.in_range" if trial.holds_truth else "trial.off_range",
        text=say(
            "trial.estimate_and_truth",
            estimate=_room(trial),
            truth=share_in_words(trial.truth),
        ),
    )
    name = say(f"trial.name.{trial.practice}")
    return DotRow(
        label=name,
        says=say(
            "trial.row",
            practice=name,
            estimate=_room(trial),
            truth=share_in_words(trial.truth),
        ),
        beside=text,
        beside_briefly=text,
        value=trial.table.row.value,
        lower=trial.table.row.ci_lower,
        upper=trial.table.row.ci_upper,
        open_lower=trial.table.lowest,
        open_upper=trial.table.highest,
    )


def _numbers(trials: Sequence[SilenceTrial]) -> Table:
    names = ("practice", "truth", "estimate", "bounds", "holds")
    return Table(
        columns=names,
        labels=tuple(say(f"trial.{name}") for name in names),
        rows=tuple(
            (
                say(f"trial.name.{trial.practice}"),
                share_in_words(trial.truth),
                estimate_in_words(trial.table.row, trial.table.metric),
                _room(trial),
                say("trial.yes" if trial.holds_truth else "trial.no"),
            )
            for trial in trials
        ),
    )


def _results(trial: SilenceTrial) -> list[Result]:
    metric, levels = trial.table.metric, {"invented practice": trial.practice}
    truth = trial.truth
    found = [
        result_of(trial.table.row, metric, levels),
        truth_result(metric.name, "%", truth, share_in_words(truth), levels),
    ]
    ends = (("lowest", trial.table.lowest), ("highest", trial.table.highest))
    return found + [
        share_result(f"{metric.name}: {name}", "all", end, levels)
        for name, end in ends
        if end is not None
    ]
