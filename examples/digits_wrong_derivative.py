"""The digits network with a mistake: the derivative of tanh is forgotten on the way back through the first layer."""

from digits_network import DECAY, X, Y, forward, loss, m, params
from digits_network import gradient as right

__all__ = ["gradient", "loss", "params"]


def gradient(p):
    """The backward pass, wrong in layer 1."""
    g = right(p)
    _, A2, P = forward(p)
    dZ2 = (p["W3"].T @ ((P - Y) / m)) * (1 - A2**2)
    dZ1 = p["W2"].T @ dZ2  # times (1 - A1**2) is missing
    g["W1"] = dZ1 @ X.T + DECAY * p["W1"]
    g["b1"] = dZ1.sum(axis=1, keepdims=True)
    return g
