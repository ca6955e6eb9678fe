"""JAX: pytrees of its arrays as parameters, gradients by ``jax.grad`` or as given, measured in double precision."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jax import tree_util

from gradproof.adapters.jaxarrays import (
    arrays_of,
    as_user,
    double_precision,
    doubled,
    host,
    is_compiled,
    is_inexact,
    is_narrow,
    is_sharded,
    lent,
    like,
    mapped,
    moved,
)
from gradproof.adapters.jaxbeside import beside_numpy
from gradproof.adapters.jaxtrees import by_path, claimed, is_function, names_of
from gradproof.adapters.native import native
from gradproof.errors import InputError, ObjectiveError
from gradproof.seam import Problem, Subject
from gradproof.settings import Settings

__all__ = ["host", "like", "remember", "translate"]

WIDE = ("float64", "complex128")
# A copy in double precision must give the value again, to the precision of the original.
SAME = {"float32": 1e-2, "complex64": 1e-2, "float16": 1e-1, "bfloat16": 1e-1}


@dataclass(frozen=True)
class _Point:
    """The leaves of a problem by their paths, and how to build the user's tree of them."""

    names: tuple[str, ...]
    leaves: tuple[Any, ...]
    shape: Any

    def context(self) -> contextlib.AbstractContextManager[None]:
        """Return what JAX must be in for the user's own arrays: double precision if one of them has it."""
        double = any(isinstance(leaf, jax.Array) and leaf.dtype.name in WIDE for leaf in self.leaves)
        return double_precision() if double else contextlib.nullcontext()

    def build(self, arrays: dict[str, Any], precision: str, give: Callable[..., Any] = as_user) -> Any:
        """Return the user's tree on JAX's arrays, in double precision or in the user's "own"."""
        pairs = zip(self.leaves, (arrays[name] for name in self.names), strict=True)
        return tree_util.tree_unflatten(self.shape, [give(own, array, precision) for own, array in pairs])


def remember() -> Callable[[], None]:
    """Return what puts random generators back: JAX has none, its keys are explicit."""
    return lambda: None


def subject_of(problem: Problem, settings: Settings) -> Subject | None:
    """Return the subject of parameters that are spread over several devices, which are never gathered; None else."""
    if not is_sharded(problem.params):
        return None
    from gradproof.adapters.jaxsharded.subject import ShardedSubject

    return ShardedSubject(problem, settings)


def translate(problem: Problem) -> Problem | None:
    """Return a problem on JAX's arrays as one on NumPy arrays, or None if JAX has nothing to do with it.

    Single and half precision are measured in double, if the objective accepts that: within ``jax.enable_x64``, which is
    left as it was. The claim is the user's own, in the user's dtypes.

    Raises
    ------
    InputError
        If tensors of another framework stand in the tree.
    """
    if not arrays_of(problem.params):
        return beside_numpy(problem)
    pairs, shape = tree_util.tree_flatten_with_path(problem.params)
    point = _Point(names_of([path for path, _ in pairs]), tuple(leaf for _, leaf in pairs), shape)
    _validate(point)
    wide = _accepts_double(problem, point)
    return native(
        problem,
        loss=_loss(problem, point, "double" if wide else "own"),
        batched=_batched(problem, point, "double" if wide else "own"),
        gradient=_gradient(problem, point, "own"),
        precise=_precise(problem, point) if wide else None,
        params={
            name: moved(leaf, "double" if wide else "own") for name, leaf in zip(point.names, point.leaves, strict=True)
        },
        lower=by_path(problem.lower),
        upper=by_path(problem.upper),
        convention="re-im",
    )


def _validate(point: _Point) -> None:
    for name, leaf in zip(point.names, point.leaves, strict=True):
        if type(leaf).__module__.partition(".")[0] == "torch":
            raise InputError(
                "Arrays of two libraries stand in one tree.", expected="arrays of JAX only",
                got=f"a {type(leaf).__name__} of PyTorch", where=name, hint="jax.numpy.asarray makes an array of it",
            )  # fmt: skip


def _loss(problem: Problem, point: _Point, precision: str) -> Callable[..., Any]:
    def own(arrays: dict[str, Any], *args: Any) -> Any:
        with point.context():
            return host(problem.loss(point.build(arrays, "own"), *(problem.args if args else ())))

    if precision == "own":
        return own
    with double_precision():
        wide = tuple(doubled(arg) for arg in problem.args)

    def loss(arrays: dict[str, Any], *args: Any) -> Any:
        with double_precision():
            return host(problem.loss(point.build(arrays, "double"), *(wide if args else ())))

    return loss


