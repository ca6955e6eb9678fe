"""A classifier of three layers: tanh, relu, softmax with cross-entropy, and weight decay."""

import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(4, 7))
Y = np.eye(3)[:, rng.integers(0, 3, 7)]
decay = 0.05
params = {
    "W1": 0.7 * rng.normal(size=(6, 4)),
    "b1": 0.1 * rng.normal(size=(6, 1)),
    "W2": 0.7 * rng.normal(size=(5, 6)),
    "b2": 0.1 * rng.normal(size=(5, 1)),
    "W3": 0.7 * rng.normal(size=(3, 5)),
    "b3": 0.1 * rng.normal(size=(3, 1)),
}


def relu(z):
    return np.maximum(z, 0)


def relu_slope(a):
    return (a > 0).astype(float)


def tanh_slope(a):
    return 1 - a**2


def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def forward(p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = relu(p["W2"] @ A1 + p["b2"])
    return A1, A2, softmax(p["W3"] @ A2 + p["b3"])


def loss(p):
    P = forward(p)[2]
    m = X.shape[1]
    penalty = sum(np.sum(p[k] ** 2) for k in ("W1", "W2", "W3"))
    return -np.sum(Y * np.log(P)) / m + 0.5 * decay * penalty


def gradient(p):
    m = X.shape[1]
    A1, A2, P = forward(p)
    dZ3 = (P - Y) / m
    dW3 = dZ3 @ A2.T + decay * p["W3"]
    db3 = dZ3.sum(axis=1, keepdims=True)
    dA2 = p["W3"].T @ dZ3
    dZ2 = dA2 * relu_slope(A2)
    dW2 = dZ2 @ A1.T + decay * p["W2"]
    db2 = dZ2.sum(axis=1, keepdims=True)
    dA1 = p["W2"].T @ dZ2
    dZ1 = dA1 * tanh_slope(A1)
    dW1 = dZ1 @ X.T + decay * p["W1"]
    db1 = dZ1.sum(axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
