"""Six evaluations: three levels, one of them coarse. Enough for most right gradients.

Agreement with a claim to many digits on three levels, one of them coarse, cannot be a coincidence, so a probe that
agrees may stop here. What disagrees is walked further (``scrutiny``).
"""

from __future__ import annotations

import math

from gradproof.numerics.walk import Walk, relative_noise


def start(walk: Walk) -> None:
    """Measure the first three levels, chosen by the noise.

    With relative noise r a second-order difference is best near r**(1/3): the finest of the three levels stands a
    little above, at r**0.3, the coarsest at r**(1/10) but never finer than 1/16.
    """
    if not walk.defined:
        return
    top = walk.coarsest
    walk.add(top)
    bits = math.log2(min(max(relative_noise(walk), 2.0**-53), 0.25))
    if top < -4:
        # Close to an edge of the domain everything happens within that distance.
        walk.add(top - 2, top - 4)
        return
    finest = max(round(0.3 * bits), -16)
    coarsest = min(max(round(bits / 10.0), -4), 0)
    middle = (finest + coarsest) // 2
    walk.add(coarsest, middle, finest)
    if len(walk.exponents) < 3:
        walk.add(coarsest - 2, coarsest - 4)
