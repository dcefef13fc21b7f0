"""Where the proofs leave the figures that docs/methods.md shows."""

import json
from pathlib import Path

PROOF_FOLDER = Path(__file__).parents[1] / "build" / "proof"


def record(name: str, figures: dict) -> None:
    """Write the figures of one proof to build/proof/<name>.json."""
    PROOF_FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=2, sort_keys=True, default=float)
    (PROOF_FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
