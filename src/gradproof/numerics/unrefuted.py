"""Slopes that no step in use has refuted: before a claim is called wrong, what lies below those steps is asked.

Chaos is smooth only on a scale far below that on which noise is measured, a sum of floors is constant between its
jumps, and where values are coarse, kinks hide between the steps that are used and those that show nothing.
"""

from __future__ import annotations

import math
from itertools import pairwise

from gradproof.model import Estimate
from gradproof.numerics.rough import UNEXPLAINED
from gradproof.numerics.samples import Samples
from gradproof.numerics.walk import Walk

# Steps below those of the difference table; how many times the distance of two quotients is their bar; and the share of
# the slope to which the bar must speak.
BELOW = (-36, -39, -42, -45)
APART = 3.0
NEARLY = 0.05
# A slope is blunt if its error is this share of it.
BLUNT = 0.1
# Values no finer than this leave kinks between the steps that are used and those that show nothing. How short a step
# may be to tell two slopes apart: rounding changes its slope by this share of their distance; how near to
# one of them it must then be, in shares of it.
COARSE, TELLING, NEARER = 2.0**-40, 1.0 / 3.0, 0.4
# Noise above rounding may agree with anything once, but not at so many points, displaced by these shares of the step.
ASIDE = (0.0, 0.125, -0.125, 0.0625)


def unrefuted(walk: Walk, claimed: float, estimate: Estimate) -> bool:
    """Whether a claim may be right on scales that no step in use reaches, though an estimate disagrees with it."""
    samples = walk.samples
    if claimed == 0.0:
        return constant_below(samples, (estimate.value, estimate.error), walk.noise)
    below = holds_below(samples, claimed, estimate.value, walk.noise)
    return below or holds_finer(samples, claimed, estimate) or kinks_between(samples, claimed, estimate)


def constant_below(samples: Samples, measured: tuple[float, float], noise: float) -> bool:
    """Whether the values are all one at steps far below those that were used, and the slope across jumps is blunt.

    A sum of floors is constant as written, and the slope zero right; steps across many jumps see another one, roughly.
    Rounding makes a function constant too, but so that the slope (value and error in ``measured``) is clear.
    """
    value, error = measured
    if not noise > UNEXPLAINED * samples.floor(abs(samples.center)) or error < BLUNT * abs(value):
        return False
    return all(samples.at(sign * 2.0**exponent) == samples.center for exponent in BELOW for sign in (1.0, -1.0))


def holds_below(samples: Samples, slope: float, measured: float, noise: float) -> bool:
    """Whether a slope, and not the measured one, is that of steps far below those that were used.

    Asked only where the noise is far above rounding; up to eight evaluations.
    """
    center = samples.center
    if not noise > UNEXPLAINED * samples.floor(abs(center)) or slope == 0.0:
        return False
    quotients = []
    for exponent in BELOW:
        step = 2.0**exponent
        ahead, behind = samples.at(step), samples.at(-step)
        rounding = samples.floor(max(abs(ahead), abs(behind), abs(center))) / step
        quotients.append(((ahead - behind) / (2.0 * step), rounding))
    for (coarse, _), (fine, rounding) in pairwise(quotients):
        # How far two quotients are apart bounds their bias, and their own noise.
        bar = APART * abs(coarse - fine) + rounding
        if bar <= NEARLY * abs(slope) and abs(fine - slope) <= bar < abs(fine - measured):
            return True
    return False


def holds_finer(samples: Samples, slope: float, estimate: Estimate) -> bool:
    """Whether a slope may be that of steps below those of an estimate, where only kinks could have hidden it.

    A kink at a distance shifts the slopes of all longer steps alike: they agree, and are not the slope at the point.
    In double precision there are shorter steps; where values are coarse, only the shortest at which rounding leaves
    the two slopes apart can be asked. If it is nearer to ``slope``, or if there is none below the estimate's, nothing
    was refuted. Up to eight evaluations.
    """
    gap = abs(slope - estimate.value)
    if estimate.method != "central" or not samples.epsilon > COARSE or not 0.0 < gap < math.inf:
        return False
    shortest = 2.0 ** math.ceil(math.log2(samples.floor(abs(samples.center)) / (TELLING * gap)))
    if 2.0 * shortest > estimate.step:
        return True
    # One that is refuted at once costs two evaluations.
    return all(
        abs((samples.at((aside + 1.0) * shortest) - samples.at((aside - 1.0) * shortest)) / (2.0 * shortest) - slope)
        <= NEARER * gap
        for aside in ASIDE
    )


def kinks_between(samples: Samples, slope: float, estimate: Estimate) -> bool:
    """Whether kinks closer than the finest steps in use may turn the slope that was measured into another.

    The one-sided slopes of a smooth function are apart by as much as the step is long; the line through two steps
    tends to nothing. What it tends to is the jump of slope inside of both, and the slope at the point may lie anywhere
    across. The finest two tell at which noise leaves it to be seen. Asked only where values are coarse: elsewhere there
    are finer steps. Costs no evaluation.
    """
    if estimate.method != "central" or not samples.epsilon > COARSE:
        return False
    gap = abs(slope - estimate.value)
    jumps = (_jump_within(samples, *pair, estimate.noise) for pair in reversed([*pairwise(samples.pairs())]))
    inside, doubt = next((pair for pair in jumps if pair[1] < gap), (0.0, 0.0))
    return inside > doubt and gap <= 0.5 * inside + doubt


def _jump_within(samples: Samples, coarse: float, fine: float, noise: float) -> tuple[float, float]:
    """Return the distance of one-sided slopes at two steps, extrapolated to none, and how far noise may change it."""

    def apart(step: float) -> float:
        return (samples.at(step) + samples.at(-step) - 2.0 * samples.center) / step

    ratio = coarse / fine
    at_zero = (ratio * apart(fine) - apart(coarse)) / (ratio - 1.0)
    return abs(at_zero), 4.0 * noise / fine * (ratio + 1.0 / ratio) / (ratio - 1.0)
