"""Complex parameters as pairs of real numbers: a real objective of them is a function of both parts.

The gradient of a real function L of a = x + iy is dL/dx + i dL/dy ("re+im": it points uphill, as PyTorch has it), or
its conjugate dL/dx - i dL/dy ("re-im", as JAX has it: twice Wirtinger's dL/da). See K. Kreutz-Delgado, The Complex
Gradient Operator and the CR-Calculus, 2009, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.native import native
from gradproof.adapters.rounded import Rounded, rounded
from gradproof.adapters.tree import Tree, flatten
from gradproof.errors import InputError
from gradproof.seam import Problem

CONVENTIONS = ("re+im", "re-im")


def is_complex(leaf: Any) -> bool:
    """Whether a leaf holds complex numbers."""
    return isinstance(leaf, complex) or (isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind == "c")


def realised(problem: Problem) -> Problem:
    """Return a problem with pairs of real numbers for its complex leaves, or as it is if there are none.

    Raises
    ------
    InputError
        If its convention is unknown.
    """
    tree = flatten(problem.params)
    complexes = frozenset(name for name, leaf in zip(tree.names, tree.leaves, strict=True) if is_complex(leaf))
    if problem.convention not in CONVENTIONS:
        raise InputError(
            "The convention of complex gradients is unknown.",
            expected=" or ".join(map(repr, CONVENTIONS)), got=repr(problem.convention),
        )  # fmt: skip
    if not complexes:
        return problem
    places = [i for i, name in enumerate(tree.names) if name in complexes]
    kinds = {i: type(tree.leaves[i]) for i in places}
    claimed = _Claimed(complexes, tree.names, problem.convention)

    def put_back(arrays: Any) -> Any:
        leaves = list(flatten(arrays).leaves)
        for i in places:
            leaves[i] = _joined(leaves[i], kinds[i])
        return tree.rebuild(leaves)

    return native(
        problem,
        loss=_on(put_back, problem.loss),
        gradient=_gradient(problem.gradient, put_back, claimed),
        params=tree.rebuild([_split(leaf) if i in kinds else leaf for i, leaf in enumerate(tree.leaves)]),
        pairs=complexes,
        batched=None,
    )


def _on(put_back: Callable[[Any], Any], function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda arrays, *args: function(put_back(arrays), *args)


def _gradient(given: Any, put_back: Callable[[Any], Any], claimed: _Claimed) -> Any:
    if not callable(given):
        return claimed(given)
    return lambda arrays, *args: claimed(given(put_back(arrays), *args))


class _Claimed:
    """Turns the complex leaves of a claim into pairs."""

    def __init__(self, complexes: frozenset[str], names: Sequence[str], convention: str) -> None:
        self._complexes, self._names, self._convention = complexes, tuple(names), convention

    def __call__(self, given: Any) -> Any:
        tree = flatten(given)
        if isinstance(given, tuple) and len(given) == 2 and tree.names != self._names:
            return (given[0], self._pairs(flatten(given[1])))
        return self._pairs(tree)

    def _pairs(self, tree: Tree) -> Any:
        pairs = zip(tree.names, tree.leaves, strict=True)
        return tree.rebuild([self._pair(leaf) if name in self._complexes else leaf for name, leaf in pairs])

    def _pair(self, leaf: Any) -> Any:
        if leaf is None or not isinstance(leaf, int | float | complex | np.ndarray | np.generic):
            return leaf
        array = np.asarray(leaf)
        if array.dtype.kind not in "fc":
            return leaf
        found = _split(np.conj(array) if self._convention == "re-im" else array)
        return rounded(found, leaf.label) if isinstance(leaf, Rounded) else found


def _split(leaf: Any) -> Array:
    """Return numbers as pairs (real, imaginary) along a last axis of 2."""
    array = np.asarray(leaf)
    return np.stack([array.real, array.imag], axis=-1)


def _joined(pairs: Array, kind: type) -> Any:
    """Return pairs as complex numbers of the type that the user has."""
    joined = np.ascontiguousarray(pairs).view(np.result_type(pairs.dtype, np.complex64))[..., 0]
    if issubclass(kind, np.ndarray):
        return joined
    return joined[()] if issubclass(kind, np.generic) else complex(joined[()])
