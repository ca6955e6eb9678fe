"""Where the measured entries are written: value and error of each, NaN until it is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.single import Single
from gradproof.exhaustive.strata import Stratum
from gradproof.exhaustive.tray import Tray
from gradproof.model import Reason


@dataclass
class Sheet:
    """Values and errors by block, per unit of the parameter, and the entries of which there is more to say."""

    values: list[Array] = field(default_factory=list)
    errors: list[Array] = field(default_factory=list)
    reasons: list[dict[int, Reason]] = field(default_factory=list)
    count: int = 0  # how many were measured

    @classmethod
    def of(cls, tray: Tray) -> Sheet:
        """Return an empty sheet."""
        sizes = [block.theta.size for block in tray.blocks]
        return cls([np.full(n, np.nan) for n in sizes], [np.full(n, np.nan) for n in sizes], [{} for _ in sizes])

    def put(self, stratum: Stratum, value: Array, error: Array) -> None:
        """Write what a rule says of entries, given per unit of their lengths."""
        self.count += int(np.count_nonzero(np.isnan(self.errors[stratum.block][stratum.places])))
        self.values[stratum.block][stratum.places] = value / stratum.lengths
        self.errors[stratum.block][stratum.places] = error / stratum.lengths

    def put_single(self, single: Single) -> None:
        """Write what the whole ladder says of an entry."""
        entry, estimate = single.entry, single.estimate
        error = estimate.error if math.isfinite(estimate.value) else math.inf
        self.count += math.isnan(self.errors[entry.block][entry.place])
        self.values[entry.block][entry.place] = estimate.value / entry.length
        self.errors[entry.block][entry.place] = error / entry.length
        if estimate.reason is not None or not estimate.finite:
            self.reasons[entry.block][entry.place] = estimate.reason or Reason.NOISE
