"""Draws the cost against the size of a practice: time and memory of load, numbers and page."""

import math
from collections.abc import Sequence
from html import escape

from bench_numbers import Sized

WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 240, 56, 44, 60
COLOURS = {"load": "#b4551f", "numbers": "#0f5f63", "page": "#5b4a9e"}
PANELS = (("seconds of processor", "cpu"), ("gigabytes at most", "gigabytes"))


def draw(sizes: Sequence[Sized]) -> str:
    """An SVG of two log-log panels."""
    width = 2 * (WIDTH + LEFT) + GAP + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + TOP + 64}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img" '
        'aria-label="Time and memory of loading, of all numbers and of the page against sessions">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for at, (title, what) in enumerate(PANELS):
        parts += _panel(sizes, title, what, LEFT + at * (WIDTH + LEFT + GAP))
    return "\n".join([*parts, "</svg>", ""])


def _panel(sizes: Sequence[Sized], title: str, what: str, left: int) -> list[str]:
    lines = {
        name: [
            (each.n_sessions, getattr(cost, what))
            for each in sizes
            if (cost := getattr(each, name)) is not None
        ]
        for name in COLOURS
    }
    points = [point for line in lines.values() for point in line]
    across = _decades([n for n, _ in points])
    up = _decades([value for _, value in points])
    parts = [f'<text x="{left}" y="24" font-weight="600">{escape(title)}</text>']
    for decade in range(across[0], across[1] + 1):
        x = left + _part(10**decade, across) * WIDTH
        parts.append(_grid(x, TOP, x, TOP + HEIGHT))
        parts.append(_label(x, TOP + HEIGHT + 18, f"{10**decade:,}", "middle"))
    for decade in range(up[0], up[1] + 1):
        y = TOP + (1 - _part(10**decade, up)) * HEIGHT
        parts.append(_grid(left, y, left + WIDTH, y))
        parts.append(_label(left - 8, y + 4, f"{10.0**decade:g}", "end"))
    parts.append(_label(left + WIDTH / 2, TOP + HEIGHT + 40, "sessions", "middle"))
    for row, (name, line) in enumerate(lines.items()):
        at = [
            (left + _part(n, across) * WIDTH, TOP + (1 - _part(value, up)) * HEIGHT)
            for n, value in line
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        colour = COLOURS[name]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in at]
        parts.append(
            f'<text x="{left + 10}" y="{TOP + 18 + 16 * row}" fill="{colour}">{name}</text>'
        )
    return parts


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _part(value: float, decades: tuple[int, int]) -> float:
    return (math.log10(value) - decades[0]) / (decades[1] - decades[0])


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#444444">{text}</text>'
