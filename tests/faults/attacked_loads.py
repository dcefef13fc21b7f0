"""Loads one file again and again in children that are killed, or whose disk fails.

    python tests/faults/attacked_loads.py PRACTICE FILE < attacks

Each line of standard input is one attack, as JSON; an empty one only loads:

- {"kill_after": seconds}
- {"most_bytes": n}: no file can grow beyond that, as on a full disk
- {"step": "replace", "at": number of the call to os.replace, "errno": number}
- {"at": number of the call to the disk, "errno": number (-1: killed there), "all": whether every
  later call fails too}: any call, those of DuckDB included; failing_disk.c must be preloaded

Each line of standard output says what was found, in the same order. The store is put back as it was
before every attack. Children are forked from here, so that nobody waits for the imports again.
"""

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nmt_analytics.errors import DEFECT, FINE, NmtError
from nmt_analytics.intake.facts import content_hash
from nmt_analytics.intake.load import load_file
from nmt_analytics.settings import Settings, read_settings
from nmt_analytics.store.database import Store, rehearsal

EXPECTED = {"practice.duckdb", "practice.duckdb.lock", "practice.duckdb.previous", "later.csv"}


def load(practice: Settings, path: Path) -> dict[str, Any]:
    """What a load of the file came to: its exit code and what it said."""
    start = time.perf_counter()
    try:
        receipt = load_file(practice, path)
    except NmtError as error:
        return {"exit_code": error.exit_code, "said": str(error)}
    except BaseException as defect:
        return {"exit_code": DEFECT, "said": repr(defect)}
    seconds = time.perf_counter() - start
    return {"exit_code": FINE, "said": receipt.sentence(), "seconds": seconds}


def look(practice: Settings) -> dict[str, Any]:
    """What the store says it holds, what it really holds, and what lies about beside it."""
    store = Store(practice.store)
    kept = store.info()["content_hash"]
    store.close()
    with rehearsal(practice.store) as connection:
        counted = content_hash(connection)
    names = {
        each.name
        for folder in (practice.store.parent, practice.store.parent / "quarantine")
        for each in folder.glob("*.*")
    }
    return {"kept": kept, "counted": counted, "debris": sorted(names - EXPECTED)}


def in_child(work: Callable[[], dict[str, Any]], kill_after: float | None = None) -> dict[str, Any]:
    """What `work` comes to in a process of its own, or {"killed": true}."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text.endswith("}") else {"killed": True}


def break_step(name: str, at: int, code: int, folder: Path) -> None:
    """Make the call numbered `at` of os.<name> for something in `folder` fail."""
    real, n_calls = getattr(os, name), 0

    def failing(where: Any, *rest: Any, **more: Any) -> Any:
        nonlocal n_calls
        path = str(Path(f"/proc/self/fd/{where}").readlink() if isinstance(where, int) else where)
        n_calls += path.startswith(str(folder))
        if n_calls == at and path.startswith(str(folder)):
            raise OSError(code, os.strerror(code))
        return real(where, *rest, **more)

    setattr(os, name, failing)


def attack(practice: Settings, path: Path, how: dict[str, Any]) -> dict[str, Any]:
    """One attack on a load, what it left, and what came of loading once more."""
    data = practice.store.parent

    def attacked() -> dict[str, Any]:
        if "most_bytes" in how:
            resource.setrlimit(resource.RLIMIT_FSIZE, (how["most_bytes"], resource.RLIM_INFINITY))
        elif "step" in how:
            break_step(how["step"], how["at"], how["errno"], data)
        elif "at" in how:
            os.environ |= {"FAIL_AT": str(how["at"]), "FAIL_ERRNO": str(how["errno"])}
            os.environ |= {"FAIL_ALL": "1"} if how.get("all") else {}
            os.environ["FAIL_UNDER"] = str(data)
        found = load(practice, path)
        os.environ.pop("FAIL_UNDER", None)
        return found

    before = practice.store.read_bytes()
    came = in_child(attacked, how.get("kill_after"))
    is_untouched = practice.store.read_bytes() == before
    left = in_child(lambda: look(practice))
    again = in_child(lambda: load(practice, path))
    then = in_child(lambda: look(practice))
    return {"came": came, "is_untouched": is_untouched, "left": left, "again": again, "then": then}


def main(folder: Path, path: Path) -> None:
    """Answer the attacks on standard input, each on the store as it is now."""
    practice = read_settings(folder)
    data = practice.store.parent
    original = data.with_name("original")
    shutil.copytree(data, original)
    for line in sys.stdin:
        print(json.dumps(attack(practice, path, json.loads(line))), flush=True)
        shutil.rmtree(data)
        shutil.copytree(original, data)
    shutil.rmtree(original)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
