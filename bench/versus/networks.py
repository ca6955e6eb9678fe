"""Networks of several depths, sizes, activations and losses, with the backward pass written by hand."""

from __future__ import annotations

import numpy as np
from bench.versus.base import Base


def _sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def _on(z):
    return (z.real > 0).astype(z.real.dtype)


def _softplus(z):
    size = z * (2.0 * _on(z) - 1.0)
    return z * _on(z) + np.log1p(np.exp(-size))


def _gelu(z):
    return 0.5 * z * (1.0 + np.tanh(0.7978845608 * (z + 0.044715 * z**3)))


def _gelu_slope(z, a):
    t = np.tanh(0.7978845608 * (z + 0.044715 * z**3))
    return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * 0.7978845608 * (1.0 + 0.134145 * z * z)


# Each with its slope, of the input z and the value a.
ACTIVATIONS = {
    "tanh": (np.tanh, lambda z, a: 1.0 - a * a),
    "sigmoid": (_sigmoid, lambda z, a: a * (1.0 - a)),
    "softplus": (_softplus, lambda z, a: _sigmoid(z)),
    "relu": (lambda z: z * _on(z), lambda z, a: _on(z)),
    "leaky relu": (lambda z: z * (0.1 + 0.9 * _on(z)), lambda z, a: 0.1 + 0.9 * _on(z)),
    "sine": (np.sin, lambda z, a: np.cos(z)),
    "gelu": (_gelu, _gelu_slope),
    "swish": (lambda z: z * _sigmoid(z), lambda z, a: _sigmoid(z) * (1.0 + z * (1.0 - _sigmoid(z)))),
    "square": (lambda z: 0.2 * z * z, lambda z, a: 0.4 * z),
}


def _softmax(z):
    e = np.exp(z - np.max(z.real, axis=0))
    return e / e.sum(axis=0)


def _cross_entropy(z, y):
    return -np.sum(y * np.log(_softmax(z))) / z.shape[1]


# Each with its derivative by the outputs z, of shape (outputs, batch).
LOSSES = {
    "squares": (lambda z, y: 0.5 * np.sum((z - y) ** 2) / z.shape[1], lambda z, y: (z - y) / z.shape[1]),
    "cross entropy": (_cross_entropy, lambda z, y: (_softmax(z) * y.sum(axis=0) - y) / z.shape[1]),
    "binary": (
        lambda z, y: np.sum(_softplus(z) - y * z) / z.shape[1],
        lambda z, y: (_sigmoid(z) - y) / z.shape[1],
    ),
    "log cosh": (lambda z, y: np.sum(_softplus(2.0 * (z - y)) - (z - y)), lambda z, y: np.tanh(z - y)),
}


def network(rng: np.random.Generator, widths: list[int], batch: int) -> Base:
    """Draw a network of given widths: activation, loss, decay, weights and data."""
    names = sorted(ACTIVATIONS), sorted(LOSSES)
    kind, end = (str(rng.choice(found)) for found in names)
    depth, decay = len(widths) - 1, float(rng.choice([0.0, 0.0, 0.01, 0.1]))
    act, slope = ACTIVATIONS[kind]
    cost, cost_slope = LOSSES[end]
    params = {}
    for k in range(1, depth + 1):
        params[f"W{k}"] = rng.normal(size=(widths[k], widths[k - 1])) / np.sqrt(widths[k - 1])
        params[f"b{k}"] = 0.3 * rng.normal(size=(widths[k], 1))
    y = rng.random((widths[-1], batch))
    data = {"X": rng.normal(size=(widths[0], batch)), "y": y / y.sum(axis=0) if end == "cross entropy" else y}

    def passes(p, d):
        values, inputs = [d["X"]], []
        for k in range(1, depth + 1):
            inputs.append(p[f"W{k}"] @ values[-1] + p[f"b{k}"])
            values.append(act(inputs[-1]) if k < depth else inputs[-1])
        return values, inputs

    def loss(p, d):
        found = cost(passes(p, d)[0][-1], d["y"])
        return found + 0.5 * decay * sum(np.sum(p[f"W{k}"] ** 2) for k in range(1, depth + 1)) if decay else found

    def gradient(p, d):
        values, inputs = passes(p, d)
        delta, found = cost_slope(values[-1], d["y"]), {}
        for k in range(depth, 0, -1):
            found[f"W{k}"] = delta @ values[k - 1].T + decay * p[f"W{k}"]
            found[f"b{k}"] = delta.sum(axis=1, keepdims=True)
            if k > 1:
                delta = (p[f"W{k}"].T @ delta) * slope(inputs[k - 2], values[k - 1])
        return {name: found[name] for name in p}

    return Base(f"{kind}, {end}", params, data, loss, gradient)


def small(rng: np.random.Generator) -> Base:
    """Draw a network of at most some hundred parameters."""
    widths = [int(n) for n in rng.integers(1, 9, size=int(rng.integers(2, 6)))]
    return network(rng, widths, int(rng.integers(1, 9)))


def large(rng: np.random.Generator) -> Base:
    """Draw a network of a thousand to twenty thousand parameters."""
    widths = [int(n) for n in rng.integers(24, 100, size=int(rng.integers(2, 5)))]
    return network(rng, widths, int(rng.integers(2, 9)))
