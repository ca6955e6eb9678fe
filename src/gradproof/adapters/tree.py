"""Containers to named leaves and back: pytrees by optree, and plain dataclasses."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import optree

NAMESPACE = "gradproof"
# The name of a tree that is a single leaf.
BARE = "params"


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """A flattened tree: paths and leaves in order, and the function that puts new leaves in their place."""

    names: tuple[str, ...]
    leaves: tuple[Any, ...]
    rebuild: Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> Tree:
    """Flatten dicts, lists, tuples, named tuples, registered nodes and dataclasses; ``None`` is a leaf.

    Paths are keys, indices and field names joined by dots: ``layers.0.weight``. Dicts keep their own order. Where
    two paths would read the same, the later ones get a number.
    """
    if type(tree) is dict and all(type(leaf) is np.ndarray for leaf in tree.values()) and _plain(tree):
        # The commonest tree by far, without the machinery: a dict of arrays.
        keys = tuple(tree)
        return Tree(keys, tuple(tree.values()), lambda leaves: dict(zip(keys, leaves, strict=True)))
    pairs, rebuild = _flatten(tree)
    seen: dict[str, int] = {}
    names = []
    for path, _ in pairs:
        name = ".".join(map(str, path)) or BARE
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return Tree(tuple(names), tuple(leaf for _, leaf in pairs), rebuild)


def _plain(tree: dict[Any, Any]) -> bool:
    """Whether the keys are names that cannot read like paths."""
    return all(type(key) is str and key and "." not in key and "#" not in key for key in tree)


_Path = tuple[object, ...]


def _flatten(tree: Any) -> tuple[list[tuple[_Path, Any]], Callable[[Sequence[Any]], Any]]:
    # The commonest trees do without it, and its import takes as long as their check.
    import optree

    with optree.dict_insertion_ordered(True, namespace=NAMESPACE):
        accessors, leaves, spec = optree.tree_flatten_with_accessor(
            tree, is_leaf=_is_dataclass, none_is_leaf=True, namespace=NAMESPACE
        )
    paths = [tuple(_key(entry) for entry in accessor) for accessor in accessors]
    if not any(map(_is_dataclass, leaves)):
        return list(zip(paths, leaves, strict=True)), spec.unflatten
    return _with_dataclasses(paths, leaves, spec)


def _with_dataclasses(
    paths: list[_Path], leaves: list[Any], spec: optree.PyTreeSpec
) -> tuple[list[tuple[_Path, Any]], Callable[[Sequence[Any]], Any]]:
    pairs: list[tuple[_Path, Any]] = []
    rebuilds: list[tuple[int, Callable[[Sequence[Any]], Any]]] = []
    for path, leaf in zip(paths, leaves, strict=True):
        inner, rebuild = _flatten_dataclass(leaf) if _is_dataclass(leaf) else ([((), leaf)], _only)
        pairs += [(path + below, value) for below, value in inner]
        rebuilds.append((len(inner), rebuild))

    def put_back(values: Sequence[Any]) -> Any:
        start, outer = 0, []
        for count, rebuild in rebuilds:
            outer.append(rebuild(values[start : start + count]))
            start += count
        return spec.unflatten(outer)

    return pairs, put_back


def _flatten_dataclass(node: Any) -> tuple[list[tuple[_Path, Any]], Callable[[Sequence[Any]], Any]]:
    fields = [field.name for field in dataclasses.fields(node)]
    pairs, rebuild = _flatten({name: getattr(node, name) for name in fields})

    def put_back(values: Sequence[Any]) -> Any:
        # A copy keeps what is not a field; object.__setattr__ also reaches frozen and slotted classes.
        new = copy.copy(node)
        for name, value in rebuild(values).items():
            object.__setattr__(new, name, value)
        return new

    return pairs, put_back


def _only(values: Sequence[Any]) -> Any:
    return values[0]


def _is_dataclass(node: object) -> bool:
    return dataclasses.is_dataclass(node) and not isinstance(node, type)


def _key(entry: Any) -> object:
    return getattr(entry, "field", None) or entry.entry
