"""The gradient function called on copies of the data, its answer matched to the parameters."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.adapters.claim import match
from gradproof.adapters.objective import as_float
from gradproof.adapters.parameters import collect
from gradproof.adapters.tree import flatten
from gradproof.seam import Problem
from gradproof.settings import Settings

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a gradient function gave: an array by leaf, what is wrong with the others, and the value if it gave one.

    ``objective`` is that of the edited code, where it was asked for.
    """

    arrays: Mapping[str, Array]
    faults: tuple[tuple[str, str], ...]
    value: float | None = None
    objective: float | None = None


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
    with uncompiled():
        given = problem.gradient(tree.rebuild([copied(leaf) for leaf in tree.leaves]), *copied(problem.args))
    claim = match(given, tree, parameters, [name for name, _ in skipped])
    arrays = {
        parameter.name: np.array(array, dtype=np.float64 if array.dtype.itemsize > 4 else array.dtype)
        for parameter, array in zip(parameters, claim.arrays, strict=True) if array is not None
    }  # fmt: skip
    return Claims(arrays, tuple((fault.leaf, fault.text) for fault in claim.faults), claim.value)


def objective_of(problem: Problem, leaves: Any = None) -> float:
    """Evaluate the objective of a problem in this process, at its own point or at other leaves."""
    tree = flatten(problem.params)
    held = tree.leaves if leaves is None else leaves
    return as_float(problem.loss(tree.rebuild([copied(leaf) for leaf in held]), *copied(problem.args)))


def uncompiled() -> AbstractContextManager[Any]:
    """Let JAX, where it is there, run functions as they are written: a compiled one would not see that it changed."""
    jax = sys.modules.get("jax")
    return nullcontext() if jax is None or not hasattr(jax, "disable_jit") else jax.disable_jit()


def copied(value: Any) -> Any:
    """Return arrays, and plain containers of them, copied; anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return value
