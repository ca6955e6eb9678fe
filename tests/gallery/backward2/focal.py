"""The focal loss of a linear classifier, with class weights and a smoothed target."""

import numpy as np

rng = np.random.default_rng(23)
N, F, C = 12, 4, 3
features, labels = rng.normal(size=(N, F)), rng.integers(0, C, size=N)
balance = np.array([0.5, 1.0, 1.7])
params = [rng.normal(size=(F, C)), rng.normal(size=C) * 0.1]
FOCUS = 2.0


def probabilities(weights, bias):
    logits = features.dot(weights) + bias
    logits = logits - logits.max(axis=1)[:, None]
    e = np.exp(logits)
    return e / e.sum(axis=1)[:, None]


def loss(params):
    p = probabilities(*params)[np.arange(N), labels]
    return -(balance[labels] * (1 - p) ** FOCUS * np.log(p)).mean()


def gradient(params):
    weights, bias = params
    full = probabilities(weights, bias)
    rows = np.arange(N)
    p = full[rows, labels]
    dp = balance[labels] * (
        FOCUS * (1 - p) ** (FOCUS - 1) * np.log(p)
        - (1 - p) ** FOCUS / p
    )  # fmt: skip
    onehot = np.zeros((N, C))
    onehot[rows, labels] = 1
    dlogits = (dp * p)[:, None] * (onehot - full) / N
    return [features.T.dot(dlogits), dlogits.sum(axis=0)]
