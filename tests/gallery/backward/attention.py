"""Causal attention with one head, a residual path and a linear read-out."""

import numpy as np

rng = np.random.default_rng(6)
L, E, D = 5, 4, 3
x = rng.normal(size=(L, E))
y = rng.normal(size=(L, E))
allowed = np.tril(np.ones((L, L), dtype=bool))
params = {
    "Wq": 0.6 * rng.normal(size=(E, D)),
    "Wk": 0.6 * rng.normal(size=(E, D)),
    "Wv": 0.6 * rng.normal(size=(E, D)),
    "Wo": 0.6 * rng.normal(size=(D, E)),
}


def attend(p):
    q, k, v = x @ p["Wq"], x @ p["Wk"], x @ p["Wv"]
    scores = np.where(allowed, q @ k.T / np.sqrt(D), -1e30)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return q, k, v, weights


def loss(p):
    _, _, v, weights = attend(p)
    out = weights @ v @ p["Wo"] + x
    return np.sum((out - y) ** 2) / (2 * L)


def gradient(p):
    q, k, v, weights = attend(p)
    mixed = weights @ v
    out = mixed @ p["Wo"] + x
    dout = (out - y) / L
    dWo = mixed.T @ dout
    dmixed = dout @ p["Wo"].T
    dweights = dmixed @ v.T
    dv = weights.T @ dmixed
    row = np.sum(dweights * weights, axis=-1, keepdims=True)
    dscores = weights * (dweights - row)
    dscores = dscores / np.sqrt(D)
    dq = dscores @ k
    dk = dscores.T @ q
    dWq = x.T @ dq
    dWk = x.T @ dk
    dWv = x.T @ dv
    return {"Wq": dWq, "Wk": dWk, "Wv": dWv, "Wo": dWo}
