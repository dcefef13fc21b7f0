"""How the page was computed, folded away: the words it uses, and the methods behind them."""

from collections.abc import Mapping

from nmt_analytics.outcomes.driving import DriversTable
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.reporting.bundle import Bundle, Definition, Result
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import entries, say
from nmt_analytics.reporting.wording import first_upper


def present_glossary(metrics: Mapping[str, Metric] = METRICS) -> Bundle:
    """Every word with a fixed meaning, then every number: what it is and who is counted in it."""
    words = [Definition(*each) for each in entries("glossary")]
    numbers = [Definition(topic(metric), _definition(metric)) for metric in metrics.values()]
    return Bundle(
        kind="note",
        title=say("method.glossary_title"),
        anchor="glossary",
        items=(*words, *numbers),
        is_folded=True,
    )


def _definition(metric: Metric) -> str:
    meaning = first_upper(metric.meaning)
    return say("method.metric", meaning=meaning, population=metric.population)


def present_method(drivers: DriversTable) -> Bundle:
    """The methods in a few sentences each, and what the model of relief noted about its rows."""
    notes = [f"{first_upper(note.rstrip('.'))}." for note in drivers.notes]
    items = [Definition(*each) for each in entries("methods")]
    if notes:
        items.append(Definition(say("method.notes"), " ".join(notes)))
    return Bundle(
        kind="note",
        title=say("method.title"),
        anchor="method",
        items=tuple(items),
        results=_sensitivity(drivers),
        is_folded=True,
    )


def _sensitivity(drivers: DriversTable) -> tuple[Result, ...]:
    """How well the other distributions fit: not on the page, but in the files for who checks."""
    if drivers.fit is None or drivers.fit.refusal is not None:
        return ()
    likelihoods = {drivers.fit.distribution: drivers.fit.log_likelihood} | {
        name: other.log_likelihood for name, other in drivers.fit.sensitivity.items()
    }
    return tuple(
        Result(
            f"time ratios: log-likelihood, {name}",
            "",
            drivers.period.name,
            value,
            shown=f"{value:.1f}",
        )
        for name, value in likelihoods.items()
    )
