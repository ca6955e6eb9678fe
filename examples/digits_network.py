"""A network for handwritten digits, its backward pass written out by hand.

Try ``gradproof check examples/digits_network.py``. Layers: 64 - 32 - 16 - 10, tanh, tanh, softmax; cross-entropy and
a little weight decay, on the 8 x 8 pictures that scikit-learn bundles. A column is a picture.
"""

from itertools import pairwise

import numpy as np
from sklearn.datasets import load_digits

EXAMPLES = 200
DECAY = 1e-3

digits = load_digits()
X = digits.data[:EXAMPLES].T / 16.0  # (64, m)
Y = np.eye(10)[digits.target[:EXAMPLES]].T  # (10, m), one-hot
m = EXAMPLES


def params():
    """Random weights, small random biases (zero would hide mistakes in them)."""
    rng = np.random.default_rng(7)
    sizes = [64, 32, 16, 10]
    tree = {}
    for layer, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        tree[f"W{layer}"] = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
        tree[f"b{layer}"] = 0.1 * rng.normal(size=(outputs, 1))
    return tree


def forward(p):
    """Return the activations of the hidden layers and the class probabilities."""
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = np.tanh(p["W2"] @ A1 + p["b2"])
    Z3 = p["W3"] @ A2 + p["b3"]
    E = np.exp(Z3 - Z3.max(axis=0))
    return A1, A2, E / E.sum(axis=0)


def loss(p):
    """Mean cross-entropy plus weight decay."""
    P = forward(p)[2]
    penalty = 0.5 * DECAY * sum(np.sum(p[name] ** 2) for name in ("W1", "W2", "W3"))
    return -np.sum(Y * np.log(P)) / m + penalty


def gradient(p):
    """The backward pass, from the output to the input."""
    A1, A2, P = forward(p)
    dZ3 = (P - Y) / m
    dZ2 = (p["W3"].T @ dZ3) * (1 - A2**2)
    dZ1 = (p["W2"].T @ dZ2) * (1 - A1**2)
    return {
        "W1": dZ1 @ X.T + DECAY * p["W1"],
        "b1": dZ1.sum(axis=1, keepdims=True),
        "W2": dZ2 @ A1.T + DECAY * p["W2"],
        "b2": dZ2.sum(axis=1, keepdims=True),
        "W3": dZ3 @ A2.T + DECAY * p["W3"],
        "b3": dZ3.sum(axis=1, keepdims=True),
    }
