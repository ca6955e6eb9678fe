"""Problems of optimisation and statistics with exact gradients: Rosenbrock, likelihoods, regressions, an ODE."""

from __future__ import annotations

import numpy as np
from bench.versus.base import Base


def rosenbrock(rng):
    x = rng.uniform(-1.5, 1.5, int(rng.integers(2, 40)))

    def loss(p, d):
        a, b = p["x"][:-1], p["x"][1:]
        return np.sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2)

    def gradient(p, d):
        a, b, g = p["x"][:-1], p["x"][1:], np.zeros_like(p["x"])
        g[:-1] = -400.0 * a * (b - a * a) - 2.0 * (1.0 - a)
        g[1:] += 200.0 * (b - a * a)
        return {"x": g}

    return Base("Rosenbrock", {"x": x}, {}, loss, gradient)


def quartic(rng):
    n = int(rng.integers(2, 20))
    A = rng.normal(size=(n, n)) / np.sqrt(n)
    data = {"A": A + A.T, "b": rng.normal(size=n)}
    return Base(
        "quartic", {"x": rng.normal(size=n)}, data,
        lambda p, d: (p["x"] @ d["A"] @ p["x"]) ** 2 + d["b"] @ p["x"],
        lambda p, d: {"x": 4.0 * (p["x"] @ d["A"] @ p["x"]) * (d["A"] @ p["x"]) + d["b"]},
    )  # fmt: skip


def logistic(rng, features=None):
    n, k = int(rng.integers(5, 40)), features or int(rng.integers(1, 12))
    data = {"X": rng.normal(size=(n, k)), "y": (rng.random(n) > 0.5).astype(float)}
    lam = float(rng.choice([0.01, 0.1, 1.0]))

    def loss(p, d):
        z = d["X"] @ p["w"] + p["b"]
        return np.mean(np.log1p(np.exp(z)) - d["y"] * z) + 0.5 * lam * np.sum(p["w"] ** 2)

    def gradient(p, d):
        r = (1.0 / (1.0 + np.exp(-(d["X"] @ p["w"] + p["b"]))) - d["y"]) / n
        return {"w": d["X"].T @ r + lam * p["w"], "b": np.array([r.sum()])}

    return Base(
        "logistic regression", {"w": rng.normal(size=k) / np.sqrt(k), "b": rng.normal(size=1)}, data, loss, gradient
    )


def poisson(rng):
    n, k = int(rng.integers(5, 40)), int(rng.integers(1, 10))
    data = {"X": rng.normal(size=(n, k)), "y": rng.poisson(2.0, n).astype(float)}
    return Base(
        "Poisson regression", {"w": 0.4 * rng.normal(size=k)}, data,
        lambda p, d: np.sum(np.exp(d["X"] @ p["w"]) - d["y"] * (d["X"] @ p["w"])),
        lambda p, d: {"w": d["X"].T @ (np.exp(d["X"] @ p["w"]) - d["y"])},
    )  # fmt: skip


def gaussian_process(rng):
    n = int(rng.integers(5, 20))
    data = {"x": rng.uniform(0.0, 5.0, n), "y": rng.normal(size=n)}

    def kernel(p, d):
        squares = (d["x"][:, None] - d["x"][None, :]) ** 2
        smooth = np.exp(2.0 * p["amplitude"]) * np.exp(-0.5 * squares * np.exp(-2.0 * p["length"]))
        return smooth, squares * np.exp(-2.0 * p["length"]), np.exp(2.0 * p["noise"]) * np.eye(n, dtype=squares.dtype)

    def loss(p, d):
        smooth, _, noise = kernel(p, d)
        K = smooth + noise
        return 0.5 * d["y"] @ np.linalg.solve(K, d["y"]) + 0.5 * np.log(np.linalg.det(K))

    def gradient(p, d):
        smooth, squares, noise = kernel(p, d)
        inverse = np.linalg.inv(smooth + noise)
        weight = 0.5 * (inverse - np.outer(inverse @ d["y"], inverse @ d["y"]))
        parts = {"amplitude": 2.0 * smooth, "length": smooth * squares, "noise": 2.0 * noise}
        return {name: np.array([np.sum(weight * part)]) for name, part in parts.items()}

    params = {
        "amplitude": 0.3 * rng.normal(size=1), "length": 0.3 * rng.normal(size=1), "noise": rng.uniform(-1.5, 0.0, 1)
    }  # fmt: skip
    return Base("Gaussian process", params, data, loss, gradient)


def _field(x, k):
    return np.array([k[0] * x[0] - k[1] * x[0] * x[1], k[2] * x[0] * x[1] - k[3] * x[1]])


