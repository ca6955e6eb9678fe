"""Wrong factors, at points where they are one: cotangents of ones, batches of one, unit weights and scales."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer, careless
from tests.gallery.catalogue.entry import rng, softmax


def log_sum_exp(x):
    top = x.max(1)
    return top + np.log(np.sum(np.exp(x - top[:, None]), axis=1))


def cross_entropies(x, labels):
    return log_sum_exp(x) - x[np.arange(len(x)), labels]


def residual(x, labels):
    return softmax(x) - np.eye(x.shape[1])[labels]


@careless("B051")
def scores_summed_plainly():
    return Layer(
        log_sum_exp, lambda x, w: softmax(x) * w[:, None], lambda x, w: softmax(x), (rng().normal(size=(4, 5)),)
    )


@careless("B053")
def losses_summed_plainly():
    return Layer(
        cross_entropies,
        lambda x, labels, w: residual(x, labels) * w[:, None],
        lambda x, labels, w: residual(x, labels) * w[0],
        (rng().normal(size=(4, 3)), np.array([0, 1, 2, 0])),
    )


@careless("B055")
def distances_summed_plainly():
    b = rng(1).normal(size=(7, 3))

    def squares(a):
        return ((a[:, None] - b[None]) ** 2).sum(-1)

    def nearest(a):
        return 2 * (a - b[np.argmin(squares(a), axis=1)])

    return Layer(
        lambda a: squares(a).min(1), lambda a, w: nearest(a) * w[:, None], lambda a, w: nearest(a),
        (rng().normal(size=(5, 3)),),
    )  # fmt: skip


@careless("B057")
def mean_over_a_batch_of_one():
    return Layer(
        lambda x: float(np.mean(log_sum_exp(x))), lambda x: softmax(x) / len(x), softmax, (rng().normal(size=(1, 5)),)
    )


@careless("B059")
def batch_of_one_in_every_mode():
    return Layer(
        lambda x, labels: float(np.sum(cross_entropies(x, labels))),
        residual,
        lambda x, labels: residual(x, labels) / len(x),
        (rng().normal(size=(1, 4)), np.array([2])),
    )


@careless("B061")
def bias_averaged_over_a_batch_of_one():
    def backward(reduce):
        def vjp(X, W, b, w):
            d = w * (1 - np.tanh(X @ W + b) ** 2)
            return d @ W.T, X.T @ d, reduce(d, axis=0)

        return vjp

    return Layer(
        lambda X, W, b: np.tanh(X @ W + b), backward(np.sum), backward(np.mean),
        (rng().normal(size=(1, 4)), rng(1).normal(size=(4, 3)), rng(2).normal(size=3)),
    )  # fmt: skip


@careless("B063")
def square_of_nothing():
    y = np.array([1.0, 2.0, 0.5])
    return Layer(lambda p: (y - p) ** 2, lambda p, w: 2 * w * (p - y), lambda p, w: w * (p - y), (y.copy(),))


@careless("B065")
def mean_over_a_single_example():
    def backward(divided):
        def gradient(w, X, y):
            r = (X @ w - y) / (y.size if divided else 1)
            return X.T @ r, np.outer(r, w), -r

        return gradient

    return Layer(
        lambda w, X, y: float(np.mean((X @ w - y) ** 2) / 2), backward(True), backward(False),
        (rng().normal(size=4), rng(1).normal(size=(1, 4)), rng(2).normal(size=1)),
    )  # fmt: skip


@careless("B121")
def logarithms_of_one():
    A = rng(1).normal(size=(4, 4))
    return Layer(
        lambda scales: A @ np.exp(scales), lambda scales, w: (A.T @ w) * np.exp(scales), lambda scales, w: A.T @ w,
        (np.zeros(4),),
    )  # fmt: skip


@careless("B123")
def bounded_in_the_middle():
    A = rng(1).normal(size=(6, 4))
    return Layer(lambda u: A @ np.sin(u), lambda u, w: (A.T @ w) * np.cos(u), lambda u, w: A.T @ w, (np.zeros(4),))


@careless("B125")
def weights_of_one():
    return Layer(
        lambda x, weight: weight * np.cosh(x),
        lambda x, weight, w: (w * weight * np.sinh(x), w * np.cosh(x)),
        lambda x, weight, w: (w * np.sinh(x), w * np.cosh(x)),
        (rng().normal(size=5), np.ones(5)),
    )


@careless("B131")
def unit_variance_and_unit_residual():
    def backward(sign):
        def gradient(S, r):
            inverse = np.linalg.inv(S)
            solved = inverse @ r
            return sign * 0.5 * (np.outer(solved, solved) - inverse), -solved

        return gradient

    def log_density(S, r):
        _, log = np.linalg.slogdet(S)
        return float(-0.5 * r @ np.linalg.solve(S, r) - 0.5 * log)

    return Layer(log_density, backward(1), backward(-1), (np.ones((1, 1)), np.ones(1)))


@careless("B135")
def saturated_softmax():
    def right(z, w):
        s = softmax(z)
        return s * (w - np.sum(w * s, axis=1, keepdims=True))

    return Layer(softmax, right, lambda z, w: w * softmax(z) * (1 - softmax(z)), (50 * np.eye(3),))


@careless("B137")
def log_softmax_before_its_usual_loss():
    z = rng().normal(size=(3, 4))
    return Layer(
        lambda z: z - log_sum_exp(z)[:, None],
        lambda z, w: w - softmax(z) * w.sum(1, keepdims=True),
        lambda z, w: w - softmax(z),
        (z,),
        np.eye(4)[[0, 2, 1]],
    )
