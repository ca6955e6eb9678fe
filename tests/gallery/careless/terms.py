"""Terms and steps lost, or one too many: at ones, with penalties switched off, after a single step."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer, careless
from tests.gallery.catalogue.entry import rng


def recurrence(x, c):
    """The states of c <- c / 2 + x, one for each row of x."""
    found = []
    for row in x:
        c = c / 2 + row
        found.append(c)
    return np.array(found)


@careless("B019")
def cell_with_a_single_step():
    def backward(carried):
        def vjp(x, c, w):
            own, carry, dx = w * (1 - np.tanh(recurrence(x, c)) ** 2), np.zeros_like(c), np.zeros_like(x)
            for t in reversed(range(len(x))):
                dx[t] = own[t] + carry * carried
                carry = dx[t] / 2
            return dx, carry

        return vjp

    return Layer(
        lambda x, c: np.tanh(recurrence(x, c)), backward(1.0), backward(0.0),
        (rng().normal(size=(1, 3)), rng(1).normal(size=3)),
    )  # fmt: skip


@careless("B021")
def log_density_where_all_is_one():
    def backward(first):
        def gradient(theta, mu):
            return mu - theta, float(np.sum(theta[first:] - mu) - mu / 25)

        return gradient

    return Layer(
        lambda theta, mu: float(-0.5 * np.sum((theta - mu) ** 2) - mu**2 / 50), backward(0), backward(1),
        (np.ones(8), 1.0),
    )  # fmt: skip


@careless("B023")
def norm_with_weights_of_one():
    def backward(power):
        def vjp(x, weight, g):
            r = (np.mean(x**2) + 1e-6) ** -0.5
            total = np.sum(g * x * weight)
            return g * weight * r - r**3 * x / x.size * total * weight**power, g * x * r

        return vjp

    return Layer(
        lambda x, weight: x * (np.mean(x**2) + 1e-6) ** -0.5 * weight, backward(0), backward(1),
        (rng().normal(size=5), np.ones(5)),
    )  # fmt: skip


@careless("B027")
def penalty_switched_off():
    X = rng().normal(size=(5, 4))

    def backward(factor):
        return lambda W, reg: (X.T @ np.cos(X @ W) + factor * reg * W, float(np.sum(W**2)))

    return Layer(
        lambda W, reg: float(np.sum(np.sin(X @ W)) + reg * np.sum(W**2)), backward(2), backward(1),
        (rng(1).normal(size=(4, 3)), 0.0),
    )  # fmt: skip


@careless("B029")
def penalty_that_skips_a_column_switched_off():
    X, skip = rng().normal(size=(4, 9)), np.arange(4) > 0

    def backward(ones):
        def gradient(theta, reg):
            penalty = np.where(skip, theta, ones)
            return np.cos(theta @ X) @ X.T + reg * penalty, float(np.sum((theta * skip) ** 2) / 2)

        return gradient

    return Layer(
        lambda theta, reg: float(np.sum(np.sin(theta @ X)) + reg / 2 * np.sum((theta * skip) ** 2)), backward(0.0),
        backward(1.0), (rng(1).normal(size=(3, 4)), 0.0),
    )  # fmt: skip


@careless("B031")
def scan_of_a_single_step():
    start = np.array([0.3, -0.8, 1.1])

    def states(w, xs):
        found = [start]
        for x in xs:
            found.append(np.tanh(w * found[-1] + x))
        return found

    def backward(all_steps):
        def vjp(w, xs, dh):
            found, dw, dx = states(w, xs), np.zeros_like(w), np.zeros_like(xs)
            for t in reversed(range(len(xs))):
                dx[t] = dh * (1 - found[t + 1] ** 2)
                dw += dx[t] * found[t] * (all_steps or t == len(xs) - 1)
                dh = dx[t] * w
            return dw, dx

        return vjp

    return Layer(
        lambda w, xs: states(w, xs)[-1],
        backward(True),
        backward(False),
        (rng().normal(size=3), rng(1).normal(size=(1, 3))),
    )
