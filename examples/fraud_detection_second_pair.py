"""The network of fraud_detection.py with the second pair of mistakes planted: dW2 without 1/m, db1 with 2/m."""

import numpy as np
from fraud_detection import args, forward, loss, m, params  # noqa: F401 - what is right is taken over


def gradient(p, X, Y):
    """The backward pass, wrong in two lines."""
    A1, A2, A3 = forward(p, X)
    dZ3 = A3 - Y
    dW3 = 1.0 / m * dZ3 @ A2.T
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = p["W3"].T @ dZ3
    dZ2 = dA2 * (A2 > 0)
    dW2 = dZ2 @ A1.T
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = p["W2"].T @ dZ2
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1.0 / m * dZ1 @ X.T
    db1 = 2.0 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
