"""Outcome analytics for a neuromuscular-therapy practice."""