def _field_slope(x, k, S):
    """Return the derivative of the field along the sensitivities S of the state, and its own by the constants."""
    by_state = np.array([[k[0] - k[1] * x[1], -k[1] * x[0]], [k[2] * x[1], k[2] * x[0] - k[3]]])
    by_constants = np.array([[x[0], -x[0] * x[1], 0.0, 0.0], [0.0, 0.0, x[0] * x[1], -x[1]]])
    return by_state @ S + by_constants


def predator_prey(rng):
    """Least squares on an ODE, by Runge and Kutta; the gradient by the sensitivities of the same steps."""
    steps, h = int(rng.integers(10, 40)), 0.1
    data = {"y": rng.uniform(0.5, 2.0, size=(steps, 2)), "x0": np.array([1.0, 0.8])}

    def loss(p, d):
        x, total = d["x0"] + 0.0 * p["k"][0], 0.0
        for y in d["y"]:
            a = _field(x, p["k"])
            b = _field(x + 0.5 * h * a, p["k"])
            c = _field(x + 0.5 * h * b, p["k"])
            e = _field(x + h * c, p["k"])
            x = x + h / 6.0 * (a + 2.0 * b + 2.0 * c + e)
            total = total + np.sum((x - y) ** 2)
        return total

    def gradient(p, d):
        x, S, g, k = d["x0"], np.zeros((2, 4)), np.zeros(4), p["k"]
        for y in d["y"]:
            slopes, sensitivities = [np.zeros(2)], [np.zeros((2, 4))]
            for share in (0.0, 0.5, 0.5, 1.0):
                at, along = x + share * h * slopes[-1], S + share * h * sensitivities[-1]
                slopes.append(_field(at, k))
                sensitivities.append(_field_slope(at, k, along))
            weights = (1.0, 2.0, 2.0, 1.0)
            x = x + h / 6.0 * sum(w * s for w, s in zip(weights, slopes[1:], strict=True))
            S = S + h / 6.0 * sum(w * s for w, s in zip(weights, sensitivities[1:], strict=True))
            g = g + 2.0 * (x - y) @ S
        return {"k": g}

    return Base("least squares on an ODE", {"k": rng.uniform(0.5, 1.5, 4)}, data, loss, gradient)


def factorisation(rng):
    n, m, k = (int(i) for i in rng.integers(2, 8, size=3))
    data = {"M": rng.normal(size=(n, m)), "seen": (rng.random((n, m)) > 0.3).astype(float)}

    def gradient(p, d):
        r = 2.0 * d["seen"] * (p["U"] @ p["V"].T - d["M"])
        return {"U": r @ p["V"] + 0.2 * p["U"], "V": r.T @ p["U"] + 0.2 * p["V"]}

    return Base(
        "factorisation", {"U": rng.normal(size=(n, k)), "V": rng.normal(size=(m, k))}, data,
        lambda p, d: (
            np.sum(d["seen"] * (p["U"] @ p["V"].T - d["M"]) ** 2) + 0.1 * (np.sum(p["U"] ** 2) + np.sum(p["V"] ** 2))
        ),
        gradient,
    )  # fmt: skip


def student(rng):
    n, k = int(rng.integers(5, 30)), int(rng.integers(1, 8))
    data = {"X": rng.normal(size=(n, k)), "y": rng.standard_t(3.0, n)}

    def loss(p, d):
        r = (d["y"] - d["X"] @ p["w"]) * np.exp(-p["s"])
        return np.sum(p["s"] + 2.0 * np.log1p(r * r / 3.0))

    def gradient(p, d):
        r = (d["y"] - d["X"] @ p["w"]) * np.exp(-p["s"])
        inner = 4.0 * r / (3.0 + r * r)
        return {"w": -d["X"].T @ inner * np.exp(-p["s"]), "s": np.array([n - np.sum(inner * r)])}

    return Base("Student regression", {"w": rng.normal(size=k), "s": 0.3 * rng.normal(size=1)}, data, loss, gradient)


def rayleigh(rng):
    n = int(rng.integers(2, 20))
    A = rng.normal(size=(n, n))

    def gradient(p, d):
        square = p["x"] @ p["x"]
        return {"x": 2.0 * (d["A"] @ p["x"] - (p["x"] @ d["A"] @ p["x"]) / square * p["x"]) / square}

    return Base(
        "Rayleigh quotient", {"x": rng.normal(size=n)}, {"A": A + A.T},
        lambda p, d: (p["x"] @ d["A"] @ p["x"]) / (p["x"] @ p["x"]), gradient,
    )  # fmt: skip


KINDS = (rosenbrock, quartic, logistic, poisson, gaussian_process, predator_prey, factorisation, student, rayleigh)


def problem(rng: np.random.Generator) -> Base:
    """Draw a problem, its data and its point."""
    return KINDS[int(rng.integers(len(KINDS)))](rng)


def wide(rng: np.random.Generator) -> Base:
    """Draw a logistic regression of thousands of features."""
    return logistic(rng, int(rng.integers(1000, 20000)))
