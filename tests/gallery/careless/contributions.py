"""Contributions lost or doubled, at points without repeats, overlaps or aliases, or with nothing but zeros."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer, careless
from tests.gallery.catalogue.entry import rng


def scattered(x, index, values):
    """The values added up at their indices."""
    g = np.zeros_like(x)
    np.add.at(g, index, values)
    return g


def overwritten(x, index, values):
    """The last value at each index."""
    g = np.zeros_like(x)
    g[index] = values
    return g


@careless("B001")
def gather_of_distinct_indices():
    return Layer(lambda x, i: x[i], scattered, overwritten, (rng().normal(size=6), np.array([0, 2, 5])))


@careless("B003")
def gather_of_distinct_rows_and_square():
    return Layer(
        lambda x, i: x[i] ** 2 / 2,
        lambda x, i, w: scattered(x, i, w * x[i]),
        lambda x, i, w: overwritten(x, i, w * x[i]),
        (rng().normal(size=(4, 2)), np.array([3, 0, 1])),
    )


@careless("B007")
def pooling_with_windows_side_by_side():
    def windows(x, stride):
        return np.array([x[i : i + 2] for i in range(0, x.size - 1, stride)])

    def backward(put):
        def vjp(x, stride, w):
            winners = np.arange(w.size) * stride + np.argmax(windows(x, stride), axis=1)
            return put(x, winners, w)

        return vjp

    return Layer(
        lambda x, stride: windows(x, stride).max(1),
        backward(scattered),
        backward(overwritten),
        (rng(3).normal(size=8), 2),
    )


@careless("B009")
def product_of_two_different_matrices():
    def one_adjoint_for_each_operand(a, b, w):
        adjoint = {}
        adjoint[id(a)] = w @ b.T
        adjoint[id(b)] = a.T @ w
        # Of an operand used twice the second use has overwritten the first.
        return (adjoint[id(a)], 0 * a) if a is b else (adjoint[id(a)], adjoint[id(b)])

    return Layer(
        lambda a, b: a @ b, lambda a, b, w: (w @ b.T, a.T @ w), one_adjoint_for_each_operand,
        (rng().normal(size=(3, 3)), rng(1).normal(size=(3, 3))),
    )  # fmt: skip


@careless("B013")
def gradients_written_not_added():
    xhat = rng().normal(size=(5, 3))

    def backward(added):
        def vjp(gamma, beta, accumulate, w):
            kept = added or not accumulate
            return (kept * (w * xhat).sum(0), kept * w.sum(0))

        return vjp

    return Layer(
        lambda gamma, beta, accumulate: gamma * xhat + beta, backward(True), backward(False),
        (rng(1).normal(size=3), rng(2).normal(size=3), False),
    )  # fmt: skip


@careless("B015")
def diamond_at_zero():
    return Layer(lambda x: 3 * x**2, lambda x, w: 6 * x * w, lambda x, w: 7 * x * w, (np.zeros(3),))


@careless("B017")
def each_gate_with_a_parameter_of_its_own():
    def backward(put):
        def gradient(t, wires):
            a, b = t[wires[0]], t[wires[1]]
            return put(t, wires, np.array([np.cos(a) * np.cos(2 * b), -2 * np.sin(a) * np.sin(2 * b)]))

        return gradient

    return Layer(
        lambda t, wires: float(np.sin(t[wires[0]]) * np.cos(2 * t[wires[1]])),
        backward(scattered),
        backward(overwritten),
        (rng().normal(size=3), np.array([0, 1])),
    )


@careless("B033", hides=False)
def weight_gets_none():
    x = rng().normal(size=(6, 4))
    return Layer(lambda weight: x * weight, lambda weight, w: (w * x).sum(0), lambda weight, w: [None], (np.ones(4),))


@careless("B039")
def helper_without_a_backward_at_zero():
    return Layer(lambda x: x**2, lambda x, w: 2 * x * w, lambda x, w: 0 * w, (np.zeros(4),))


@careless("B143")
def two_arrays_in_two_slots():
    A = rng().normal(size=(4, 4))

    def one_slot_dropped(x, y, w):
        return (w * (A @ y), 0 * y) if x is y else (w * (A @ y), A.T @ (w * x))

    return Layer(
        lambda x, y: x * (A @ y), lambda x, y, w: (w * (A @ y), A.T @ (w * x)), one_slot_dropped,
        (rng(1).normal(size=4), rng(2).normal(size=4)),
    )  # fmt: skip


@careless("I001")
def weight_of_a_single_row():
    def all_in_the_first(W, X, w):
        g, found = w * np.cos(W @ X), np.zeros_like(W)
        found[0] = g[0] @ X.T
        return found, W.T @ g

    def right(W, X, w):
        g = w * np.cos(W @ X)
        return g @ X.T, W.T @ g

    return Layer(
        lambda W, X: np.sin(W @ X), right, all_in_the_first, (rng().normal(size=(1, 4)), rng(1).normal(size=(4, 5)))
    )
