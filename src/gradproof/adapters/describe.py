"""Arrays described to the core: leaves, and lengths by which a factor may be explained."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.leaf import LeafData
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.survey import Surveyed
from gradproof.seam import Leaf


@functools.cache
def _name_of(dtype: np.dtype[Any]) -> str:
    return dtype.name


def leaf_of(parameter: Parameter, known: Surveyed, claim: Array) -> Leaf:
    """Return the leaf that the core sees."""
    dtype, shape = _name_of(parameter.array.dtype), parameter.array.shape
    sizes = (known.norm, known.peak, known.least)
    return Leaf(
        parameter.name, shape, dtype, getattr(claim, "label", "") or _name_of(claim.dtype), *sizes, parameter.aliases
    )


def lengths_of(args: tuple[Any, ...]) -> tuple[tuple[int, str], ...]:
    """Return the lengths of the arguments' axes; if several arguments share one, these only: there the batch is."""
    axes = [(int(n), k, i) for i, arg in enumerate(args) for k, n in enumerate(getattr(arg, "shape", ())) if n > 2]
    owners: dict[int, set[int]] = {}
    for length, _, i in axes:
        owners.setdefault(length, set()).add(i)
    shared = {length for length, found in owners.items() if len(found) > 1} or set(owners)
    named = {length: f"axis {k} of args[{i}]" for length, k, i in reversed(axes) if length in shared}
    return tuple(reversed(named.items()))


def degenerate(leaves: Sequence[Leaf], data: Sequence[LeafData]) -> tuple[str, ...]:
    """Return the paths of leaves whose entries are all one number."""
    return tuple(leaf.name for leaf, known in zip(leaves, data, strict=True) if _is_constant(known.theta))


def _is_constant(theta: Array) -> bool:
    # Three entries tell nearly every other leaf apart, at no cost.
    if theta.size < 2 or theta[0] != theta[-1] or theta[0] != theta[theta.size // 2]:
        return False
    return bool(np.all(theta == theta[0]))
