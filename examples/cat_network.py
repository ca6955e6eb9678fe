"""The cat classifier, 12288 - 5 - 5 - 1 with tanh: 61,481 parameters proved in a few dozen evaluations.

Try ``gradproof check examples/cat_network.py`` (all 209 pictures) or ``examples/cat_network.py:one`` (one of them: a
mistake shows as well there, and an evaluation is cheap). With ``--params trained.npz`` it is checked at other
parameters. The pictures: see pictures.py.
"""

import numpy as np
from pictures import pictures

import gradproof

X, Y = pictures("train")
LAYERS = [X.shape[0], 5, 5, 1]


def params():
    """Random weights in proportion to the root of their number, small random biases."""
    rng = np.random.default_rng(1)
    tree = {}
    for layer in range(1, len(LAYERS)):
        tree[f"W{layer}"] = rng.normal(size=(LAYERS[layer], LAYERS[layer - 1])) / np.sqrt(LAYERS[layer - 1])
        tree[f"b{layer}"] = 0.01 * rng.normal(size=(LAYERS[layer], 1))
    return tree


def forward(p, X):
    """Return the activations of the three layers."""
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = np.tanh(p["W2"] @ A1 + p["b2"])
    A3 = 1 / (1 + np.exp(-(p["W3"] @ A2 + p["b3"])))
    return A1, A2, A3


def loss(p, X, Y):
    """Mean cross-entropy."""
    A3 = forward(p, X)[2]
    return -np.mean(np.log(np.where(Y == 1, A3, 1 - A3)))


def gradient(p, X, Y):
    """The backward pass."""
    A1, A2, A3 = forward(p, X)
    dZ3 = (A3 - Y) / X.shape[1]
    dZ2 = (p["W3"].T @ dZ3) * (1 - A2**2)
    dZ1 = (p["W2"].T @ dZ2) * (1 - A1**2)
    return {
        "W1": dZ1 @ X.T,
        "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": dZ2 @ A1.T,
        "b2": dZ2.sum(axis=1, keepdims=True),
        "W3": dZ3 @ A2.T,
        "b3": dZ3.sum(axis=1, keepdims=True),
    }


problem = gradproof.Problem(loss, gradient, params(), args=(X, Y))
one = gradproof.Problem(loss, gradient, params(), args=(X[:, 2:3], Y[:, 2:3]))
