"""Reported as wrong, but right: nothing here may be accused."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, rng, softmax

RIGHT = {}


def right(source):
    def keep(make):
        RIGHT[source] = make
        return make

    return keep


@right("BVLC/caffe#3878: the term of batch normalisation that is identically zero")
def batch_norm_without_the_zero_term():
    x, g = rng().normal(size=(20, 3)), rng(1).normal(size=(20, 3))
    mean, std = x.mean(0), x.std(0)
    xhat = (x - mean) / std
    dx = (g - g.mean(0) - xhat * (g * xhat).mean(0)) / std

    def loss(p):
        return float(np.vdot(g, (p["x"] - p["x"].mean(0)) / p["x"].std(0)))

    return Case(loss, {"x": dx}, None, {"x": x})


@right("batch normalisation: the bias before it has the derivative zero, and rounding in practice")
def bias_before_batch_norm():
    x, g, b = rng().normal(size=(20, 3)), rng(1).normal(size=(20, 3)), rng(2).normal(size=3)

    def loss(p):
        z = x + p["b"]
        return float(np.vdot(g, (z - z.mean(0)) / z.std(0)) + np.sum(p["c"] ** 2))

    return Case(loss, {"b": np.full(3, 1e-17), "c": np.full(2, 2.0)}, None, {"b": b, "c": np.ones(2)})


@right("karpathy/nn-zero-to-hero#52: out * g is the gradient of exp")
def exp_by_its_output():
    x, g = rng().normal(size=6), rng(1).normal(size=6)
    return Case(lambda p: float(g @ np.exp(p["x"])), {"x": np.exp(x) * g}, None, {"x": x})


@right("mantasu/cs231n#10: s - 1 for softmax with cross-entropy")
def softmax_with_its_loss():
    z = rng().normal(size=(5, 4))
    labels = np.array([0, 1, 2, 3, 0])

    def loss(p):
        return float(-np.sum(np.log(softmax(p["z"])[np.arange(5), labels])))

    return Case(loss, {"z": softmax(z) - np.eye(4)[labels]}, None, {"z": z})


@right("pytorch/pytorch#107007: 0 is the gradient of a sum that is constant")
def constant_sum():
    z = rng().normal(size=5)
    return Case(lambda p: float(np.sum(softmax(p["z"]))), {"z": np.zeros(5)}, None, {"z": z})


@right("pytorch/pytorch#13886: a difference of 6e-8 is single precision")
def single_precision():
    x, A = rng().normal(size=8), rng(1).normal(size=(8, 8))
    exact = 2 * A.T @ (A @ x)
    return Case(lambda p: float(np.sum((A @ p["x"]) ** 2)), {"x": exact.astype(np.float32)}, None, {"x": x})


@right("beast-dev/beast-mcmc#1064: the sign of the normal log-density's gradient")
def log_density_of_a_normal():
    x = rng().normal(size=6)
    return Case(lambda p: float(-0.5 * np.sum((p["x"] - 1.0) ** 2)), {"x": 1.0 - x}, None, {"x": x})


@right("pytorch/pytorch#114219: ties; any convex combination is a subgradient")
def tie_of_two():
    return Case(
        lambda p: float(max(p["x"][0], p["x"][1])), {"x": np.array([0.5, 0.5])}, None, {"x": np.array([1.0, 1.0])}
    )


def square(p):
    return float(np.sum(C * p["z"] ** 2).real)


C, Z = np.array([1.0 + 2.0j, -0.5j, 3.0]), np.array([0.3 - 1.1j, 2.0 + 0.4j, -0.7 + 0.2j])


@right("pytorch/pytorch#60180: the gradient of a complex number is conjugated, by convention")
def conjugated_as_pytorch_does():
    return Case(square, {"z": np.conj(2.0 * C * Z)}, None, {"z": Z})


@right("tensorflow/tensorflow#3348: the gradient of a holomorphic function is conjugated, by convention")
def conjugated_as_tensorflow_does():
    return Case(lambda p: float(np.sum(np.exp(p["z"])).real), {"z": np.exp(Z.conj())}, None, {"z": Z})


@right("patrick-kidger/optimistix#61: not conjugated, by the other convention")
def not_conjugated_as_jax_does():
    return Case(square, {"z": 2.0 * C * Z}, None, {"z": Z}, convention="re-im")
