"""Outcome analytics for a neuromuscular-therapy practice.

import nmt_analytics as nmt
practice = nmt.open_practice()
check = nmt.method_check()  # invented practices with a known truth
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nmt_analytics.known_truth import method_check
    from nmt_analytics.practice import Practice, open_practice

# The matrices here are small: linear algebra on several threads takes up to three times the
# processor time and brings nothing. Read when numpy is first imported; what is set already stays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

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
