"""Robust regression: Huber's loss with a learned width, an elastic penalty, in a flat vector."""

import numpy as np

rng = np.random.default_rng(26)
X = np.c_[np.ones(20), rng.normal(size=(20, 4))]
y = X @ np.array([0.5, 1.0, -2.0, 0.0, 3.0]) + rng.standard_t(2, size=20)
params = np.append(rng.normal(size=5), 0.2)
L2, EPS = 0.3, 1e-3


def loss(theta, penalty=L2):
    w, delta = theta[:-1], np.exp(theta[-1])
    r = y - X @ w
    a = np.abs(r)
    rho = np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta))
    smooth = np.sqrt(w[1:] ** 2 + EPS)
    return rho.mean() + penalty * np.sum(w[1:] ** 2) + 0.1 * smooth.sum() + 0.5 * theta[-1] ** 2


def gradient(theta, penalty=L2):
    w, delta = theta[:-1], np.exp(theta[-1])
    r = y - X @ w
    inside = np.abs(r) <= delta
    psi = np.where(inside, r, delta * np.sign(r))
    out = np.empty_like(theta)
    out[:-1] = -X.T @ psi / len(y)
    out[1:-1] += 2 * penalty * w[1:]
    out[1:-1] += 0.1 * w[1:] / np.sqrt(w[1:] ** 2 + EPS)
    d_delta = np.where(inside, 0.0, np.abs(r) - delta).mean()
    out[-1] = d_delta * delta + theta[-1]
    return out
