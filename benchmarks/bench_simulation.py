"""How long a simulated practice takes to make and to write, and how much memory.

    python benchmarks/bench_simulation.py [SESSIONS]

Measured on one core of two: a million sessions in 28 s, 509 MB of files, 1.4 GB of memory.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from nmt_analytics.simulation import simulate, write


def main(n_sessions: int) -> None:
    start = time.perf_counter()
    practice = simulate(n_sessions, seed=1)
    simulated = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write(practice, Path(folder))
        written = time.perf_counter()
        megabytes = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    peak_gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{n_sessions:,} sessions, {len(practice.follow_ups):,} check-ins, {megabytes:,.0f} MB")
    print(f"simulate {simulated - start:.1f} s, write {written - simulated:.1f} s")
    print(f"peak memory {peak_gigabytes:.2f} GB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
