"""Objectives with closed-form gradients, by class, whose truth is computed in extended precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Tree = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """An objective, its gradient for arrays of any precision, and a point."""

    kind: str
    loss: Callable[[Tree], Any]
    gradient: Callable[[Tree], Tree]
    params: Tree

    def truth(self) -> Tree:
        """Return the gradient in extended precision, at the very point, as double precision."""
        wide = {name: leaf.astype(np.longdouble) for name, leaf in self.params.items()}
        return {name: np.asarray(leaf, dtype=np.float64) for name, leaf in self.gradient(wide).items()}


def _network(rng: np.random.Generator, kind: str, spread: float = 0.5) -> Case:
    """A network with two layers, tanh or relu, squares or cross entropy; features of very different sizes."""
    inputs, hidden, batch = (int(rng.integers(low, high)) for low, high in ((10, 40), (10, 40), (4, 30)))
    X = rng.normal(size=(inputs, batch)) * np.exp(spread * rng.normal(size=(inputs, 1)))
    Y = (rng.random((1, batch)) < 0.5).astype(float)
    params = {
        "W1": rng.normal(size=(hidden, inputs)) / np.sqrt(inputs),
        "b1": 0.1 * rng.normal(size=(hidden, 1)),
        "W2": rng.normal(size=(1, hidden)) / np.sqrt(hidden),
        "b2": np.zeros((1, 1)),
    }
    relu = kind == "relu"

    def forward(p: Tree) -> tuple[Any, Any, Any]:
        x = X.astype(p["W1"].dtype)
        z = p["W1"] @ x + p["b1"]
        a = np.maximum(z, 0) if relu else np.tanh(z)
        return x, a, p["W2"] @ a + p["b2"]

    def loss(p: Tree) -> Any:
        _, _, out = forward(p)
        if relu:
            return np.mean((out - Y.astype(out.dtype)) ** 2)
        return np.mean(np.logaddexp(0, out) - Y.astype(out.dtype) * out)

    def gradient(p: Tree) -> Tree:
        x, a, out = forward(p)
        d = (2 * (out - Y) if relu else 1 / (1 + np.exp(-out)) - Y) / batch
        dz = (p["W2"].T @ d) * ((a > 0) if relu else 1 - a**2)
        sums = (np.sum(one, axis=1, keepdims=True) for one in (dz, d))
        return {"W1": dz @ x.T, "b1": next(sums), "W2": d @ a.T, "b2": next(sums)}

    return Case(kind, loss, gradient, params)


def _single_precision(rng: np.random.Generator) -> Case:
    case = _network(rng, "tanh")
    params = {name: leaf.astype(np.float32) for name, leaf in case.params.items()}
    return Case("float32", case.loss, case.gradient, params)


def _mixed_precision(rng: np.random.Generator) -> Case:
    """Parameters in single precision, the objective in double."""
    case = _separable(rng)
    wide = lambda p: {"x": p["x"].astype(np.float64) if p["x"].dtype == np.float32 else p["x"]}  # noqa: E731
    return Case(
        "mixed precision", lambda p: case.loss(wide(p)), case.gradient, {"x": case.params["x"].astype(np.float32)}
    )


def _noisy(rng: np.random.Generator) -> Case:
    """A network whose value carries deterministic noise, uniform, of some share of it."""
    case = _network(rng, "tanh")
    size = 10.0 ** rng.uniform(-12, -5)

    def loss(p: Tree) -> float:
        value = float(case.loss(p))
        bits = hash((value, float(p["W1"].sum()), float(p["W2"].sum()))) % 1_000_003 / 1_000_003
        return value + size * (bits - 0.5)

    return Case("noisy", loss, case.gradient, case.params)


def _rounded(rng: np.random.Generator) -> Case:
    case = _network(rng, "tanh")
    digits = int(rng.integers(7, 12))
    return Case("rounded", lambda p: round(float(case.loss(p)), digits), case.gradient, case.params)


ELEMENTARY: list[tuple[Callable[[Any], Any], Callable[[Any], Any]]] = [
    (np.exp, np.exp),
    (np.sin, np.cos),
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))),
    (lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2),
    (lambda x: x**5, lambda x: 5 * x**4),
    (lambda x: np.exp(np.sin(3 * x)), lambda x: 3 * np.cos(3 * x) * np.exp(np.sin(3 * x))),
    (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x)),
]


def _separable(rng: np.random.Generator) -> Case:
    function, slope = ELEMENTARY[int(rng.integers(len(ELEMENTARY)))]
    c = rng.normal(size=int(rng.integers(60, 400)))
    params = {"x": rng.normal(size=c.size) * 10.0 ** rng.uniform(-2, 0.3)}
    return Case("separable", lambda p: np.sum(c * function(p["x"])), lambda p: {"x": c * slope(p["x"])}, params)


def _quadratic(rng: np.random.Generator) -> Case:
    size = int(rng.integers(60, 200))
    A = rng.normal(size=(size, size))
    A = A @ A.T / size
    b = rng.normal(size=size)
    return Case(
        "quadratic", lambda p: 0.5 * p["x"] @ A @ p["x"] - b @ p["x"], lambda p: {"x": A @ p["x"] - b},
        {"x": rng.normal(size=size)},
    )  # fmt: skip


def _badly_scaled(rng: np.random.Generator) -> Case:
    """Parameters from 1e-8 to 1e8 in one leaf, each of which matters on its own scale, or on the scale of 1."""
    size = int(rng.integers(100, 300))
    x = 10.0 ** rng.uniform(-8, 8, size=size)
    if rng.random() < 0.5:
        return Case(
            "badly scaled", lambda p: np.sum(np.sin(np.log(p["x"]))), lambda p: {"x": np.cos(np.log(p["x"])) / p["x"]},
            {"x": x},
        )  # fmt: skip
    params = {"tiny": 1e-8 * rng.normal(size=size), "huge": 1e8 * rng.normal(size=size)}

    def loss(p: Tree) -> Any:
        return np.mean(np.tanh(p["tiny"] - 0.3)) + np.mean(np.tanh(p["huge"] / 1e8))

    def gradient(p: Tree) -> Tree:
        tiny, huge = 1 - np.tanh(p["tiny"] - 0.3) ** 2, 1 - np.tanh(p["huge"] / 1e8) ** 2
        return {"tiny": tiny / size, "huge": huge / size / 1e8}

    return Case("badly scaled", loss, gradient, params)


def _sparse(rng: np.random.Generator) -> Case:
    """An embedding of which few rows are used."""
    rows = int(rng.integers(30, 120))
    used = rng.choice(rows, size=max(rows // 15, 1), replace=False)
    u = rng.normal(size=(used.size, 8))

    def gradient(p: Tree) -> Tree:
        g = np.zeros_like(p["E"])
        g[used] = u * np.cos(p["E"][used] * u)
        return {"E": g}

    return Case("sparse", lambda p: np.sum(np.sin(p["E"][used] * u)), gradient, {"E": rng.normal(size=(rows, 8))})


def _softmax(rng: np.random.Generator) -> Case:
    classes, inputs, batch = int(rng.integers(3, 9)), int(rng.integers(10, 40)), int(rng.integers(3, 20))
    X, y = rng.normal(size=(batch, inputs)), rng.integers(classes, size=batch)
    rows = np.arange(batch)

    def loss(p: Tree) -> Any:
        z = X @ p["W"]
        top = z.max(axis=1)
        return np.mean(np.log(np.exp(z - top[:, None]).sum(axis=1)) + top - z[rows, y]) + 0.01 * np.sum(p["W"] ** 2)

    def gradient(p: Tree) -> Tree:
        z = X @ p["W"]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        s = e / e.sum(axis=1, keepdims=True)
        s[rows, y] -= 1
        return {"W": X.T.astype(s.dtype) @ s / batch + 2 * np.longdouble(0.01) * p["W"]}

    return Case("softmax", loss, gradient, {"W": rng.normal(size=(inputs, classes))})


def _rosenbrock(rng: np.random.Generator) -> Case:
    def loss(p: Tree) -> Any:
        x = p["x"]
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def gradient(p: Tree) -> Tree:
        x = p["x"]
        g = np.zeros_like(x)
        g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
        g[1:] += 200 * (x[1:] - x[:-1] ** 2)
        return {"x": g}

    return Case("rosenbrock", loss, gradient, {"x": rng.normal(size=int(rng.integers(50, 300)))})


def _sparse_penalty(rng: np.random.Generator) -> Case:
    """A smooth function and an L1 penalty, most of whose kinks lie away from the point, some close to it."""
    size = int(rng.integers(100, 400))
    x = rng.normal(size=size) * 10.0 ** rng.uniform(-3, 0, size=size)

    def gradient(p: Tree) -> Tree:
        return {"x": np.cos(p["x"]) + np.longdouble(0.3) * np.sign(p["x"])}

    return Case("kinks", lambda p: np.sum(np.sin(p["x"]) + 0.3 * np.abs(p["x"])), gradient, {"x": x})


MAKERS: dict[str, Callable[[np.random.Generator], Case]] = {
    "tanh": lambda rng: _network(rng, "tanh"),
    "heavy tails": lambda rng: _network(rng, "tanh", 2.0),
    "relu": lambda rng: _network(rng, "relu"),
    "float32": _single_precision,
    "mixed precision": _mixed_precision,
    "noisy": _noisy,
    "rounded": _rounded,
    "separable": _separable,
    "quadratic": _quadratic,
    "badly scaled": _badly_scaled,
    "sparse": _sparse,
    "softmax": _softmax,
    "rosenbrock": _rosenbrock,
    "kinks": _sparse_penalty,
}


def cases(kind: str, count: int, seed: int = 0) -> Iterator[Case]:
    """Yield cases of a class."""
    rng = np.random.default_rng((seed, list(MAKERS).index(kind)))
    for _ in range(count):
        yield MAKERS[kind](rng)
