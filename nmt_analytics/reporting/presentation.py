"""Every answer of a practice as what a page shows: the names that practice.py asks for."""

from nmt_analytics.reporting.outcome_answers import present_curve, present_outcome
from nmt_analytics.reporting.overview_answers import (
    present_change,
    present_overview,
    present_tiles,
)
from nmt_analytics.reporting.quality_answers import (
    present_data_quality,
    present_ends,
    present_refusals,
)

__all__ = [
    "present_change",
    "present_curve",
    "present_data_quality",
    "present_ends",
    "present_outcome",
    "present_overview",
    "present_refusals",
    "present_tiles",
]
