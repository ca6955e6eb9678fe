"""A gradient beside the measured one: which entries disagree, how many, and the worst of each leaf."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.frameworks import host
from gradproof.adapters.tree import Tree, flatten
from gradproof.errors import InputError
from gradproof.exhaustive.record import Measured, MeasuredLeaf
from gradproof.probing.precision import tolerance_of, zero_share
from gradproof.reports.quantities import count, place, shortened, with_error

# Leaves that are told apart; more are counted.
LISTED = 12


@dataclass(frozen=True, slots=True)
class LeafComparison:
    """One leaf of a gradient beside the measured one.

    Attributes
    ----------
    wrong
        Truth values of the leaf's shape: the entries that disagree, by more than bar and tolerance together.
    compared
        How many entries could be compared: those that were measured, with a finite bar.
    worst
        The index of the entry that is off by most, counted in bars with tolerance; None if nothing was compared.
    yours, measured, error
        The claimed and the measured derivative there, with its bar.
    """

    wrong: Array
    compared: int
    worst: tuple[int, ...] | None = None
    yours: float = math.nan
    measured: float = math.nan
    error: float = math.nan

    @property
    def count(self) -> int:
        """How many entries disagree."""
        return int(np.count_nonzero(self.wrong))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A gradient beside the measured one, leaf by leaf."""

    leaves: Mapping[str, LeafComparison]

    @property
    def count(self) -> int:
        """How many entries disagree."""
        return sum(leaf.count for leaf in self.leaves.values())

    @property
    def compared(self) -> int:
        """How many entries could be compared."""
        return sum(leaf.compared for leaf in self.leaves.values())

    @property
    def agrees(self) -> bool:
        """Whether every entry could be compared, and none disagrees."""
        return self.count == 0 and self.compared == sum(leaf.wrong.size for leaf in self.leaves.values())

    def __str__(self) -> str:
        lines = [f"{self.count} of {count(self.compared, 'entry')} disagree"]
        left = sum(leaf.wrong.size for leaf in self.leaves.values()) - self.compared
        lines += [f"  {count(left, 'entry')} could not be compared: not measured, or nothing seen"] if left else []
        wrong = [(name, leaf) for name, leaf in self.leaves.items() if leaf.count]
        for name, leaf in wrong[:LISTED]:
            at = place(leaf.worst) if leaf.worst else ""
            values = f"yours {leaf.yours:.9g}, measured {with_error(leaf.measured, leaf.error)}"
            lines.append(f"  {shortened(name, 28)}  {leaf.count} of {leaf.wrong.size}; the worst is {at}: {values}")
        lines += [f"  and in {len(wrong) - LISTED} more leaves"] if len(wrong) > LISTED else []
        return "\n".join(lines)

    def __bool__(self) -> bool:
        raise TypeError("Ask for comparison.agrees, or how many entries disagree: comparison.count.")


def compared(measured: Measured, gradient: Any, rtol: float | None) -> Comparison:
    """Return what ``MeasuredGradient.compare`` says."""
    if rtol is not None and not (isinstance(rtol, int | float) and 0.0 <= rtol < 1.0):
        raise InputError("The tolerance cannot be used.", expected="a number between 0 and 1", got=repr(rtol))
    claims = claims_of(measured, gradient)
    tops = [np.max(np.abs(leaf.value), initial=0.0, where=np.isfinite(leaf.error)) for leaf in measured.leaves.values()]
    largest = float(max(tops, default=0.0))
    return Comparison({name: _leaf(measured.leaves[name], claim, (rtol, largest)) for name, claim in claims.items()})


def _leaf(leaf: MeasuredLeaf, claim: Array, allowed: tuple[float | None, float]) -> LeafComparison:
    rtol, largest = allowed
    dtype = getattr(claim, "label", "") or claim.dtype.name
    relative = tolerance_of(dtype) if rtol is None else rtol
    seen = np.isfinite(leaf.value) & np.isfinite(leaf.error)
    yours = np.asarray(claim, dtype=np.float64)
    with np.errstate(all="ignore"):
        tolerance = leaf.error + relative * np.abs(leaf.value) + zero_share(dtype) * largest
        off = np.abs(yours - leaf.value)
        # What is NaN here is a claim that is not finite: nothing is further off.
        bars = np.where(off == 0.0, 0.0, np.nan_to_num(off / tolerance, nan=np.inf, posinf=np.inf))
    wrong = seen & (bars > 1.0)
    if not seen.any():
        return LeafComparison(wrong, 0)
    worst = np.unravel_index(int(np.argmax(np.where(seen, bars, -1.0))), wrong.shape)
    at = tuple(int(i) for i in worst)
    values = (float(array[at]) for array in (yours, leaf.value, leaf.error))
    return LeafComparison(wrong, int(np.count_nonzero(seen)), at, *values)


def claims_of(measured: Measured, gradient: Any) -> dict[str, Array]:
    """Return the arrays of a gradient by the measured leaves, complex ones as pairs.

    Raises
    ------
    InputError
        If a leaf is missing, is no array of numbers, or has another shape.
    """
    tree = flatten(gradient)
    if isinstance(gradient, tuple) and len(gradient) == 2 and not set(tree.names) & set(measured.leaves):
        tree = flatten(gradient[1])
    return {name: _claim(name, leaf, tree, measured.convention) for name, leaf in measured.leaves.items()}


def _claim(name: str, leaf: MeasuredLeaf, tree: Tree, convention: str) -> Array:
    given = dict(zip(tree.names, tree.leaves, strict=True))
    # Of an array with several names, the claims under them are summed, unless they are one object.
    parts = {id(given[one]): given[one] for one in (name, *leaf.aliases) if one in given}
    if not parts:
        got = ", ".join(tree.names[:8]) or "an empty tree"
        raise InputError(f"There is no gradient for {name}.", expected=f"the leaf {name}", got=got)
    arrays = [_array(name, part, leaf, convention) for part in parts.values()]
    return arrays[0] if len(arrays) == 1 else np.asarray(sum(arrays[1:], arrays[0]))


def _array(name: str, given: Any, leaf: MeasuredLeaf, convention: str) -> Array:
    array = np.asanyarray(host(given)) if given is not None else np.asarray(None)
    if leaf.paired and array.dtype.kind == "c":
        parts = np.conj(array) if convention == "re-im" else array
        array = np.stack([parts.real, parts.imag], axis=-1)
    if array.dtype.kind not in "fiu":
        raise InputError("The gradient is no array of real numbers.", got=f"{type(given).__name__} of {array.dtype}",
                         where=name)  # fmt: skip
    if array.shape != leaf.value.shape:
        if array.size == leaf.value.size == 1:
            return array.reshape(leaf.value.shape)
        raise InputError("The gradient has another shape.", expected=str(leaf.value.shape), got=str(array.shape),
                         where=name)  # fmt: skip
    return array
