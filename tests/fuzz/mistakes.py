"""Mistakes planted into a right gradient, with the leaves that they are in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.trees import Draw

Array = Any
Plant = Callable[[list[Array | None]], list[Array | None]]
FACTORS = (2.0, 0.5, -1.0, 1.01, 1.001, 0.9, 10.0, 1.0001, 1e3)


def _factor(draw: Draw, g: Array, x: Array) -> Array:
    return g * FACTORS[draw.integers(len(FACTORS))]


def _zero(draw: Draw, g: Array, x: Array) -> Array:
    return np.zeros_like(g)


def _entry(draw: Draw, g: Array, x: Array) -> Array:
    wrong = g.copy()
    flat = wrong.reshape(-1)
    flat[draw.integers(flat.size)] *= 1.0 + 10.0 ** draw.uniform(-3, 1)
    return flat.reshape(g.shape)


def _row(draw: Draw, g: Array, x: Array) -> Array:
    wrong = g.copy()
    if g.ndim:
        wrong[draw.integers(g.shape[0])] = 0.0
    return wrong


def _transposed(draw: Draw, g: Array, x: Array) -> Array:
    return g.T.copy() if g.ndim == 2 and g.shape[0] == g.shape[1] else g[::-1].copy() if g.ndim else -g


def _shifted(draw: Draw, g: Array, x: Array) -> Array:
    return np.roll(g, 1) if g.size > 1 else 1.5 * g


def _decayed(draw: Draw, g: Array, x: Array) -> Array:
    x = np.asarray(x, dtype=g.dtype)
    size = float(np.max(np.abs(g), initial=0.0)) / max(float(np.max(np.abs(x), initial=0.0)), 1e-300)
    return g + 0.1 * size * x


def _perturbed(draw: Draw, g: Array, x: Array) -> Array:
    return g * (1.0 + 10.0 ** draw.uniform(-5, 0) * draw.normal(size=g.shape))


def _offset(draw: Draw, g: Array, x: Array) -> Array:
    return g + 0.1 * float(np.max(np.abs(g), initial=0.0))


KINDS: dict[str, Callable[[Draw, Array, Array], Array]] = {
    "factor": _factor,
    "zero": _zero,
    "entry": _entry,
    "row": _row,
    "transposed": _transposed,
    "shifted": _shifted,
    "decayed": _decayed,
    "perturbed": _perturbed,
    "offset": _offset,
}


def planted(draw: Draw, slopes: list[Array | None], xs: list[Any]) -> tuple[str, Plant, set[int]]:
    """Return a kind of mistake, what plants it into a gradient, and the numbers of the one to three leaves it is in."""
    usable = [i for i, g in enumerate(slopes) if g is not None and g.size and g.dtype.kind == "f" and np.any(g)]
    if not usable:
        return "none", lambda given: given, set()
    count = min(len(usable), 1 if draw.random() < 0.7 else int(draw.integers(1, 4)))
    chosen = [int(i) for i in draw.choice(usable, count, replace=False)]
    kind, seed = sorted(KINDS)[draw.integers(len(KINDS))], int(draw.integers(2**32))

    def plant(given: list[Array | None]) -> list[Array | None]:
        wrong = list(given)
        for i in chosen:
            # The same mistake in every call.
            wrong[i] = KINDS[kind](np.random.default_rng([seed, i]), given[i], xs[i])
        return wrong

    made = plant(slopes)
    return kind, plant, {i for i in chosen if not np.array_equal(made[i], slopes[i])}
