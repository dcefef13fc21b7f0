"""A practice whose load is attacked, and what the store may hold afterwards: before or after.

`before` and `after` are content hashes; each look counts the content from scratch.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from factories import follow_up, make_practice, session, write_rows

from nmt_analytics.errors import StoreError
from nmt_analytics.intake.facts import content_hash
from nmt_analytics.intake.load import load_file
from nmt_analytics.schema import SESSIONS
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import rehearsal

ROOT = Path(__file__).parents[1]
FAULTS = Path(__file__).parent / "faults"
N_ROWS = 200

LOAD = (
    "import sys; from pathlib import Path; from nmt_analytics.settings import read_settings; "
    "from nmt_analytics.intake.load import load_file; "
    "load_file(read_settings(Path(sys.argv[1])), Path(sys.argv[2]), wait_seconds=120)"
)
"""A program that loads one file into one practice."""


@dataclass(frozen=True)
class Siege:
    """A practice, a file that corrects all its rows and adds some, and the hashes around it."""

    practice: Settings
    later: Path
    before: str
    after: str
    library: Path | None = None
    """failing_disk.c, compiled: makes any call to the disk fail."""

    def attack(self, attacks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What each attack on a load of the later file left behind."""
        script = str(FAULTS / "attacked_loads.py")
        text = "".join(json.dumps(each) + "\n" for each in attacks)
        found = subprocess.run(
            [sys.executable, script, str(self.practice.folder), str(self.later)],
            input=text,
            env=environment(self.library),
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stderr
        answers = [json.loads(line) for line in found.stdout.splitlines()]
        assert len(answers) == len(attacks)
        return answers

    def assert_whole(self, answer: dict[str, Any]) -> None:
        """The store is the old or the new one, and the load repeated makes it the new one."""
        left, then = answer["left"], answer["then"]
        assert left["kept"] == left["counted"]
        assert left["kept"] in (self.before, self.after)
        assert answer["again"]["exit_code"] == 0, answer
        assert then["kept"] == then["counted"] == self.after
        assert then["debris"] == []

    def assert_said(self, how: dict[str, Any], answer: dict[str, Any]) -> None:
        """A load that failed says so and leaves no byte changed, or says that the data is in."""
        came, left = answer["came"], answer["left"]
        if came["exit_code"] == 0:
            assert left["kept"] == self.after
            return
        assert came["exit_code"] == StoreError.exit_code, (how, came)
        assert "disk" in came["said"], (how, came)
        is_in = "holds the new data" in came["said"] or "was loaded" in came["said"]
        assert left["kept"] == (self.after if is_in else self.before), (how, came)
        assert answer["is_untouched"] == (not is_in)
        if not how.get("all"):
            assert left["debris"] == [], (how, came)


def lay_siege(folder: Path) -> Siege:
    """A siege in `folder`; costs three loads."""
    numbers = range(N_ROWS)
    asked = [follow_up(n) for n in numbers]
    practice = make_practice(folder / "practice", [session(n) for n in numbers], asked)
    rows = [session(n, pain_before=n % 11) for n in range(N_ROWS + 10)]
    later = write_rows(folder / "later.csv", SESSIONS, [*rows, session(9999, pain_before=99)])
    reference = folder / "reference"
    shutil.copytree(practice.folder, reference)
    copy = replace(practice, store=reference / "data" / "practice.duckdb")
    load_file(copy, later)
    return Siege(practice, later, held_hash(practice), held_hash(copy))


def moved(siege: Siege, folder: Path) -> Siege:
    """The same siege of a copy of the practice in `folder`."""
    shutil.copytree(siege.practice.folder, folder)
    store = folder / siege.practice.store.relative_to(siege.practice.folder)
    key = folder / siege.practice.key_file.relative_to(siege.practice.folder)
    return replace(
        siege, practice=replace(siege.practice, folder=folder, store=store, key_file=key)
    )


def held_hash(practice: Settings) -> str:
    """The content hash of a store, counted from scratch."""
    with rehearsal(practice.store) as connection:
        return content_hash(connection)


def environment(library: Path | None = None, **more: str) -> dict[str, str]:
    """The environment of a program that loads, with `library` put before the C library."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    preload = {"LD_PRELOAD": str(library)} if library else {}
    return {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", **preload, **more}


def count_calls(siege: Siege, folder: Path) -> int:
    """How many calls to the disk a load makes."""
    copy = moved(siege, folder / "counted")
    counted = folder / "calls"
    below = str(copy.practice.store.parent)
    subprocess.run(
        [sys.executable, "-c", LOAD, copy.practice.folder, siege.later],
        env=environment(siege.library, FAIL_UNDER=below, FAIL_COUNT=str(counted)),
        check=True,
    )
    return int(counted.read_text())
