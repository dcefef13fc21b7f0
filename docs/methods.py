"""Writes docs/methods.md: text from methods.md.j2, figures from docs/proof/ and the code."""

import math
import re
from collections.abc import Callable, Mapping
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
    pain,
    per_client,
    reading,
    resampling,
    returning,
    silence,
)
from nmt_analytics.outcomes.likelihood import npmle
from nmt_analytics.outcomes.metrics import LATE_HOURS, METRICS

DOCS = Path(__file__).resolve().parent


def methods(generated: str, proofs: Mapping[str, Any]) -> str:
    """The page as it should be; `generated` is the remark that says who wrote it."""
    proof = {name: found["figures"] for name, found in proofs.items()}
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
        by_number=lambda prefix, suffix="": _by_number(proof, prefix, suffix),
        named=lambda prefix: _named(proof, prefix),
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
        late_hours=LATE_HOURS,
        telling_share=reading.TELLING_SHARE,
        rare_share=reading.RARE_SHARE,
        apart_points=per_client.APART_POINTS,
        returns_apart=returning.APART_POINTS,
        returns_asked=returning.ASKED_PERCENT,
        too_wide=caution.TOO_WIDE_POINTS,
        much=caution.MUCH_POINTS,
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
