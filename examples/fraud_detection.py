"""A network that detects fraud: 4 inputs, hidden layers of 5 and 3 relus, a sigmoid; 3 payments.

Try ``gradproof check examples/fraud_detection.py``. It is the network of a well-known course on deep learning; its
exercise plants two mistakes in the backward pass, as the files beside this one do.
"""

import numpy as np

random = np.random.RandomState(1)
X = random.randn(4, 3)
Y = np.array([[1, 1, 0]])
m = X.shape[1]
args = (X, Y)
params = {
    "W1": random.randn(5, 4),
    "b1": random.randn(5, 1),
    "W2": random.randn(3, 5),
    "b2": random.randn(3, 1),
    "W3": random.randn(1, 3),
    "b3": random.randn(1, 1),
}


def forward(p, X):
    """Return the activations of the three layers."""
    A1 = np.maximum(p["W1"] @ X + p["b1"], 0)
    A2 = np.maximum(p["W2"] @ A1 + p["b2"], 0)
    A3 = 1 / (1 + np.exp(-(p["W3"] @ A2 + p["b3"])))
    return A1, A2, A3


def loss(p, X, Y):
    """Mean cross-entropy."""
    A3 = forward(p, X)[2]
    return -np.sum(np.log(A3) * Y + np.log(1 - A3) * (1 - Y)) / m


def gradient(p, X, Y):
    """The backward pass, from the output to the input."""
    A1, A2, A3 = forward(p, X)
    dZ3 = A3 - Y
    dW3 = 1.0 / m * dZ3 @ A2.T
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = p["W3"].T @ dZ3
    dZ2 = dA2 * (A2 > 0)
    dW2 = 1.0 / m * dZ2 @ A1.T
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = p["W2"].T @ dZ2
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1.0 / m * dZ1 @ X.T
    db1 = 1.0 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
