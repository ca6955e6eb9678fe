"""The gradient function called on copies of the data, its answer matched to the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.adapters.claim import match
from gradproof.adapters.parameters import collect
from gradproof.adapters.tree import flatten
from gradproof.seam import Problem
from gradproof.settings import Settings

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a gradient function gave: an array by leaf, what is wrong with the others, and the value if it gave one."""

    arrays: Mapping[str, Array]
    faults: tuple[tuple[str, str], ...]
    value: float | None = None


def claims_of(problem: Problem, settings: Settings, leaves: Any = None) -> Claims:
    """Call the gradient function of a problem on NumPy arrays; what it raises passes through.

    Parameters
    ----------
    problem
        Translated: its parameters are NumPy's.
    settings
        Which leaves are looked at.
    leaves
        Of the point; None for the problem's own.
    """
    tree = flatten(problem.params)
    if leaves is not None:
        tree = flatten(tree.rebuild(leaves))
    parameters, skipped = collect(tree, settings)
    given = problem.gradient(tree.rebuild([copied(leaf) for leaf in tree.leaves]), *copied(problem.args))
    claim = match(given, tree, parameters, [name for name, _ in skipped])
    arrays = {
        parameter.name: np.array(array, dtype=np.float64 if array.dtype.itemsize > 4 else array.dtype)
        for parameter, array in zip(parameters, claim.arrays, strict=True) if array is not None
    }  # fmt: skip
    return Claims(arrays, tuple((fault.leaf, fault.text) for fault in claim.faults), claim.value)


def copied(value: Any) -> Any:
    """Return arrays, and plain containers of them, copied; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return value
