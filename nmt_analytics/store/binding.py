"""How parameters reach DuckDB without the second that importing pandas takes."""

import contextlib
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def pandas_unseen() -> Iterator[None]:
    """Keep DuckDB from importing pandas while it binds parameters, if nobody has imported it yet.

    It would do so only to know pandas.NaT when it sees it, and that costs a second in which most
    commands have long answered. Other threads could want pandas meanwhile; then nothing is hidden.
    """
    if "pandas" in sys.modules or threading.active_count() > 1:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pandas"]
