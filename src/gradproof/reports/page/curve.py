"""The measured slope against the step, and the errors of the difference quotients: why one small step is a bad idea."""

from __future__ import annotations

import math

from gradproof.model import Estimate, Measurement, Reason
from gradproof.reports.page.loglog import (
    BOTTOM,
    BY_HAND,
    HEIGHT,
    LARGEST,
    LEFT,
    RIGHT,
    SMALLEST,
    TOP,
    box,
    by_hand,
    decades,
    dot,
    legend,
    line_of,
    steps,
    within,
)  # fmt: skip
from gradproof.reports.page.svg import Axis, Picture, canvas, element, frame, line
from gradproof.reports.quantities import with_error

# A spread of the slopes below this share of them is shown as a difference from the measured value.
ALIKE = 1e-2

Level = tuple[float, float, float]


def curves(measurement: Measurement) -> tuple[Picture, ...]:
    """Return the pictures of one measurement: slopes against the step, errors against the step; none if it has none."""
    levels = [level for level in measurement.estimate.levels if _drawable(level)]
    finite = math.isfinite(measurement.claimed) and math.isfinite(measurement.estimate.value)
    if not levels or not finite or not within(measurement.claimed) or not within(measurement.estimate.value):
        return ()
    levels.sort()
    return (_slopes(measurement, levels), _errors(measurement, levels))


def _drawable(level: Level) -> bool:
    step, quotient, bound = level
    return SMALLEST < step < LARGEST and within(quotient) and within(bound)


def _slopes(measurement: Measurement, levels: list[Level]) -> Picture:
    estimate = measurement.estimate
    sides = _sides(estimate)
    seen = [quotient for _, quotient, _ in levels] + [measurement.claimed, estimate.value, *sides]
    base = _base(estimate, seen)
    across = steps(levels[0][0] / 3.0, levels[-1][0] * 3.0)
    upward = _range([value - base for value in seen], estimate)
    parts = [frame(across, upward, ("step", _slope_name(base)))]
    if estimate.finite:
        ends = sorted(upward.at(estimate.value - base - sign * estimate.error) for sign in (1.0, -1.0))
        band = {"x": LEFT, "y": ends[0], "width": RIGHT - LEFT, "height": max(ends[1] - ends[0], 1.0)}
        parts.append(element("rect", {"class": "band", **band}))
    middle = upward.at(estimate.value - base)
    parts.append(line((LEFT, middle), (RIGHT, middle), "measured"))
    claimed = upward.at(measurement.claimed - base)
    parts.append(line((LEFT, claimed), (RIGHT, claimed), "claimed"))
    parts += [line((LEFT, upward.at(s - base)), (RIGHT, upward.at(s - base)), "side") for s in sides]
    for step, quotient, bound in levels:
        x = across.at(step)
        parts.append(line((x, upward.at(quotient - bound - base)), (x, upward.at(quotient + bound - base)), "bar"))
        parts.append(dot(x, upward.at(quotient - base)))
    entries = ["dot difference quotient", "measured measured, with its bar", "claimed yours"]
    parts.append(legend([*entries, "side one-sided"] if sides else entries))
    words = (
        f"Slope against step. Yours {measurement.claimed:.6g}, measured {with_error(estimate.value, estimate.error)}."
    )
    return Picture(canvas(HEIGHT, words, *parts), "The measured slope against the step", _slope_caption(measurement))


def _sides(estimate: Estimate) -> list[float]:
    if estimate.reason is not Reason.KINK:
        return []
    return [side.value for side in (estimate.left, estimate.right) if side is not None and within(side.value)]


def _base(estimate: Estimate, seen: list[float]) -> float:
    spread = max(seen) - min(seen)
    return estimate.value if spread < ALIKE * abs(estimate.value) else 0.0


def _slope_name(base: float) -> str:
    return "slope" if base == 0.0 else f"slope {'−' if base > 0.0 else '+'} {abs(base):.9g}"


