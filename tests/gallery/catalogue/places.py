"""Wrong at a value or in a region, wrong values saved, other formulas: POINT, NANMASK, KINK, REGION, SAVED, ..."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, entry, rng, sigmoid, softmax


@entry("B075", "jax-ml/jax#11479", "POINT")
def bessel_at_zero():
    x = np.array([0.0, 0.5, -0.7])
    return Case(
        lambda p: float(np.sum(np.i0(p["x"]))),
        {"x": _i1(x)},
        {"x": np.where(x == 0, 1.0, _i1(x))},
        {"x": x},
    )


def _i1(x):
    k = np.arange(30)[:, None]
    factorial = np.cumprod(np.concatenate([[1.0], np.arange(1.0, 31.0)]))
    return np.sum((x / 2) ** (2 * k + 1) / (factorial[:30, None] * factorial[1:31, None]), axis=0)


@entry("B077", "tensorflow/tensorflow#119430", "POINT", "zero")
def cumulative_product_with_a_zero():
    # d/dx of x0 + x0 x1 + x0 x1 x2 at (0, 2, 3)
    return Case(
        lambda p: float(np.sum(np.cumprod(p["x"]))), {"x": np.array([9.0, 0.0, 0.0])}, {"x": np.zeros(3)},
        {"x": np.array([0.0, 2.0, 3.0])},
    )  # fmt: skip


@entry("B079", "tracel-ai/burn#5141", "POINT", "NaN")
def cumulative_product_gives_nan():
    x = np.array([2.0, 0.0, 3.0, 4.0])
    right = np.array([1.0, 2 + 6 + 24.0, 0.0, 0.0])
    return Case(
        lambda p: float(np.sum(np.cumprod(p["x"]))), {"x": right}, {"x": np.array([1.0, np.nan, np.nan, np.nan])},
        {"x": x},
    )  # fmt: skip


@entry("B161", "pytorch/pytorch#31829", "NANMASK", "NaN")
def entropy_at_zero_probability():
    p0 = np.array([0.5, 0.3, 0.2, 0.0])

    def loss(p):
        x = p["p"]
        return float(-np.sum(np.where(x > 0, x**2 * np.log(np.where(x > 0, x, 1.0)), 0.0)))

    right = np.where(p0 > 0, -(2 * p0 * np.log(np.where(p0 > 0, p0, 1.0)) + p0), 0.0)
    return Case(loss, {"p": right}, {"p": np.where(p0 > 0, right, np.nan)}, {"p": p0})


@entry("B105", "pytorch/pytorch#2421", "KINK", "NaN")
def norm_at_zero():
    return Case(
        lambda p: float(np.linalg.norm(p["x"])), {"x": np.zeros(3)}, {"x": np.full(3, np.nan)}, {"x": np.zeros(3)}
    )


@entry("B109", "FluxML/NNlib.jl#86", "KINK")
def every_tied_entry_gets_all():
    # For one window of two ties each gets all: the sum of the gradient is 2, and 1 along (1, 1).
    return Case(
        lambda p: float(max(p["x"][0], p["x"][1])), {"x": np.array([1.0, 0.0])}, {"x": np.array([1.0, 1.5])},
        {"x": np.array([1.0, 1.0])},
    )  # fmt: skip


@entry("B117", "pytorch/pytorch#196680", "REGION", "zero")
def negative_exponents_dropped():
    x, e = rng().normal(size=(6, 5)), np.array([2, -1, 0, 3, -2])
    return Case(
        lambda p: float(np.sum(p["x"] * 2.0**e)), {"x": np.broadcast_to(2.0**e, (6, 5)).copy()},
        {"x": np.broadcast_to(np.where(e < 0, 0.0, 2.0**e), (6, 5)).copy()}, {"x": x},
    )  # fmt: skip


@entry("B119", "tinygrad/tinygrad#155", "REGION", "NaN")
def negative_base():
    x = np.array([1.5, -0.7, 2.0])
    return Case(
        lambda p: float(np.sum(p["x"] ** 2) * p["s"]), {"x": 2 * x * 1.3, "s": float(np.sum(x**2))},
        {"x": np.where(x < 0, np.nan, 2 * x * 1.3), "s": float(np.sum(x**2))}, {"x": x, "s": 1.3},
    )  # fmt: skip


@entry("B081", "PennyLaneAI/demos#1050", "SAVED", "the measured gradient is cos(t)")
def second_shift_of_the_shifted():
    t = rng().normal(size=4)
    return Case(
        lambda p: float(np.sum(np.sin(p["t"]))), {"t": np.cos(t)}, {"t": 0.5 * (np.sin(t + np.pi / 2) - np.sin(t))},
        {"t": t},
    )  # fmt: skip


@entry("B085", "CaptainE/RNN-LSTM-in-numpy#1", "SAVED", "factor")
def sigmoid_for_its_derivative():
    z, u = rng().normal(size=7), rng(1).normal(size=7)
    s = sigmoid(z)
    return Case(lambda p: float(u @ sigmoid(p["z"])), {"z": u * s * (1 - s)}, {"z": u * s}, {"z": z}, ())


@entry("B087", "linkedin/Liger-Kernel#1251", "MUTATE")
def saved_output_overwritten():
    z, y = rng().normal(size=6), np.eye(6)[2]

    def loss(p):
        return float(-np.sum(y * np.log(softmax(softmax(p["z"])))))

    s = softmax(z)
    d = softmax(s) - y
    return Case(loss, {"z": s * (d - s @ d)}, {"z": d * (d - d @ d)}, {"z": z})


@entry("B089", "NVIDIA/warp#947", "MUTATE", "11.000000 x")
def value_overwritten_after_it_was_read():
    return Case(lambda p: p["x"] * 10.0, {"x": 10.0}, {"x": 110.0}, {"x": 1.7})


@entry("B153", "ddbourgin/numpy-ml#42", "MISMATCH")
def forward_with_another_bias():
    b, u = rng().normal(size=(3, 4)), rng(1).normal(size=(3, 4))
    s = sigmoid(b[2] + u)

    def loss(p):
        return float(np.sum(sigmoid(p["b"][2] + u)))

    right = np.zeros((3, 4))
    right[2] = (s * (1 - s)).sum(0)
    own = sigmoid(b + u)
    return Case(loss, {"b": right}, {"b": own * (1 - own)}, {"b": b})


@entry("B155", "NVIDIA/warp#1466", "FORMULA")
def sign_has_the_gradient_of_its_size():
    v = np.array([1.2, -0.4, 0.8, 2.0])
    return Case(lambda p: float(np.sum(np.sign(p["v"])) + np.sum(p["w"])), {"v": np.zeros(4), "w": np.ones(2)},
                {"v": np.sign(v), "w": np.ones(2)}, {"v": v, "w": np.ones(2)})  # fmt: skip
