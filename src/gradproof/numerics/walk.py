"""A walk over steps: which levels were measured along one direction, and what they say together."""

from __future__ import annotations

import math

from gradproof.model import Estimate, Reason
from gradproof.numerics.domain import find_side
from gradproof.numerics.ladder import Extrapolated, Level, extrapolate
from gradproof.numerics.noise import measure_noise
from gradproof.numerics.samples import Samples
from gradproof.numerics.stencil import BACKWARD, CENTRAL, FORWARD, Side, steepness

# Steps longer than two scales are hardly a local statement; those longer than half a scale only where values are
# precise enough for an agreement of long steps to mean something.
LONGEST = 1
LONGEST_NOISY = -1
NOISY = 1e-8
# With a coarsest step below this the edge of the domain limits what can be seen.
CRAMPED = -10
# What values do at steps so many times longer than the finest that entered a slope says nothing of its size: there they
# may explode.
NEARBY = 2.0**3
_EVERYWHERE = (-math.inf, math.inf)


class Walk:
    """The levels measured so far along ``phi``; exponents e stand for steps 2**e.

    Parameters
    ----------
    samples
        The function and what is known of it.
    noise
        Half-width of the noise of one value; None measures it.
    reach
        The interval of t in which ``phi`` may be evaluated.
    """

    def __init__(self, samples: Samples, noise: float | None, reach: tuple[float, float] = _EVERYWHERE) -> None:
        self.samples = samples
        self.reach = reach
        self.exponents: list[int] = []
        # What the levels say, worked out once for each set of levels and noise.
        self._state: tuple[int, float] = (-1, math.nan)
        self._levels: list[Level] = []
        self._found = Extrapolated(math.nan, math.inf, 0, 0, verified=False)
        found = find_side(samples, reach)
        self.defined = found is not None
        self.side, self.coarsest = found if found is not None else (CENTRAL, 0)
        self.noise = measure_noise(samples, self.room) if noise is None else noise

    @property
    def room(self) -> tuple[float, float]:
        """Return where ``phi`` is known to be finite, as far as that matters to a difference table."""
        room = 2.0**self.coarsest if self.coarsest < -4 else math.inf
        return (
            max(self.reach[0], -room) if -1 in self.side.signs else 0.0,
            min(self.reach[1], room) if 1 in self.side.signs else 0.0,
        )

    def add(self, *exponents: int) -> None:
        """Measure levels at these exponents, as far as they are within reach."""
        for exponent in exponents:
            if exponent not in self.exponents and self._within(exponent):
                self.exponents.append(exponent)
        self.exponents.sort(reverse=True)

    def _within(self, exponent: int) -> bool:
        step = 2.0**exponent
        ahead, behind = step <= self.reach[1], -step >= self.reach[0]
        return all(ahead if sign > 0 else behind for sign in self.side.signs) and exponent <= self.longest

    @property
    def cramped(self) -> bool:
        """Whether an edge of the domain keeps the steps short."""
        return self.defined and self.coarsest < CRAMPED

    @property
    def longest(self) -> int:
        """The exponent of the longest step that may be used."""
        return LONGEST_NOISY if self.noise > NOISY * abs(self.samples.center) else LONGEST

    def levels(self, side: Side | None = None) -> list[Level]:
        """Return the finite levels, from coarse to fine."""
        if side is not None and side is not self.side:
            return side.levels(self.samples, [2.0**e for e in self.exponents], self.noise)
        state = (len(self.exponents), self.noise)
        if state != self._state:
            self._levels = self.side.levels(self.samples, [2.0**e for e in self.exponents], self.noise)
            self._found = self._extrapolate()
            self._state = state
        return self._levels

    def extrapolated(self) -> Extrapolated:
        """Return the best value that the levels give."""
        self.levels()
        return self._found

    def _extrapolate(self) -> Extrapolated:
        if not self._levels:
            return Extrapolated(math.nan, math.inf, 0, 0, verified=False)
        return extrapolate(self._levels, self.side.power)

    def one_sided(self) -> tuple[Extrapolated, Extrapolated] | None:
        """Return the slopes to the left and to the right, from the same samples; None for a one-sided walk."""
        if self.side is not CENTRAL:
            return None
        left, right = self.levels(BACKWARD), self.levels(FORWARD)
        if len(left) < 2 or len(right) < 2:
            return None
        return extrapolate(left, BACKWARD.power), extrapolate(right, FORWARD.power)

    def steepness(self) -> float:
        """Return the largest ``|phi(t) - phi(0)| / |t|`` seen."""
        return steepness(self.samples, [2.0**e for e in self.exponents])

    def estimate(self) -> Estimate:
        """Return what the levels say, as an estimate without a word on smoothness."""
        return self.as_estimate(self.extrapolated())

    def as_estimate(self, found: Extrapolated) -> Estimate:
        """Dress an extrapolated value as an estimate of this walk."""
        levels = self.levels()
        step = levels[min(found.last, len(levels) - 1)].step if levels else math.nan
        reason = None if math.isfinite(found.error) else (Reason.NOISE if self.defined else Reason.DOMAIN)
        return Estimate(
            value=found.value,
            error=found.error,
            noise=self.noise,
            step=step,
            scale=steepness(self.samples, (2.0**e for e in self.exponents if 2.0**e <= NEARBY * step)),
            evaluations=self.samples.evaluations,
            method=self.side.method if self.defined else "none",
            reason=reason,
            levels=tuple((step, quotient, noise) for step, quotient, noise in levels),
        )


def relative_noise(walk: Walk) -> float:
    """Return the noise over the change that a step of one scale would make, judged by the coarsest level."""
    steep = walk.steepness()
    return walk.noise / steep if steep > 0.0 and math.isfinite(steep) else walk.samples.epsilon
