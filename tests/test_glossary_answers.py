"""The folded part: every word explained, every metric defined, the model's notes told."""

from dataclasses import replace

import answers

from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.reporting.answers.presentation import present_glossary, present_method


def test_the_glossary_explains_every_metric_and_is_folded():
    glossary = present_glossary()
    assert glossary.is_folded
    texts = " ".join(each.text for each in glossary.items)
    assert all(metric.population in texts for metric in METRICS.values())
    assert glossary.items[0].term == "Likely"


def test_the_method_tells_what_the_model_noted():
    table = answers.drivers(answers.ratio())
    noted = replace(table, notes=("105 sessions are left out: severity was not recorded there",))
    last = present_method(noted).items[-1]
    assert last.text == "105 sessions are left out: severity was not recorded there."
    assert len(present_method(table).items) == len(present_method(noted).items) - 1
