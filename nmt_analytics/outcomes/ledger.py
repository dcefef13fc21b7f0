"""The release ledger: what was shared before, so that two releases cannot be subtracted.

For each cell of a shared page it keeps, beside the store and for nobody else, the numbers that
were shown and a keyed hash of each client behind them with one of what is known of the client
there. A cell in which 1 to 9 clients differ from an earlier release is held: its old numbers are
shown again, or none. See docs/privacy.md.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from nmt_analytics.errors import StoreError
from nmt_analytics.outcomes.answers import Row

FEWEST_DIFFERENT = 10
_N_DIGITS = 16

Clients = Mapping[str, str]
"""For each client of a cell (keyed hash), what is known of the client there (keyed hash)."""


@lru_cache(maxsize=8)
def ledger_at(path: Path) -> "Ledger":
    """The ledger in the file `path`; the same object for the same path."""
    return Ledger(path)


def ledger_beside(store: Path) -> Path:
    """Where the ledger of a store lies."""
    return store.with_name(store.name + ".shared.json")


class Ledger:
    """What was shared. `note` collects what a page shows; `commit` keeps it once it is released."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book = _read(path)
        self._noted: list[tuple[str, Clients, str, Row | None]] = []
        self.held: set[str] = set()
        """The cells that were held since the last release, by name."""

    def hashed(self, clients: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Each client (pseudonym, fingerprint of what is known) as the ledger may keep them."""
        return {self._hash(client): self._hash(f"{client} {known}") for client, known in clients}

    def is_held(self, scope: str, clients: Clients) -> bool:
        """Whether 1 to 9 clients differ from a set that was released for the same `scope`."""
        return any(
            0 < _count_differences(clients, earlier) < FEWEST_DIFFERENT
            for earlier in self._book["sets"].get(scope, ())
        )

    def last_shown(self, cell: str) -> Row | None:
        """The row as it was last shared, if it was."""
        kept = self._book["rows"].get(cell)
        return None if kept is None else Row(**{**kept, "levels": tuple(kept["levels"])})

    def note(self, scope: str, clients: Clients, cell: str = "", row: Row | None = None) -> None:
        """Remember that a page is about to show what these clients are behind."""
        self._noted.append((scope, clients, cell, row))

    def commit(self) -> None:
        """Write down all that was noted: it has been released."""
        if self.path.exists():
            self._book = _read(self.path)
        for scope, clients, cell, row in self._noted:
            sets = self._book["sets"].setdefault(scope, [])
            if clients not in sets:
                sets.append(dict(clients))
            if row is not None:
                self._book["rows"][cell] = asdict(row)
        self._noted, self.held = [], set()
        _write(self.path, self._book)

    def forget(self, pseudonym: str) -> int:
        """Take one client out of every set; how many sets the client was in."""
        gone = self._hash(pseudonym)
        sets = [each for scope in self._book["sets"].values() for each in scope]
        n_sets = sum(each.pop(gone, None) is not None for each in sets)
        if n_sets:
            _write(self.path, self._book)
        return n_sets

    def _hash(self, text: str) -> str:
        key = bytes.fromhex(self._book["key"])
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_N_DIGITS]


def _count_differences(clients: Clients, earlier: Clients) -> int:
    everybody = clients.keys() | earlier.keys()
    return sum(clients.get(each) != earlier.get(each) for each in everybody)


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"key": secrets.token_hex(32), "sets": {}, "rows": {}}
    except (OSError, ValueError):
        raise StoreError(
            f"{path.name} cannot be read: it says what was shared before. Put a copy of it back; "
            "without it a shared page could be subtracted from an earlier one."
        ) from None
    return content


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the whole ledger beside itself and move it into place; for its owner alone."""
    beside = path.with_name(path.name + ".next")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
