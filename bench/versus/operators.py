"""Operators: matrix functions, softmax, attention, norms, convolutions, Fourier transforms, with exact gradients."""

from __future__ import annotations

import numpy as np
from bench.versus.base import Base, real


def logdet(rng):
    n = int(rng.integers(2, 9))

    def matrix(p):
        return p["A"] @ p["A"].T + 0.5 * np.eye(n, dtype=p["A"].dtype)

    return Base(
        "log det(A A' + 1/2)", {"A": rng.normal(size=(n, n))}, {},
        lambda p, d: np.log(np.linalg.det(matrix(p))),
        lambda p, d: {"A": 2.0 * np.linalg.solve(matrix(p), p["A"])},
    )  # fmt: skip


def solve(rng):
    n = int(rng.integers(2, 9))

    def gradient(p, d):
        x, back = np.linalg.solve(p["A"], p["b"]), np.linalg.solve(p["A"].T, d["c"])
        return {"A": -np.outer(back, x), "b": back}

    params = {"A": rng.normal(size=(n, n)) + 5.0 * np.eye(n), "b": rng.normal(size=n)}
    return Base(
        "solve", params, {"c": rng.normal(size=n)}, lambda p, d: d["c"] @ np.linalg.solve(p["A"], p["b"]), gradient
    )


def power(rng):
    n, k = int(rng.integers(2, 9)), int(rng.integers(2, 5))
    return Base(
        f"trace of power {k}", {"A": rng.normal(size=(n, n))}, {},
        lambda p, d: np.trace(np.linalg.matrix_power(p["A"], k)),
        lambda p, d: {"A": k * np.linalg.matrix_power(p["A"], k - 1).T},
    )  # fmt: skip


def _expm(A):
    total = term = np.eye(len(A), dtype=A.dtype)
    for k in range(1, 30):
        term = term @ A / k
        total = total + term
    return total


def expm(rng):
    n = int(rng.integers(2, 6))

    def gradient(p, d):
        # The upper right block of exp [[A', C], [0, A']] is the adjoint of the derivative, of C.
        A = p["A"].T
        return {"A": _expm(np.block([[A, d["C"]], [np.zeros_like(A), A]]))[:n, n:]}

    params = {"A": rng.normal(size=(n, n)) / np.sqrt(n)}
    return Base(
        "exp of a matrix", params, {"C": rng.normal(size=(n, n))}, lambda p, d: np.sum(d["C"] * _expm(p["A"])), gradient
    )


