"""What an exhaustive measurement found, as data: for each leaf an array of derivatives and one of their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.model import Reason


@dataclass(frozen=True, slots=True)
class MeasuredLeaf:
    """The measured derivatives of one leaf.

    Attributes
    ----------
    value, error
        Arrays of the leaf's shape, double precision: the derivative by each entry lies in ``value +- error``. Both are
        NaN where nothing was measured, the error is infinite where nothing could be seen. Complex leaves are pairs
        (real, imaginary) along a last axis of 2.
    reasons
        For entries that are not smooth, or that noise or a domain hides, the reason by index. At a kink the bar holds
        both one-sided slopes, at a rough place both plateaus.
    aliases
        Other paths of the same array.
    paired
        Whether it stands for complex numbers.
    """

    value: Array
    error: Array
    reasons: Mapping[tuple[int, ...], Reason] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    paired: bool = False

    @property
    def measured(self) -> int:
        """How many entries were measured."""
        return int(self.value.size - np.count_nonzero(np.isnan(self.error)))


@dataclass(frozen=True, slots=True)
class Measured:
    """A gradient, measured entry by entry.

    Attributes
    ----------
    leaves
        By path, the arrays ``value`` and ``error``.
    evaluations
        Every call of the objective.
    bars
        "pooled" or "own".
    objective
        The value at the point.
    point
        A fingerprint of the parameters.
    skipped
        ``(path, why)`` of the leaves that were left out.
    notes
        What is to be said: a budget that was spent, random generators put back, ...
    convention
        What the gradient of a complex parameter means, as in ``Problem``.
    seconds
        How long it took.
    """

    leaves: Mapping[str, MeasuredLeaf]
    evaluations: int
    bars: str
    objective: float
    point: str = ""
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    convention: str = "re+im"
    seconds: float = 0.0

    def __getitem__(self, leaf: str) -> MeasuredLeaf:
        """Return the arrays of a leaf."""
        return self.leaves[leaf]

    @property
    def entries(self) -> int:
        """The number of entries."""
        return sum(leaf.value.size for leaf in self.leaves.values())

    @property
    def measured(self) -> int:
        """How many of them were measured."""
        return sum(leaf.measured for leaf in self.leaves.values())
