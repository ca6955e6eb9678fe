"""Discrepancies of the parts of one draw: they add up, and weighted by a digit they tell where an error stands.

All probes of an aim share their draw, so that the discrepancy of a set of entries is the sum of those of its subsets:
one half is measured, the other is the difference. The same probe weighted by a digit of the index is off by ``digit``
times as much for a single wrong entry: the ratio of the two discrepancies *is* the digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradproof.probe import Digit, Part, Probe
from gradproof.probing.gauge import Gauge
from gradproof.probing.precision import UNIT_ROUNDOFF

# The bar of a digit must be below this, and the digit that close to a whole number.
WHOLE = 0.15
# Bars are wanted this small, as a share of that: the bars of two measurements meet in a digit.
CLEARLY = 0.4
# The error, as a share of the whole discrepancy, to which parts of it are measured where they may be zero.
PRECISELY = 1e-5
# What is below this share of the whole discrepancy is not followed.
NEGLIGIBLE = 1e-6
# The sum of the roundings of a narrow claim, in unit roundoffs of its norm: three standard deviations are 1.7.
ROUNDED = 2.0
# A leaf of up to so many entries needs one digit; of more, several: finer ones want bars that cost more than a probe.
ONE_DIGIT, LARGEST_BASE = 1024, 128


@dataclass(frozen=True, slots=True)
class Amount:
    """A discrepancy and its error bar."""

    value: float
    error: float

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.value - other.value, self.error + other.error)

    @property
    def finite(self) -> bool:
        """Whether both are finite."""
        return math.isfinite(self.value) and math.isfinite(self.error)


@dataclass(frozen=True, slots=True)
class Sums:
    """The discrepancy of a set of entries, plain and weighted by each digit."""

    total: Amount
    digits: tuple[Amount, ...]

    def __sub__(self, other: Sums) -> Sums:
        """Return the sums of the entries that are in one set and not in the other, as far as both are known."""
        return Sums(self.total - other.total, tuple(a - b for a, b in zip(self.digits, other.digits, strict=False)))

    def and_digit(self, amount: Amount) -> Sums:
        """Return the sums with one more digit."""
        return Sums(self.total, (*self.digits, amount))


class Aim:
    """One draw on one part, and the discrepancies of what lies inside it.

    Parameters
    ----------
    gauge
        Measures.
    part
        The part that was judged wrong.
    expected
        The size of its discrepancy, as other draws have shown it.
    """

    def __init__(self, gauge: Gauge, part: Part, expected: float) -> None:
        self.gauge = gauge
        self.part = replace(part, ramp=None, draw="bounded")
        self.expected = expected
        self._key = gauge.fresh_key()
        leaf = gauge.subject.leaves[part.leaf]
        narrow = UNIT_ROUNDOFF.get(leaf.stored or leaf.claim_dtype)
        self._rounding = ROUNDED * narrow * gauge.subject.contribution(self.part) if narrow else 0.0

    def total(self, **changes: Any) -> Amount:
        """Measure the discrepancy of a subset: the part with some of its fields changed."""
        return self._amount(CLEARLY * WHOLE, changes)

    def sums(self, digits: Sequence[Digit], **changes: Any) -> Sums:
        """Measure the discrepancy of a subset, plain and weighted by digits."""
        base = max((digit.base for digit in digits), default=1)
        self._coming([{**changes, "ramp": digit} for digit in digits] + [changes])
        weighted = tuple(self.digit(digit, base, **changes) for digit in digits)
        return Sums(self._amount(CLEARLY * WHOLE / base, changes), weighted)

    def digit(self, digit: Digit, base: int, **changes: Any) -> Amount:
        """Measure the discrepancy of a subset weighted by a digit, so that digits of this base can be read."""
        return self._amount(CLEARLY * WHOLE / base, {**changes, "ramp": digit})

    def _coming(self, all_changes: list[dict[str, Any]]) -> None:
        probes = (Probe(self._key, (replace(self.part, **changes),)) for changes in all_changes)
        self.gauge.subject.expect(tuple(probes))

    def _amount(self, share: float, changes: dict[str, Any]) -> Amount:
        floor = PRECISELY * abs(self.expected)
        value, error = self.gauge.glance(replace(self.part, **changes), self._key, (share, floor))
        return Amount(value, error + self._rounding)

    def is_zero(self, sums: Sums) -> bool:
        """Whether nothing is wrong in a subset, as far as this draw can tell."""
        tau = NEGLIGIBLE * abs(self.expected)
        return all(abs(amount.value) <= tau + 2.0 * amount.error for amount in (sums.total, *sums.digits))


def digits_of(size: int) -> tuple[Digit, ...]:
    """Return the digits that tell the flat indices of a leaf apart, the lowest first."""
    count = 1 if size <= ONE_DIGIT else math.ceil(math.log(size) / math.log(LARGEST_BASE) - 1e-9)
    base = max(math.ceil(size ** (1.0 / count) - 1e-9), 2)
    return tuple(Digit(1, size, base**k, base) for k in range(count))


def axis_of(shape: tuple[int, ...], axis: int) -> Digit:
    """Return the index along an axis as a digit."""
    return Digit(math.prod(shape[axis + 1 :]), shape[axis], 1, shape[axis])


def flat_of(values: Sequence[int], digits: Sequence[Digit]) -> int:
    """Return the flat index with these digits."""
    return sum(value * digit.step for value, digit in zip(values, digits, strict=True))


def whole_digit(total: Amount, weighted: Amount, base: int) -> int | None:
    """Return the digit that all of a discrepancy has in common, or None if there is none or the bars are too wide."""
    if total.value == 0.0 or not (total.finite and weighted.finite):
        return None
    ratio = weighted.value / total.value
    doubt = base * (weighted.error + abs(ratio) * total.error) / abs(total.value)
    position = ratio * base - 1.0
    if not (doubt < WHOLE and -0.5 < position < base - 0.5):
        return None
    return round(position) if abs(position - round(position)) <= doubt + 1e-6 else None
