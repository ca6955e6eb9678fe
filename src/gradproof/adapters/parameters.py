"""Which leaves of a tree are parameters, and which are left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, all_finite
from gradproof.adapters.tree import Tree
from gradproof.errors import InputError
from gradproof.settings import Settings


@dataclass(frozen=True, slots=True)
class Parameter:
    """One array of parameters: where it stands in the tree, and what the objective expects there.

    ``positions`` are the indices of its leaves in the flattened tree, the first under its own name, the others under
    its aliases. ``kind`` is "array", "scalar" (a NumPy scalar) or "float".
    """

    name: str
    positions: tuple[int, ...]
    array: Array
    kind: str
    aliases: tuple[str, ...] = ()


def collect(tree: Tree, settings: Settings) -> tuple[tuple[Parameter, ...], tuple[tuple[str, str], ...]]:
    """Return the parameters of a tree, and ``(path, why)`` of the leaves that are left out.

    Raises
    ------
    InputError
        If a pattern matches no leaf, if nothing is left to check, or if a parameter is not finite.
    """
    for pattern in (*settings.only, *settings.freeze):
        if not any(fnmatchcase(name, pattern) for name in tree.names):
            raise _no_match(pattern, tree.names)
    # Arrays that own their memory share it with nothing but themselves.
    key_of = id if all(getattr(leaf, "base", None) is None for leaf in tree.leaves) else identity
    skipped: list[tuple[str, str]] = []
    grouped: dict[object, list[int]] = {}
    for i, (name, leaf) in enumerate(zip(tree.names, tree.leaves, strict=True)):
        why = left_out(name, settings) or _unfit(leaf)
        if why:
            skipped.append((name, why))
        else:
            grouped.setdefault(key_of(leaf) if isinstance(leaf, np.ndarray) else -1 - i, []).append(i)
    if not grouped:
        raise InputError(
            "There is nothing to check.",
            expected="at least one leaf of floating-point numbers",
            got="; ".join(f"{name}: {why}" for name, why in skipped[:5]) or "an empty tree",
            hint="look at --only and --freeze" if settings.only or settings.freeze else "pass arrays of floats",
        )
    return tuple(_parameter(tree, positions) for positions in grouped.values()), tuple(skipped)


def _parameter(tree: Tree, positions: list[int]) -> Parameter:
    leaf, name = tree.leaves[positions[0]], tree.names[positions[0]]
    array = np.asarray(leaf)
    kind = "array" if isinstance(leaf, np.ndarray) else ("scalar" if isinstance(leaf, np.generic) else "float")
    if not all_finite(array):
        finite = np.isfinite(array)
        index = [int(i) for i in np.argwhere(~finite)[0]]
        count = array.size - int(np.count_nonzero(finite))
        raise InputError(
            f"The parameter {name} is not finite.",
            expected="finite numbers",
            got=f"{count} of {array.size} entries are NaN or infinite, the first is {array[tuple(index)]!s}",
            where=f"{name}{index}" if index else name,
        )
    return Parameter(name, tuple(positions), array, kind, tuple(tree.names[i] for i in positions[1:]))


def _unfit(leaf: Any) -> str:
    """Return why a leaf cannot be perturbed, or ""."""
    if isinstance(leaf, float):
        return ""
    if isinstance(leaf, np.ndarray | np.generic):
        if leaf.dtype.kind != "f":
            return f"not floating point ({leaf.dtype})"
        return "" if leaf.size else "no entries"
    return "not floating point (int)" if isinstance(leaf, int) else f"not an array ({type(leaf).__name__})"


def left_out(name: str, settings: Settings) -> str:
    """Return why the settings leave a leaf out, or ""."""
    if settings.only and not any(fnmatchcase(name, pattern) for pattern in settings.only):
        return "not selected"
    return "frozen" if any(fnmatchcase(name, pattern) for pattern in settings.freeze) else ""


def identity(leaf: Array) -> object:
    """Return a key under which the same memory under two names is one parameter."""
    return (leaf.__array_interface__["data"][0], leaf.shape, leaf.strides, leaf.dtype.str)


def _no_match(pattern: str, names: Sequence[str]) -> InputError:
    import difflib

    near = difflib.get_close_matches(pattern, names, n=3, cutoff=0.4) or list(names[:5])
    return InputError(
        f"No leaf matches the pattern {pattern!r}.", expected=f"a glob on leaf paths such as {', '.join(near)}"
    )