def _batched(problem: Problem, point: _Point, precision: str) -> Callable[..., Any]:
    """Return the objective of many points in one call: the user's own, or what ``jax.vmap`` makes."""
    compiled = problem.batched is None and is_compiled(problem.loss)

    def batched(arrays: dict[str, Any], *args: Any) -> Any:
        with point.context() if precision == "own" else double_precision():
            given = problem.args if precision == "own" else tuple(doubled(arg) for arg in problem.args)
            tree, given = point.build(arrays, precision, lent if compiled else as_user), given if args else ()
            if problem.batched is not None:
                return host(problem.batched(tree, *given))
            return host(mapped(problem.loss, tree, point.leaves, given))

    return batched


def _accepts_double(problem: Problem, point: _Point) -> bool:
    """Whether the objective can be measured in double precision, and gives the same value there."""
    names = [leaf.dtype.name for leaf in point.leaves if is_narrow(leaf)]
    if not names:
        return False
    try:
        value = problem.loss(problem.params, *problem.args)
        arrays = {name: moved(leaf, "double") for name, leaf in zip(point.names, point.leaves, strict=True)}
        wide = _loss(problem, point, "double")(arrays, *problem.args)
        pair = [float(np.real(np.asarray(host(one)).reshape(()))) for one in (value, wide)]
    except Exception:
        # A function of one precision only is measured in that: what is wrong with it shows there.
        return False
    same = max(SAME[name] for name in names)
    return _is_double(wide) and abs(pair[0] - pair[1]) <= same * (abs(pair[0]) + abs(pair[1]))


def _is_double(value: Any) -> bool:
    # A plain float says nothing about how it was computed.
    return isinstance(value, np.ndarray | np.generic) and value.dtype == np.float64


def _gradient(problem: Problem, point: _Point, precision: str) -> Any:
    """Return what the user claims, by path: what ``jax.grad`` gives, if nothing is given."""
    claim = problem.gradient
    if claim is not None and not is_function(claim, problem.params):
        return claimed(claim, point.names)

    def gradient(arrays: dict[str, Any], *args: Any) -> Any:
        with point.context():
            tree, given = point.build(arrays, precision), problem.args if args else ()
            if claim is not None:
                return claimed(claim(tree, *given), point.names)
            return _pulled(problem.loss, point, tree, given)

    return gradient


def _precise(problem: Problem, point: _Point) -> Callable[..., Any] | None:
    """Return the gradient function in double precision, None for a claim that is a tree."""
    if problem.gradient is not None and not is_function(problem.gradient, problem.params):
        return None

    def gradient(arrays: dict[str, Any], *args: Any) -> Any:
        with double_precision():
            wide = replace(problem, args=tuple(doubled(arg) for arg in problem.args))
            return _gradient(wide, point, "double")(arrays, *args)

    return gradient


def _pulled(loss: Callable[..., Any], point: _Point, tree: Any, args: tuple[Any, ...]) -> dict[str, Any]:
    """Return the gradient that JAX computes, for the leaves of real or complex numbers."""
    leaves = tree_util.tree_leaves(tree)
    # Arrays of NumPy and plain numbers in a tree are JAX's own too.
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, float | complex) or is_inexact(leaf)]

    def of_places(chosen: list[Any]) -> Any:
        full = list(leaves)
        for place, leaf in zip(places, chosen, strict=True):
            full[place] = leaf
        value = loss(tree_util.tree_unflatten(point.shape, full), *args)
        unfit = not isinstance(value, jax.Array) or value.size != 1 or not is_inexact(value)
        if unfit or jax.numpy.iscomplexobj(value):
            raise ObjectiveError(
                "JAX cannot differentiate the objective.", expected="an array of one real number",
                got=f"{value.dtype}{list(value.shape)}" if isinstance(value, jax.Array) else type(value).__name__,
            )  # fmt: skip
        return value.reshape(())

    found = jax.grad(of_places)([leaves[place] for place in places])
    return {point.names[place]: host(slope) for place, slope in zip(places, found, strict=True)}
