"""Why: hypotheses about a wrong leaf, tested on the readings it already has.

A hypothesis is a function of a ``Suspect`` that returns a finding or None. A new one is one function, one entry in
``HYPOTHESES``, one case in the gallery and one line of documentation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gradproof.model import Finding, Reason
from gradproof.probing.precision import rounding_share
from gradproof.probing.reading import Reading
from gradproof.seam import Leaf


@dataclass(frozen=True, slots=True)
class Suspect:
    """A leaf that was judged wrong: what is known of it.

    ``whole`` tells whether the readings cover all its entries; ``lengths`` are lengths of the
    problem's arguments with their names, by which a factor may be explained.
    """

    leaf: Leaf
    entries: int
    readings: tuple[Reading, ...]
    lengths: tuple[tuple[int, str], ...]

    @property
    def whole(self) -> bool:
        """Whether the readings cover the whole leaf."""
        return self.entries == self.leaf.size


Hypothesis = Callable[[Suspect], "Finding | None"]


def diagnose(suspect: Suspect) -> Finding | None:
    """Return the first hypothesis that fits all readings."""
    return next((found for hypothesis in HYPOTHESES if (found := hypothesis(suspect)) is not None), None)


def all_zero(suspect: Suspect) -> Finding | None:
    """The claim is exactly zero while the measured slope is not."""
    if any(reading.measurement.claimed != 0.0 for reading in suspect.readings):
        return None
    what = "yours is zero everywhere" if suspect.whole else f"yours is zero in {_entries(suspect)}"
    return Finding(suspect.leaf.name, "zero", f"{what}; the measured gradient is not", ratio=0.0)


def nothing_there(suspect: Suspect) -> Finding | None:
    """The measured slopes are zero along all directions, and the claim is not: a dead unit, a step function."""
    estimates = [reading.measurement.estimate for reading in suspect.readings]
    if len(estimates) < 2 or any(not e.finite or abs(e.value) > e.error for e in estimates):
        return None
    # The mean of two slopes is none: at kinks like those of |x| it is zero along any direction.
    if any(e.reason is Reason.KINK for e in estimates):
        return None
    where = (
        "the measured gradient is zero" if suspect.whole else f"the measured gradient is zero in {_entries(suspect)}"
    )
    return Finding(suspect.leaf.name, "formula", f"{where}; yours is not")


def constant_factor(suspect: Suspect) -> Finding | None:
    """The claim is one constant times the measured gradient along independent directions."""
    slack = rounding_share(suspect.leaf.claim_dtype) * suspect.leaf.norm
    ratios = [_ratio(reading, slack) for reading in suspect.readings]
    if len(ratios) < 2 or any(ratio is None for ratio in ratios):
        return None
    known = [ratio for ratio in ratios if ratio is not None]
    value, error = min(known, key=lambda ratio: ratio[1])
    if error > 1e-2 * min(abs(value), abs(value - 1.0)) or any(abs(r - value) > e + error for r, e in known):
        return None
    guess = name_factor(value, error, (*suspect.lengths, *_axes(suspect.leaf)))
    digits = min(max(-math.floor(math.log10(error)) - 1 if error > 0.0 else 9, 1), 9)
    scope = f"all {_entries(suspect)}" if suspect.entries > 1 else "its only entry"
    number = f"{value:.{min(digits, 6)}f}" if 1e-3 <= abs(value) < 1e6 else f"{value:.{min(digits, 6)}g}"
    text = f"yours is {number} x the measured gradient ({scope})"
    return Finding(suspect.leaf.name, "factor", text, ratio=value, ratio_error=error, guess=guess)


HYPOTHESES: tuple[Hypothesis, ...] = (all_zero, nothing_there, constant_factor)


def name_factor(value: float, error: float, lengths: tuple[tuple[int, str], ...]) -> str:
    """Return a common name of a factor, where one lies within its bar (and 1e-6 of it), else "".

    Parameters
    ----------
    value, error
        The factor and its bar.
    lengths
        Lengths that appear in the problem, with what they are the length of.
    """
    allowance = max(error, 1e-6 * abs(value))
    if abs(value + 1.0) <= allowance:
        return "the sign is wrong"
    for number, words in ((2.0, _double(lengths)), (0.5, _half(lengths))):
        if abs(abs(value) - number) <= allowance:
            return f"{'-' if value < 0.0 else ''}{words}"
    for length, owner in lengths:
        if length > 2 and abs(value - length) <= allowance:
            return f"{length} = {owner}: a missing 1/{length}?"
        if length > 2 and abs(value * length - 1.0) <= allowance * length:
            return f"1/{length}, {length} = {owner}: divided by it once too often?"
    for whole in range(3, 1001):
        if abs(abs(value) - whole) <= allowance:
            either = f"{whole}/m where 1/m belongs, or " if whole < 10 else ""
            return f"{math.copysign(whole, value):.0f}: {either}a sum for a mean?"
        if abs(abs(value) * whole - 1.0) <= allowance * whole:
            return f"{'-' if value < 0.0 else ''}1/{whole}: a mean for a sum?"
    return ""


def _double(lengths: tuple[tuple[int, str], ...]) -> str:
    """Return what a factor of two may be; a length of two is one of the readings."""
    owner = next((owner for length, owner in lengths if length == 2), "")
    return f"2: a lost 1/2, counted twice, or 2 = {owner}?" if owner else "2: a lost 1/2, or counted twice?"


def _half(lengths: tuple[tuple[int, str], ...]) -> str:
    owner = next((owner for length, owner in lengths if length == 2), "")
    return f"1/2: a lost factor 2, or divided by 2 = {owner}?" if owner else "1/2: a lost factor 2?"


def _ratio(reading: Reading, slack: float) -> tuple[float, float] | None:
    """Return claimed / measured with its bar, or None where the measured slope may be zero."""
    claimed, estimate = reading.measurement.claimed, reading.measurement.estimate
    if not estimate.finite or abs(estimate.value) <= 10.0 * estimate.error or estimate.reason is not None:
        return None
    value = claimed / estimate.value
    weight = reading.measurement.probe.parts[0].weight
    rounding = 1e-12 * abs(value) + weight * slack / abs(estimate.value)
    return value, abs(value) * estimate.error / abs(estimate.value) + rounding


def _axes(leaf: Leaf) -> tuple[tuple[int, str], ...]:
    return tuple((length, f"axis {axis} of it") for axis, length in enumerate(leaf.shape))


def _entries(suspect: Suspect) -> str:
    return f"{suspect.entries} entries" if suspect.entries != 1 else "1 entry"
