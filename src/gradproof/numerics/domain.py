"""How far, and on which sides, ``phi`` can be evaluated: an edge shortens the ladder or makes it one-sided."""

from __future__ import annotations

import math

from gradproof.numerics.samples import Samples
from gradproof.numerics.stencil import BACKWARD, CENTRAL, FORWARD, Side

# Exponents of the coarsest step, tried until phi is finite there. The last, 2**-45, is 128 ulps of the parameter:
# shorter steps would measure its rounding.
TRIALS = (-4, -7, -12, -17, -22, -27, -32, -37, -41, -45)


def find_side(samples: Samples, reach: tuple[float, float]) -> tuple[Side, int] | None:
    """Return the stencil to use and the exponent of its coarsest step; None where neither side is finite.

    Where both sides exist the stencil is central however near the edge is: a function mostly changes on the scale of
    its distance from the edge of its domain, so that long one-sided steps would not help.
    """
    forward = _first_finite(samples, 1, reach[1])
    backward = _first_finite(samples, -1, -reach[0])
    if forward is not None and backward is not None:
        return CENTRAL, min(forward, backward)
    if forward is not None:
        return FORWARD, forward
    return None if backward is None else (BACKWARD, backward)


def _first_finite(samples: Samples, sign: int, room: float) -> int | None:
    if not room > 0.0:
        return None
    if math.isinf(room):
        return next((exponent for exponent in TRIALS if samples.finite(sign * 2.0**exponent)), None)
    limit = math.floor(math.log2(room))
    exponents = [exponent for exponent in TRIALS if exponent <= limit]
    if exponents and exponents[0] < TRIALS[0] and TRIALS[-1] <= limit < TRIALS[0]:
        exponents.insert(0, limit)
    for exponent in exponents:
        if samples.finite(sign * 2.0**exponent):
            return exponent
    return None
