"""What a case is made of: an objective of a dict of arrays, its exact gradient, and the point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Tree = dict[str, np.ndarray]


def nothing(_: Tree) -> Tree:
    return {}


@dataclass(frozen=True)
class Base:
    """An objective ``loss(params, data)`` with its exact gradient, both written by hand.

    Every loss takes complex parameters too (where it is analytic), so that its gradient can be verified by complex
    steps, and computes in the dtype of parameters and data. ``kinks`` marks the entries at which the slope jumps at
    the point itself: there any claim between the two slopes is right. ``single`` says whether float32 can hold it.
    """

    name: str
    params: Tree
    data: dict[str, Any]
    loss: Callable[[Tree, dict[str, Any]], Any]
    gradient: Callable[[Tree, dict[str, Any]], Tree]
    single: bool = True
    kinks: Callable[[Tree], Tree] = field(default=nothing)


def cast(tree: dict[str, Any], dtype: Any) -> dict[str, Any]:
    """Return a tree with its floating arrays in another dtype; the rest as it is."""
    return {
        key: value.astype(dtype, copy=False) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        for key, value in tree.items()
    }


def real(value: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
    """Return the real part of what a Fourier transform made of real inputs; complex steps stay whole."""
    if any(np.iscomplexobj(x) for x in inputs):
        return value
    return value.real.astype(inputs[0].dtype)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number uniformly in its logarithm."""
    return float(10.0 ** rng.uniform(np.log10(low), np.log10(high)))
