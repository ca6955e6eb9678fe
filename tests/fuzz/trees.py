"""Random trees of parameters: containers, hostile names, dtypes, shapes and memory layouts, all from one generator."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from typing import Any

import numpy as np

Draw = np.random.Generator

NAMES = [
    "W", "b", "layers", "weight", "W1", "0", "", ".", "a.b", "a#2", "#", "*", "[x]", "?", "**/..", "a/b", "\n", "\x00",
    "\x1b[31mred\x1b[0m", "\u202egnp", "\ud800", "</script><script>alert(1)</script>", "]]>", "&amp;", "{{x}}", "%s%n",
    "::error::x", "|", "`code`", "<b>", "\u0301\u0301", "名前", "😀" * 3, "x" * 300, "params", "__class__", "'", '"',
    "\\", "-", "--seed", " ", "\t", "\r\n", "a\u2028b", "nan", "None",
]  # fmt: skip
KEYS = [0, 1, -1, 2**70, True, 1.5, float("inf"), (1, 2), (), frozenset(), b"bytes", None]
SHAPES = [
    (), (), (1,), (1, 1, 1), (2,), (3,), (5,), (7,), (2, 3), (4, 4), (3, 1), (1, 6), (2, 2, 2), (17,), (8, 9), (40,),
    (130,), (12, 30), (6,), (3, 2), (0,), (3, 0), (1, 0, 2), (4200,),
]  # fmt: skip
FLOATS = ["f8"] * 9 + ["f4"] * 4 + ["f2"] * 2 + ["g"]
OTHERS: list[Callable[[Draw], Any]] = [
    lambda draw: None,
    lambda draw: draw.integers(-5, 5, 3),
    lambda draw: int(draw.integers(9)),
    lambda draw: draw.random(2) > 0.5,
    lambda draw: "text",
    lambda draw: True,
    lambda draw: np.array(["a", "b"]),
    lambda draw: np.array([None, 1], dtype=object),
    lambda draw: np.array([1, 2], dtype="M8[s]"),
    lambda draw: object(),
    lambda draw: b"bytes",
    lambda draw: np.zeros(2, dtype=[("x", "f8")]),
]


class Pair(typing.NamedTuple):
    """A named tuple of two subtrees."""

    first: Any
    second: Any


@dataclasses.dataclass
class Module:
    """A dataclass of two subtrees."""

    weight: Any
    rest: Any


@dataclasses.dataclass(frozen=True)
class Sealed:
    """A frozen dataclass of one subtree."""

    inside: Any


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree of the same containers with a function's values in the place of the leaves, in order."""
    if isinstance(tree, dict):
        return {key: mapped(function, value) for key, value in tree.items()}
    if isinstance(tree, Pair):
        return Pair(*(mapped(function, value) for value in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(mapped(function, value) for value in tree)
    if isinstance(tree, Module | Sealed):
        fields = [field.name for field in dataclasses.fields(tree)]
        return type(tree)(*(mapped(function, getattr(tree, name)) for name in fields))
    return function(tree)


def leaves(tree: Any) -> list[Any]:
    """Return the leaves in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def key(draw: Draw) -> Any:
    """Return a key of a dict: mostly a tame name, else a hostile one, or no text at all."""
    kind = draw.random()
    if kind < 0.6:
        return str(draw.choice(["W", "b", "U", "c", "gain", "bias"])) + str(draw.integers(4))
    return NAMES[draw.integers(len(NAMES))] if kind < 0.93 else KEYS[draw.integers(len(KEYS))]


def array(draw: Draw, *, tame: float = 0.85) -> Any:
    """Return a leaf of floating-point or complex numbers of any layout; with ``tame`` chance a plain float array."""
    shape = SHAPES[draw.integers(len(SHAPES))]
    dtype = FLOATS[draw.integers(len(FLOATS))] if draw.random() < 0.5 else "f8"
    scale = 10.0 ** draw.uniform(-6, 6) if draw.random() < 0.25 and dtype in ("f8", "g") else 1.0
    values = draw.normal(size=shape) * scale
    if draw.random() < 0.08:
        values = np.zeros(shape)
    elif draw.random() < 0.08:
        values = np.where(draw.random(shape) < 0.3, 0.0, values)
    elif draw.random() < 0.06:
        values = values * 10.0 ** draw.uniform(-8, 0, shape)
    if draw.random() < tame:
        return np.array(values, dtype=dtype)
    return _odd(draw, np.array(values, dtype=dtype))


def _odd(draw: Draw, plain: Any) -> Any:
    """Return the same numbers in an unusual layout or type."""
    kind = int(draw.integers(9))
    if kind == 0:
        return np.asfortranarray(plain)
    if kind == 1:
        held = plain.copy()
        held.flags.writeable = False
        return held
    if kind == 2 and plain.dtype.itemsize == 8:
        return plain.astype(">f8")
    if kind == 3 and plain.ndim:
        return np.repeat(plain, 2, axis=0)[::2]
    if kind == 4 and plain.ndim:
        return plain[::-1]
    if kind == 5 and plain.size == 1:
        return float(plain.reshape(())[()])
    if kind == 6 and plain.ndim == 0:
        return plain[()]
    if kind == 7:
        wide = plain.dtype.itemsize >= 8
        return (plain + 1j * draw.normal(size=plain.shape)).astype(np.complex128 if wide else np.complex64)
    if kind == 8 and plain.ndim == 2:
        return plain.T.copy().T
    return plain


def tree(draw: Draw) -> Any:
    """Return a random tree; at least the first leaf drawn is a float array with entries."""
    first = np.array(draw.normal(size=SHAPES[draw.integers(18)]))
    return _below(draw, int(draw.choice([0, 1, 1, 1, 2, 2, 3])), [first])


def _below(draw: Draw, depth: int, due: list[Any]) -> Any:
    if depth == 0 or draw.random() < 0.15:
        if due:
            return due.pop()
        if draw.random() < 0.12:
            return OTHERS[draw.integers(len(OTHERS))](draw)
        return array(draw)
    kind = draw.random()
    if kind < 0.7:
        count = int(draw.integers(1, 4)) if draw.random() < 0.98 else 40
        return {key(draw): _below(draw, depth - 1 if count < 9 else 0, due) for _ in range(count)}
    if kind < 0.84:
        below = [_below(draw, depth - 1, due) for _ in range(draw.integers(1, 4))]
        return below if kind < 0.79 else tuple(below)
    if kind < 0.9:
        return Pair(_below(draw, depth - 1, due), _below(draw, depth - 1, due))
    if kind < 0.96:
        return Module(_below(draw, depth - 1, due), _below(draw, depth - 1, due))
    return Sealed(_below(draw, depth - 1, due))


def shared(draw: Draw, made: Any) -> Any:
    """Return the tree, one time in ten with an array that also stands under a second name."""
    arrays = [leaf for leaf in leaves(made) if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f" and leaf.size]
    if not arrays or draw.random() > 0.1:
        return made
    return {"first": made, "tied": arrays[draw.integers(len(arrays))]}
