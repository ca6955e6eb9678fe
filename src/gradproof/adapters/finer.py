"""NumPy's parameters of single and half precision on a copy in double: asked where their own shows too little.

The point is the same, since every narrow number is a double; the objective computes more digits there if it goes by its
arguments, as NumPy does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.adapters.native import Native, native
from gradproof.adapters.parameters import identity
from gradproof.adapters.tree import Tree, flatten
from gradproof.seam import Problem

# Of more entries no copy is made: it would take more memory than the check.
MOST = 1 << 26


def in_double(problem: Problem) -> Problem | None:
    """Return the problem at a copy of its parameters in double precision; None if it has no narrow ones.

    The claim is what it was: a function is called with parameters of the user's own precision. Problems on the arrays
    of frameworks, and on complex numbers, stay as they are.
    """
    tree = flatten(problem.params)
    narrow = [i for i, leaf in enumerate(tree.leaves) if _is_narrow(leaf)]
    if isinstance(problem, Native) or not narrow or sum(tree.leaves[i].size for i in narrow) > MOST:
        return None
    leaves, copies = list(tree.leaves), dict[object, Any]()
    for i in narrow:
        # What is one parameter under two names stays one.
        key = identity(leaves[i]) if isinstance(leaves[i], np.ndarray) else -1 - i
        if key not in copies:
            copies[key] = leaves[i].astype(np.float64)
        leaves[i] = copies[key]
    gradient = problem.gradient
    return native(
        problem,
        params=tree.rebuild(leaves),
        gradient=_narrowed(gradient, tree, narrow) if callable(gradient) else gradient,
        precise=gradient if callable(gradient) else None,
        coarsest=max((tree.leaves[i].dtype for i in narrow), key=lambda dtype: np.finfo(dtype).eps).name,
    )


def _is_narrow(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind == "f" and leaf.dtype.itemsize < 8


def _narrowed(gradient: Callable[..., Any], tree: Tree, narrow: list[int]) -> Callable[..., Any]:
    """Return a gradient function that is called with parameters as the user has them."""

    def called(params: Any, *args: Any) -> Any:
        leaves = list(flatten(params).leaves)
        for i in narrow:
            leaves[i] = leaves[i].astype(tree.leaves[i].dtype)
        return gradient(tree.rebuild(leaves), *args)

    return called
