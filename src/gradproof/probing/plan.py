"""What to ask first: strata of entries whose contributions one probe can see together.

Within a stratum leaves are weighted so that each leaf's relative error is equally visible: a wrong bias never hides
behind a weight matrix. Leaves more than ``LEAF_RANGE`` apart, entries more than ``ENTRY_RANGE`` below the largest of
their leaf, claims of zero, entries at a bound and claims of different precision are strata of their own.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from gradproof.probe import Part, Probe
from gradproof.probing.precision import UNIT_ROUNDOFF, tolerance_of, zero_share
from gradproof.seam import Leaf, Subject
from gradproof.settings import Settings

# Weights further apart make the steps of the lighter leaf so long that error bars explode.
LEAF_RANGE = 1e4
# Bars of 1e-9 still see 1e-3 of an entry that contributes 1e-6 of the largest.
ENTRY_RANGE = 1e-6


# Errors below this share of the tolerance of a whole leaf are nothing to a leaf, wherever they stand in it.
LOW_SHARE = 1e-3


@dataclass(frozen=True)
class Stratum:
    """Parts that are probed together.

    Attributes
    ----------
    parts
        One per leaf, with weights.
    units
        What a relative error of each part is relative to, at weight 1: mostly its contribution.
    share
        tau / unit: how far right claims may be from the truth.
    probes
        Independent directions for the first pass.
    zero
        Whether the claims are "this derivative is zero"; the unit is then the contribution of the whole gradient.
    """

    parts: tuple[Part, ...]
    units: tuple[float, ...]
    share: float
    probes: int
    zero: bool = False

    @cached_property
    def unit(self) -> float:
        """The unit of the least visible part."""
        return min(part.weight * unit for part, unit in zip(self.parts, self.units, strict=True))

    @property
    def tolerance(self) -> float:
        """tau, absolute."""
        return self.share * self.unit

    def only(self, leaves: Container[int]) -> Stratum:
        """Return the stratum of some of the leaves in their own right: the least visible has weight 1."""
        pairs = [(p, u) for p, u in zip(self.parts, self.units, strict=True) if p.leaf in leaves]
        return Stratum(*_weighted(pairs, self.zero), self.share, self.probes, self.zero)


def first_pass(strata: Iterable[Stratum]) -> tuple[Probe, ...]:
    """Return the probes of the first pass, if all agrees: keys are given in order."""
    chosen = [stratum.parts for stratum in strata for _ in range(stratum.probes)]
    return tuple(Probe(key, parts) for key, parts in enumerate(chosen))


def plan(subject: Subject, settings: Settings) -> tuple[Stratum, ...]:
    """Return the strata of a subject, the most visible first."""
    total = math.hypot(*(leaf.norm for leaf in subject.leaves))
    strata: list[Stratum] = []
    precisions = dict.fromkeys(map(_precision, subject.leaves))
    # Along the first probe the noise that all share is measured: the rounding of narrow parameters is not theirs.
    for precision in sorted(precisions, key=lambda found: UNIT_ROUNDOFF.get(found[1], 0.0)):
        dtype, _, stored = precision
        rtol = settings.rtol or tolerance_of(dtype)
        cut = zero_share(stored) * total
        indexed = [(i, leaf) for i, leaf in enumerate(subject.leaves) if _precision(leaf) == precision]
        indexed = [(i, leaf) for i, leaf in indexed if leaf.size]
        for side in ("free", "edge") if subject.bounded else ("all",):
            whole = [(Part(i, side=side), leaf) for i, leaf in indexed]
            if side == "edge":
                whole = [(part, leaf) for part, leaf in whole if subject.count(part)]
            claims = [(part, subject.contribution(part)) for part, leaf in whole if leaf.norm > cut]
            strata += _tiers(claims, rtol, settings.probes)
            strata += _tiers(_low(subject, whole, cut), LOW_SHARE * rtol / ENTRY_RANGE, 1)
            strata += _zeros(subject, whole, (cut, total))
    return tuple(strata)


def _precision(leaf: Leaf) -> tuple[str, str, str]:
    """Return how well a claim is known, how the parameter stands, and how the claim does."""
    return leaf.claim_dtype, leaf.dtype, leaf.stored or leaf.claim_dtype


def _low(subject: Subject, whole: list[tuple[Part, Leaf]], cut: float) -> list[tuple[Part, float]]:
    """Return the parts of entries too small to be seen beside the largest of their leaf, but claimed not zero."""
    found = []
    for part, leaf in whole:
        high = ENTRY_RANGE * leaf.peak
        if not (leaf.norm > cut < high and leaf.least <= high):
            continue
        low = replace(part, low=cut, high=high)
        if subject.count(low):
            found.append((low, max(subject.contribution(low), ENTRY_RANGE * leaf.norm)))
    return found


def _tiers(sized: list[tuple[Part, float]], share: float, probes: int) -> list[Stratum]:
    """Group parts so that within a group units lie within ``LEAF_RANGE``; parts of unit 0 are left out."""
    tiers: list[list[tuple[Part, float]]] = []
    for part, unit in sorted(sized, key=lambda pair: -pair[1]):
        if not unit > 0.0:
            continue
        if not tiers or tiers[-1][0][1] > LEAF_RANGE * unit:
            tiers.append([])
        tiers[-1].append((part, unit))
    ordered = [sorted(tier, key=lambda pair: pair[0].leaf) for tier in tiers]
    return [Stratum(*_weighted(tier, equal=False), share, probes) for tier in ordered]


def _weighted(pairs: list[tuple[Part, float]], equal: object) -> tuple[tuple[Part, ...], tuple[float, ...]]:
    """Return parts weighted so that their units are equally visible, and the units."""
    least = min((unit for _, unit in pairs), default=0.0)
    parts = tuple(part.weighted(1.0 if equal else least / unit) for part, unit in pairs)
    return parts, tuple(unit for _, unit in pairs)


def _zeros(subject: Subject, whole: list[tuple[Part, Leaf]], sizes: tuple[float, float]) -> list[Stratum]:
    """Return the stratum of claims of zero: exact zeros, and what lies below the rounding of the whole gradient."""
    cut, total = sizes
    small = [(part, leaf) for part, leaf in whole if leaf.least <= cut]
    parts = [part if leaf.norm <= cut else replace(part, high=cut) for part, leaf in small]
    parts = [part for part in parts if subject.count(part)]
    share = cut / total if total > 0.0 else 0.0
    return [Stratum(tuple(parts), (total,) * len(parts), share, 1, zero=True)] if parts else []
