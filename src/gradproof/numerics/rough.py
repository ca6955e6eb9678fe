"""Jumps and chaos: one slope at small steps, another at large ones.

A solver stopped early or a table look-up has one slope between its jumps and another across them; an iteration that is
chaotic is smooth only on a scale far below that on which noise is measured.
"""

from __future__ import annotations

import math
from itertools import pairwise

from gradproof.model import Estimate
from gradproof.numerics.samples import Samples

# A continuous deviation shrinks with the interval, a jump does not. Six halvings tell a factor 64 from a factor 1.
HALVINGS = 6
ROUNDS = 5
SHRUNK = 8.0
# Noise this many times that of rounding may be the function's own.
UNEXPLAINED = 1e3
# Steps below those of the difference table; how many times the distance of two quotients is their bar; and the share of
# the slope to which the bar must speak.
BELOW = (-36, -39, -42, -45)
APART = 3.0
NEARLY = 0.05
# A slope is blunt if its error is this share of it.
BLUNT = 0.1
# Steps so far apart are compared.
APART_STEPS = 0.5
# An even part that is the same at so many levels, to this share, stays what it is.
LEVELS, SETTLED = 3, 0.1
# Values no finer than this leave kinks between the steps that are used and those that show nothing. How short a step
# may be to tell two slopes apart: rounding changes its slope by this share of their distance; how near to
# one of them it must then be, in shares of it.
COARSE, TELLING, NEARER = 2.0**-40, 1.0 / 3.0, 0.4
# Noise above rounding may agree with anything once, but not at so many points, displaced by these shares of the step.
ASIDE = (0.0, 0.125, -0.125, 0.0625)
# Noise of this share of the largest value, and of this share of all that the values vary, leaves nothing to see.
CHAOTIC = 1e-2
DROWNED = 0.05
DISTINCT = 0.9


def jump_between(samples: Samples, slope: float, ends: tuple[float, float], noise: float) -> float:
    """Return the size of a jump of ``phi(t) - slope * t`` between two points of one sign, 0 without one.

    Bisection follows the half with the larger change; a change that stops shrinking with its interval is a jump.
    At most 30 evaluations.
    """
    low, high = ends
    at_low, at_high = samples.at(low) - slope * low, samples.at(high) - slope * high
    unseen = 4.0 * max(noise, samples.floor(max(abs(samples.at(low)), abs(samples.at(high)))))
    shrinking = 0
    for _ in range(ROUNDS):
        before = abs(at_high - at_low)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            at_middle = samples.at(middle) - slope * middle
            if abs(at_middle - at_low) >= abs(at_high - at_middle):
                high, at_high = middle, at_middle
            else:
                low, at_low = middle, at_middle
        after = abs(at_high - at_low)
        if not after > unseen:
            return 0.0
        shrinking = shrinking + 1 if after * SHRUNK < before else 0
        if shrinking == 2:
            return 0.0
    return abs(at_high - at_low)


def nothing_left(samples: Samples, noise: float) -> bool:
    """Whether noise far above rounding is all there is: of the values themselves not a digit or two stands.

    That is chaos beyond the precision of the arithmetic: whatever slope the mathematics has, no value shows it. What
    is left of a sum that cancels looks like it, but stands on a few multiples of one rounding error.
    """
    values = [value for value in samples.known() if math.isfinite(value)]
    if len(set(values)) < DISTINCT * len(values):
        return False
    largest, spread = max(map(abs, values)), max(values) - min(values)
    return noise > max(CHAOTIC * largest, DROWNED * spread, UNEXPLAINED * samples.floor(largest))


def jumps_at_center(samples: Samples) -> bool:
    """Whether the values on both sides of the point do not tend to the one at it. Costs no evaluation.

    The even part f(h) + f(-h) - 2 f(0) goes with h squared where the function is smooth, with h at a kink; at a jump
    it stays, and a slope through both sides would say nothing.
    """
    evens: list[tuple[float, float]] = []
    for step in samples.pairs():
        even = abs(samples.at(step) + samples.at(-step) - 2.0 * samples.center)
        if not evens or step <= APART_STEPS * evens[-1][0]:
            evens.append((step, even))
    # Not in units of the noise that was measured: a jump at the point is noise to a difference table.
    if len(evens) < LEVELS or not evens[-1][1] > UNEXPLAINED * samples.floor(abs(samples.center)):
        return False
    fine = evens[-1][1]
    return abs(evens[-2][1] - fine) <= SETTLED * fine and abs(evens[-3][1] - fine) <= 5.0 * SETTLED * fine


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
