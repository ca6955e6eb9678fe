"""The digits network with a mistake: a loop that stops one row early leaves the last row of W2 without gradient."""

import numpy as np
from digits_network import DECAY, Y, forward, loss, m, params
from digits_network import gradient as right

__all__ = ["gradient", "loss", "params"]


def gradient(p):
    """The backward pass, wrong in W2."""
    g = right(p)
    A1, A2, P = forward(p)
    dZ2 = (p["W3"].T @ ((P - Y) / m)) * (1 - A2**2)
    dW2 = np.zeros_like(p["W2"])
    for unit in range(len(dW2) - 1):  # off by one
        dW2[unit] = dZ2[unit] @ A1.T
    g["W2"] = dW2 + DECAY * p["W2"]
    return g
