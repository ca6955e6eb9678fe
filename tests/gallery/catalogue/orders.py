"""Complex numbers and higher orders: COMPLEX, HIGHER. What is judged of a higher order is the derivative before it."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, entry, rng


def gaussian(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return rng(seed).normal(size=shape) + 1j * rng(seed + 50).normal(size=shape)


@entry("B145", "tensorflow/tensorflow#4859", "COMPLEX")
def product_of_complex_matrices():
    X, Y, C = gaussian((4, 5), 0), gaussian((5, 3), 1), gaussian((4, 3), 2)
    right = {"X": C @ Y.conj().T, "Y": X.conj().T @ C}
    return Case(
        lambda p: float(np.vdot(C, p["X"] @ p["Y"]).real), right, {"X": C @ Y.T, "Y": X.T @ C}, {"X": X, "Y": Y}
    )


@entry("B147", "FluxML/Zygote.jl#705", "COMPLEX")
def imaginary_part_of_a_sum_of_exponentials():
    x = np.array([1.0, 2.0, 3.0], dtype=complex)
    return Case(lambda p: float(np.sum(np.exp(p["x"])).imag), {"x": 1j * np.exp(x)}, {"x": np.full(3, 1j)}, {"x": x})


def bessel(x: np.ndarray, order: int) -> np.ndarray:
    """The modified Bessel function of order 0 or 1, by its series."""
    k = np.arange(40)[:, None]
    factorial = np.cumprod(np.concatenate([[1.0], np.arange(1.0, 42.0)]))
    return np.sum((x / 2.0) ** (2 * k + order) / (factorial[:40, None] * factorial[order : 40 + order, None]), axis=0)


@entry("B099", "jax-ml/jax#40627", "HIGHER")
def second_derivative_of_a_bessel_function_at_zero():
    x, w = np.array([0.7, -1.2, 0.0, 2.5, 0.3]), rng(3).normal(size=5)
    with np.errstate(invalid="ignore"):
        second = np.where(x == 0.0, 0.5, bessel(x, 0) - bessel(x, 1) / x)
    return Case(lambda p: float(w @ bessel(p["x"], 1)), {"x": w * second}, {"x": w * np.where(x == 0.0, 0.0, second)},
                {"x": x})  # fmt: skip


@entry("B101", "pytorch/pytorch#186256", "HIGHER")
def third_derivative_of_batch_normalisation():
    """The second derivative along v is differentiated; the saved standard deviation is taken for a constant."""
    n = 12
    x, v, w = (rng(i).normal(size=n) for i in range(3))

    def centred(a):
        return a - a.mean()

    b, q2 = w @ centred(v), 2.0 * v.var()

    def parts(x):
        return w @ centred(x), x.var(), 2.0 * np.mean(centred(x) * v)

    def loss(p):
        a, q, q1 = parts(p["x"])
        return float(a * (0.75 * q**-2.5 * q1**2 - 0.5 * q**-1.5 * q2) - b * q**-1.5 * q1)

    a, q, q1 = parts(x)
    of_a = (0.75 * q**-2.5 * q1**2 - 0.5 * q**-1.5 * q2) * centred(w)
    of_q1 = (1.5 * a * q**-2.5 * q1 - b * q**-1.5) * 2.0 * centred(v) / n
    of_q = (a * (-1.875 * q**-3.5 * q1**2 + 0.75 * q**-2.5 * q2) + 1.5 * b * q**-2.5 * q1) * 2.0 * centred(x) / n
    return Case(loss, {"x": of_a + of_q1 + of_q}, {"x": of_a + of_q1}, {"x": x})


@entry("B103", "chainer/chainer#4114", "HIGHER", "zero")
def backward_that_is_cut_off_from_its_input():
    x, g, v = (rng(i).normal(size=(3, 4)) for i in range(3))
    right = {"x": v * g * 6.0 * x, "g": v * 3.0 * x**2}
    return Case(
        lambda p: float(np.vdot(v, p["g"] * 3.0 * p["x"] ** 2)), right, {**right, "x": 0.0 * x}, {"x": x, "g": g}
    )
