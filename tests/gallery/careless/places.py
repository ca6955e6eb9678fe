"""Wrong at a value or in a region, or a wrong value saved: at points that stay away from it."""

from __future__ import annotations

import numpy as np

from tests.gallery.careless.entry import Layer, careless
from tests.gallery.catalogue.entry import rng, sigmoid, softmax


def i1(x):
    """The derivative of i0: the mean of cos(t) exp(x cos(t)) over the circle."""
    circle = np.cos(np.arange(256) * 2 * np.pi / 256)
    return np.mean(circle * np.exp(x[..., None] * circle), axis=-1)


@careless("B075")
def bessel_away_from_zero():
    return Layer(
        np.i0, lambda x, w: w * i1(x), lambda x, w: w * np.where(x == 0, 1.0, i1(x)), (np.array([0.5, 1.2, -0.7]),)
    )


def cumulative(x, w):
    """Each product differentiated by leaving its factor out."""
    found = np.zeros_like(x)
    for i in range(x.size):
        rest = x.copy()
        rest[i] = 1.0
        found[i] = w[i:] @ np.cumprod(rest)[i:]
    return found


def cumulative_by_division(x, w):
    with np.errstate(all="ignore"):
        return np.cumsum((w * np.cumprod(x))[::-1])[::-1] / x


@careless("B077")
def cumulative_product_without_zeros():
    def nan_to_zero(x, w):
        return np.nan_to_num(cumulative_by_division(x, w), nan=0.0, posinf=0.0, neginf=0.0)

    return Layer(np.cumprod, cumulative, nan_to_zero, (np.array([1.0, 2.0, 3.0]),))


@careless("B079")
def cumulative_product_of_ones():
    return Layer(np.cumprod, cumulative, cumulative_by_division, (np.ones(4),))


@careless("B161")
def entropy_inside():
    def right(x, w):
        inside = np.where(x > 0, x, 1.0)
        return np.where(x > 0, -w * (2 * inside * np.log(inside) + inside), 0.0)

    def wrong(x, w):
        with np.errstate(all="ignore"):
            return -w * (2 * x * np.log(x) + x) * np.where(x >= 0, 1.0, 0.0)

    def entropies(x):
        return -np.where(x > 0, x**2 * np.log(np.where(x > 0, x, 1.0)), 0.0)

    return Layer(entropies, right, wrong, (np.array([0.5, 0.3, 0.2]),))


@careless("B105")
def norm_away_from_zero():
    def right(x):
        size = np.linalg.norm(x)
        return x / size if size else 0 * x

    def wrong(x):
        with np.errstate(all="ignore"):
            return x / np.linalg.norm(x)

    return Layer(lambda x: float(np.linalg.norm(x)), right, wrong, (np.array([3.0, 4.0]),))


@careless("B109")
def windows_without_ties():
    def right(x, w):
        found = np.zeros_like(x)
        found[np.arange(len(x)), x.argmax(1)] = w
        return found

    return Layer(
        lambda x: x.max(1), right, lambda x, w: w[:, None] * (x == x.max(1, keepdims=True)),
        (np.array([[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]]),),
    )  # fmt: skip


@careless("B117")
def exponents_from_zero_up():
    return Layer(
        lambda x, e: x * 2.0**e, lambda x, e, w: w * 2.0**e, lambda x, e, w: w * np.where(e < 0, 0.0, 2.0**e),
        (rng().normal(size=(3, 4)), np.array([2, 1, 0, 3])),
    )  # fmt: skip


@careless("B119")
def positive_base():
    def wrong(x, n, w):
        with np.errstate(all="ignore"):
            return w * n * np.exp((n - 1) * np.log(x))

    return Layer(lambda x, n: x**n, lambda x, n, w: w * n * x ** (n - 1), wrong, (np.array([1.5, 0.7, 2.0]), 3))


@careless("B081", hides=False)
def second_shift_of_the_shifted():
    def shifted(t, w):
        return w * (np.sin(t + np.pi / 2) - np.sin(t)) / 2

    return Layer(np.sin, lambda t, w: w * np.cos(t), shifted, (np.zeros(4),))


@careless("B085")
def gate_of_an_empty_cell():
    def right(z, c, w):
        s = sigmoid(z)
        return w * c * s * (1 - s), w * s

    return Layer(
        lambda z, c: sigmoid(z) * c, right, lambda z, c, w: (w * c * sigmoid(z), w * sigmoid(z)),
        (rng().normal(size=4), np.zeros(4)),
    )  # fmt: skip


@careless("B087")
def loss_with_no_layer_before_it():
    def loss(z, layers):
        for _ in range(layers):
            z = softmax(z)
        return float(np.log(np.sum(np.exp(z))) - z[1])

    def backward(copied):
        def gradient(z, layers):
            outputs = []
            for _ in range(layers):
                z = softmax(z)
                outputs.append(z)
            # In place, the gradient of the loss is written over the output that the layer before it has saved.
            d = softmax(z) - np.eye(z.size)[1]
            if outputs and not copied:
                outputs[-1] = d
            for s in reversed(outputs):
                d = s * (d - s @ d)
            return d

        return gradient

    return Layer(loss, backward(True), backward(False), (rng().normal(size=4), 0))


@careless("B089")
def value_read_once():
    def factors(steps):
        return 10.0 + 100.0 * np.arange(steps)

    return Layer(
        lambda x, steps: np.sum(factors(steps)) * x,
        lambda x, steps, w: w * np.sum(factors(steps)),
        lambda x, steps, w: w * steps * factors(steps)[-1],
        (np.array([1.7, 0.4]), 1),
    )


@careless("B153", hides=False)
def forward_with_another_bias():
    u = rng(1).normal(size=(3, 4))

    def slope(b, w):
        return w * sigmoid(b + u) * (1 - sigmoid(b + u))

    def right(b, w):
        found = np.zeros_like(b)
        found[2] = slope(b[2], w).sum(0)
        return found

    return Layer(lambda b: sigmoid(b[2] + u), right, slope, (np.zeros((3, 4)),))
