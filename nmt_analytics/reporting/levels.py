"""The order in which levels stand on a page: the vocabulary's, never a ranking."""

from nmt_analytics.vocabulary import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    NOT_RECORDED,
    NUTRIENT_SHORTFALLS,
    PRESSURE_FELT,
    SEVERITY_BANDS,
)

ORDERS = {
    "condition": CONDITIONS,
    "stress_level": LEVELS,
    "activity_level": LEVELS,
    "severity_band": SEVERITY_BANDS,
    "pressure_felt": PRESSURE_FELT,
    "nutrient_shortfall": NUTRIENT_SHORTFALLS,
    "modality": MODALITIES,
}


def position(dimension: str, level: str) -> int:
    """Where a level stands in its dimension; unknown ones last but for what is not recorded."""
    order = ORDERS.get(dimension, ())
    if level == NOT_RECORDED:
        return len(order) + 1
    return order.index(level) if level in order else len(order)
