"""The leaves of a problem on sharded arrays, their claims, and the objective at points near by."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jax import tree_util

from gradproof.adapters.jaxarrays import double_precision, host
from gradproof.adapters.jaxsharded import pieces
from gradproof.adapters.jaxsharded.claims import matched
from gradproof.adapters.jaxtrees import is_function, names_of
from gradproof.adapters.objective import call
from gradproof.adapters.parameters import left_out
from gradproof.errors import InputError
from gradproof.probe import Part
from gradproof.seam import Leaf, Problem
from gradproof.settings import Settings


class Place:
    """The judged leaves by number, with their claims, where they lie.

    Attributes
    ----------
    leaves, skipped, faults
        As the core sees them.
    theta, claims, least
        For each judged leaf its array, its claim with the same sharding, and its least scale.
    """

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._problem = problem
        pairs, self._shape = tree_util.tree_flatten_with_path(problem.params)
        names = names_of([path for path, _ in pairs])
        self._all = [leaf for _, leaf in pairs]
        why = {name: left_out(name, settings) or _unfit(leaf) for name, leaf in zip(names, self._all, strict=True)}
        self.skipped = tuple((name, reason) for name, reason in why.items() if reason)
        positions = {name: k for k, name in enumerate(names) if not why[name]}
        if not positions:
            raise InputError("There is nothing to check.", expected="at least one leaf of floating-point numbers")
        self.gradient_calls = 0
        with double_precision():
            self._take(positions)
            self.fingerprint = self._digest(positions)

    def _take(self, positions: Mapping[str, int]) -> None:
        parameters = [(name, self._all[k]) for name, k in positions.items()]
        found = matched(self._claim(), parameters, [name for name, _ in self.skipped])
        self.faults, names = found.faults, list(found.claims)
        self._places = [positions[name] for name in names]
        self.named = dict(positions)
        self.theta = [self._all[k] for k in self._places]
        self.claims = list(found.claims.values())
        self.least = [pieces.least_scale(theta) for theta in self.theta]
        known = [pieces.survey(*one) for one in zip(self.theta, self.claims, self.least, strict=True)]
        self.leaves = tuple(self._leaf(k, name, known[k]) for k, name in enumerate(names))
        self.degenerate = tuple(
            name
            for name, theta, found in zip(names, self.theta, known, strict=True)
            if theta.size > 1 and bool(found[2])
        )

    def _leaf(self, k: int, name: str, known: tuple[Any, Any, Any]) -> Leaf:
        theta, claim = self.theta[k], self.claims[k]
        _, norm = pieces.amount(theta, claim, self.least[k], Part(0))
        return Leaf(
            name, theta.shape, theta.dtype.name, claim.dtype.name, float(norm), float(known[0]), float(known[1])
        )

    def _digest(self, positions: Mapping[str, int]) -> str:
        whole = hashlib.blake2b(digest_size=16)
        for name, k in positions.items():
            leaf = self._all[k]
            whole.update(f"{name}{leaf.shape}{leaf.dtype.name}".encode(errors="surrogatepass") + pieces.digest(leaf))
        return whole.hexdigest()

    def _claim(self) -> Any:
        gradient = self._problem.gradient
        if gradient is not None and not is_function(gradient, self._problem.params):
            return gradient
        self.gradient_calls += 1
        function = gradient or jax.grad(self._problem.loss, allow_int=True)
        with self._own():
            where = "while calling the gradient function at the given point"
            return call(function, self._problem.params, self._problem.args, lambda: where)

    def _own(self) -> contextlib.AbstractContextManager[None]:
        """Return the precision in which the user's arrays live."""
        double = any(getattr(leaf, "dtype", None) == np.float64 for leaf in self._all)
        return double_precision() if double else contextlib.nullcontext()

    def evaluated(self, moved: Mapping[int, Any], where: Callable[[], str]) -> Any:
        """Return the objective with some leaves, by number, in place of the user's own."""
        leaves = list(self._all)
        for k, array in moved.items():
            leaves[self._places[k]] = array
        tree = tree_util.tree_unflatten(self._shape, leaves)
        with self._own():
            return host(call(self._problem.loss, tree, self._problem.args, where))

    def along_entry(self, name: str, index: tuple[int, ...], t: float) -> Any:
        """Return the objective with ``t`` added to one entry of a leaf that may not be judged."""
        leaves = list(self._all)
        position = self.named[name]
        leaves[position] = leaves[position].at[index].add(t)
        tree = tree_util.tree_unflatten(self._shape, leaves)
        with self._own():
            return host(call(self._problem.loss, tree, self._problem.args, lambda: f"beside {name}{list(index)}"))

    @property
    def devices(self) -> int:
        """Over how many devices the judged leaves are spread."""
        return len({device for theta in self.theta for device in theta.sharding.device_set})


def _unfit(leaf: Any) -> str:
    """Return why a leaf cannot be moved, or ""."""
    if not isinstance(leaf, jax.Array):
        return f"not an array of JAX ({type(leaf).__name__})"
    if jax.numpy.issubdtype(leaf.dtype, np.complexfloating):
        raise InputError("Sharded complex numbers cannot be judged.", expected="real parameters", got=str(leaf.dtype))
    if not jax.numpy.issubdtype(leaf.dtype, np.floating):
        return f"not floating point ({leaf.dtype})"
    return "" if leaf.size else "no entries"
