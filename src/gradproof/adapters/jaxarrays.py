"""JAX's arrays as NumPy's and back: dtypes that NumPy lacks, double precision whatever is configured."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.experimental
import numpy as np
from jax import tree_util

from gradproof.adapters.rounded import rounded
from gradproof.errors import unbatchable

NARROW = ("bfloat16", "float16", "float32", "complex64")


def host(leaf: Any) -> Any:
    """Return an array of JAX as a NumPy array; anything else as it is."""
    if not isinstance(leaf, jax.Array) or jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return leaf
    if leaf.dtype.name == "bfloat16":
        # NumPy has no such dtype; single precision holds its numbers exactly.
        return rounded(np.asarray(leaf).astype(np.float32), "bfloat16")
    return np.asarray(leaf)


def like(leaf: Any, array: Any) -> Any:
    """Return a NumPy array as one of JAX with the dtype of another, or None if that is none of JAX's."""
    if not isinstance(leaf, jax.Array):
        return None
    with double_precision() if leaf.dtype.name in ("float64", "complex128") else contextlib.nullcontext():
        return jax.numpy.asarray(array, dtype=leaf.dtype)


def is_sharded(tree: Any) -> bool:
    """Whether an array of a tree is spread over several devices."""
    return any(leaf.ndim > 0 and not leaf.sharding.is_fully_replicated for leaf in arrays_of(tree))


def arrays_of(tree: Any) -> list[jax.Array]:
    """Return the arrays of JAX in a tree; a tree that JAX cannot flatten (keys of several kinds) is not its own."""
    try:
        return [leaf for leaf in tree_util.tree_leaves(tree) if isinstance(leaf, jax.Array)]
    except (TypeError, ValueError):
        return []


def is_narrow(leaf: Any) -> bool:
    """Whether a leaf holds numbers of single or half precision."""
    return isinstance(leaf, jax.Array | np.ndarray) and leaf.dtype.name in NARROW


def is_inexact(leaf: Any) -> bool:
    """Whether an array holds real or complex numbers."""
    return hasattr(leaf, "dtype") and bool(jax.numpy.issubdtype(leaf.dtype, jax.numpy.inexact))


def moved(leaf: Any, precision: str) -> Any:
    """Return a leaf as the array that is moved."""
    array = host(leaf)
    if precision == "double" and is_narrow(leaf):
        return np.asarray(array).astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    return np.asarray(array) if isinstance(leaf, jax.Array) and isinstance(array, np.ndarray) else array


def as_user(own: Any, array: Any, precision: str) -> Any:
    """Return a moved array as one of JAX, in double precision or in that of the user's own."""
    if not isinstance(own, jax.Array) or not isinstance(array, np.ndarray | np.generic):
        return array
    dtype = array.dtype if precision == "double" else own.dtype
    # A private copy, made by NumPy: JAX may keep the memory of an array that it was given, and would compile a copy
    # for every shape. It stays where the user has put it.
    stays = getattr(own, "committed", False) and np.ndim(array) == own.ndim
    return jax.device_put(np.array(array, dtype=dtype), own.sharding if stays else None)


def is_compiled(function: Any) -> bool:
    """Whether the user has compiled a function: what it reads besides its arguments is fixed then."""
    return isinstance(function, type(jax.jit(lambda: None)))


def lent(own: Any, array: Any, precision: str) -> Any:
    """Return a moved array for one call of a compiled function, which takes the memory of NumPy as it is."""
    dtype = getattr(array if precision == "double" else own, "dtype", None)
    free = isinstance(own, jax.Array) and not getattr(own, "committed", False)
    return array if free and isinstance(array, np.ndarray) and array.dtype == dtype else as_user(own, array, precision)


# Compiled maps of compiled functions, by the axes of their trees: a function compiles once, not once for each check.
_maps: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


def mapped(function: Callable[..., Any], tree: Any, owns: Sequence[Any], args: tuple[Any, ...] = ()) -> Any:
    """Return a function of each point of a tree in which some leaves have one axis more than the user's own.

    Raises
    ------
    UnbatchableError
        If ``jax.vmap`` cannot map the function.
    """
    leaves, shape = tree_util.tree_flatten(tree)
    axes = tuple(0 if np.ndim(leaf) > np.ndim(own) else None for leaf, own in zip(leaves, owns, strict=True))
    in_axes = (tree_util.tree_unflatten(shape, axes),)
    try:
        # Arguments may be static ones: such a function is mapped as it is.
        if not is_compiled(function) or args:
            return jax.vmap(lambda one: function(one, *args), in_axes=in_axes)(tree)
        kept = _maps.setdefault(function, {})
        if (axes, shape) not in kept:
            kept[axes, shape] = jax.jit(jax.vmap(_weakly(function), in_axes=in_axes))
        return kept[axes, shape](tree)
    except Exception as error:
        raise unbatchable("jax.vmap", error) from error


def _weakly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does not keep another alive."""
    reference = weakref.ref(function)

    def called(one: Any) -> Any:
        held = reference()
        assert held is not None
        return held(one)

    return called


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """Let JAX compute in double precision for a while, whatever the user has configured."""
    # Before JAX 0.8 it was an experiment.
    context = jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64()  # type: ignore[attr-defined]
    with context:
        yield


def doubled(arg: Any) -> Any:
    """Return an argument with its arrays in double precision; inside of ``double_precision`` only."""

    def one(leaf: Any) -> Any:
        if not is_narrow(leaf):
            return leaf
        wide = np.complex128 if leaf.dtype.name == "complex64" else np.float64
        return leaf.astype(wide)

    return tree_util.tree_map(one, arg)
