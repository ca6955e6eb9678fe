"""A measured probe and what it says about the claim."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.model import Measurement
from gradproof.numerics.compare import Answer, Comparison


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured probe and what it says about the claim."""

    measurement: Measurement
    comparison: Comparison

    @property
    def answer(self) -> Answer:
        """What the probe says."""
        return self.comparison.answer

    @property
    def discrepancy(self) -> float:
        """Claimed minus measured slope."""
        return self.measurement.claimed - self.measurement.estimate.value
