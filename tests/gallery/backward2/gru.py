"""A gated recurrent unit over a sequence, back-propagated with closures and in-place updates."""

import numpy as np

rng = np.random.default_rng(21)
T, D, H = 5, 3, 4
xs = rng.normal(size=(T, D))
ys = rng.normal(size=(T, H)) * 0.5


def _matrix(rows, cols):
    return rng.normal(size=(rows, cols)) / np.sqrt(cols)


params = {
    "Wr": _matrix(H, D), "Ur": _matrix(H, H), "br": np.zeros(H) + 0.1,
    "Wz": _matrix(H, D), "Uz": _matrix(H, H), "bz": np.zeros(H) - 0.2,
    "Wn": _matrix(H, D), "Un": _matrix(H, H), "bn": np.zeros(H) + 0.3,
}  # fmt: skip


def sigma(x):
    return 1 / (1 + np.exp(-x))


def cell(p, x, h):
    r = sigma(p["Wr"] @ x + p["Ur"] @ h + p["br"])
    z = sigma(p["Wz"] @ x + p["Uz"] @ h + p["bz"])
    n = np.tanh(p["Wn"] @ x + r * (p["Un"] @ h) + p["bn"])
    return (1 - z) * n + z * h, (x, h, r, z, n)


def loss(p):
    h, total = np.zeros(H), 0.0
    for x, y in zip(xs, ys):
        h, _ = cell(p, x, h)
        total += 0.5 * np.sum((h - y) ** 2)
    return total / T


def gradient(p):
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    h, tape = np.zeros(H), []
    for x in xs:
        h, saved = cell(p, x, h)
        tape.append((h, saved))

    def add(gate, x, d):
        grads["W" + gate] += np.outer(d, x)
        grads["b" + gate] += d

    carry = np.zeros(H)
    for (out, (x, h, r, z, n)), y in zip(reversed(tape), ys[::-1], strict=True):
        carry += (out - y) / T
        dn = carry * (1 - z) * (1 - n**2)
        dz = carry * (h - n) * z * (1 - z)
        inner = p["Un"] @ h
        dr = dn * inner * r * (1 - r)
        add("r", x, dr)
        add("z", x, dz)
        add("n", x, dn)
        grads["Ur"] += np.outer(dr, h)
        grads["Uz"] += np.outer(dz, h)
        grads["Un"] += np.outer(dn * r, h)
        carry = carry * z + p["Un"].T @ (dn * r) + p["Uz"].T @ dz + p["Ur"].T @ dr
    return grads
