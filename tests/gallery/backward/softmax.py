"""Softmax with a temperature under a squared error: the whole Jacobian is needed, not its diagonal."""

import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(8, 5))
T = rng.dirichlet(np.ones(4), size=8)
params = {"W": 0.5 * rng.normal(size=(5, 4)), "b": 0.2 * rng.normal(size=4), "log_tau": 0.3}


def probabilities(p):
    logits = (X @ p["W"] + p["b"]) / np.exp(p["log_tau"])
    logits = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


def loss(p):
    s = probabilities(p)
    return 0.5 * np.sum((s - T) ** 2) / len(X)


def gradient(p):
    n = len(X)
    s = probabilities(p)
    tau = np.exp(p["log_tau"])
    upstream = (s - T) / n
    inner = np.sum(upstream * s, axis=1, keepdims=True)
    dlogits = s * (upstream - inner)
    dscores = dlogits / tau
    scores = X @ p["W"] + p["b"]
    dtau = -np.sum(dlogits * scores) / tau**2
    return {"W": X.T @ dscores, "b": dscores.sum(axis=0), "log_tau": dtau * tau}
