"""What every benchmark shares: rows of one table, processor time of commands, a practice to ask."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
COMMAND = str(BIN / "nmt-analytics")
ONE_THREAD = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Row:
    """One line of the table: some work, measured several times, against an alternative or a limit.

    `reach` is the highest ratio, or without an alternative the highest median, that is good
    enough; None where the figure is only told.
    """

    work: str
    ours: Sequence[float]
    against: str = ""
    theirs: Sequence[float] = ()
    reach: float | None = None
    unit: str = "s of processor"
    note: str = ""

    @property
    def figure(self) -> float:
        """What is compared with `reach`: the ratio of the medians, or the median."""
        return median(self.ours) / median(self.theirs) if self.theirs else median(self.ours)

    @property
    def cells(self) -> list[str]:
        """The line's cells, as text."""
        is_enough = "" if self.reach is None else "yes" if self.figure <= self.reach else "**no**"
        return [
            self.work + (f" ({self.note})" if self.note else ""),
            f"{_spread(self.ours)} {self.unit}",
            f"{self.against}: {_spread(self.theirs)}" if self.theirs else self.against,
            f"{self.figure:.2g} x" if self.theirs else "",
            "" if self.reach is None else f"{self.reach:g}{' x' if self.theirs else ''}",
            is_enough,
        ]


@dataclass(frozen=True)
class Cost:
    """What one run of some work cost a process."""

    cpu: float
    wall: float
    gigabytes: float
    parts: dict[str, float] = field(default_factory=dict)


HEAD = ["work", "median (least to most)", "against", "ratio", "reach", "reached"]


def table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def cpu_of(work: Callable[[], object], repeats: int = 3) -> list[float]:
    """Processor seconds of each of several runs in this process, after one that warms up."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return seconds


def cpu_of_commands(folder: Path, *commands: Sequence[str]) -> float:
    """User and system time of the commands, run one after the other in `folder`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ONE_THREAD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cost_of_command(folder: Path, command: Sequence[str]) -> tuple[Cost, str]:
    """What one command cost, with its own peak of memory, and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=ONE_THREAD, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    printed = process.stdout.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(map(str, command))} failed in {folder}")
    wall = time.perf_counter() - start
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1e6), printed


def example_practice(folder: Path) -> Path:
    """The example practice in a folder of its own, loaded."""
    shutil.copy(ROOT / "practice.toml", folder)
    for part in ("data/example", "notebooks"):
        shutil.copytree(ROOT / part, folder / part)
    subprocess.run([COMMAND, "load"], cwd=folder, check=True, capture_output=True)
    return folder
