"""Difference quotients at a set of steps: central, forward and backward, from the same samples."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gradproof.numerics.ladder import Level
from gradproof.numerics.samples import Samples

# The most by which noise may grow from the center to a stencil.
MOST_GROWTH = 16.0


@dataclass(frozen=True, slots=True)
class Side:
    """A family of quotients: which neighbours they use, and the order p in h**p of their expansion."""

    method: str
    power: int
    signs: tuple[int, ...]

    def level(self, samples: Samples, step: float, noise: float) -> Level:
        """Return the quotient at one step, with its noise bound.

        Noise is mostly relative: it grows with the values on the stencil, and is at least their rounding floor.
        """
        if self.method == "central":
            ahead, behind = samples.at(step), samples.at(-step)
            width = 2.0 * step
        else:
            sign = self.signs[0]
            first, second = samples.at(sign * step), samples.center
            ahead, behind = (first, second) if sign > 0 else (second, first)
            width = step
        largest = max(abs(ahead), abs(behind))
        worst = max(noise * _growth(largest, abs(samples.center)), samples.floor(largest))
        # The shifted parameter is rounded, and the slope there may be twice the chord's.
        chord = max(abs(ahead - samples.center), abs(behind - samples.center)) / step
        worst = max(worst, 2.0 * samples.slack(step) * chord, samples.rounded(step))
        # Divided before subtracted where the difference itself would overflow.
        quotient = (ahead - behind) / width
        if math.isinf(quotient):
            quotient = ahead / width - behind / width
        return Level(step, quotient, 2.0 * worst / width)

    def levels(self, samples: Samples, steps: Iterable[float], noise: float) -> list[Level]:
        """Return the levels at these steps (coarse to fine), leaving out those that are not finite."""
        found = [self.level(samples, step, noise) for step in steps]
        return [level for level in found if math.isfinite(level.quotient) and math.isfinite(level.noise)]

    def defined(self, samples: Samples, step: float) -> bool:
        """Whether ``phi`` is finite at the neighbours that this side uses."""
        return all(samples.finite(sign * step) for sign in self.signs)


def _growth(largest: float, center: float) -> float:
    """Return by how much relative noise grows from the center to a stencil.

    Capped: beside a zero of ``phi`` the noise at the center is not relative to its value.
    """
    return min(max(largest / center, 1.0), MOST_GROWTH) if center > 0.0 else 1.0


CENTRAL = Side("central", 2, (1, -1))
FORWARD = Side("forward", 1, (1,))
BACKWARD = Side("backward", 1, (-1,))


def steepness(samples: Samples, steps: Iterable[float]) -> float:
    """Return the largest ``|phi(t) - phi(0)| / |t|`` over what was sampled at these steps, on either side."""
    slopes = [0.0]
    for step in steps:
        for t in (step, -step):
            known = samples.peek(t)
            if known is not None and math.isfinite(known):
                slopes.append(abs(known / step - samples.center / step))
    return max(slopes)
