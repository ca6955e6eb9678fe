"""Cox's partial likelihood of survival times with a ridge, the gradient as running sums over those at risk."""

import numpy as np

rng = np.random.default_rng(14)
X = rng.normal(size=(10, 3))
times = rng.exponential(size=10)
died = rng.random(10) < 0.7
order = np.argsort(-times)
X, died = X[order], died[order]
alpha = 0.1
params = {"beta": np.array([0.4, -0.7, 0.2])}


def loss(p):
    eta = X @ p["beta"]
    at_risk = np.cumsum(np.exp(eta))
    return -np.sum((eta - np.log(at_risk))[died]) / len(X) + alpha * np.sum(p["beta"] ** 2)


def gradient(p):
    n = len(X)
    eta = X @ p["beta"]
    w = np.exp(eta)
    s0, s1 = 0.0, np.zeros(3)
    g = np.zeros(3)
    for i in range(n):
        s0 += w[i]
        s1 += w[i] * X[i]
        if died[i]:
            g += X[i] - s1 / s0
    return {"beta": -g / n + 2 * alpha * p["beta"]}
