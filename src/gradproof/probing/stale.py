"""Whether a claim is the gradient at the point before: one step of gradient descent behind.

Descent went from ``theta + s g`` to ``theta`` if ``g`` is the gradient there. The one unknown ``s`` is solved for along
one direction, by secants, and must then explain two others.
"""

from __future__ import annotations

import math
import statistics

from gradproof.model import Finding
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case
from gradproof.probing.reading import Reading

# First trial: a step that changes a typical entry by this share of its scale.
FIRST = 1e-2
ITERATIONS = 6
# How much of a discrepancy may be left along the direction that was solved, and along the others.
SOLVED, EXPLAINED = 1e-6, 1e-4
# Bars that a residual may be wide, and the share of the discrepancy above which that says nothing.
BARS, BLURRED = 10.0, 1e-3
# Longer steps than this many first ones would not be taken.
LONGEST = 1e4
SAMPLE = 15


def one_step_behind(gauge: Gauge, case: Case, readings: tuple[Reading, ...]) -> Finding | None:
    """Return the finding that a claim is one step behind, or None.

    Parameters
    ----------
    gauge, case
        Where the leaf was judged wrong.
    readings
        Its smooth readings along independent directions, at least two.
    """
    if len(readings) < 2 or any(_is_nothing(reading) for reading in readings):
        return None
    solved, *others = readings[:2]
    step = gauge.steps_behind if gauge.steps_behind is not None else _solved(gauge, case, solved)
    if step is None or not math.isfinite(step):
        return None
    others = [solved, *others] if gauge.steps_behind is not None else [*others, gauge.look(case.stratum)]
    for reading in others:
        left, error = _left(gauge, reading, step)
        # The step is as blurred as the direction it was solved along.
        goal = abs(reading.discrepancy)
        if not abs(left) <= max(EXPLAINED * goal, BARS * error) <= BLURRED * goal:
            return None
    gauge.steps_behind = step
    leaf = gauge.subject.leaves[case.leaf]
    text = f"yours is the gradient one step behind: at {leaf.name} + {step:.4g} * yours"
    return Finding(leaf.name, "stale", text, guess="computed before the update, or from values saved then?")


def _is_nothing(reading: Reading) -> bool:
    """Whether next to nothing is measured: near a minimum any claim is the gradient a step away."""
    return abs(reading.measurement.estimate.value) <= BLURRED * abs(reading.discrepancy)


def _solved(gauge: Gauge, case: Case, reading: Reading) -> float | None:
    """Return the step at which the slope along a direction is the claimed one."""
    first = _first_step(gauge, case)
    goal = abs(reading.discrepancy)
    old, r_old, new = 0.0, -reading.discrepancy, first
    for _ in range(ITERATIONS if first else 0):
        if not 0.0 < new < LONGEST * first:
            return None
        r_new, error = _left(gauge, reading, new)
        if abs(r_new) <= max(SOLVED * goal, error):
            return new
        # The first trial may be far too long; after it the secants must come closer.
        if not abs(r_new) < (4.0 * goal if old else math.inf) or r_new == r_old:
            return None
        old, new, r_old = new, new - r_new * (new - old) / (r_new - r_old), r_new
    return None


def _first_step(gauge: Gauge, case: Case) -> float:
    flats = gauge.subject.sample(case.stratum.parts[0], SAMPLE)
    pairs = [gauge.subject.entry(case.leaf, flat) for flat in flats]
    sizes = [abs(scale / yours) for yours, scale in pairs if yours != 0.0]
    return FIRST * statistics.median(sizes) if sizes else 0.0


def _left(gauge: Gauge, reading: Reading, step: float) -> tuple[float, float]:
    """Return measured slope at the other point minus claim, and its bar; infinite where nothing is known."""
    line = gauge.subject.along(reading.measurement.probe, behind=step)
    estimate = gauge.slope(line)
    return (estimate.value - reading.measurement.claimed, estimate.error) if estimate.finite else (math.inf, math.inf)
