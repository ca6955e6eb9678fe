"""Objectives of random trees, their gradients known by formula: smooth, kinked, noisy, quantised, constant, edged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz.trees import Draw, leaves, mapped

Array = Any
Pair = tuple[Callable[[Array], Array], Callable[[Array], Array]]

SMOOTH: dict[str, Pair] = {
    "linear": (lambda z: z, np.ones_like),
    "square": (lambda z: z * z, lambda z: 2.0 * z),
    "cube": (lambda z: z**3 / 3.0, lambda z: z * z),
    "sine": (lambda z: np.sin(2.0 * z + 0.3), lambda z: 2.0 * np.cos(2.0 * z + 0.3)),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "exp": (lambda z: np.exp(0.5 * z), lambda z: 0.5 * np.exp(0.5 * z)),
    "log1p": (lambda z: np.log1p(z * z), lambda z: 2.0 * z / (1.0 + z * z)),
    "softplus": (lambda z: np.logaddexp(0.0, z), lambda z: 0.5 * (1.0 + np.tanh(0.5 * z))),
    "root": (lambda z: np.sqrt(1.0 + z * z), lambda z: z / np.sqrt(1.0 + z * z)),
    "bell": (lambda z: 1.0 / (1.0 + z * z), lambda z: -2.0 * z / (1.0 + z * z) ** 2),
}
# At the kink itself: some element of the subdifferential.
KINKED: dict[str, Pair] = {
    "abs": (np.abs, np.sign),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0.0, 1.0, np.where(z == 0.0, 0.4, 0.0))),
    "leaky": (lambda z: np.where(z > 0.0, z, 0.1 * z), lambda z: np.where(z > 0.0, 1.0, 0.1)),
    "clip": (lambda z: np.clip(z, -1.0, 1.0), lambda z: np.where(np.abs(z) < 1.0, 1.0, 0.0)),
    "huber": (
        lambda z: np.where(np.abs(z) < 1.0, 0.5 * z * z, np.abs(z) - 0.5),
        lambda z: np.clip(z, -1.0, 1.0),
    ),
}
FLAT: dict[str, Pair] = {"constant": (np.zeros_like, np.zeros_like)}
# What is not finite, or not real, elsewhere.
EDGED: dict[str, Pair] = {
    "log": (lambda z: np.log(z + 3.0), lambda z: 1.0 / (z + 3.0)),
    "sqrt": (lambda z: np.sqrt(z + 4.0), lambda z: 0.5 / np.sqrt(z + 4.0)),
    "fence": (lambda z: np.where(np.abs(z) > 6.0, np.inf, z * z), lambda z: 2.0 * z),
}
# By manner: functions of the leaves, and what is done to the value.
MANNERS = ("smooth", "smooth", "smooth", "kinked", "edged", "constant", "noisy", "quantised", "random", "native")


@dataclass(frozen=True)
class Term:
    """What one leaf adds: ``size * sum(w * phi(x / scale))``, and its weights in the coupling of all leaves."""

    name: str
    phi: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    scale: float
    weights: Array
    coupling: Array


@dataclass
class Objective:
    """A loss with the formula of its gradient, both functions of the tree alone.

    Attributes
    ----------
    manner
        One of ``MANNERS``.
    terms
        One per leaf, None where the leaf is not one of numbers.
    size, coupled
        What all is multiplied by, and the share of the coupling ``tanh`` of all leaves.
    blur
        Relative size of noise or of the steps of rounding.
    """

    manner: str
    terms: list[Term | None]
    size: float
    coupled: float
    blur: float
    draws: Draw
    calls: int = 0

    def __call__(self, tree: Any) -> Any:
        """Return the loss."""
        self.calls += 1
        total, inner = 0.0, 0.0
        for x, term in zip(leaves(tree), self.terms, strict=True):
            if term is None:
                continue
            for part in _real_parts(x):
                z = self._scaled(part, term)
                total = total + np.sum(term.weights.astype(z.dtype) * term.phi(z), dtype=z.dtype)
                inner += float(np.sum(term.coupling * z))
        value = self.size * (total + type(total)(self.coupled * np.tanh(inner)))
        return self._blurred(value, tree)

    def gradient(self, tree: Any) -> Any:
        """Return the gradient, in double precision; None for what is no array of numbers."""
        given = list(zip(leaves(tree), self.terms, strict=True))
        inner = sum(
            float(np.sum(term.coupling * self._scaled(part, term)))
            for x, term in given
            if term is not None
            for part in _real_parts(x)
        )
        outer = self.coupled / np.cosh(inner) ** 2

        def slope(part: Array, term: Term) -> Array:
            z = self._scaled(part, term).astype(np.float64)
            return np.asarray(self.size / term.scale * (term.weights * term.slope(z) + outer * term.coupling))

        found: list[Any] = []
        for x, term in given:
            slopes = [] if term is None else [slope(part, term) for part in _real_parts(x)]
            found.append(None if not slopes else slopes[0] if len(slopes) == 1 else slopes[0] + 1j * slopes[1])
        rest = iter(found)
        return mapped(lambda _: next(rest), tree)

    def _scaled(self, part: Array, term: Term) -> Array:
        if self.manner == "native":
            return part / part.dtype.type(term.scale)
        return part.astype(np.float64) / term.scale

    def _blurred(self, value: Any, tree: Any) -> Any:
        if self.manner == "noisy":
            held = hashlib.blake2b(digest_size=8)
            for x in leaves(tree):
                held.update(np.asarray(x).tobytes() if isinstance(x, np.ndarray | float | np.generic) else b"")
            grain = int.from_bytes(held.digest(), "little") / 2.0**63 - 1.0
            return value + self.blur * self.size * grain
        if self.manner == "random":
            return value + self.blur * self.size * float(self.draws.normal())
        if self.manner == "quantised":
            grid = self.blur * self.size
            return np.float64(np.round(value / grid) * grid)
        return value


def _real_parts(x: Any) -> list[Array]:
    x = np.asarray(x)
    return [x.real, x.imag] if x.dtype.kind == "c" else [x]


def _is_of_numbers(leaf: Any) -> bool:
    return isinstance(leaf, float | np.ndarray | np.generic) and np.asarray(leaf).dtype.kind in "fc"


def objective(draw: Draw, tree: Any) -> Objective:
    """Return a random objective of a tree, whose gradient is well conditioned at the tree's own values."""
    manner = MANNERS[draw.integers(len(MANNERS))]
    sources = {"kinked": {**KINKED, **SMOOTH}, "constant": FLAT, "edged": {**EDGED, **SMOOTH}}
    source = sources.get(manner, SMOOTH)
    names = sorted(source)
    terms = []
    members = leaves(tree)
    total = max(sum(np.size(leaf) for leaf in members if _is_of_numbers(leaf)), 1)
    for leaf in members:
        if not _is_of_numbers(leaf):
            terms.append(None)
            continue
        name = names[draw.integers(len(names))]
        x = np.abs(np.asarray(leaf)).astype(np.float64)
        shape, scale = x.shape, max(float(np.sqrt(np.mean(x * x))), 1e-30) if x.any() else 1.0
        if name in EDGED:
            # All entries lie inside; some close to the edge.
            scale = max(scale, float(x.max(initial=0.0)) / 2.5)
        weights = draw.normal(size=shape) * (10.0 ** draw.uniform(-4, 4) if draw.random() < 0.2 else 1.0)
        coupling = draw.normal(size=shape) / np.sqrt(total)
        terms.append(Term(name, *source[name], scale, weights, coupling))
    tame = manner in ("native",) or draw.random() < 0.8
    size = 1.0 if tame else 10.0 ** draw.uniform(-12, 12) if draw.random() < 0.7 else 10.0 ** draw.uniform(-250, 250)
    coupled = 0.0 if manner in ("constant", "quantised") or draw.random() < 0.3 else 1.0
    blur = 10.0 ** draw.uniform(-12, -2)
    return Objective(manner, terms, size, coupled, blur, np.random.default_rng(draw.integers(2**32)))
