"""An LSTM over a short sequence, read out at each step; backpropagation through time."""

import numpy as np

rng = np.random.default_rng(5)
H, D, STEPS = 3, 2, 4
xs = rng.normal(size=(STEPS, D))
targets = rng.normal(size=STEPS)
params = {
    "Wf": 0.6 * rng.normal(size=(H, H + D)),
    "Wi": 0.6 * rng.normal(size=(H, H + D)),
    "Wo": 0.6 * rng.normal(size=(H, H + D)),
    "Wg": 0.6 * rng.normal(size=(H, H + D)),
    "b": 0.2 * rng.normal(size=(4, H)),
    "v": rng.normal(size=H),
}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def run(p):
    h, c = np.zeros(H), np.zeros(H)
    steps = []
    for x in xs:
        z = np.concatenate([h, x])
        f = sigmoid(p["Wf"] @ z + p["b"][0])
        i = sigmoid(p["Wi"] @ z + p["b"][1])
        o = sigmoid(p["Wo"] @ z + p["b"][2])
        g = np.tanh(p["Wg"] @ z + p["b"][3])
        before = c
        c = f * c + i * g
        h = o * np.tanh(c)
        steps.append((z, f, i, o, g, before, c, h))
    return steps


def loss(p):
    return 0.5 * sum((p["v"] @ step[-1] - y) ** 2 for step, y in zip(run(p), targets, strict=True))


def gradient(p):
    steps = run(p)
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    dh_next, dc_next = np.zeros(H), np.zeros(H)
    for t in reversed(range(STEPS)):
        z, f, i, o, g, before, c, h = steps[t]
        error = p["v"] @ h - targets[t]
        grads["v"] += error * h
        dh = error * p["v"] + dh_next
        tc = np.tanh(c)
        do = dh * tc * o * (1 - o)
        dc = dc_next + dh * o * (1 - tc**2)
        df = dc * before * f * (1 - f)
        di = dc * g * i * (1 - i)
        dg = dc * i * (1 - g**2)
        dc_next = dc * f
        grads["Wf"] += np.outer(df, z)
        grads["Wi"] += np.outer(di, z)
        grads["Wo"] += np.outer(do, z)
        grads["Wg"] += np.outer(dg, z)
        grads["b"] += np.stack([df, di, do, dg])
        dz = p["Wf"].T @ df + p["Wi"].T @ di + p["Wo"].T @ do + p["Wg"].T @ dg
        dh_next = dz[:H]
    return grads