def _range(shown: list[float], estimate: Estimate) -> Axis:
    low, high = min(shown), max(shown)
    # All alike: the bar sets the range, so that rounding is not magnified to fill the picture.
    least = max(estimate.error if estimate.finite else 0.0, 1e-13 * abs(estimate.value)) or 1e-12
    least = min(max(least, SMALLEST), LARGEST)
    pad = max(0.12 * (high - low), 2.0 * least)
    return Axis(low - pad, high + pad, BOTTOM, TOP)


def _slope_caption(measurement: Measurement) -> str:
    estimate = measurement.estimate
    text = f"Yours {measurement.claimed:.9g}, measured {with_error(estimate.value, estimate.error)}"
    text += f" ({estimate.method}, {len(estimate.levels)} steps, {estimate.evaluations} evaluations)."
    sides = _sides(estimate)
    if len(sides) == 2:
        text += f" The slope jumps at the point: {sides[0]:.6g} on one side, {sides[1]:.6g} on the other."
    return text


def _errors(measurement: Measurement, levels: list[Level]) -> Picture:
    estimate = measurement.estimate
    noise = levels[0][2] * levels[0][0]
    own = [(step, abs(quotient - estimate.value)) for step, quotient, _ in levels]
    theirs = [(step, abs(quotient - measurement.claimed)) for step, quotient, _ in levels]
    exact = sum(error == 0.0 for _, error in own + theirs)
    across = steps(min(levels[0][0] / 3.0, BY_HAND / 10.0), max(levels[-1][0] * 3.0, 1.0))
    upward = decades([e for _, e in own + theirs], [noise / BY_HAND, noise / levels[-1][0], _bar(estimate)])
    parts = [frame(across, upward, ("step", "error of the quotient"))]
    parts.append(line_of(across, upward, [(h, noise / h) for h in (across.low, across.high)], "bound"))
    order = _truncation(estimate, levels)
    parts.append(line_of(across, upward, order, "order"))
    if noise > 0.0:
        parts += by_hand(across, upward, noise / BY_HAND)
    if _bar(estimate):
        y = upward.at(_bar(estimate))
        parts.append(line((LEFT, y), (RIGHT, y), "measured"))
    parts += [box(across.at(step), upward.at(error)) for step, error in theirs]
    parts += [dot(across.at(step), upward.at(error)) for step, error in own]
    entries = ["dot distance from measured", "box distance from yours", "bound rounding, noise"]
    entries += ["measured bar of the result"] if _bar(estimate) else []
    entries += ["ring step 1e-07 alone"] if noise > 0.0 else []
    parts.append(legend([*entries, "order curvature (step²)"] if order else entries))
    words = "Distance of each difference quotient from the measured slope and from yours, against the step, both log."
    return Picture(
        canvas(HEIGHT, words, *parts), "The error against the step", _error_caption(measurement, noise, exact)
    )


def _bar(estimate: Estimate) -> float:
    return estimate.error if estimate.finite and estimate.error > SMALLEST else 0.0


def _truncation(estimate: Estimate, levels: list[Level]) -> list[tuple[float, float]]:
    """Return the line of slope 2 through the coarsest quotient, where truncation and not rounding is what it shows."""
    step, quotient, bound = levels[-1]
    error = abs(quotient - estimate.value)
    if estimate.method != "central" or estimate.reason is not None or error <= 3.0 * max(bound, _bar(estimate)):
        return []
    return [(step, error), (step * 1e-6, error * 1e-12)]


def _error_caption(measurement: Measurement, noise: float, exact: int) -> str:
    estimate = measurement.estimate
    text = "Large steps err by the curvature, small ones by rounding or noise."
    if noise > 0.0:
        alone = noise / BY_HAND
        text += f" One difference with step 1e-07 would be uncertain by {alone:.0e} (ring)"
        text += f"; all steps together leave {estimate.error:.0e}" if estimate.finite else ""
        text += (
            f", {alone / estimate.error:.0f} times less." if _bar(estimate) and alone > 1.5 * estimate.error else "."
        )
    if exact:
        text += " Signs on the lower rim: no difference at all."
    if estimate.reason is Reason.KINK:
        return f"{text} At a kink the quotient is the mean of two slopes; a claim between them may be a subgradient."
    return f"{text} Squares that stay above the dots for every step are an error of the claim, not of the step."
