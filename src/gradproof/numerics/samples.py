"""The values of ``phi`` seen so far: each point is evaluated once, and evaluations are counted."""

from __future__ import annotations

import math
from collections.abc import Callable

# One value of a function costs at least half an ulp; four times that covers the last operations of a typical
# double-precision expression, each of which adds up to half an ulp of its own.
FLOOR_ULPS = 2.0


class Samples:
    """A memo of ``phi``, a function of one real number.

    Parameters
    ----------
    phi
        The function; may return NaN or infinities away from 0.
    epsilon
        Unit roundoff of what ``phi`` returns: 2**-53 for float64, 2**-24 for float32, 2**-11 for float16.
    center
        ``phi(0)`` where it is known already, else None: it is then evaluated.
    """

    __slots__ = ("_phi", "_values", "center", "epsilon", "evaluations")

    def __init__(self, phi: Callable[[float], float], epsilon: float = 2.0**-53, center: float | None = None) -> None:
        self._phi = phi
        self._values: dict[float, float] = {}
        self.epsilon = epsilon
        self.evaluations = 0
        self.center = self._evaluate(0.0) if center is None else center
        self._values[0.0] = self.center

    def at(self, t: float) -> float:
        """Return ``phi(t)``, evaluated at most once."""
        known = self._values.get(t)
        return self._evaluate(t) if known is None else known

    def peek(self, t: float) -> float | None:
        """Return ``phi(t)`` if it was evaluated already."""
        return self._values.get(t)

    def finite(self, t: float) -> bool:
        """Whether ``phi(t)`` is a finite number."""
        return math.isfinite(self.at(t))

    def floor(self, magnitude: float) -> float:
        """Return the least half-width of the rounding noise of a value of this magnitude."""
        return FLOOR_ULPS * 2.0 * self.epsilon * magnitude

    def _evaluate(self, t: float) -> float:
        self.evaluations += 1
        value = self._values[t] = self._phi(t)
        return value
