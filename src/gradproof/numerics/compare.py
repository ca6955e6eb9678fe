"""The only place that subtracts a claim from a measurement, and says what the difference means."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from gradproof.model import Estimate, Reason


class Answer(enum.StrEnum):
    """What one probe says about the claim."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Demand:
    """What a probe must resolve.

    Attributes
    ----------
    tolerance
        tau: how far a right claim may be from the truth, in units of the slope.
    bar
        The largest ``tolerance + 2 * error`` with which agreement means anything.
    interval
        The widest gap between one-sided slopes within which agreement means anything: that of the bar for a
        direction that also moves smooth entries, infinite for a single entry, whose subgradients fill it.
    """

    tolerance: float
    bar: float
    interval: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer, with the distance of the claim from the measured value (0 inside a kink's interval)."""

    answer: Answer
    distance: float
    error: float
    reason: Reason | None = None

    @property
    def radius(self) -> float:
        """How far the truth may be from the claim: distance plus error bar."""
        return self.distance + self.error


def compare(claimed: float, estimate: Estimate, demand: Demand) -> Comparison:
    """Compare a claimed slope with an estimate.

    Wrong if the distance exceeds tolerance and bar together; consistent if it does not and the bar is small enough to
    mean something; otherwise unclear, with the reason.
    """
    if not estimate.finite:
        return Comparison(Answer.UNCLEAR, math.nan, math.inf, estimate.reason or Reason.NOISE)
    if estimate.left is not None and estimate.right is not None:
        return _at_kink(claimed, estimate, demand)
    if estimate.fine is not None:
        return _on_plateaus(claimed, estimate, demand)
    return _plain(claimed, estimate, demand)


def _plain(claimed: float, estimate: Estimate, demand: Demand) -> Comparison:
    distance = abs(claimed - estimate.value)
    if distance > demand.tolerance + estimate.error:
        return Comparison(Answer.DISAGREES, distance, estimate.error)
    if demand.tolerance + 2.0 * estimate.error <= demand.bar:
        return Comparison(Answer.AGREES, distance, estimate.error)
    reason = Reason.DOMAIN if estimate.method in ("forward", "backward") else Reason.NOISE
    return Comparison(Answer.UNCLEAR, distance, estimate.error, reason)


def _at_kink(claimed: float, estimate: Estimate, demand: Demand) -> Comparison:
    """Compare with the interval between the one-sided slopes: any subgradient along the line lies in it."""
    assert estimate.left is not None
    assert estimate.right is not None
    low, high = sorted((estimate.left.value, estimate.right.value))
    error = max(estimate.left.error, estimate.right.error)
    distance = max(low - claimed, claimed - high, 0.0)
    if distance > demand.tolerance + error:
        return Comparison(Answer.DISAGREES, distance, error, Reason.KINK)
    # Between the slopes anything would pass: that says nothing about the smooth rest of a direction.
    sharp = demand.tolerance + 2.0 * error <= max(demand.bar, demand.tolerance + 1e-2 * (high - low))
    answer = Answer.AGREES if sharp and high - low <= demand.interval else Answer.UNCLEAR
    # What lies between the slopes was not seen: it widens the bar, but for a single entry.
    return Comparison(answer, distance, error + (0.0 if math.isinf(demand.interval) else high - low), Reason.KINK)


def _on_plateaus(claimed: float, estimate: Estimate, demand: Demand) -> Comparison:
    """Compare with both slopes of a rough function: only if they say the same has anything been seen."""
    assert estimate.fine is not None
    coarse = _plain(claimed, Estimate(estimate.value, estimate.error), demand)
    fine = _plain(claimed, Estimate(estimate.fine.value, estimate.fine.error), demand)
    nearer = min(coarse, fine, key=lambda side: side.distance)
    if coarse.answer is fine.answer:
        return Comparison(coarse.answer, nearer.distance, max(coarse.error, fine.error), Reason.ROUGH)
    return Comparison(Answer.UNCLEAR, nearer.distance, nearer.error, Reason.ROUGH)


def contradicted(quick: Estimate, thorough: Estimate) -> bool:
    """Whether an estimate from few levels lies outside of what the full examination found."""
    return quick.finite and abs(quick.value - thorough.value) > quick.error + thorough.error
