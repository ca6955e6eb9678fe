"""Difference quotients at a set of steps: central, forward and backward, from the same samples."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gradproof.numerics.ladder import Level
from gradproof.numerics.samples import Samples


@dataclass(frozen=True, slots=True)
class Side:
    """A family of quotients: which neighbours they use, and the order p in h**p of their expansion."""

    method: str
    power: int
    signs: tuple[int, ...]

    def level(self, samples: Samples, step: float, noise: float) -> Level:
        """Return the quotient at one step, with its noise bound.

        The noise of a value is at least the rounding floor of the largest value on the stencil.
        """
        if self.method == "central":
            ahead, behind = samples.at(step), samples.at(-step)
            width = 2.0 * step
        else:
            sign = self.signs[0]
            first, second = samples.at(sign * step), samples.center
            ahead, behind = (first, second) if sign > 0 else (second, first)
            width = step
        worst = max(noise, samples.floor(max(abs(ahead), abs(behind))))
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
