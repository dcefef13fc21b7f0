"""One number in every invented practice: its truth, its estimate, what averages would have said."""

from collections.abc import Iterable, Mapping

from nmt_analytics.outcomes.caution import NaivePair
from nmt_analytics.outcomes.trials import Trial, TrialTable
from nmt_analytics.reporting.answers.caution import naive_result
from nmt_analytics.reporting.answers.evidence import result_of
from nmt_analytics.reporting.bundle import Bundle, Result, Table
from nmt_analytics.reporting.figures import Figure
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plots.dots import DotRow, draw_dots, scale
from nmt_analytics.reporting.plots.trials import mark_truths
from nmt_analytics.reporting.wording import (
    axis_title,
    estimate_in_words,
    first_upper,
    in_words,
    likely_range,
    listed,
    number,
    range_in_words,
    share_in_words,
    value_in_words,
)


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
        results=tuple(result for trial in trials for result in results_of_trial(trial)),
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
            earliest=range_in_words(min(early), max(early), "days"),
            latest=range_in_words(min(late), max(late), "days"),
        )
    ]


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
    text = trial_in_brief(trial)
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


def results_of_trial(trial: Trial) -> list[Result]:
    """The estimate, its truth, and what the simple averages would have said."""
    metric, levels = trial.metric, {"invented practice": trial.practice}
    found = [
        result_of(trial.row, metric, levels),
        truth_result(metric.name, metric.unit, trial.truth, _truth(trial), levels),
    ]
    days = zip(("last_holding", "first_lost"), _naive_days(trial.naive), strict=True)
    return found + [
        naive_result(name, value, "all", levels) for name, value in days if value is not None
    ]


def truth_result(
    name: str, unit: str, truth: float, shown: str, levels: Mapping[str, str]
) -> Result:
    """The truth as a result beside the estimate's."""
    return Result(f"{name}: truth", unit, "all", truth, levels=levels, shown=shown)


def trial_in_brief(trial: Trial) -> str:
    """`✓ 58 %, truth 59 %`: whether the likely range holds the truth, estimate and truth."""
    estimate = estimate_in_words(trial.row, trial.metric)
    text = say("trial.estimate_and_truth", estimate=estimate, truth=_truth(trial))
    return say("trial.in_range" if trial.holds_truth else "trial.off_range", text=text)


def trial_in_a_cell(trial: Trial) -> str:
    """`✓ 58 % (59 %)`, `✓ 9 (9)`: likewise, where five columns have to fit on a phone."""
    estimate = estimate_in_words(trial.row, trial.metric)
    if trial.metric.unit != "%" and trial.row.value is not None:
        estimate = number(trial.row.value, trial.metric.unit)
    name = "trial.in_range_briefly" if trial.holds_truth else "trial.off_range_briefly"
    return say(name, estimate=estimate, truth=_truth(trial))


def _truth(trial: Trial) -> str:
    """The truth as a bare number where the estimate beside it has the unit already."""
    if trial.metric.unit == "%":
        return share_in_words(trial.truth)
    if trial.metric.name == "pain_change":
        return value_in_words(trial.truth, trial.metric)
    return number(trial.truth, trial.metric.unit)
