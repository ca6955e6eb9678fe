"""The slope, the errors of the quotients and the Taylor remainder against the step, drawn on axes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradproof.model import Curve, Measurement, Reason
from gradproof.reports.page.loglog import BY_HAND, SMALLEST, within
from gradproof.reports.page.remainder import CLEAR, order_of
from gradproof.reports.quantities import with_error

# Blue against orange, as on the page: told apart by the colour-blind too.
BLUE, ORANGE, GREY = "#005b8f", "#c85200", "#6b7480"

Level = tuple[float, float, float]
Drawing = Callable[[Any], None]


def drawings(measurement: Measurement, traced: Curve | None, value: float) -> list[Drawing]:
    """Return what can be drawn of a measurement, each a function of axes."""
    levels = sorted(level for level in measurement.estimate.levels if all(map(within, level)) and level[0] > SMALLEST)
    if not levels or not within(measurement.claimed) or not within(measurement.estimate.value):
        return []
    made = [functools.partial(_slope, measurement, levels), functools.partial(_error, measurement, levels)]
    if traced is None:
        odd = [(step, step * abs(quotient - measurement.claimed)) for step, quotient, _ in levels]
        noise = max(bound * step for step, _, bound in levels)
        return [*made, functools.partial(_remainder, odd, noise, 3)]
    points = [(t, up, down) for t, up, down in traced.points if within(up) and within(down)]
    full = [(t, abs(up - value - t * measurement.claimed)) for t, up, _ in points]
    made.append(functools.partial(_whole, measurement, points, value))
    return [*made, functools.partial(_remainder, full, measurement.estimate.noise, 2)]


def _slope(measurement: Measurement, levels: list[Level], axes: Any) -> None:
    estimate = measurement.estimate
    steps, quotients = [level[0] for level in levels], [level[1] for level in levels]
    axes.errorbar(steps, quotients, yerr=[level[2] for level in levels], fmt="o", color=BLUE, label="quotient")
    axes.axhline(estimate.value, color=BLUE, label=f"measured {with_error(estimate.value, estimate.error)}")
    if estimate.finite:
        axes.axhspan(estimate.value - estimate.error, estimate.value + estimate.error, color=BLUE, alpha=0.2)
    axes.axhline(measurement.claimed, color=ORANGE, linestyle="--", label=f"yours {measurement.claimed:.9g}")
    if estimate.reason is Reason.KINK:
        for side in (estimate.left, estimate.right):
            if side is not None and within(side.value):
                axes.axhline(side.value, color=GREY, linestyle=":", label=f"one-sided {side.value:.6g}")
    _finish(axes, ("Slope against the step", "slope"), "linear")


def _error(measurement: Measurement, levels: list[Level], axes: Any) -> None:
    value, claimed = measurement.estimate.value, measurement.claimed
    noise = levels[0][2] * levels[0][0]
    steps = [level[0] for level in levels]
    low, high = min(steps[0] / 3.0, BY_HAND / 10.0), max(steps[-1] * 3.0, 1.0)
    axes.plot(steps, [abs(level[1] - value) for level in levels], "o", color=BLUE, label="distance from measured")
    axes.plot(steps, [abs(level[1] - claimed) for level in levels], "s", color=ORANGE, fillstyle="none",
              label="distance from yours")  # fmt: skip
    if noise > 0.0:
        axes.plot([low, high], [noise / low, noise / high], "--", color=GREY, label="rounding, noise")
        axes.plot(
            [BY_HAND], [noise / BY_HAND], "o", color=ORANGE, fillstyle="none", markersize=9, label="step 1e-07 alone"
        )
        axes.axvline(BY_HAND, color=GREY, linestyle=":")
    if measurement.estimate.finite and measurement.estimate.error > 0.0:
        axes.axhline(measurement.estimate.error, color=BLUE, label="bar of the result")
    _finish(axes, ("Error against the step", "error of the quotient"), "log")


def _whole(measurement: Measurement, points: list[Level], value: float, axes: Any) -> None:
    slope, noise = measurement.estimate.value, measurement.estimate.noise
    steps = [t for t, *_ in points]
    central = [abs((up - down) / (2.0 * t) - slope) for t, up, down in points]
    forward = [abs((up - value) / t - slope) for t, up, _ in points]
    axes.plot(steps, central, "o", color=BLUE, label="two-sided quotient")
    axes.plot(steps, forward, "s", color=ORANGE, fillstyle="none", label="one-sided quotient")
    if noise > 0.0 and steps:
        axes.plot(
            [steps[0], steps[-1]], [noise / steps[0], noise / steps[-1]], "--", color=GREY, label="rounding, noise"
        )
    axes.axvline(BY_HAND, color=GREY, linestyle=":", label="step 1e-07")
    _finish(axes, ("The whole curve", "error of the quotient"), "log")


def _remainder(found: list[tuple[float, float]], noise: float, right: int, axes: Any) -> None:
    shown = [(t, r) for t, r in found if r > SMALLEST]
    clear = [(t, r) for t, r in shown if r > CLEAR * noise]
    order = order_of(clear)
    label = "remainder of yours" if order is None else f"remainder of yours, order {order:.2f}"
    axes.plot([t for t, _ in shown], [r for _, r in shown], "o", color=BLUE, label=label)
    if noise > 0.0:
        axes.axhline(noise, color=GREY, linestyle="--", label="rounding, noise")
    if clear:
        # Through the finest that rounding leaves clear: the coarse ones bend away.
        (t, r), last = clear[0], max(t for t, _ in found)
        for power, colour, style, words in ((right, BLUE, "-", "right"), (1, ORANGE, "--", "wrong")):
            stop = min(last, t * (10.0 * max(r for _, r in shown) / r) ** (1.0 / power))
            axes.plot([t, stop], [r, r * (stop / t) ** power], style, color=colour, label=f"order {power}: {words}")
    _finish(axes, ("Taylor remainder against the step", "remainder"), "log")


def _finish(axes: Any, names: tuple[str, str], scale: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale(scale)
    axes.set_title(names[0], fontsize="medium")
    axes.set_xlabel("step")
    axes.set_ylabel(names[1])
    axes.grid(visible=True, alpha=0.35)
    axes.legend(fontsize="x-small")
