"""The Taylor remainder against the step, with its order: of the steps that were paid for, or of a whole curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradproof.model import Curve, Measurement
from gradproof.reports.page.loglog import (
    BY_HAND,
    HEIGHT,
    SMALLEST,
    box,
    decades,
    dot,
    legend,
    line_of,
    steps,
    within,
)
from gradproof.reports.page.svg import Picture, canvas, frame, line

# What lies this far above the noise shows an order, and nothing else.
CLEAR = 10.0

Points = list[tuple[float, float]]


def remainder(measurement: Measurement) -> Picture:
    """Return the odd part of the remainder, ``|f(h) - f(-h)| / 2 - h g``, at the steps of a measurement."""
    levels = sorted(level for level in measurement.estimate.levels if all(map(within, level)) and level[0] > SMALLEST)
    noise = max((bound * step for step, _, bound in levels), default=0.0)
    found = [(step, step * abs(quotient - measurement.claimed)) for step, quotient, _ in levels]
    return _picture(found, noise, 3)


def sweep(measurement: Measurement, curve: Curve, value: float) -> tuple[Picture, ...]:
    """Return the pictures of a whole curve: the V of the difference quotients, and the Taylor remainder.

    ``value`` is the objective at the point.
    """
    noise = measurement.estimate.noise
    points = [(t, up, down) for t, up, down in curve.points if t > SMALLEST and within(up) and within(down)]
    found = [(t, abs(up - value - t * measurement.claimed)) for t, up, _ in points]
    return (_vee(measurement, points, value), _picture(found, noise, 2))


def _vee(measurement: Measurement, points: Sequence[tuple[float, float, float]], value: float) -> Picture:
    slope, noise = measurement.estimate.value, measurement.estimate.noise
    central = [(t, abs((up - down) / (2.0 * t) - slope)) for t, up, down in points]
    forward = [(t, abs((up - value) / t - slope)) for t, up, _ in points]
    across = steps(min((t for t, *_ in points), default=1e-14), max((t for t, *_ in points), default=1.0))
    upward = decades([e for _, e in central + forward], [noise / across.high])
    hand = across.at(BY_HAND)
    parts = [frame(across, upward, ("step", "error of the quotient"))]
    parts.append(line((hand, upward.start), (hand, upward.stop), "side"))
    parts.append(line_of(across, upward, [(h, noise / h) for h in (across.low, across.high) if noise > 0.0], "bound"))
    parts += [box(across.at(t), upward.at(error)) for t, error in forward]
    parts += [dot(across.at(t), upward.at(error)) for t, error in central]
    parts.append(
        legend(["dot two-sided quotient", "box one-sided quotient", "bound rounding, noise", "side step 1e-07"])
    )
    words = "Error of the difference quotient against the step, two-sided and one-sided, both axes logarithmic."
    return Picture(canvas(HEIGHT, words, *parts), "The whole curve", _vee_caption(central, slope))


def _vee_caption(central: Points, slope: float) -> str:
    if not central:
        return "No value could be computed."
    best, by_hand = min(central, key=lambda p: p[1]), min(central, key=lambda p: abs(math.log(p[0] / BY_HAND)))
    size = abs(slope) or 1.0
    text = f"{len(central)} steps. With step {by_hand[0]:.0e} the two-sided quotient is off by"
    text += f" {by_hand[1] / size:.0e} of the slope, with step {best[0]:.0e} by {best[1] / size:.0e}."
    return f"{text} To the left rounding grows as the step shrinks, to the right the curvature."


def _picture(found: Points, noise: float, right: int) -> Picture:
    """Return a remainder with the lines of what is right and what is wrong; ``right`` is the order of a right claim."""
    shown = [(t, r) for t, r in found if r > SMALLEST]
    across = steps(min((t for t, _ in found), default=1e-8) / 3.0, max((t for t, _ in found), default=1.0) * 3.0)
    upward = decades([r for _, r in shown], [noise] if noise > 0.0 else [])
    parts = [frame(across, upward, ("step", "remainder"))]
    if noise > SMALLEST:
        parts.append(line((across.start, upward.at(noise)), (across.stop, upward.at(noise)), "bound"))
    clear = [(t, r) for t, r in shown if r > CLEAR * noise]
    if clear:
        # Through the finest of them: the coarse ones bend away.
        t, r = clear[0]
        for order, kind in ((right, "measured"), (1, "claimed")):
            parts.append(line_of(across, upward, [(t, r), (t * 1e-6, r * 1e-6**order)], kind))
    parts += [dot(across.at(t), upward.at(r)) for t, r in shown]
    entries = [
        "dot remainder of yours",
        "bound rounding, noise",
        f"measured order {right}: right",
        "claimed order 1: wrong",
    ]
    parts.append(legend(entries if clear else entries[:2]))
    words = "Taylor remainder of the claimed gradient against the step, both axes logarithmic."
    return Picture(canvas(HEIGHT, words, *parts), "The Taylor remainder", _caption(clear, right))


def _caption(clear: Points, right: int) -> str:
    what = "f(θ + h v) − f(θ) − h g·v" if right == 2 else "(f(θ + h v) − f(θ − h v)) / 2 − h g·v"
    order = order_of(clear)
    told = "All of it is rounding." if not clear else "One step stands out of the rounding." if order is None else ""
    told = told or f"Observed order {order:.2f}."
    return f"{what}. {told} It falls as step{'²' if right == 2 else '³'} if your gradient is right, else as the step."


def order_of(clear: Points) -> float | None:
    """Return the order with which a remainder falls, from the two finest steps that rounding leaves clear."""
    if len(clear) < 2 or clear[0][0] >= clear[1][0]:
        return None
    (t0, r0), (t1, r1) = clear[0], clear[1]
    return math.log(r1 / r0) / math.log(t1 / t0)
