"""Objectives that compute with JAX on parameters of NumPy: in double precision, like the parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from gradproof.adapters.jaxarrays import double_precision, doubled, host, is_narrow
from gradproof.adapters.native import native
from gradproof.adapters.tree import flatten
from gradproof.seam import Problem

# A value in double precision must be the same again, to the precision of the original.
SAME = 1e-2


def beside_numpy(problem: Problem) -> Problem | None:
    """Return a problem whose objective is measured in double precision if it turns out to be one of JAX.

    Unless configured otherwise JAX rounds arrays of NumPy to single precision. Which objectives do so is seen at their
    first value: others are called as they are. None if no parameter is in double precision.
    """
    leaves = flatten(problem.params).leaves
    arrays = [leaf for leaf in leaves if hasattr(leaf, "shape")]
    plain = all(isinstance(leaf, np.ndarray | np.generic) for leaf in arrays)
    if not plain or not any(leaf.dtype == np.float64 for leaf in arrays):
        return None
    return native(problem, loss=_watched(problem.loss))


def _watched(loss: Callable[..., Any]) -> Callable[..., Any]:
    precision = "unknown"

    def wide(params: Any, *args: Any) -> Any:
        with double_precision():
            return host(loss(params, *doubled(args)))

    def watched(params: Any, *args: Any) -> Any:
        nonlocal precision
        if precision == "double":
            return wide(params, *args)
        value = loss(params, *args)
        if precision == "unknown":
            precision = "own"
            if isinstance(value, jax.Array) and is_narrow(value) and (found := _in_double(wide, value, params, args)):
                precision = "double"
                return found[0]
        return value

    return watched


def _in_double(wide: Callable[..., Any], value: Any, params: Any, args: tuple[Any, ...]) -> tuple[Any] | None:
    """Return the value in double precision, or None if the objective does not allow that."""
    try:
        found = wide(params, *args)
        pair = [float(np.asarray(one).reshape(())) for one in (value, found)]
    except Exception:
        # A function of one precision only is measured in that.
        return None
    same = found.dtype == np.float64 and abs(pair[0] - pair[1]) <= SAME * (abs(pair[0]) + abs(pair[1]))
    return (found,) if same else None
