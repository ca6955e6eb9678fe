"""Shape, axis, order: SHAPE, REDUCE, AXIS, SWAP, MISMATCH; conventions: SYM; and STRIDE."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, entry, rng, softmax


def layer_norm_backward(x, g, axes):
    mean, std = x.mean(axes, keepdims=True), x.std(axes, keepdims=True)
    xhat = (x - mean) / std
    return (g - g.mean(axes, keepdims=True) - xhat * (g * xhat).mean(axes, keepdims=True)) / std


@entry("B041", "flagos-ai/FlagGems#5392", "SHAPE")
def layer_norm_of_rank_three():
    x, g = rng().normal(size=(2, 4, 6)), rng(1).normal(size=(2, 4, 6))

    def loss(p):
        x = p["x"]
        return float(np.vdot(g, (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)))

    return Case(loss, {"x": layer_norm_backward(x, g, -1)}, {"x": layer_norm_backward(x, g, (1, 2))}, {"x": x})


def convolve(x, k, stride):
    return np.array([x[i : i + k.size] @ k for i in range(0, x.size - k.size + 1, stride)])


@entry("B045", "Kulbear/deep-learning-coursera#34", "SHAPE")
def stride_missing_in_the_backward():
    x, k = rng().normal(size=20), rng(1).normal(size=4)
    g = rng(2).normal(size=convolve(x, k, 2).size)

    def backward(stride):
        return {"k": sum(g[h] * x[h * stride : h * stride + 4] for h in range(g.size))}

    return Case(lambda p: float(g @ convolve(x, p["k"], 2)), backward(2), backward(1), {"k": k})


@entry("B043", "tracel-ai/burn#1891", "SHAPE", "shifted by")
def slices_of_the_wrong_group():
    x, k = rng().normal(size=(6, 15)), rng(1).normal(size=(6, 3))
    g = rng(2).normal(size=(6, 13))
    right = np.array([[g[c] @ x[c, j : j + 13] for j in range(3)] for c in range(6)])

    def loss(p):
        return float(sum(g[c] @ convolve(x[c], p["k"][c], 1) for c in range(6)))

    return Case(loss, {"k": right}, {"k": np.roll(right, 1, 0)}, {"k": k})


@entry("B067", "mlpack/mlpack#3679", "REDUCE", "shape")
def batch_not_summed():
    b, x, w = rng().normal(size=(4, 1)), rng(1).normal(size=(4, 9)), rng(2).normal(size=(4, 9))
    d = w * (1 - np.tanh(x + b) ** 2)
    return Case(lambda p: float(np.vdot(w, np.tanh(x + p["b"]))), {"b": d.sum(1, keepdims=True)}, {"b": d}, {"b": b})


@entry("B069", "rasbt/stat453-deep-learning-ss21#5", "REDUCE", "all entries of yours are equal")
def summed_over_the_classes_too():
    x, b, y = rng().normal(size=(12, 5)), rng(1).normal(size=5), rng(2).integers(0, 5, 12)
    d = softmax(x + b) - np.eye(5)[y]

    def loss(p):
        return float(-np.sum(np.log(softmax(x + p["b"])[np.arange(12), y])))

    return Case(loss, {"b": d.sum(0)}, {"b": np.full(5, d.sum())}, {"b": b})


@entry("B073", "PennyLaneAI/pennylane#2910", "REDUCE", "shape")
def one_number_for_six():
    t = rng().normal(size=(1, 6))
    return Case(lambda p: float(np.sum(np.sin(p["t"]))), {"t": np.cos(t)}, {"t": np.float64(1.0)}, {"t": t})


@entry("B127", "rodluger/starry#142", "SWAP", "stands under")
def labels_scrambled():
    a, b, c = (rng(i).normal(size=4) for i in range(3))

    def loss(p):
        return float(np.sum(np.sin(p["a"])) + np.sum(np.exp(p["b"])) + np.sum(p["c"] ** 3))

    right = {"a": np.cos(a), "b": np.exp(b), "c": 3 * c**2}
    wrong = {"a": right["b"], "b": right["c"], "c": right["a"]}
    return Case(loss, right, wrong, {"a": a, "b": b, "c": c})


@entry("B139", "HIPS/autograd#350", "AXIS", "transposed")
def axis_rolled_the_other_way():
    x, w = rng().normal(size=(4, 4, 4)), rng(1).normal(size=(4, 4, 4))
    g = w * np.cos(np.moveaxis(x, -1, 0))
    return Case(
        lambda p: float(np.vdot(w, np.sin(np.moveaxis(p["x"], -1, 0)))),
        {"x": np.moveaxis(g, 0, -1)}, {"x": np.moveaxis(g, -1, 0)}, {"x": x},
    )  # fmt: skip


@entry("B151", "xlite-dev/ffpa-attn#300", "MISMATCH")
def mask_aligned_otherwise():
    q, k, w = rng().normal(size=(3, 4)), rng(1).normal(size=(6, 4)), rng(2).normal(size=(3, 6))
    rows, columns = np.indices((3, 6))

    def attention(q, mask):
        return softmax(np.where(mask, q @ k.T, -np.inf), axis=1)

    def gradient(mask):
        a = attention(q, mask)
        d = a * (w - np.sum(w * a, axis=1, keepdims=True))
        return {"q": d @ k}

    good = rows + 3 >= columns
    return Case(
        lambda p: float(np.vdot(w, attention(p["q"], good))), gradient(good), gradient(rows >= columns), {"q": q}
    )


@entry("B111", "graphdeco-inria/diff-gaussian-rasterization#94", "SYM", "0.500000 x")
def off_diagonal_halved():
    dx, dy = rng().normal(size=20), rng(1).normal(size=20)
    a, b, c = 1.2, 0.3, 0.9

    def power(p):
        return -0.5 * (p["a"] * dx**2 + p["c"] * dy**2) - p["b"] * dx * dy

    e = np.exp(power({"a": a, "b": b, "c": c}))
    right = {"a": float(-0.5 * e @ dx**2), "b": float(-e @ (dx * dy)), "c": float(-0.5 * e @ dy**2)}
    return Case(
        lambda p: float(np.sum(np.exp(power(p)))), right, {**right, "b": right["b"] / 2}, {"a": a, "b": b, "c": c}
    )


@entry("B113", "jax-ml/jax#40421", "SYM", "part above the diagonal is there; it should be zero")
def ghost_in_the_triangle_not_read():
    A, w = rng().normal(size=(4, 4)), rng(1).normal(size=(4, 4))
    lower = np.tril(np.ones((4, 4)))
    right = w * lower * np.cos(A)
    wrong = right + np.where(lower == 0, -0.075, 0.0)
    return Case(lambda p: float(np.vdot(w, np.sin(np.tril(p["A"])))), {"A": right}, {"A": wrong}, {"A": A})


@entry("B115", "pymc-devs/pytensor#1230", "SYM", "the diagonal is there; it should be zero")
def diagonal_not_read():
    L, b = rng().normal(size=(5, 5)), rng(1).normal(size=5)
    strict = np.tril(np.ones((5, 5)), -1)

    def solve(p):
        return np.linalg.solve(p["L"] * strict + np.eye(5), b)

    y = solve({"L": L})
    adjoint = np.linalg.solve((L * strict + np.eye(5)).T, np.cos(y))
    full = -np.outer(adjoint, y)
    return Case(
        lambda p: float(np.sum(np.sin(solve(p)))), {"L": full * strict}, {"L": full * (strict + np.eye(5))}, {"L": L}
    )


@entry("B093", "Dao-AILab/flash-attention#355", "STRIDE")
def strided_upstream_read_as_dense():
    x, u = rng().normal(size=(6, 5)), rng(1).normal(size=(5, 6)).T
    dense = u.T.ravel().reshape(6, 5)
    d = 1 - np.tanh(x) ** 2
    return Case(lambda p: float(np.vdot(u, np.tanh(p["x"]))), {"x": u * d}, {"x": dense * d}, {"x": x})
