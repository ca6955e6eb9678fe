"""What an exhaustive measurement found: for each leaf an array of derivatives and one of their errors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.model import Reason

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradproof.exhaustive.comparison import Comparison


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
class MeasuredGradient:
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

    def compare(self, gradient: Any, *, rtol: float | None = None) -> Comparison:
        """Say which entries of a gradient disagree with the measured ones; costs no evaluation.

        Parameters
        ----------
        gradient
            A tree like the parameters, of arrays of any float dtype; or a pair (value, tree).
        rtol
            The relative tolerance of an entry; None takes it from the dtype of the gradient, as ``check`` does.

        Raises
        ------
        InputError
            If a leaf is missing or has another shape, or if ``rtol`` is no number between 0 and 1.
        """
        from gradproof.exhaustive.comparison import compared

        return compared(self, gradient, rtol)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file of NumPy, ``.npz``, whole or not at all: ``value/W``, ``error/W``, ... and what is said.

        Raises
        ------
        InputError
            If the name does not end in .npz.
        """
        from gradproof.exhaustive.stored import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MeasuredGradient:
        """Read what ``save`` wrote; nothing is unpickled.

        Raises
        ------
        RecordError
            If the file is damaged, of a newer version, or something else.
        """
        from gradproof.exhaustive.stored import load

        return load(path)

    def plot(self, leaf: str | None = None, gradient: Any = None) -> Figure:
        """Return maps of a leaf as a figure of matplotlib: values, errors, and how far a gradient is off in bars.

        Parameters
        ----------
        leaf
            Its path; the largest if it is None.
        gradient
            As for ``compare``, or None.

        Raises
        ------
        InputError
            If there is no such leaf, or the gradient does not fit.
        ImportError
            If matplotlib is not installed (``pip install "gradproof[plots]"``).
        """
        from gradproof.exhaustive.maps import figure

        return figure(self, leaf, gradient)

    def __str__(self) -> str:
        from gradproof.exhaustive.told import told

        return told(self)

    def __repr__(self) -> str:
        return f"<MeasuredGradient: {self.measured} of {self.entries} entries, {self.evaluations} evaluations>"
