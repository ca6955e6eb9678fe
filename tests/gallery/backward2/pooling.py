"""A one-dimensional convolution, max pooling with overlap, and a linear read-out, as layer objects."""

from __future__ import annotations

import numpy as np

rng = np.random.default_rng(25)
signals = rng.normal(size=(4, 11))
wanted = rng.normal(size=4)
params = {"kernel": rng.normal(size=3), "gain": np.array([0.7]), "readout": rng.normal(size=4)}


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def __call__(self, x):
        return self.forward(x)


class Convolve(Layer):
    def __init__(self, kernel):
        self.kernel = kernel

    def forward(self, x):
        self.x = x
        k = len(self.kernel)
        return sum(self.kernel[i] * x[:, i : x.shape[1] - k + 1 + i] for i in range(k))

    def backward(self, upstream):
        n = upstream.shape[1]
        self.d_kernel = np.array([(upstream * self.x[:, i : i + n]).sum() for i in range(len(self.kernel))])


class Swish(Layer):
    def __init__(self, gain):
        self.gain = gain

    def forward(self, x):
        self.x = x
        self.s = 1.0 / (1.0 + np.exp(-self.gain * x))
        return x * self.s

    def backward(self, upstream):
        bell = self.s * (1.0 - self.s)
        self.d_gain = np.array([np.sum(upstream * self.x**2 * bell)])
        return upstream * (self.s + self.gain * self.x * bell)


class MaxPool(Layer):
    def __init__(self, width=3, stride=2):
        self.width, self.stride = width, stride

    def forward(self, x):
        self.shape = x.shape
        starts = range(0, x.shape[1] - self.width + 1, self.stride)
        self.picked = np.stack([s + x[:, s : s + self.width].argmax(axis=1) for s in starts], axis=1)
        return np.take_along_axis(x, self.picked, axis=1)

    def backward(self, upstream):
        dx = np.zeros(self.shape)
        for i in range(upstream.shape[0]):
            for j in range(upstream.shape[1]):
                dx[i, self.picked[i, j]] += upstream[i, j]
        return dx


def loss(p):
    pooled = MaxPool()(Swish(p["gain"])(Convolve(p["kernel"])(signals)))
    return float(np.mean((pooled @ p["readout"] - wanted) ** 2))


def gradient(p):
    layers = [Convolve(p["kernel"]), Swish(p["gain"]), MaxPool()]
    out = signals
    for layer in layers:
        out = layer(out)
    error = 2 * (out @ p["readout"] - wanted) / len(wanted)
    d = np.outer(error, p["readout"])
    for layer in reversed(layers):
        d = layer.backward(d)
    return {"kernel": layers[0].d_kernel, "gain": layers[1].d_gain, "readout": out.T @ error}
