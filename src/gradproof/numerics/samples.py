"""The values of ``phi`` seen so far: each point is evaluated once, and evaluations are counted."""

from __future__ import annotations

import math
from collections.abc import Callable

# The last operation alone costs half an ulp; twice that covers the one before, and what costs more shows in a
# difference table.
FLOOR_ULPS = 1.0
SUBNORMAL = 2.0 * math.ulp(0.0)
# Steps so many times those that are lost in the rounding of coarse parameters move each of them by many of its ulps.
RESOLVED = 256.0


def typical_slack(step: float) -> float:  # noqa: ARG001 - the same for every step
    """Return an ulp of a scale: by so much a double-precision parameter is rounded when it is shifted."""
    return 2.0**-53


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
    rounding
        By how much the rounding of shifted parameters may change a value, at the center and per unit of t, and a
        step, in units of t, where they are coarser than double.

    Attributes
    ----------
    slack
        By how much, in units of t, rounding of the shifted parameter may change a step.
    """

    __slots__ = ("_phi", "_values", "center", "epsilon", "evaluations", "rounding", "slack")

    def __init__(
        self,
        phi: Callable[[float], float],
        epsilon: float = 2.0**-53,
        center: float | None = None,
        rounding: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        self._phi = phi
        self._values: dict[float, float] = {}
        self.epsilon = epsilon
        self.evaluations = 0
        self.slack: Callable[[float], float] = typical_slack
        self.rounding = rounding
        self.center = self._evaluate(0.0) if center is None else center
        self._values[0.0] = self.center

    @property
    def resolved(self) -> int | None:
        """The exponent of the least spacing that coarse parameters resolve; None for double precision."""
        lost = self.rounding[2]
        return math.ceil(math.log2(RESOLVED * lost)) if lost > 0.0 else None

    def at(self, t: float) -> float:
        """Return ``phi(t)``, evaluated at most once."""
        known = self._values.get(t)
        return self._evaluate(t) if known is None else known

    def peek(self, t: float) -> float | None:
        """Return ``phi(t)`` if it was evaluated already."""
        return self._values.get(t)

    def known(self) -> list[float]:
        """Return all values seen so far."""
        return list(self._values.values())

    def pairs(self) -> list[float]:
        """Return the steps at which both sides were seen and are finite, from coarse to fine."""
        values = self._values
        return sorted(
            (t for t in values if t > 0.0 and -t in values and math.isfinite(values[t] + values[-t])), reverse=True
        )

    def finite(self, t: float) -> bool:
        """Whether ``phi(t)`` is a finite number."""
        return math.isfinite(self.at(t))

    def floor(self, magnitude: float) -> float:
        """Return the least half-width of the rounding noise of a value of this magnitude."""
        # Beside zero rounding is not relative: values stand on the grid of subnormal numbers.
        return FLOOR_ULPS * 2.0 * self.epsilon * magnitude + SUBNORMAL

    def rounded(self, step: float) -> float:
        """Return the half-width of what rounding of the parameters adds to a value at this step."""
        at_center, per_unit, lost = self.rounding
        if lost == 0.0:
            return per_unit * step
        # Where a wrong claim does not tell, the values do, at steps that are not lost in rounding.
        chords = [abs(value - self.center) / abs(t) for t, value in self._values.items() if abs(t) > lost]
        steepest = max(filter(math.isfinite, chords), default=0.0)
        return max(math.hypot(at_center, per_unit * step), lost * steepest)

    def _evaluate(self, t: float) -> float:
        self.evaluations += 1
        value = self._values[t] = self._phi(t)
        return value
