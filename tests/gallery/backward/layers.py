"""A small library of layers with forward and backward, as many write it; a network made of them."""

import numpy as np


class Layer:
    """Keeps what its backward pass needs."""

    def parameters(self):
        return {}


class Linear(Layer):
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, grad):
        self.dweight = self.x.T @ grad
        self.dbias = grad.sum(axis=0)
        return grad @ self.weight.T


class Sigmoid(Layer):
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class Softplus(Layer):
    def forward(self, x):
        self.x = x
        return np.log1p(np.exp(x))

    def backward(self, grad):
        return grad / (1 + np.exp(-self.x))


class LayerNorm(Layer):
    def __init__(self, gain):
        self.gain = gain

    def forward(self, x):
        self.istd = 1 / np.sqrt(x.var(axis=1, keepdims=True) + 1e-4)
        self.xhat = (x - x.mean(axis=1, keepdims=True)) * self.istd
        return self.gain * self.xhat

    def backward(self, grad):
        self.dgain = np.sum(grad * self.xhat, axis=0)
        dxhat = grad * self.gain
        mean = dxhat.mean(axis=1, keepdims=True)
        along = np.mean(dxhat * self.xhat, axis=1, keepdims=True)
        return self.istd * (dxhat - mean - self.xhat * along)


class MeanSquaredError:
    def forward(self, x, target):
        self.difference = x - target
        return np.mean(self.difference**2)

    def backward(self):
        return 2 * self.difference / self.difference.size


rng = np.random.default_rng(12)
x = rng.normal(size=(6, 4))
t = rng.normal(size=(6, 2))
params = {
    "W1": 0.8 * rng.normal(size=(4, 5)),
    "b1": 0.2 * rng.normal(size=5),
    "gain": 1 + 0.2 * rng.normal(size=5),
    "W2": 0.8 * rng.normal(size=(5, 3)),
    "b2": 0.2 * rng.normal(size=3),
    "W3": 0.8 * rng.normal(size=(3, 2)),
    "b3": 0.2 * rng.normal(size=2),
}


def build(p):
    return [
        Linear(p["W1"], p["b1"]),
        LayerNorm(p["gain"]),
        Softplus(),
        Linear(p["W2"], p["b2"]),
        Sigmoid(),
        Linear(p["W3"], p["b3"]),
    ]


def run(layers):
    out = x
    for layer in layers:
        out = layer.forward(out)
    return out


def loss(p):
    return MeanSquaredError().forward(run(build(p)), t)


def gradient(p):
    layers = build(p)
    criterion = MeanSquaredError()
    criterion.forward(run(layers), t)
    grad = criterion.backward()
    for layer in reversed(layers):
        grad = layer.backward(grad)
    first, norm, _, second, _, third = layers
    return {
        "W1": first.dweight,
        "b1": first.dbias,
        "gain": norm.dgain,
        "W2": second.dweight,
        "b2": second.dbias,
        "W3": third.dweight,
        "b3": third.dbias,
    }
