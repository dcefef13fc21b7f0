"""Do the estimates find the truth? Invented practices, asked as any other is asked.

    import nmt_analytics as nmt
    check = nmt.method_check()
    check.outcome("relief_days_median")

Each invented practice is written to files, loaded through the intake and asked through
`Practice`, so that what is checked is everything between an export and a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nmt_analytics.answer import Answer, answered
from nmt_analytics.errors import UsageError, unknown_name
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.trials import Invented, MethodTable, SilenceTrial, Trial, TrialTable
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings
from nmt_analytics.simulation import PRESETS, SimulatedPractice, simulate, write

CHECKED = (
    "relief_at_4_days",
    "relief_at_7_days",
    "relief_at_14_days",
    "relief_days_median",
    "soreness_gone_by_36_hours",
)
SMALL_CLIENTS = 12
"""Clients of the practice with few of them, whatever the size of the others."""
FEWEST_SESSIONS = 300
_END_ON = date(2026, 9, 30)
_LOADED_AT = datetime(2026, 11, 15)  # every check-in is over by then
_TIME_ZONE = "America/New_York"
# Public on purpose: nobody is to be protected, and the same seed is to give the same numbers.
_KEY = hashlib.sha256(b"invented practices have no secrets").hexdigest()


def method_check(sessions: int = 2000, seed: int = 1) -> MethodCheck:
    """Invented practices with a known truth, ready to be asked.

    `sessions` is the size of each but the one with few clients; the same arguments give the same
    numbers. Raises UsageError below 300 sessions.
    """
    if sessions < FEWEST_SESSIONS:
        raise UsageError(f"A check of the methods needs at least {FEWEST_SESSIONS} sessions.")
    return MethodCheck(sessions, seed)


@dataclass(frozen=True)
class KnownPractice:
    """A practice that can be asked, and everything that is true of it."""

    practice: Practice
    simulated: SimulatedPractice

    def true_value(self, metric: str) -> float:
        """What perfect knowledge would say of a metric, in its unit."""
        return float(self.simulated.truth["metrics"][metric]["overall"])


class MethodCheck:
    """Answers that set estimates beside the truth. Its practices live as long as it does."""

    def __init__(self, sessions: int, seed: int) -> None:
        self._folder = TemporaryDirectory(prefix="nmt-method-check-")
        self._known: Mapping[str, KnownPractice] = {
            name: invent_practice(name, Path(self._folder.name) / name, sessions, seed)
            for name in PRESETS
        }
        self._trials: dict[str, TrialTable] = {}

    def practice(self, name: str) -> Practice:
        """One of the invented practices (friendly, silent, returning, small), to explore."""
        if name not in self._known:
            raise unknown_name("invented practice", name, list(self._known))
        return self._known[name].practice

    def overview(self) -> Answer:
        """The page's header: in how many numbers the likely range holds the truth."""
        return answered(self._table, "present_method_overview")

    def summary(self) -> Answer:
        """Every number that is checked beside its truth, practice by practice."""
        return answered(self._table, "present_method_summary")

    def practices(self) -> Answer:
        """What the invented practices are, and how this check was made."""
        return answered(self._table, "present_invented")

    def outcome(self, metric: str) -> Answer:
        """One metric's estimate beside its truth in every invented practice."""
        return answered(self._trial(metric), "present_trials")

    def silence(self, day: int = 14) -> Answer:
        """The bounds for silent sessions beside the truth, still relieved on day 4, 7 or 14."""
        trials = tuple(
            SilenceTrial(
                name, known.true_value(f"relief_at_{day}_days"), known.practice.silence(day).data
            )
            for name, known in self._known.items()
        )
        return answered(trials, "present_silence_trials")

    @cached_property
    def _table(self) -> MethodTable:
        return MethodTable(
            practices=tuple(
                Invented(
                    name,
                    known.simulated.truth["practice"]["n_sessions"],
                    known.simulated.truth["practice"]["n_clients"],
                    known.practice.overview().data,
                )
                for name, known in self._known.items()
            ),
            tables=tuple(map(self._trial, CHECKED)),
        )

    def _trial(self, metric: str) -> TrialTable:
        truths = next(iter(self._known.values())).simulated.truth["metrics"]
        if metric not in truths or metric not in METRICS:
            known = [name for name in METRICS if name in truths]
            raise unknown_name("metric with a known truth", metric, known)
        if metric not in self._trials:
            trials = tuple(_try(name, known, metric) for name, known in self._known.items())
            self._trials[metric] = TrialTable(METRICS[metric], trials)
        return self._trials[metric]


def invent_practice(
    name: str, folder: Path, sessions: int, seed: int, **changed: Any
) -> KnownPractice:
    """The preset `name`, written to `folder` (which is made), loaded and open to be asked.

    `changed`: true values (simulation/truth.py) that differ from the preset's.
    """
    truth = replace(PRESETS[name], **changed)
    size = round(SMALL_CLIENTS * truth.sessions_per_client) if name == "small" else sessions
    simulated = simulate(size, seed, truth, end_on=_END_ON, timezone=_TIME_ZONE)
    write(simulated, folder)
    settings = Settings(
        folder=folder,
        name=name,
        time_zone=_TIME_ZONE,
        inbox=folder,
        store=folder / "practice.duckdb",
        notebooks=folder,
        reports=folder,
        key_file=folder / "practice.key",
    )
    settings.key_file.write_text(_KEY, encoding="ascii")
    for file in ("sessions.csv", "follow_ups.csv"):
        load_file(settings, folder / file, loaded_at=_LOADED_AT)
    return KnownPractice(Practice(settings, audience="owner"), simulated)


def _try(name: str, known: KnownPractice, metric: str) -> Trial:
    is_median = metric == "relief_days_median"
    return Trial(
        practice=name,
        metric=METRICS[metric],
        truth=known.true_value(metric),
        row=known.practice.outcome(metric).data.rows[0],
        naive=known.practice.naive_averages().data if is_median else None,
    )
