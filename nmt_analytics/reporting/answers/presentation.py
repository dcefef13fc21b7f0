"""Every answer as what a page shows: the names that questions.py and known_truth.py ask for."""

from nmt_analytics.reporting.answers.answer_times import present_answer_times
from nmt_analytics.reporting.answers.caution import present_naive_pair, present_silence
from nmt_analytics.reporting.answers.clients import present_each_client_once
from nmt_analytics.reporting.answers.control_charts import present_control_chart
from nmt_analytics.reporting.answers.drivers import present_drivers
from nmt_analytics.reporting.answers.endings import present_ends
from nmt_analytics.reporting.answers.funnel import present_therapists
from nmt_analytics.reporting.answers.glossary import present_glossary, present_method
from nmt_analytics.reporting.answers.groups import present_groups
from nmt_analytics.reporting.answers.guide import present_return_guide
from nmt_analytics.reporting.answers.header import present_overview
from nmt_analytics.reporting.answers.highlights import present_findings
from nmt_analytics.reporting.answers.method import (
    present_invented,
    present_method_overview,
    present_method_summary,
)
from nmt_analytics.reporting.answers.method_silence import present_silence_trials
from nmt_analytics.reporting.answers.outcomes import present_curve, present_outcome
from nmt_analytics.reporting.answers.pain import present_pain
from nmt_analytics.reporting.answers.pressure import present_pressure
from nmt_analytics.reporting.answers.promises import present_claims
from nmt_analytics.reporting.answers.quality import (
    present_data_quality,
    present_refusals,
)
from nmt_analytics.reporting.answers.side_by_side import present_side_by_side
from nmt_analytics.reporting.answers.tiles import present_change, present_tiles
from nmt_analytics.reporting.answers.trials import present_trials

__all__ = [
    "present_answer_times",
    "present_change",
    "present_claims",
    "present_control_chart",
    "present_curve",
    "present_data_quality",
    "present_drivers",
    "present_each_client_once",
    "present_ends",
    "present_findings",
    "present_glossary",
    "present_groups",
    "present_invented",
    "present_method",
    "present_method_overview",
    "present_method_summary",
    "present_naive_pair",
    "present_outcome",
    "present_overview",
    "present_pain",
    "present_pressure",
    "present_refusals",
    "present_return_guide",
    "present_side_by_side",
    "present_silence",
    "present_silence_trials",
    "present_therapists",
    "present_tiles",
    "present_trials",
]
