"""The most accurate value that the noise allows: levels are added, finer and coarser in turn, while they help."""

from __future__ import annotations

import math

from gradproof.numerics.walk import Walk

# A new level must shrink the bar by this factor to count as progress.
PROGRESS = 0.7
ROUNDS = 14
RATIO = 2  # exponents between neighbours: steps in the ratio 4


def refine(walk: Walk) -> None:
    """Add levels in the ratio of 4 until the bar stops shrinking."""
    if not walk.defined:
        return
    top = walk.coarsest
    walk.add(top, top - RATIO, top - 2 * RATIO)
    stuck: set[int] = set()
    direction = -1
    for _ in range(ROUNDS):
        before = walk.extrapolated()
        exponent = _next(walk, direction, before.error)
        known = len(walk.exponents)
        if exponent is not None:
            walk.add(exponent)
        after = walk.extrapolated().error
        if len(walk.exponents) == known or not after <= PROGRESS * before.error:
            stuck.add(direction)
        else:
            stuck.clear()
        if len(stuck) == 2:
            return
        direction = -direction


def _next(walk: Walk, direction: int, error: float) -> int | None:
    """Return the exponent to add, or None where that way leads nowhere."""
    if direction > 0:
        found = walk.extrapolated()
        # Longer steps help only where the longest one in use already lies in the asymptotic range.
        useful = found.first == 0 or not math.isfinite(error)
        exponent = walk.exponents[0] + RATIO
        return exponent if useful and exponent <= walk.longest else None
    levels = walk.levels()
    if levels and levels[-1].noise > error:
        return None
    # Nothing sensible yet: hurry.
    hurry = 2 if not error <= 0.1 * walk.steepness() else 1
    return walk.exponents[-1] - hurry * RATIO if walk.exponents else None
