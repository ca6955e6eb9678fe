"""A linear map, batch normalisation, tanh, a linear map, squared error."""

import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(9, 4)) + 0.5
t = rng.normal(size=(9, 2))
eps = 1e-3


class P:
    """Nothing but names."""


params = {
    "W": rng.normal(size=(4, 5)),
    "gamma": 1 + 0.3 * rng.normal(size=5),
    "beta": 0.3 * rng.normal(size=5),
    "V": rng.normal(size=(5, 2)),
}


def loss(p):
    h = x @ p["W"]
    mu = h.mean(axis=0)
    var = h.var(axis=0)
    xhat = (h - mu) / np.sqrt(var + eps)
    y = np.tanh(p["gamma"] * xhat + p["beta"]) @ p["V"]
    return np.mean((y - t) ** 2)


def gradient(p):
    N = x.shape[0]
    h = x @ p["W"]
    mu = np.mean(h, axis=0)
    centred = h - mu
    var = np.mean(centred**2, axis=0)
    istd = 1.0 / np.sqrt(var + eps)
    xhat = centred * istd
    a = np.tanh(p["gamma"] * xhat + p["beta"])
    y = a @ p["V"]

    dy = 2.0 * (y - t) / y.size
    dV = a.T @ dy
    dz = (dy @ p["V"].T) * (1.0 - a * a)
    dbeta = np.sum(dz, axis=0)
    dgamma = np.sum(dz * xhat, axis=0)
    dxhat = dz * p["gamma"]
    dvar = np.sum(dxhat * centred, axis=0) * -0.5 * istd**3
    dmu = -np.sum(dxhat * istd, axis=0) + dvar * np.mean(-2.0 * centred, axis=0)
    dh = dxhat * istd + dvar * 2.0 * centred / N + dmu / N
    dW = x.T @ dh
    return {"W": dW, "gamma": dgamma, "beta": dbeta, "V": dV}
