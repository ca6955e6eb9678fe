"""Ordinary layers whose gradients are right: what NumPy broadcasts, ties and columns must not be held against them."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer
from tests.gallery.careless.factors import cross_entropies
from tests.gallery.catalogue.entry import rng, softmax

A, B, C, V = rng().normal(size=(4, 3)), rng(1).normal(size=(3, 2)), rng(2).normal(size=(4, 2)), rng(3).normal(size=6)
COVARIANCE = B @ B.T + 3 * np.eye(3)


def right(function, vjp, *args):
    return Layer(function, vjp, None, args)


def columns(W, b, x, w):
    d = w * (1 - np.tanh(W @ x + b) ** 2)
    return d @ x.T, d.sum(1, keepdims=True), W.T @ d


def regression(theta, X, y):
    r = 2 * (X @ theta - y) / len(y)
    return X.T @ r, r @ theta.T, -r


def attention(q, k, v, w):
    a = softmax(q @ k.T)
    d = a * (w @ v.T - np.sum((w @ v.T) * a, axis=1, keepdims=True))
    return d @ k, d.T @ q, a.T @ w


def labelled(z, y, w):
    return w[:, None] * (softmax(z) - (y[:, None] == np.arange(z.shape[1])))


def windows(x, n):
    return x[: x.size // n * n].reshape(-1, n)


def first_of_the_largest(x, n, w):
    found, largest = np.zeros_like(x), windows(x, n).argmax(1)
    found[np.arange(largest.size) * n + largest] = w
    return found


def middle(x):
    found = np.zeros_like(x)
    order = np.argsort(x, kind="stable")
    found[order[(x.size - 1) // 2]] += 0.5
    found[order[x.size // 2]] += 0.5
    return found


def adjoint_of_cumsum(x, axis, w):
    return np.flip(np.cumsum(np.flip(w, axis), axis), axis)


def averaged(p, y):
    return 2 * (p - y) / p.size, -2 * (p - y) / p.size


RIGHT_LAYERS = {
    "a dense layer in columns": right(lambda W, b, x: np.tanh(W @ x + b), columns, B.T, B[:2, :1], A.T),
    "a product entry by entry": right(lambda a, b: a * b, lambda a, b, w: (w * b, w * a), C, C + 1),
    "mean squares of a column": right(lambda p, y: float(np.mean((p - y) ** 2)), averaged, A[:, :1], A[:, 1:2]),
    "regression with a column of targets": right(
        lambda theta, X, y: float(np.mean((X @ theta - y) ** 2)), regression, B[:, :1], A, C[:, :1]
    ),
    "regression on one example": right(
        lambda theta, X, y: float(np.mean((X @ theta - y) ** 2)), regression, B[:, :1], A[:1], C[:1, :1]
    ),
    "attention": right(lambda q, k, v: softmax(q @ k.T) @ v, attention, B, C, A),
    "labels compared": right(cross_entropies, labelled, A, np.array([0, 2, 1, 1])),
    "pooling": right(lambda x, n: windows(x, n).max(1), first_of_the_largest, V, 2),
    "sorting": right(np.sort, lambda x, w: w[np.argsort(np.argsort(x, kind="stable"))], V),
    "the larger of two": right(np.maximum, lambda a, b, w: (w * (a >= b), w * (a < b)), V, V[::-1].copy()),
    "a median": right(lambda x: float(np.median(x)), middle, V[:5]),
    "a logarithm of a determinant": right(
        lambda S: float(np.linalg.slogdet(S)[1]), lambda S: np.linalg.inv(S).T, COVARIANCE
    ),
    "a sum along an axis": right(np.cumsum, adjoint_of_cumsum, A, 0),
    "a power": right(lambda x, n: x**n, lambda x, n, w: w * n * x ** (n - 1.0), np.abs(V), 2),
}
