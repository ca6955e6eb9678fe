"""A measured gradient and what can be done with it."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from gradproof.exhaustive.comparison import Comparison, compared
from gradproof.exhaustive.record import Measured
from gradproof.exhaustive.told import told

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True, slots=True)
class MeasuredGradient(Measured):
    """A gradient, measured entry by entry.

    Attributes
    ----------
    leaves
        By path, the arrays ``value`` and ``error``; ``measured["W"]`` is ``measured.leaves["W"]``.
    entries, measured
        The number of entries, and how many of them were measured.
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
    seconds
        How long it took.
    """

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

        record = load(path)
        return cls(**{field.name: getattr(record, field.name) for field in dataclasses.fields(record)})

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
        return told(self)

    def __repr__(self) -> str:
        return f"<MeasuredGradient: {self.measured} of {self.entries} entries, {self.evaluations} evaluations>"
