"""Libraries that follow the array API standard (CuPy and others): their arrays as NumPy's and back.

The standard: https://data-apis.org/array-api/latest/. Objectives are called with the library's own arrays, on their
device; directions are drawn, and sums taken, on the host.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.native import native
from gradproof.adapters.tree import Tree, flatten
from gradproof.errors import InputError
from gradproof.seam import Problem


def remember() -> Callable[[], None]:
    """Return what puts random generators back: the standard has none."""
    return lambda: None


def is_array(leaf: Any) -> bool:
    """Whether a leaf is an array of such a library, and none of NumPy's or JAX's."""
    library = type(leaf).__module__.partition(".")[0]
    return hasattr(leaf, "__array_namespace__") and library not in ("numpy", "jax", "jaxlib")


def host(leaf: Any) -> Any:
    """Return an array as a NumPy array; anything else as it is."""
    if not is_array(leaf):
        return leaf
    get = getattr(leaf, "get", None)
    # CuPy moves its arrays by a method of their own; the others through DLPack.
    return np.asarray(get()) if callable(get) else np.array(np.from_dlpack(leaf))


def like(leaf: Any, array: Any) -> Any:
    """Return a NumPy array as one of a leaf's library, with its dtype and on its device; None if that has none."""
    if not is_array(leaf):
        return None
    return leaf.__array_namespace__().asarray(np.array(array, order="C"), dtype=leaf.dtype, device=leaf.device)


@dataclass(frozen=True)
class _Point:
    tree: Tree
    places: tuple[int, ...]

    def build(self, arrays: Any) -> Any:
        """Return the user's tree on the user's arrays."""
        leaves = list(flatten(arrays).leaves)
        for place in self.places:
            leaves[place] = like(self.tree.leaves[place], leaves[place])
        return self.tree.rebuild(leaves)


def translate(problem: Problem) -> Problem | None:
    """Return a problem on arrays of such a library as one on NumPy arrays, or None if it has none.

    Raises
    ------
    InputError
        If arrays of two libraries stand in one tree, or no gradient is given: the standard has no way to get one.
    """
    tree = flatten(problem.params)
    places = tuple(i for i, leaf in enumerate(tree.leaves) if is_array(leaf))
    if not places:
        return None
    kinds = {type(leaf).__module__.partition(".")[0] for leaf in tree.leaves if hasattr(leaf, "__array_namespace__")}
    if len(kinds) > 1:
        raise InputError("Arrays of two libraries stand in one tree.", expected="one", got=", ".join(sorted(kinds)))
    if problem.gradient is None:
        raise InputError("There is no gradient to judge.", expected="a tree like the parameters, or a function")
    point = _Point(tree, places)
    claim = problem.gradient
    return native(
        problem,
        loss=lambda arrays, *args: host(problem.loss(point.build(arrays), *args)),
        gradient=(lambda arrays, *args: _claimed(claim(point.build(arrays), *args))) if callable(claim)
        else _claimed(claim),
        params=tree.rebuild([host(leaf) for leaf in tree.leaves]),
        batched=None,
    )  # fmt: skip


def _claimed(given: Any) -> Any:
    tree = flatten(given)
    return tree.rebuild([host(leaf) for leaf in tree.leaves])
