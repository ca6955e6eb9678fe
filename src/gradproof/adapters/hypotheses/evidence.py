"""What a hypothesis may look at, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.guess import Guess


@dataclass(frozen=True, slots=True)
class Other:
    """Another leaf of the same problem: its path, point and claim, in double precision and in its own shape."""

    name: str
    theta: Array
    claim: Array


@dataclass(frozen=True, slots=True)
class Evidence:
    """A wrong leaf and its surroundings, in double precision.

    ``named`` are further arrays that the user gave: arguments of the objective and the problem's context. A ``paired``
    leaf holds complex numbers as pairs (real, imaginary) along its last axis.
    """

    name: str
    theta: Array
    claim: Array
    others: tuple[Other, ...]
    named: tuple[tuple[str, Array], ...]
    paired: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the leaf."""
        return self.claim.shape

    def fitting(self) -> Iterator[tuple[str, Array]]:
        """Yield the named arrays that broadcast to the leaf, broadcast."""
        for name, array in self.named:
            try:
                full = np.broadcast_to(array, self.shape)
            except ValueError:
                continue
            yield name, full


# A guess with the two arrays of its family: the true gradient is ``base + c * term``. None stands for a base of zero.
Family = tuple[Guess, Array | None, Array]
Hypothesis = Callable[[Evidence], Iterator[Family]]


def instead(kind: str, words: str, term: Array) -> Family:
    """Return the family "the true gradient is a multiple of this array": yours is ``words``."""
    return Guess(kind, words, "instead"), None, term


def besides(evidence: Evidence, kind: str, words: str, term: Array) -> Family:
    """Return the family "the true gradient is yours and a multiple of this array": yours lacks c times ``words``."""
    return Guess(kind, words, "besides"), evidence.claim, term


def lost_path(evidence: Evidence, kind: str, words: str, term: Array) -> Family:
    """Return the hypothesis "the true gradient is yours less this array": yours has ``words`` too much."""
    return Guess(kind, words, "besides", -1.0), evidence.claim, term


def is_(kind: str, words: str, term: Array) -> Family:
    """Return the family "the true gradient is a multiple of this array, whatever yours is"."""
    return Guess(kind, words, "is"), None, term
