"""Where the proofs leave the figures that docs/methods.md and docs/proof.md show."""

import datetime as dt
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROOF_FOLDER = ROOT / "build" / "proof"


def record(name: str, figures: dict) -> None:
    """Write what one proof found, when and at which commit, to build/proof/<name>.json."""
    PROOF_FOLDER.mkdir(parents=True, exist_ok=True)
    proof = {"on": dt.date.today().isoformat(), "commit": _commit(), "figures": figures}
    text = json.dumps(proof, indent=2, sort_keys=True, default=float)
    (PROOF_FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _commit() -> str:
    """The commit under test; `-dirty` after it where files were changed since."""
    describe = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"
