"""Jumps and chaos: one slope at small steps, another at large ones.

A solver stopped early or a table look-up has one slope between its jumps and another across them; an iteration that is
chaotic is smooth only on a scale far below that on which noise is measured.
"""

from __future__ import annotations

import math

from gradproof.numerics.samples import Samples

# A continuous deviation shrinks with the interval, a jump does not. Six halvings tell a factor 64 from a factor 1.
HALVINGS = 6
ROUNDS = 5
SHRUNK = 8.0
# Noise this many times that of rounding may be the function's own.
UNEXPLAINED = 1e3
# Steps so far apart are compared.
APART_STEPS = 0.5
# An even part that is the same at so many levels, to this share, stays what it is.
LEVELS, SETTLED = 3, 0.1
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
