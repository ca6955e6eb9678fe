"""Pictures with a logarithm of the step across: axes, power laws, signs and legends."""

from __future__ import annotations

import math

from gradproof.reports.page.svg import WIDTH, Axis, element, label, line

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 284.0, 62.0, 350.0, 80.0, 244.0
SMALLEST, LARGEST = 1e-290, 1e290
# The step of a check by hand: pictures of errors reach down to it.
BY_HAND = 1e-7


def steps(low: float, high: float) -> Axis:
    """Return the axis of steps."""
    return Axis(max(low, SMALLEST), high, LEFT, RIGHT, "log")


def decades(values: list[float], bounds: list[float]) -> Axis:
    """Return the axis upward, logarithmic, for what is shown."""
    positive = [value for value in [*values, *bounds] if SMALLEST < value < LARGEST] or [1e-16, 1.0]
    low, high = min(positive), max(positive)
    return Axis(low / 3.0, max(high * 3.0, low * 1e3), BOTTOM, TOP, "log")


def line_of(across: Axis, upward: Axis, points: list[tuple[float, float]], kind: str) -> str:
    """Return the straight line of a power law through its ends, of a class; nothing if it lies outside."""
    inside = _clipped(points, across, upward)
    if len(inside) < 2:
        return ""
    drawn = " ".join(f"{across.at(x):.1f},{upward.at(y):.1f}" for x, y in inside)
    return element("polyline", {"class": kind, "points": drawn})


def _clipped(points: list[tuple[float, float]], across: Axis, upward: Axis) -> list[tuple[float, float]]:
    """Return a power law cut at the rim of the picture."""
    if len(points) < 2 or min(y for _, y in (points[0], points[-1])) < SMALLEST:
        return []
    (x0, y0), (x1, y1) = ((math.log10(x), math.log10(y)) for x, y in (points[0], points[-1]))
    order = (y1 - y0) / (x1 - x0)
    ends = sorted(x0 + (math.log10(y) - y0) / order for y in (upward.low, upward.high))
    low, high = max(ends[0], math.log10(across.low)), min(ends[1], math.log10(across.high))
    return [(10.0**x, 10.0 ** (y0 + order * (x - x0))) for x in (low, high)] if low < high else []


def dot(x: float, y: float) -> str:
    """Return the sign of a distance from the measured slope."""
    return element("circle", {"class": "dot", "cx": x, "cy": y, "r": 4.0})


def box(x: float, y: float) -> str:
    """Return the sign of a distance from the claim."""
    return element("rect", {"class": "box", "x": x - 4.5, "y": y - 4.5, "width": 9.0, "height": 9.0})


def by_hand(across: Axis, upward: Axis, uncertain: float) -> list[str]:
    """Return the step of a check by hand as a vertical line, with a ring where rounding leaves its quotient."""
    x = across.at(BY_HAND)
    return [line((x, upward.start), (x, upward.stop), "side"), ring(x, upward.at(uncertain))]


def ring(x: float, y: float) -> str:
    """Return the sign of what one step alone would give."""
    return element("circle", {"class": "ring", "cx": x, "cy": y, "r": 5.5})


SIGNS = {"dot": dot, "box": box, "ring": ring}


def legend(entries: list[str]) -> str:
    """Return rows of two signs with their meaning; an entry is the class and the words."""
    parts = []
    for i, entry in enumerate(entries):
        kind, _, words = entry.partition(" ")
        x, y = 8.0 + (i % 2) * WIDTH / 2.0, 12.0 + 17.0 * (i // 2)
        sign = SIGNS[kind](x + 9.0, y - 4.0) if kind in SIGNS else line((x, y - 4.0), (x + 18.0, y - 4.0), kind)
        parts += [sign, label(x + 24.0, y, words)]
    return element("g", {"class": "legend"}, *parts)


def within(value: float) -> bool:
    """Whether a number can be drawn."""
    return math.isfinite(value) and abs(value) < LARGEST
