"""Outcome analytics for a neuromuscular-therapy practice.

import nmt_analytics as nmt
practice = nmt.open_practice()
check = nmt.method_check()  # invented practices with a known truth
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmt_analytics.known_truth import method_check
    from nmt_analytics.practice import Practice, open_practice

__version__ = "0.1.0"
__all__ = ["Practice", "__version__", "method_check", "open_practice"]


def __getattr__(name: str) -> Any:
    # Lazily, so that `nmt-analytics --help` does not load what only notebooks need.
    if name in ("Practice", "open_practice"):
        from nmt_analytics import practice  # noqa: PLC0415

        return getattr(practice, name)
    if name == "method_check":
        from nmt_analytics.known_truth import method_check  # noqa: PLC0415

        return method_check
    raise AttributeError(f"module 'nmt_analytics' has no attribute '{name}'")
