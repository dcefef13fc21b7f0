"""How long curves of relief with confidence take, beside R's survival and npsurv.

    python benchmarks/bench_r.py

Both packages fit the same nonparametric estimate, without an interval by client: such an interval
takes a bootstrap of clients, of which some refits are measured, without the start of R. Without R
or its packages there is no row.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from bench_survival import (
    DAYS,
    N_CONDITIONS,
    N_REFITS,
    SAME,
    Cells,
    narrow,
    simulate,
)
from measuring import Row, cpu_of, table

from nmt_analytics.outcomes.resampling import estimate_curve, leave_one_out
from nmt_analytics.outcomes.survival import fit_survival

PACKAGES = ("survival", "npsurv")
N_MEASURED = 5


def measure() -> list[Row]:
    """The rows of both packages at two sizes; none where they are not installed."""
    if not is_installed():
        return []
    rng = np.random.default_rng(1)
    return [row for n_sessions in (2_000, 200_000) for row in relief_by_condition(rng, n_sessions)]


def is_installed() -> bool:
    """Whether R and both packages are there."""
    rscript = shutil.which("Rscript")
    asked = "".join(f"library({package});" for package in PACKAGES)
    return (
        bool(rscript)
        and not subprocess.run(
            ["Rscript", "-e", asked], check=False, capture_output=True
        ).returncode
    )


def relief_by_condition(rng: np.random.Generator, n_sessions: int) -> list[Row]:
    """Curves of eight conditions with confidence, at the same answer as npsurv."""
    n_clients = n_sessions // N_CONDITIONS // 10
    groups = [narrow(simulate(rng, n_clients, 10)) for _ in range(N_CONDITIONS)]
    ours = cpu_of(lambda: [estimate_curve(*cells, DAYS) for cells in groups])
    refitted = [refits_of(cells) for cells in groups]
    apart = max(each for _, each in refitted)
    if apart > SAME:
        raise ArithmeticError(f"npsurv and we differ by {apart:.1g}")
    return [
        Row(
            f"relief by condition with confidence, {n_sessions:,} sessions",
            ours,
            f"R {package}, {N_REFITS:,} refits ({N_MEASURED} measured)",
            list(N_REFITS * sum(seconds[package] for seconds, _ in refitted)),
            1 / 50,
            note=f"same answer within {max(apart, 1e-16):.0e}" if package == "npsurv" else "",
        )
        for package in PACKAGES
    ]


def refits_of(cells: Cells) -> tuple[dict[str, np.ndarray], float]:
    """Seconds of each refit by package, and how far npsurv's curve is from ours."""
    _, lower, upper, weights = leave_one_out(*cells)
    fits = np.vstack([weights[0], np.rint(weights[1 : 1 + N_MEASURED])])
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "intervals.csv"
        rows = np.column_stack([lower, upper, fits.T])
        names = ["lower", "upper", *(f"n_{number}" for number in range(len(fits)))]
        text = "\n".join([",".join(names), *(",".join(map(_number, row)) for row in rows), ""])
        path.write_text(text, encoding="ascii")
        script = Path(__file__).with_name("refits.R")
        said = subprocess.run(
            ["Rscript", str(script), str(path)], check=True, capture_output=True, text=True
        )
    *timed, ends, remaining = said.stdout.splitlines()
    seconds = {line.split()[0]: np.array(line.split()[1:], dtype=float) for line in timed}
    curve = fit_survival(lower, upper, weights[0])
    pairs = zip(_numbers(ends), _numbers(remaining), strict=True)
    apart = [
        abs(float(curve.survival_at(end)[0]) - left) for end, left in pairs if np.isfinite(end)
    ]
    return seconds, max(apart)


def _number(value: float) -> str:
    return "Inf" if np.isinf(value) else f"{value:.17g}"


def _numbers(line: str) -> np.ndarray:
    return np.array(line.split(), dtype=float)


if __name__ == "__main__":
    print(table(measure()))
