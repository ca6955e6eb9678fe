"""By how much a claim and its measurement differ, beyond what explains it."""

from __future__ import annotations

import math

from gradproof.model import Measurement, Reason


def disagreement(measurement: Measurement, rounding: float) -> float:
    """Return the relative difference of claimed and measured, 0 where the bar, rounding or a kink explains it."""
    estimate, claimed = measurement.estimate, measurement.claimed
    size = max(abs(claimed), abs(estimate.value))
    bar = (estimate.error if math.isfinite(estimate.error) else math.inf) + measurement.claimed_error
    if not size < math.inf or abs(claimed - estimate.value) <= bar + rounding * size:
        return 0.0
    if estimate.reason is Reason.KINK and estimate.left is not None and estimate.right is not None:
        low, high = sorted((estimate.left.value, estimate.right.value))
        if low - bar - rounding * size <= claimed <= high + bar + rounding * size:
            return 0.0
    return abs(claimed - estimate.value) / size
