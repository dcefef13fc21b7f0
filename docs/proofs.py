"""Writes docs/proof.md: what `make prove` found, when and at which commit.

Each proof leaves a file of figures (tests/proof_figures.py), which `take_up` copies to docs/proof/,
under version control, so that pages can be written without proving everything again.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
TAKEN_UP = DOCS / "proof"
PROVED = DOCS.parent / "build" / "proof"


@dataclass(frozen=True)
class Proof:
    """One line of the page: the runs whose whole names match, and the figures worth telling."""

    runs: str
    what: str
    figures: tuple[str, ...] = ()


SECTIONS: dict[str, tuple[Proof, ...]] = {
    "Nothing is lost": (
        Proof("run_kills", "`run` killed at random moments, then run again"),
        Proof(r"run_nights_.+", "two years of nightly runs, in Los Angeles and in Auckland"),
        Proof(r"load_kills_\d", "a load killed at random moments, then repeated; four runs"),
        Proof("load_killed_at_each_call", "a load killed at every call to the disk"),
        Proof(r"load_disk_fails_once_.+", "each call to the disk fails, by each of three faults"),
        Proof(r"load_disk_fails_from_.+", "the same, and every later call fails as well"),
        Proof("load_step_fails", "each open, fsync, link, rename, chmod and mkdir of Python"),
        Proof("load_files_cannot_grow", "files that cannot grow beyond a limit"),
        Proof("load_damaged_stores", "stores with a flipped bit or cut off"),
        Proof("malformed_files_read", "broken exports, read"),
        Proof("malformed_files_loaded", "broken exports, loaded"),
    ),
    "Nothing leaks": (
        Proof("attack_on_tables", "tables with margins, attacked by rank and linear programmes"),
        Proof("attack_on_releases", "pairs of successive releases, subtracted"),
        Proof("planted_leaks", "leaks planted in the files of a finished page"),
        Proof("hostile_texts", "hostile texts in labels, names and parameters, in Chromium"),
    ),
    "Intervals hold the truth as often as they say": (
        Proof(r"coverage_.+", "share of 95 % intervals that hold the truth; 5 to 200 clients"),
        Proof(r"soreness_coverage_.+", "the same of soreness, answered at all hours; 20 to 200"),
        Proof(r"difference_coverage_.+_periods", "the same of differences between periods"),
        Proof(r"difference_coverage_.+_groups", "the same of differences between groups"),
        Proof(r"driver_coverage_.+", "the same of time ratios; 40 to 400 clients"),
        Proof(r"late_answers_.+", "the same of quartile and median where many answer days late"),
        Proof(r"between_check_ins_.+", "practices whose interval holds it between two check-ins"),
        Proof(
            r"intervals_from_files_(friendly|returning)",
            "practices whose interval holds it, from files to answers, where nobody falls silent",
        ),
        Proof(
            "intervals_from_files_silent",
            "the same where six in ten fall silent: the interval alone is wrong, so bounds follow",
        ),
        Proof(
            r"silence_bounds(_from_files)?",
            "bounds that hold the truth whoever falls silent, of 100 practices each",
            ("held",),
        ),
        Proof(
            "silence_bounds_from_files_friendly",
            "the same where nearly all answer: narrow, chance is left to the interval",
            ("held", "repetitions"),
        ),
        Proof(r"score_test_\d+_.+", "how often equal groups are told apart at 5 %"),
        Proof("score_test_ignoring_clients", "how often a test that ignores clients would do so"),
        Proof(
            "therapists_within_limits", "therapists who do not differ: share inside their limits"
        ),
    ),
    "The same numbers by another route": (
        Proof("npmle_against_surpyval", "curves, from SurPyval's"),
        Proof("npmle_against_npsurv", "curves, from those of R's npsurv"),
        Proof("aft_against_surpyval", "time ratios, from SurPyval's"),
        Proof("aft_against_survreg", "time ratios, from those of R's survreg"),
        Proof(r"aft_recovery_.+", "time ratios of 100,000 sessions, largest relative error"),
        Proof(
            "regression_to_the_mean",
            "fall of pain without any effect: expected, simulated, in pairs of ratings",
            ("expected", "fell_without_effect", "paired"),
        ),
        Proof("method_check", "the page of that name: true numbers of four practices", ("truth",)),
    ),
}


def take_up() -> None:
    """Copy what was proved in this folder; the figures of other proofs stay as they are."""
    for path in sorted(PROVED.glob("*.json")):
        shutil.copyfile(path, TAKEN_UP / path.name)


def read() -> dict[str, Any]:
    """Each proof by its name: `on`, `commit` and `figures`."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(TAKEN_UP.glob("*.json"))
    }


def proofs(generated: str) -> str:
    """The page as it should be; `generated` is the remark that says who wrote it."""
    lines = [
        "# What was proved\n",
        generated,
        "What the slow proofs of `make prove` found, when, and at which commit; `make test` runs a",
        "shorter form of each. A line may sum up several runs as a range. Every figure stands in",
        "`docs/proof/`, and [Methods](methods.md) says what it means.",
    ]
    found = read()
    for section, told in SECTIONS.items():
        lines += [
            f"\n## {section}\n",
            "| proof | found | on | commit |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_row(proof, found) for proof in told]
    return "\n".join(lines) + "\n"


def _row(proof: Proof, found: Mapping[str, Any]) -> str:
    runs = [run for name, run in found.items() if re.fullmatch(proof.runs, name)]
    figures: dict[str, list[Any]] = {}
    for name, figure in (each for run in runs for each in _leaves(run["figures"])):
        if name in proof.figures or not proof.figures:
            figures.setdefault(name, []).append(figure)
    told = "; ".join(f"{name.replace('_', ' ')} {_range(each)}" for name, each in figures.items())
    dates, commits = sorted({run["on"] for run in runs}), sorted({run["commit"] for run in runs})
    return f"| {proof.what} | {told} | {', '.join(dates)} | {', '.join(commits)} |"


def _leaves(figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each figure with its own name, however deep it stands."""
    for name, figure in figures.items():
        if isinstance(figure, Mapping):
            yield from _leaves(figure)
        else:
            yield name, figure


def _range(figures: list[Any]) -> str:
    numbers = [figure for figure in figures if isinstance(figure, int | float)]
    if not numbers:
        return str(figures[0])
    lowest, highest = _written(min(numbers)), _written(max(numbers))
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _written(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.3g}".replace("-", "−")
