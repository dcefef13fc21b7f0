"""Writes docs/methods.md: its text from methods.md.j2, its figures from docs/proof/ and the code.

`make prove` leaves figures in build/proof/; `take_up_proofs` copies them to docs/proof/, which is
under version control, so that the page can be written without proving everything again.
"""

import json
import math
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, StrictUndefined

from nmt_analytics.known_truth import CHECKED
from nmt_analytics.outcomes import (
    caution,
    control_chart,
    disclosure,
    drivers,
    group_tests,
    npmle,
    pain,
    per_client,
    reading,
    resampling,
    silence,
)
from nmt_analytics.outcomes.metrics import METRICS

DOCS = Path(__file__).resolve().parent
PROOFS = DOCS / "proof"
PROVED = DOCS.parent / "build" / "proof"
IN_FULL = (
    "aft_against_",
    "aft_recovery_",
    "between_check_ins_",
    "coverage_",
    "difference_coverage_",
    "driver_coverage_",
    "intervals_from_files_",
    "late_answers_",
    "method_check",
    "npmle_against_",
    "regression_to_the_mean",
    "score_test_",
    "silence_bounds",
)
"""How the names of proofs begin that the text shows; all others stand in the table at its end."""


def take_up_proofs() -> None:
    """Copy what the proofs left in build/proof/ into docs/proof/; others stay as they are."""
    for path in sorted(PROVED.glob("*.json")):
        shutil.copyfile(path, PROOFS / path.name)


def methods(generated: str) -> str:
    """The page as it should be; `generated` is the remark that says who wrote it."""
    proof = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(PROOFS.glob("*.json"))
    }
    page = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    ).from_string((DOCS / "methods.md.j2").read_text(encoding="utf-8"))
    text = page.render(
        generated=generated,
        c=_constants(),
        proof=proof,
        check=proof["method_check"],
        written={name: _percent_points if _is_share(name) else _days for name in CHECKED},
        shown=_shown(proof),
        by_number=lambda prefix, suffix="": _by_number(proof, prefix, suffix),
        named=lambda prefix: _named(proof, prefix),
        flat=lambda figures: list(_flat(figures)),
        further={name: figures for name, figures in proof.items() if not name.startswith(IN_FULL)},
        number=lambda value: f"{value:g}",
        days=_days,
        points=lambda value: f"{value:.2f}".replace("-", "−"),
        percent=lambda share, digits=0: f"{100 * share:.{digits}f} %",
        tiny=lambda value: f"{value:.1e}",
        interval=_interval,
    )
    return _without_stray_space(text)


def _without_stray_space(text: str) -> str:
    """Loops leave spaces at the end of lines, and more than one blank line."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +\n", "\n", text)).rstrip() + "\n"


def _constants() -> SimpleNamespace:
    """The numbers that the code works with, under the names that the text calls them by."""
    return SimpleNamespace(
        gap=npmle.GAP,
        max_groups=resampling.MAX_GROUPS,
        minimum=disclosure.MINIMUM_CLIENTS,
        full_clients=disclosure.FULL_CLIENTS,
        wide_points=disclosure.WIDE_POINTS,
        rounding=disclosure.ROUNDING,
        usual_share=reading.USUAL_SHARE,
        telling_share=reading.TELLING_SHARE,
        rare_share=reading.RARE_SHARE,
        apart_points=per_client.APART_POINTS,
        too_wide=caution.TOO_WIDE_POINTS,
        permute_below=group_tests.PERMUTE_BELOW,
        sandwich_from=drivers.SANDWICH_FROM_CLIENTS,
        network_sessions=drivers.NETWORK_SESSIONS,
        natural_limit=control_chart.NATURAL_LIMIT,
        run_length=control_chart.RUN_LENGTH,
        provisional_below=control_chart.PROVISIONAL_BELOW,
        response_percent=pain.RESPONSE_PERCENT,
        response_points=pain.RESPONSE_POINTS,
        lowest_baseline=pain.LOWEST_BASELINE,
        lowest_delta=f"{silence.LOWEST_DELTA:g}",
        highest_delta=f"{silence.HIGHEST_DELTA:g}",
        checked=CHECKED,
        checked_from_files=[name for name in CHECKED if name.startswith("relief")],
    )


def _is_share(name: str) -> bool:
    return METRICS[name].unit == "%"


def _percent_points(value: float) -> str:
    return f"{value:.0f} %"


def _days(value: float) -> str:
    return f"{value:.1f}"


def _interval(figures: Mapping[str, float | None], write: Callable[[float], str]) -> str:
    """`8.6 (7.9 to 10.8)`, or `14.5 (6.8 or longer)`."""
    estimate, lower, upper = (figures[name] for name in ("estimate", "lower", "upper"))
    if estimate is None or lower is None:
        return "not reached"
    if upper is None or math.isinf(upper):
        return f"{write(estimate)} ({write(lower)} or longer)"
    return f"{write(estimate)} ({write(lower)} to {write(upper)})"


def _shown(proof: Mapping[str, Any]) -> Callable[[str, str], str]:
    """Says where the figures of a proof stand, if they have been recorded."""

    def shown(prefix: str, what: str) -> str:
        if any(name.startswith(prefix) for name in proof):
            return f"{what}: see `{prefix}` under [every figure](#every-figure-recorded)."
        return f"{what}: no figure recorded yet."

    return shown


def _named(proof: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """(what follows the prefix, figures) of each proof whose name begins with it."""
    return [
        (name.removeprefix(prefix), figures)
        for name, figures in proof.items()
        if name.startswith(prefix)
    ]


def _by_number(proof: Mapping[str, Any], prefix: str, suffix: str) -> list[tuple[int, Any]]:
    """(number, figures) of the proofs called <prefix><number><suffix>, the smallest first."""
    pattern = re.compile(rf"{re.escape(prefix)}(\d+){re.escape(suffix)}")
    found = [(pattern.fullmatch(name), figures) for name, figures in proof.items()]
    return sorted(
        ((int(match[1]), figures) for match, figures in found if match), key=lambda each: each[0]
    )


def _flat(figures: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number of a proof with the names that lead to it."""
    if isinstance(figures, Mapping):
        for name, value in sorted(figures.items()):
            yield from _flat(value, f"{path}, {name}" if path else str(name))
    elif isinstance(figures, list):
        for at, value in enumerate(figures, start=1):
            yield from _flat(value, f"{path} {at}".strip())
    else:
        yield path, figures
