"""The field's fixed words, once: conditions, levels, scales and bands.

What is written here is what the store holds and what screens say (`label`). Conditions and body
regions can be extended in practice.toml; the rest is fixed.
"""

CONDITIONS = (
    "muscle_spasm",
    "muscle_cramp",
    "nerve_damage",
    "nerve_compression",
    "neural_entrapment",
    "ischemia",
    "myofascial_trigger_points",
    "dysfunctional_gait",
    "other",
)
LONGEST_WORD = 60
"""Letters of a word of the practice's own; a longer one would push a figure off its page."""
LEVELS = ("low", "moderate", "high")
SEVERITY_BANDS = ("mild", "moderate", "severe")
"""Severity 0-3 mild, 4-6 moderate, 7-10 severe (see `severity_band` in the queries)."""
PRESSURE_FELT = ("too_light", "right", "too_strong")
NUTRIENT_SHORTFALLS = ("none", "magnesium", "calcium", "both", "unknown")
MODALITIES = ("neuromuscular_therapy", "massage", "craniosacral", "other")
SOURCES = ("check_in", "intake")
NOT_RECORDED = "not_recorded"

WORDS: dict[str, tuple[str, ...]] = {
    "condition": CONDITIONS,
    "stress_level": LEVELS,
    "activity_level": LEVELS,
    "severity_band": SEVERITY_BANDS,
    "pressure_felt": PRESSURE_FELT,
    "nutrient_shortfall": NUTRIENT_SHORTFALLS,
    "modality": MODALITIES,
}
"""The words of each dimension that has fixed ones, in the order in which they are shown."""

PROMISED_RELIEF_DAYS = (4, 14)
PROMISED_SORENESS_HOURS = (24, 36)
PROMISED_HOLD_SECONDS = (20, 40)
"""'About 30 seconds' is read as 20 to 40 seconds."""

CHECK_IN_HOURS = (24, 36, 96, 168, 336, 504)
"""When a practice is advised to ask: 24 h, 36 h, days 4, 7, 14 and 21."""

_LABELS = {
    "neural_entrapment": "neural entrapment",
    "myofascial_trigger_points": "myofascial trigger points",
    NOT_RECORDED: "not recorded",
    "none": "none reported",
    "both": "magnesium and calcium",
    "unknown": "not known",
}


def label(word: str) -> str:
    """How a word of the store is written on a screen: `muscle_spasm` → `muscle spasm`."""
    text = _LABELS.get(word, word.replace("_", " "))
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"


def place_in(order: tuple[str, ...], level: str) -> int:
    """Where a level stands in its order; what is not in it comes after, not recorded last."""
    if level == NOT_RECORDED:
        return len(order) + 1
    return order.index(level) if level in order else len(order)
