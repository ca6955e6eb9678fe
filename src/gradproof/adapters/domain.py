"""The user's bounds, matched to the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.leaf import LEAST, typical_scale
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.tree import Tree, flatten
from gradproof.errors import InputError
from gradproof.seam import Problem


def bounds_of(problem: Problem, tree: Tree, parameters: tuple[Parameter, ...]) -> list[Bounds | None]:
    """Return the bounds of each parameter, None where it has none.

    Raises
    ------
    InputError
        If a bound does not fit its parameter, or a parameter lies outside.
    """
    if problem.lower is None and problem.upper is None:
        return [None] * len(parameters)
    return [
        _bounds(parameter, _side(problem.lower, tree, parameter), _side(problem.upper, tree, parameter))
        for parameter in parameters
    ]


def _side(given: Any, tree: Tree, parameter: Parameter) -> Any:
    """Return what one side's bounds say about a parameter: None, a number or an array."""
    if given is None or isinstance(given, int | float | np.floating):
        return given
    flat = flatten(given)
    unknown = [name for name in flat.names if name not in tree.names]
    if unknown:
        raise InputError(
            "A bound does not belong to a parameter.",
            expected=f"a number, or a tree with paths among {', '.join(tree.names[:5])}",
            got=unknown[0],
        )
    return dict(zip(flat.names, flat.leaves, strict=True)).get(parameter.name)


def _bounds(parameter: Parameter, lower: Any, upper: Any) -> Bounds | None:
    if lower is None and upper is None:
        return None
    theta = parameter.array.reshape(-1).astype(np.float64, copy=False)
    below = theta - _fitted(parameter, lower, -np.inf)
    above = _fitted(parameter, upper, np.inf) - theta
    outside = np.flatnonzero((below < 0.0) | (above < 0.0))
    if outside.size:
        index = [int(i) for i in np.unravel_index(int(outside[0]), parameter.array.shape)]
        raise InputError(
            "A parameter lies outside its bounds.",
            got=f"{parameter.array[tuple(index)]!s}, {outside.size} entries in all",
            where=f"{parameter.name}{index}" if index else parameter.name,
            hint="check at a point inside the domain",
        )
    least, mixed = typical_scale(theta)
    size = np.abs(theta)
    natural = np.where(size == 0.0, least, size) if mixed else np.maximum(size, least if least else LEAST)
    return Bounds(below, above, natural)


def _fitted(parameter: Parameter, bound: Any, missing: float) -> Array:
    try:
        full = np.broadcast_to(np.asarray(missing if bound is None else bound, dtype=np.float64), parameter.array.shape)
    except ValueError as error:
        raise InputError(
            "A bound does not fit its parameter.",
            expected=f"a number or an array that broadcasts to {parameter.array.shape}",
            got=f"shape {np.shape(bound)}",
            where=parameter.name,
        ) from error
    return full.reshape(-1)
