"""Mistakes of known kind, place and size, planted into an exact gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bench.versus.base import Tree, between

LEAST = {"float64": 1e-5, "float32": 3e-3}  # of the relative errors that are drawn


@dataclass(frozen=True)
class Mistake:
    """A kind, what it does to a gradient (of the point, too), the leaves it spoils, and what a name must say of it."""

    kind: str
    leaves: tuple[str, ...]
    spoil: Callable[[Tree, Tree], Tree]
    facts: dict[str, Any] = field(default_factory=dict)
    shift: float = 0.0  # the gradient is one of another point, so much of each scale away
    share: float = 0.0  # the relative size that was drawn


def _in_leaf(kind: str, leaf: str, change: Callable[[np.ndarray, np.ndarray], np.ndarray], **facts: Any) -> Mistake:
    share = facts.pop("share", 0.0)
    return Mistake(kind, (leaf,), lambda g, p: {**g, leaf: change(g[leaf], p[leaf])}, facts, share=share)


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x)))) or 1.0


def _factor(rng, leaf, shapes, share):
    factor = float(rng.choice([2.0, 0.5, 3.0, 0.25, 8.0, 1.0 + share, 1.0 - 0.9 * share]))
    return _in_leaf("factor", leaf, lambda g, p: factor * g, factor=factor)


def _sign(rng, leaf, shapes, share):
    return _in_leaf("sign", leaf, lambda g, p: -g, factor=-1.0)


def _zero(rng, leaf, shapes, share):
    return _in_leaf("zero", leaf, lambda g, p: 0.0 * g)


def _entry(rng, leaf, shapes, share):
    index = tuple(int(rng.integers(n)) for n in shapes[leaf])

    def change(g, p):
        g = g.copy()
        g[index] += share * _rms(g) * 3.0
        return g

    return _in_leaf("entry", leaf, change, index=index, share=share)


def _row(rng, leaf, shapes, share):
    row, factor = int(rng.integers(shapes[leaf][0])), float(rng.choice([0.0, 2.0, 1.0 + share]))

    def change(g, p):
        g = g.copy()
        g[row] *= factor
        return g

    return _in_leaf("row", leaf, change, row=row)


def _transposed(rng, leaf, shapes, share):
    return _in_leaf("transposed", leaf, lambda g, p: g.T.copy())


def _term(rng, leaf, shapes, share):
    sign = float(rng.choice([-1.0, 1.0]))
    return _in_leaf("term", leaf, lambda g, p: g + sign * share * _rms(g) / _rms(p) * p, share=share)


def _constant(rng, leaf, shapes, share):
    return _in_leaf("constant", leaf, lambda g, p: g + share * _rms(g), share=share)


def _dense(rng, leaf, shapes, share):
    noise = rng.normal(size=shapes[leaf])
    return _in_leaf("dense", leaf, lambda g, p: g + share * _rms(g) * noise.astype(g.dtype), share=share)


def _shifted(rng, leaf, shapes, share):
    return _in_leaf("shifted", leaf, lambda g, p: np.roll(g, 1, axis=0))


def _lost_sign(rng, leaf, shapes, share):
    return _in_leaf("sign lost", leaf, lambda g, p: np.abs(g))


def _half(rng, leaf, shapes, share):
    def change(g, p):
        # In the units of the leaf, so that half precision can hold them.
        size = float(np.max(np.abs(g))) or 1.0
        return (g / size).astype(np.float16).astype(g.dtype) * size

    return _in_leaf("half precision", leaf, change)


def _swapped(rng, leaf, shapes, share):
    others = [name for name, shape in shapes.items() if shape == shapes[leaf] and name != leaf]
    other = str(rng.choice(others))
    return Mistake("exchanged", (leaf, other), lambda g, p: {**g, leaf: g[other], other: g[leaf]})


def _added(rng, leaf, shapes, share):
    others = [name for name, shape in shapes.items() if shape == shapes[leaf] and name != leaf]
    other = str(rng.choice(others))
    return Mistake("another's added", (leaf,), lambda g, p: {**g, leaf: g[leaf] + g[other]})


def _stale(rng, leaf, shapes, share):
    return Mistake("stale", tuple(shapes), lambda g, p: g, shift=max(share, 1e-3), share=share)


def _all(rng, leaf, shapes, share):
    factor = float(rng.choice([2.0, 0.5, -1.0, 1.0 + share]))
    return Mistake("factor in all", tuple(shapes), lambda g, p: {n: factor * x for n, x in g.items()},
                   {"factor": factor})  # fmt: skip


ANY = (_factor, _sign, _zero, _entry, _term, _dense, _stale, _all)
VECTOR = (_shifted, _lost_sign, _half, _constant)  # where a leaf has several entries


def draw(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]], dtype: str) -> Mistake:
    """Draw a mistake that arrays of these shapes can have; sizes are uniform in their logarithm."""
    leaf = str(rng.choice(sorted(shapes)))
    shape, kinds = shapes[leaf], list(ANY)
    kinds += VECTOR if int(np.prod(shape)) > 2 else ()
    kinds += (_row,) if len(shape) == 2 and shape[0] > 2 and shape[1] > 1 else ()
    kinds += (_transposed, _transposed) if len(shape) == 2 and shape[0] == shape[1] > 1 else ()
    kinds += (_swapped, _added) if sum(s == shape for s in shapes.values()) > 1 else ()
    return kinds[int(rng.integers(len(kinds)))](rng, leaf, shapes, between(rng, LEAST[dtype], 1.0))


def scaled(x: np.ndarray) -> np.ndarray:
    """Return the scales of a leaf's entries, by which errors of a gradient are weighed."""
    rms = float(np.sqrt(np.mean(np.square(x, dtype=float))))
    return np.maximum(np.abs(x), 1e-3 * rms) if rms else np.ones_like(x)


def size(right: Tree, wrong: Tree, params: Tree, kinks: Tree) -> dict[str, float]:
    """Return the relative error of each leaf's contribution, kinks at the point left out; 1 of a leaf of zeros."""
    found = {}
    for name, g in right.items():
        weight = np.asarray(scaled(params[name]), dtype=float) * ~np.asarray(kinks.get(name, False))
        error, whole = (float(np.linalg.norm(weight * x)) for x in (wrong[name].astype(float) - g, g.astype(float)))
        found[name] = error / whole if whole else float(error > 0)
    return found
