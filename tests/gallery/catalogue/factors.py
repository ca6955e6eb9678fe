"""The right shape of formula with a wrong factor: SCALE, SIGN, UPSTREAM, CHAIN, DIAG."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, entry, rng, softmax


@entry("B051", "k2-fsa/k2#341", "UPSTREAM", "lacks the factor args[0]")
def upstream_dropped():
    x, u = rng().normal(size=(5, 7)), rng(1).normal(size=(5, 1))
    p0 = softmax(x)

    def loss(p, u):
        return float(np.sum(u[:, 0] * np.log(np.sum(np.exp(p["x"]), axis=1))))

    return Case(loss, {"x": p0 * u}, {"x": p0}, {"x": x}, (u,))


@entry("B053", "NVIDIA/TransformerEngine#2139", "UPSTREAM")
def first_upstream_for_all():
    x, u, labels = rng().normal(size=(6, 4)), rng(1).normal(size=6), np.array([0, 1, 2, 3, 0, 1])
    base = softmax(x) - np.eye(4)[labels]

    def loss(p):
        return float(-np.sum(u * np.log(softmax(p["x"])[np.arange(6), labels])))

    return Case(loss, {"x": base * u[:, None]}, {"x": base * u[0]}, {"x": x})


@entry("B055", "BVLC/caffe#6814", "UPSTREAM", "0.500000 x")
def upstream_of_two_ignored():
    a, b = rng().normal(size=(5, 3)), rng(1).normal(size=(7, 3))
    near = np.argmin(((a[:, None] - b[None]) ** 2).sum(-1), axis=1)
    g = 2 * (a - b[near])

    def loss(p):
        return 2.0 * float(((p["a"][:, None] - b[None]) ** 2).sum(-1).min(1).sum())

    return Case(loss, {"a": 2 * g}, {"a": g}, {"a": a})


@entry("B057", "pytorch/pytorch#21961", "UPSTREAM", "8.000000 x")
def sum_for_mean():
    x = rng().normal(size=(8, 5))
    return Case(
        lambda p: float(np.mean(np.log(np.sum(np.exp(p["x"]), 1)))), {"x": softmax(x) / 8}, {"x": softmax(x)}, {"x": x}
    )


@entry("B059", "paiml/aprender#2182", "SCALE", "0.100000 x")
def batch_size_in_every_mode():
    x, labels = rng().normal(size=(10, 4)), rng(1).integers(0, 4, 10)
    g = softmax(x) - np.eye(4)[labels]

    def loss(p):
        return float(-np.sum(np.log(softmax(p["x"])[np.arange(10), labels])))

    return Case(loss, {"x": g}, {"x": g / 10}, {"x": x})


@entry("B061", "kvfrans/notes#5", "SCALE", "1/12, 12 = axis 1 of args[0]")
def bias_is_averaged():
    W, b, X = rng().normal(size=(3, 4)), rng(1).normal(size=(3, 1)), rng(2).normal(size=(4, 12))

    def loss(p, X, weights):
        return float(np.sum(weights * np.tanh(p["W"] @ X + p["b"])))

    weights = rng(3).normal(size=12)

    def gradient(factor):
        def of(p, X, weights):
            d = weights * (1 - np.tanh(p["W"] @ X + p["b"]) ** 2)
            return {"W": d @ X.T, "b": factor * d.sum(1, keepdims=True)}

        return of

    return Case(loss, gradient(1.0), gradient(1 / 12), {"W": W, "b": b}, (X, weights))


@entry("B063", "scikit-learn/scikit-learn#5266", "SCALE", "0.500000 x")
def square_without_its_two():
    y, p0 = rng().normal(size=9), rng(1).normal(size=9)
    return Case(lambda p: float(np.sum((y - p["p"]) ** 2)), {"p": 2 * (p0 - y)}, {"p": p0 - y}, {"p": p0})


@entry("B065", "stephencwelch/Neural-Networks-Demystified#15", "SCALE", "a missing 1/15?")
def mean_without_its_m():
    w, X, y = rng().normal(size=4), rng(1).normal(size=(15, 4)), rng(2).normal(size=15)

    def loss(p, X, y):
        return float(np.mean((X @ p["w"] - y) ** 2) / 2)

    return Case(
        loss, lambda p, X, y: {"w": X.T @ (X @ p["w"] - y) / 15}, lambda p, X, y: {"w": X.T @ (X @ p["w"] - y)},
        {"w": w}, (X, y),
    )  # fmt: skip


@entry("B121", "openvdb/fvdb-core#432", "CHAIN", "lacks the factor exp(l)")
def scales_in_the_logarithm():
    scales, A = rng().normal(size=6), rng(1).normal(size=(6, 6))
    s = np.exp(scales)
    ds = 2 * (A.T @ A) @ s
    return Case(lambda p: float(np.sum((A @ np.exp(p["l"])) ** 2)), {"l": ds * s}, {"l": ds}, {"l": scales})


@entry("B123", "lmfit/lmfit-py#233", "CHAIN", "lacks the factor cos(u)")
def bounds_transformed_away():
    u, A = rng().normal(size=5), rng(1).normal(size=(8, 5))
    dx = 2 * A.T @ (A @ np.sin(u))
    return Case(lambda p: float(np.sum((A @ np.sin(p["u"])) ** 2)), {"u": dx * np.cos(u)}, {"u": dx}, {"u": u})


@entry("B125", "scikit-learn-contrib/metric-learn#83", "CHAIN", "lacks the factor args[0]")
def weights_forgotten():
    x, w = rng().normal(size=11), rng(1).uniform(0.5, 2.0, 11)
    return Case(
        lambda p, w: float(np.sum(w * np.cosh(p["x"]))), {"x": w * np.sinh(x)}, {"x": np.sinh(x)}, {"x": x}, (w,)
    )


@entry("B131", "HIPS/autograd#412", "SIGN", "sign is wrong")
def covariance_with_the_other_sign():
    L, r = rng().normal(size=(4, 4)), rng(1).normal(size=4)
    S = L @ L.T + 4 * np.eye(4)
    inverse = np.linalg.inv(S)
    right = 0.5 * (np.outer(inverse @ r, inverse @ r) - inverse)

    def loss(p):
        _, log = np.linalg.slogdet(p["S"])
        return float(-0.5 * r @ np.linalg.solve(p["S"], r) - 0.5 * log)

    return Case(loss, {"S": right}, {"S": -right}, {"S": S})


@entry("B135", "deeplearning4j/libnd4j#440", "DIAG", "diagonal of a softmax")
def softmax_entry_by_entry():
    z, g = rng().normal(size=(3, 6)), rng(1).normal(size=(3, 6))
    s = softmax(z)
    right = s * (g - np.sum(g * s, axis=1, keepdims=True))
    return Case(lambda p: float(np.vdot(g, softmax(p["z"]))), {"z": right}, {"z": g * s * (1 - s)}, {"z": z})


@entry("B137", "mlpack/mlpack#3469", "DIAG", "off its diagonal")
def log_softmax_for_its_usual_loss():
    z, g = rng().normal(size=(3, 6)), rng(1).normal(size=(3, 6))
    right = g - softmax(z) * g.sum(1, keepdims=True)
    return Case(lambda p: float(np.vdot(g, np.log(softmax(p["z"])))), {"z": right}, {"z": g - softmax(z)}, {"z": z})
