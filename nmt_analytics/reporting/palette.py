"""The colours of pages and figures, once: a role, its light value and its dark value.

Figures are drawn with the light values; the page writes every role as a css variable and its
script repaints the figures from them, so that dark theme and print follow one table. Each value
is used by one role only, because the page finds a role by its light value.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One colour role: `#rrggbb` on the light and on the dark page."""

    light: str
    dark: str

    def fill(self, opacity: float) -> str:
        """The light value as `rgba(…)`, for bands and areas; `opacity` is a share of 1."""
        red, green, blue = (int(self.light[at : at + 2], 16) for at in (1, 3, 5))
        return f"rgba({red}, {green}, {blue}, {opacity:g})"


ROLES: dict[str, Role] = {
    "paper": Role("#fdfcfa", "#14191b"),
    "surface": Role("#f5f3ee", "#1c2326"),
    "ink": Role("#1d2529", "#e9e6df"),
    "quiet": Role("#566166", "#a9b2b3"),
    "line": Role("#d9d6ce", "#364044"),
    "accent": Role("#0f5f63", "#6cc5c3"),
    "promise": Role("#ead9b5", "#5e4f2d"),
    "promise_ink": Role("#735619", "#dfc483"),
    "context": Role("#8b9396", "#7d888b"),
    "better": Role("#0e6569", "#70c8c6"),
    "worse": Role("#a2431f", "#ee9a75"),
    "category_1": Role("#10656a", "#69c1bf"),
    "category_2": Role("#c4761b", "#e5a552"),
    "category_3": Role("#5b4a9b", "#aa9ce6"),
    "category_4": Role("#b03a6a", "#ea8fb3"),
    "category_5": Role("#4b7fb5", "#86b6e6"),
    "category_6": Role("#6d7a2c", "#b3c169"),
}
"""Text roles (ink, quiet, accent, promise_ink, better, worse) keep a contrast of at least 4.5 on
paper and surface in both themes; a test computes it."""

CATEGORIES = tuple(name for name in ROLES if name.startswith("category_"))
"""At most six levels by colour; more become small multiples."""
