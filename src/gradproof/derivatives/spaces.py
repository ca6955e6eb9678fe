"""Trees of numbers as vectors: random ones, inner products, sums; on NumPy's arrays and those of a framework."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.adapters.frameworks import host, like
from gradproof.adapters.tree import Tree, flatten

Array = npt.NDArray[Any]


def numbers(leaf: Any) -> Array | None:
    """Return a leaf as an array of real or complex floating-point numbers, or None if it holds none."""
    if isinstance(leaf, bool | int | str) or leaf is None:
        return None
    array = host(leaf)
    return array if isinstance(array, np.ndarray) and array.dtype.kind in "fc" and array.size else None


def differentiable(tree: Any) -> bool:
    """Whether a tree has a leaf of floating-point numbers."""
    return any(numbers(leaf) is not None for leaf in flatten(tree).leaves)


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector in the space of a tree: one array per leaf, None where the leaf holds no floating-point numbers."""

    tree: Tree
    arrays: tuple[Array | None, ...]

    def as_tree(self) -> Any:
        """Return the vector in the structure and the arrays of the tree, zeros where there are no numbers."""
        pairs = zip(self.tree.leaves, self.arrays, strict=True)
        return self.tree.rebuild([leaf if array is None else like(leaf, array) for leaf, array in pairs])

    def inner(self, other: Any) -> float:
        """Return the real inner product ``Re <self, other>`` with a tree of the same structure; None counts as zero.

        A dict may have its keys in another order: JAX returns them sorted.

        Raises
        ------
        ValueError
            If the number of leaves or a shape differs.
        """
        flat = flatten(other)
        leaves = flat.leaves
        if flat.names != self.tree.names and set(flat.names) == set(self.tree.names):
            named = dict(zip(flat.names, flat.leaves, strict=True))
            leaves = tuple(named[name] for name in self.tree.names)
        if len(leaves) != len(self.arrays):
            raise ValueError(f"{len(leaves)} leaves where {len(self.arrays)} belong")
        return math.fsum(
            _dot(name, array, leaf)
            for name, array, leaf in zip(self.tree.names, self.arrays, leaves, strict=True)
            if array is not None and leaf is not None
        )

    def weigh(self, other: Any) -> float:
        """Return the inner product as ``np.float64`` where all numbers had double precision, else as ``float``.

        So an adapter can tell that a copy in double precision was computed in double precision throughout.
        """
        arrays = [numbers(leaf) for leaf in flatten(other).leaves]
        double = all(a is None or a.real.dtype.itemsize >= np.dtype(np.float64).itemsize for a in arrays)
        return np.float64(self.inner(other)) if double else self.inner(other)

    def only(self, index: int) -> Vector:
        """Return the vector with zeros in all leaves but one."""
        kept = [a if a is None or i == index else np.zeros_like(a) for i, a in enumerate(self.arrays)]
        return Vector(self.tree, tuple(kept))

    @property
    def places(self) -> tuple[int, ...]:
        """The indices of the leaves with numbers."""
        return tuple(i for i, array in enumerate(self.arrays) if array is not None)

    @property
    def norm(self) -> float:
        """The Euclidean norm."""
        return math.sqrt(math.fsum(float(np.sum(np.abs(a) ** 2)) for a in self.arrays if a is not None))


def _dot(name: str, array: Array, leaf: Any) -> float:
    other = np.asarray(host(leaf))
    if other.shape != array.shape:
        raise ValueError(f"{name} has shape {other.shape} where {array.shape} belongs")
    return float(np.sum(np.real(np.conj(array) * other), dtype=np.float64))


def as_vector(tree: Any) -> Vector:
    """Return a tree as a vector."""
    flat = flatten(tree)
    return Vector(flat, tuple(numbers(leaf) for leaf in flat.leaves))


def random_like(tree: Any, key: Sequence[int], scaled: str = "unit") -> Vector:
    """Return a Gaussian vector in the space of a tree.

    Parameters
    ----------
    tree
        Its leaves give shapes and dtypes.
    key
        What makes it reproducible.
    scaled
        "unit" for standard normal entries, "rms" for those times the root mean square of the leaf (1 for zeros).
    """
    flat, rng = flatten(tree), np.random.default_rng(list(key))
    return Vector(flat, tuple(_drawn(numbers(leaf), rng, scaled) for leaf in flat.leaves))


def _drawn(array: Array | None, rng: np.random.Generator, scaled: str) -> Array | None:
    if array is None:
        return None
    wide = np.asarray(array).astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    size = float(np.sqrt(np.mean(np.abs(wide) ** 2))) or 1.0
    drawn = rng.standard_normal(array.shape)
    if array.dtype.kind == "c":
        drawn = drawn + 1j * rng.standard_normal(array.shape)
    # In the leaf's own precision, so that what is handed over is what is counted with.
    return np.asarray((size if scaled == "rms" else 1.0) * drawn).astype(array.dtype)


def moved(tree: Any, steps: Sequence[tuple[float, Vector]]) -> Any:
    """Return a tree moved along vectors by so much, in its own precision."""
    flat = flatten(tree)
    leaves = list(flat.leaves)
    for i, leaf in enumerate(leaves):
        changes = [(t, vector.arrays[i]) for t, vector in steps]
        array = numbers(leaf)
        if array is not None and any(t != 0.0 for t, _ in changes):
            total = np.asarray(array) + sum(t * v for t, v in changes if v is not None)
            leaves[i] = like(leaf, total.astype(array.dtype))
    return flat.rebuild(leaves)
