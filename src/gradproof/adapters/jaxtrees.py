"""Trees of JAX by the paths of their leaves."""

from __future__ import annotations

from typing import Any

from jax import tree_util

from gradproof.adapters.jaxarrays import host
from gradproof.adapters.tree import BARE


def names_of(paths: list[Any]) -> tuple[str, ...]:
    """Return the names of leaves from their paths, no two alike."""
    names = [".".join(_key(entry) for entry in path) or BARE for path in paths]
    return tuple(name if names.index(name) == i else f"{name}#{i}" for i, name in enumerate(names))


def _key(entry: Any) -> str:
    for attribute in ("key", "idx", "name"):
        if hasattr(entry, attribute):
            return str(getattr(entry, attribute))
    return str(entry)


def is_function(claim: Any, params: Any) -> bool:
    """Whether a claim is to be called: an Equinox module can be, but like the parameters it is a tree."""
    return callable(claim) and (type(claim) is not type(params) or tree_util.all_leaves([claim]))


def claimed(given: Any, names: tuple[str, ...]) -> Any:
    """Return what the user gave on NumPy arrays by path; a pair (value, tree) as one."""
    found = by_path(given)
    if isinstance(given, tuple) and len(given) == 2 and not set(found) & set(names):
        return (host(given[0]), by_path(given[1]))
    return found


def by_path(tree: Any) -> Any:
    """Return the leaves of a tree on NumPy arrays by their names; numbers and None as they are."""
    if tree is None or isinstance(tree, int | float):
        return tree
    pairs, _ = tree_util.tree_flatten_with_path(tree, is_leaf=lambda leaf: leaf is None)
    names = names_of([path for path, _ in pairs])
    return {name: host(leaf) for name, (_, leaf) in zip(names, pairs, strict=True)}
