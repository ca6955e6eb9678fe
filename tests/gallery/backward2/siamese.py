"""A bilinear ranking with a margin, its pieces in lambdas and dict comprehensions, the activations in a table."""

import numpy as np

rng = np.random.default_rng(36)
users, better, worse = (rng.normal(size=(7, 3)) for _ in range(3))
params = {"U": rng.normal(size=(3, 4)), "V": rng.normal(size=(3, 4)), "bias": rng.normal(size=4), "temper": 0.8}

ACTIVATIONS = {"elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)}


def elu_grad(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


def loss(p):
    elu = ACTIVATIONS["elu"]
    hu = elu(users @ p["U"] + p["bias"])
    gap = (hu * ((better - worse) @ p["V"])).sum(1)
    return np.log1p(np.exp(-p["temper"] * gap)).mean()


def gradient(p):
    pre = users @ p["U"] + p["bias"]
    hu, items = ACTIVATIONS["elu"](pre), (better - worse) @ p["V"]
    gap = (hu * items).sum(axis=1)
    t = p["temper"]
    s = -1 / (1 + np.exp(t * gap)) / len(users)
    d_gap = (t * s)[:, None]
    d_pre = d_gap * items * elu_grad(pre)
    pieces = {
        "U": lambda: users.T @ d_pre,
        "V": lambda: (better - worse).T @ (d_gap * hu),
        "bias": lambda: d_pre.sum(axis=0),
        "temper": lambda: np.sum(s * gap),
    }
    return {name: piece() for name, piece in pieces.items()}
