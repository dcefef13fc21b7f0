"""Imports what a run needs, for processes that are forked from one that has imported it."""

from nmt_analytics.intake import load, own_mappings
from nmt_analytics.reporting import render

render._exporter()
__all__ = ["load", "own_mappings", "render"]
