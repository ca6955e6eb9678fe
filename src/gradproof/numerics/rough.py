"""Jumps: a solver stopped early or a table look-up has one slope between its jumps and another across them."""

from __future__ import annotations

from gradproof.numerics.samples import Samples

# A continuous deviation shrinks with the interval, a jump does not. Six halvings tell a factor 64 from a factor 1.
HALVINGS = 6
ROUNDS = 5
SHRUNK = 8.0


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