def _softmax(z):
    e = np.exp(z - np.max(z.real, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax(rng):
    shape = tuple(int(n) for n in rng.integers(2, 9, size=2))

    def gradient(p, d):
        s = _softmax(p["x"])
        return {"x": s * (d["C"] - (d["C"] * s).sum(axis=1, keepdims=True))}

    data = {"C": rng.normal(size=shape)}
    return Base(
        "softmax", {"x": 2.0 * rng.normal(size=shape)}, data, lambda p, d: np.sum(d["C"] * _softmax(p["x"])), gradient
    )


def attention(rng):
    n, m, k = (int(i) for i in rng.integers(2, 6, size=3))
    params = {"Q": rng.normal(size=(n, k)), "K": rng.normal(size=(m, k)), "V": rng.normal(size=(m, k))}

    def loss(p, d):
        return np.sum(d["C"] * (_softmax(p["Q"] @ p["K"].T / float(np.sqrt(k))) @ p["V"]))

    def gradient(p, d):
        s = _softmax(p["Q"] @ p["K"].T / np.sqrt(k))
        ds = d["C"] @ p["V"].T
        dz = s * (ds - (ds * s).sum(axis=1, keepdims=True)) / np.sqrt(k)
        return {"Q": dz @ p["K"], "K": dz.T @ p["Q"], "V": s.T @ d["C"]}

    return Base("attention", params, {"C": rng.normal(size=(n, k))}, loss, gradient)


def layer_norm(rng):
    n, k = int(rng.integers(2, 6)), int(rng.integers(3, 9))
    params = {"x": rng.normal(size=(n, k)), "g": 1.0 + 0.3 * rng.normal(size=k), "b": rng.normal(size=k)}

    def normed(x):
        centred = x - x.mean(axis=1, keepdims=True)
        sd = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        return centred / sd, sd

    def gradient(p, d):
        h, sd = normed(p["x"])
        dh = d["C"] * p["g"]
        dx = (dh - dh.mean(axis=1, keepdims=True) - h * (dh * h).mean(axis=1, keepdims=True)) / sd
        return {"x": dx, "g": (d["C"] * h).sum(axis=0), "b": d["C"].sum(axis=0)}

    data = {"C": rng.normal(size=(n, k))}
    return Base(
        "layer norm", params, data, lambda p, d: np.sum(d["C"] * (normed(p["x"])[0] * p["g"] + p["b"])), gradient
    )


def norms(rng):
    shape, q = tuple(int(n) for n in rng.integers(2, 9, size=2)), int(rng.choice([2, 4, 6]))

    def gradient(p, d):
        size = np.sum(p["x"] ** q, axis=1, keepdims=True)
        return {"x": p["x"] ** (q - 1) * size ** (1.0 / q - 1.0)}

    return Base(
        f"norms of power {q}", {"x": rng.normal(size=shape)}, {},
        lambda p, d: np.sum(np.sum(p["x"] ** q, axis=1) ** (1.0 / q)), gradient,
    )  # fmt: skip


def convolution(rng):
    h, w, k = int(rng.integers(4, 10)), int(rng.integers(4, 10)), int(rng.integers(2, 4))
    rows, columns = h - k + 1, w - k + 1
    params = {"K": rng.normal(size=(k, k)), "x": rng.normal(size=(h, w)), "b": rng.normal(size=1)}
    places = [(i, j) for i in range(k) for j in range(k)]

    def out(p):
        return np.tanh(sum(p["K"][i, j] * p["x"][i : i + rows, j : j + columns] for i, j in places) + p["b"])

    def gradient(p, d):
        delta = d["C"] * (1.0 - out(p) ** 2)
        dK, dx = np.zeros((k, k)), np.zeros((h, w))
        for i, j in places:
            dK[i, j] = np.sum(delta * p["x"][i : i + rows, j : j + columns])
            dx[i : i + rows, j : j + columns] += delta * p["K"][i, j]
        return {"K": dK, "x": dx, "b": np.array([delta.sum()])}

    return Base(
        "convolution", params, {"C": rng.normal(size=(rows, columns))}, lambda p, d: np.sum(d["C"] * out(p)), gradient
    )


def spectrum(rng):
    n = int(rng.integers(4, 40))
    back = -np.arange(n) % n

    def loss(p, d):
        F = np.fft.fft(p["x"])
        return real(np.sum(d["c"] * F * F[back]), p["x"])

    return Base(
        "power spectrum", {"x": rng.normal(size=n)}, {"c": rng.random(n) / n}, loss,
        lambda p, d: {"x": (n * np.fft.ifft((d["c"] + d["c"][back]) * np.fft.fft(p["x"]))).real},
    )  # fmt: skip


def filtering(rng):
    n = int(rng.integers(4, 40))

    def out(p):
        return real(np.fft.ifft(np.fft.fft(p["x"]) * np.fft.fft(p["k"])), p["x"], p["k"])

    def gradient(p, d):
        g = np.fft.fft(np.cos(out(p)))
        x, k = np.conj(np.fft.fft(p["x"])), np.conj(np.fft.fft(p["k"]))
        return {"x": np.fft.ifft(g * k).real, "k": np.fft.ifft(g * x).real}

    params = {"x": rng.normal(size=n), "k": rng.normal(size=n) / np.sqrt(n)}
    return Base("circular convolution by FFT", params, {}, lambda p, d: np.sum(np.sin(out(p))), gradient)


def cumulated(rng):
    n = int(rng.integers(3, 30))

    def gradient(p, d):
        return {"x": np.cumsum((2.0 * d["c"] * np.cumsum(p["x"]))[::-1])[::-1]}

    return Base(
        "cumulated sums", {"x": rng.normal(size=n)}, {"c": rng.normal(size=n)},
        lambda p, d: np.sum(d["c"] * np.cumsum(p["x"]) ** 2), gradient,
    )  # fmt: skip


KINDS = (logdet, solve, power, expm, softmax, attention, layer_norm, norms, convolution, spectrum, filtering, cumulated)


def operator(rng: np.random.Generator) -> Base:
    """Draw an operator, its sizes and its inputs."""
    return KINDS[int(rng.integers(len(KINDS)))](rng)
