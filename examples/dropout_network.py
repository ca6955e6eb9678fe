"""Dropout: "turn it off while checking" is what everybody is told; here it stays on.

Each call draws its mask from a generator that starts from the same seed, so that every evaluation and the backward pass
see one mask: the objective is a function again, and its gradient can be proved like any other. The network is that of
fraud_detection.py, with half of each hidden layer dropped. ``:forgotten`` is the usual mistake: the backward pass
forgets the mask of the first layer.
"""

import numpy as np
from fraud_detection import args, m, params

import gradproof

KEEP = 0.5


def forward(p, X):
    """Return the activations of the layers after dropout, and the masks, scaled by 1/KEEP."""
    random = np.random.default_rng(3)
    A1 = np.maximum(p["W1"] @ X + p["b1"], 0)
    D1 = (random.random(A1.shape) < KEEP) / KEEP
    A1 = A1 * D1
    A2 = np.maximum(p["W2"] @ A1 + p["b2"], 0)
    D2 = (random.random(A2.shape) < KEEP) / KEEP
    A2 = A2 * D2
    A3 = 1 / (1 + np.exp(-(p["W3"] @ A2 + p["b3"])))
    return (A1, A2, A3), (D1, D2)


def loss(p, X, Y):
    """Mean cross-entropy."""
    A3 = forward(p, X)[0][2]
    return -np.sum(np.log(A3) * Y + np.log(1 - A3) * (1 - Y)) / m


def backward(p, data, masks):
    """The backward pass with these masks."""
    X, Y = data
    (A1, A2, A3), _ = forward(p, X)
    dZ3 = (A3 - Y) / m
    dZ2 = (p["W3"].T @ dZ3) * masks[1] * (A2 > 0)
    dZ1 = (p["W2"].T @ dZ2) * masks[0] * (A1 > 0)
    below = {"1": X, "2": A1, "3": A2}
    return {
        name: dZ @ below[name[1]].T if name[0] == "W" else dZ.sum(axis=1, keepdims=True)
        for layer, dZ in zip("123", (dZ1, dZ2, dZ3), strict=True)
        for name in (f"W{layer}", f"b{layer}")
    }


def gradient(p, X, Y):
    """The gradient under the same masks."""
    return backward(p, (X, Y), forward(p, X)[1])


def gradient_without_first_mask(p, X, Y):
    """The mistake: the first layer's units are there again in the backward pass, unscaled."""
    _, D2 = forward(p, X)[1]
    return backward(p, (X, Y), (1.0, D2))


problem = gradproof.Problem(loss, gradient, params, args=args)
forgotten = gradproof.Problem(loss, gradient_without_first_mask, params, args=args)
