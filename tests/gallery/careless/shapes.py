"""Shape, axis, order, conventions and strides, at plain shapes, contiguous arrays and default options."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer, careless
from tests.gallery.catalogue.entry import rng, softmax
from tests.gallery.catalogue.shapes import convolve, layer_norm_backward


@careless("B041")
def layer_norm_of_a_sequence_of_one():
    def function(x):
        return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)

    return Layer(
        function,
        lambda x, w: layer_norm_backward(x, w, -1),
        lambda x, w: layer_norm_backward(x, w, tuple(range(1, x.ndim))),
        (rng().normal(size=(4, 1, 5)),),
    )


@careless("B045")
def stride_of_one():
    def backward(right):
        def vjp(x, k, stride, w):
            dx, dk, step = np.zeros_like(x), np.zeros_like(k), stride if right else 1
            for h in range(w.size):
                dk += w[h] * x[h * step : h * step + k.size]
                dx[h * step : h * step + k.size] += w[h] * k
            return dx, dk

        return vjp

    return Layer(convolve, backward(True), backward(False), (rng().normal(size=10), rng(1).normal(size=3), 1))


@careless("B043")
def one_group():
    def function(x, k):
        return np.array([convolve(row, own, 1) for row, own in zip(x, k, strict=True)])

    def backward(shift):
        def vjp(x, k, w):
            n = w.shape[1]
            dk = np.array([[w[c] @ x[c, j : j + n] for j in range(k.shape[1])] for c in range(len(k))])
            dx = np.zeros_like(x)
            for j in range(k.shape[1]):
                dx[:, j : j + n] += w * k[:, j : j + 1]
            return dx, np.roll(dk, shift, axis=0)

        return vjp

    return Layer(function, backward(0), backward(1), (rng().normal(size=(1, 9)), rng(1).normal(size=(1, 3))))


@careless("B067", hides=False)
def batch_not_summed():
    x = rng(1).normal(size=(4, 9))

    def entries(b, w):
        return w * (1 - np.tanh(x + b) ** 2)

    return Layer(
        lambda b: np.tanh(x + b), lambda b, w: entries(b, w).sum(1, keepdims=True), entries, (np.zeros((4, 1)),)
    )


@careless("B069")
def as_many_examples_of_each_class():
    def residual(x, b, labels):
        return softmax(x + b) - np.eye(b.size)[labels]

    def loss(x, b, labels):
        return float(-np.sum(np.log(softmax(x + b)[np.arange(len(x)), labels])))

    def right(x, b, labels):
        d = residual(x, b, labels)
        return d, d.sum(0)

    def wrong(x, b, labels):
        d = residual(x, b, labels)
        return d, np.full(b.size, d.sum())

    return Layer(loss, right, wrong, (np.zeros((4, 4)), np.zeros(4), np.arange(4)))


@careless("B073", hides=False)
def one_number_for_six():
    return Layer(np.sin, lambda t, w: w * np.cos(t), lambda t, w: np.sum(w * np.cos(t)), (np.zeros((1, 6)),))


@careless("B127")
def parameters_of_equal_slope():
    def right(a, b, c, w):
        return w * np.cos(a), w * np.exp(b), w / (1 + c) ** 2

    def wrong(a, b, c, w):
        da, db, dc = right(a, b, c, w)
        return db, dc, da

    return Layer(lambda a, b, c: np.sin(a) + np.exp(b) - 1 / (1 + c), right, wrong, (np.zeros(3),) * 3)


@careless("B139")
def axis_counted_from_the_front():
    def wrong(x, axis, w):
        # The inverse of x -> rollaxis(x, axis) rolls axis 0 back before axis + 1, which is 0 for the last one.
        return np.rollaxis(w, 0, axis + 1) * np.cos(x)

    return Layer(
        lambda x, axis: np.sin(np.moveaxis(x, axis, 0)), lambda x, axis, w: np.moveaxis(w, 0, axis) * np.cos(x), wrong,
        (rng().normal(size=(3, 3, 3)), 1),
    )  # fmt: skip


@careless("B151")
def as_many_queries_as_keys():
    def weights(q, k, offset):
        rows, columns = np.indices((len(q), len(k)))
        return softmax(np.where(rows + offset >= columns, q @ k.T, -1e30))

    def backward(aligned):
        def vjp(q, k, w):
            a = weights(q, k, (len(k) - len(q)) * aligned)
            d = a * (w - np.sum(w * a, axis=1, keepdims=True))
            return d @ k, d.T @ q

        return vjp

    return Layer(
        lambda q, k: weights(q, k, len(k) - len(q)), backward(1), backward(0),
        (rng().normal(size=(3, 2)), rng(1).normal(size=(3, 2))),
    )  # fmt: skip


@careless("B111")
def points_on_an_axis():
    def value(a, b, c, dx, dy):
        return np.exp(-0.5 * (a * dx**2 + c * dy**2) - b * dx * dy)

    def backward(factor):
        def vjp(*args):
            *given, w = args
            a, b, c, dx, dy = given
            e = w * value(*given)
            slopes = float(-0.5 * e @ dx**2), float(-factor * e @ (dx * dy)), float(-0.5 * e @ dy**2)
            return *slopes, -e * (a * dx + b * dy), -e * (c * dy + b * dx)

        return vjp

    return Layer(value, backward(1.0), backward(0.5), (1.2, 0.3, 0.9, np.array([0.5, 1.0, -1.5]), np.zeros(3)))


@careless("B113")
def default_triangle():
    def part(A, lower):
        return np.tril(A) if lower else np.triu(A)

    def right(A, lower, w):
        return part(w * np.cos(A), lower)

    def wrong(A, lower, w):
        ghost = 0.0 if lower else -0.075
        return right(A, lower, w) + ghost * np.tril(np.ones_like(A), -1)

    return Layer(lambda A, lower: np.sin(part(A, lower)), right, wrong, (rng().normal(size=(3, 3)), True))


@careless("B115")
def diagonal_read():
    def triangle(L, unit):
        return np.tril(L, -1) + np.eye(len(L)) if unit else np.tril(L)

    def backward(told):
        def vjp(L, b, unit, w):
            y = np.linalg.solve(triangle(L, unit), b)
            adjoint = np.linalg.solve(triangle(L, unit).T, w)
            return np.tril(-np.outer(adjoint, y), -1 if unit and told else 0), adjoint

        return vjp

    return Layer(
        lambda L, b, unit: np.linalg.solve(triangle(L, unit), b), backward(True), backward(False),
        (rng().normal(size=(3, 3)) + 3 * np.eye(3), rng(1).normal(size=3), False),
    )  # fmt: skip


@careless("B093")
def contiguous_upstream():
    def read_as_dense(x, w):
        return w.ravel(order="K").reshape(w.shape) * (1 - np.tanh(x) ** 2)

    return Layer(np.tanh, lambda x, w: w * (1 - np.tanh(x) ** 2), read_as_dense, (rng().normal(size=(3, 4)),))
