"""Contributions lost or doubled: ACCUM, DROPPED, TERM, ALIAS, INDEX."""

from __future__ import annotations

import numpy as np

from tests.gallery.catalogue.entry import Case, entry, rng, sigmoid

INDEX = np.array([0, 2, 2, 3, 3, 3, 5, 6, 6])


@entry("B001", "pytorch/pytorch#1631", "ACCUM")
def gather_with_repeats():
    x, w = rng().normal(size=8), rng(1).normal(size=INDEX.size)
    right, wrong = np.zeros(8), np.zeros(8)
    np.add.at(right, INDEX, w)
    wrong[INDEX] = w
    return Case(lambda p: float(w @ p["x"][INDEX]), {"x": right}, {"x": wrong}, {"x": x})


@entry("B003", "PaddlePaddle/Paddle#17952", "ACCUM", "contributions")
def gather_and_square():
    index = np.array([0, 1, 1, 2, 3, 3, 3, 4, 5, 5, 6, 7, 7, 7])
    x = rng().normal(size=8)
    count = np.bincount(index)
    return Case(lambda p: float(np.sum(p["x"][index] ** 2) / 2), {"x": count * x}, {"x": x}, {"x": x})


@entry("B007", "FluxML/NNlib.jl#205", "ACCUM", "contributions")
def pooling_with_overlapping_windows():
    x = rng(3).normal(size=24)
    windows = [slice(i, i + 4) for i in range(0, 21)]
    right = np.zeros(24)
    for window in windows:
        right[window.start + np.argmax(x[window])] += 1.0
    return Case(
        lambda p: float(sum(p["x"][w].max() for w in windows)), {"x": right}, {"x": np.minimum(right, 1.0)}, {"x": x}
    )


@entry("B009", "NVIDIA/warp#168", "ACCUM")
def adjoint_of_an_operand_used_twice():
    A, B, C, w = (rng(i).normal(size=(5, 5)) for i in range(4))
    right = {"A": w @ B.T + w @ C.T}
    return Case(lambda p: float(np.vdot(w, p["A"] @ B + p["A"] @ C)), right, {"A": w @ C.T}, {"A": A})


@entry("B013", "apache/mxnet#18499", "ACCUM", "zero")
def scale_and_shift_never_written():
    x, w = rng().normal(size=(10, 4)), rng(1).normal(size=(10, 4))
    xhat = (x - x.mean(0)) / x.std(0)
    right = {"gamma": (w * xhat).sum(0), "beta": w.sum(0)}
    wrong = {name: np.zeros(4) for name in right}
    params = {"gamma": rng(2).normal(size=4), "beta": rng(3).normal(size=4)}
    return Case(lambda p: float(np.vdot(w, p["gamma"] * xhat + p["beta"])), right, wrong, params)


@entry("B015", "sebgao/cTensor#5", "ACCUM", "1.166667 x")
def shared_node_sends_its_total_twice():
    return Case(lambda p: 3.0 * p["x"] ** 2, {"x": 6.0}, {"x": 7.0}, {"x": 1.0})


@entry("B017", "pasqal-io/pyqtorch#151", "ACCUM")
def one_parameter_in_two_gates():
    t = rng().normal(size=4)
    right = np.cos(t) * np.cos(2 * t) - 2 * np.sin(t) * np.sin(2 * t)
    return Case(lambda p: float(np.sum(np.sin(p["t"]) * np.cos(2 * p["t"]))), {"t": right},
                {"t": np.cos(t) * np.cos(2 * t)}, {"t": t})  # fmt: skip


@entry("B019", "apache/mxnet#4057", "ACCUM")
def carry_of_a_cell_overwritten():
    forget, put = sigmoid(rng(1).normal(size=(6, 3))), rng(2).normal(size=(6, 3))
    out, w = sigmoid(rng(3).normal(size=(6, 3))), rng(4).normal(size=(6, 3))

    def cells(p):
        found = [p["c"]]
        for t in range(6):
            found.append(forget[t] * found[-1] + put[t])
        return found[1:]

    def backward(keep):
        def gradient(p):
            dc = np.zeros(3)
            for t in reversed(range(6)):
                own = w[t] * out[t] * (1 - np.tanh(cells(p)[t]) ** 2)
                dc = (own + dc if keep else own) * forget[t]
            return {"c": dc}

        return gradient

    def loss(p):
        return float(sum(np.vdot(w[t], out[t] * np.tanh(c)) for t, c in enumerate(cells(p))))

    return Case(loss, backward(True), backward(False), {"c": rng().normal(size=3)})


@entry("B021", "pints-team/pints#1136", "TERM", "its only entry")
def log_density_without_its_first_entry():
    theta, mu, tau = rng().normal(size=8), 0.7, 1.3

    def loss(p):
        return float(-0.5 * np.sum((p["theta"] - p["mu"]) ** 2) / tau**2 - 0.5 * (p["mu"] / 5) ** 2)

    right = {"theta": -(theta - mu) / tau**2, "mu": np.sum(theta - mu) / tau**2 - mu / 25}
    wrong = {**right, "mu": np.sum(theta[1:] - mu) / tau**2 - mu / 25}
    return Case(loss, right, wrong, {"theta": theta, "mu": mu})


@entry("B023", "NVIDIA/Megatron-LM#6859", "TERM")
def norm_weight_counted_twice():
    x, w, g = rng().normal(size=9), 1 + 0.3 * rng(1).normal(size=9), rng(2).normal(size=9)
    r = (np.mean(x**2) + 1e-6) ** -0.5
    first, second = g * w * r, r**3 * x / 9 * np.sum(g * x * w)

    def loss(p):
        return float(np.vdot(g, p["x"] * (np.mean(p["x"] ** 2) + 1e-6) ** -0.5 * w))

    return Case(loss, {"x": first - second}, {"x": first - second * w}, {"x": x})


@entry("B027", "jingtinghuang/CS231n-Spring-2017#3", "TERM", "lacks 0.1 * W")
def half_of_the_penalty():
    W, X = rng().normal(size=(4, 3)), rng(1).normal(size=(5, 4))
    data = X.T @ np.cos(X @ W)

    def loss(p):
        return float(np.sum(np.sin(X @ p["W"])) + 0.1 * np.sum(p["W"] ** 2))

    return Case(loss, {"W": data + 0.2 * W}, {"W": data + 0.1 * W}, {"W": W})


@entry("B029", "JWarmenhoven/Coursera-Machine-Learning#3", "TERM", "column 0")
def column_of_ones_in_the_penalty():
    theta, X = rng().normal(size=(6, 7)), rng(1).normal(size=(7, 20))
    reg, m = 0.5, 20
    skip = np.arange(7) > 0
    right = np.cos(theta @ X) @ X.T / m + reg / m * theta * skip

    def loss(p):
        return float(np.sum(np.sin(p["theta"] @ X)) / m + reg / (2 * m) * np.sum((p["theta"] * skip) ** 2))

    return Case(loss, {"theta": right}, {"theta": right + reg / m * ~skip}, {"theta": theta})


@entry("B031", "pytorch/pytorch#184528", "DROPPED")
def captured_parameter_in_a_scan():
    w, xs = 0.8 + 0.1 * rng().normal(size=3), rng(1).normal(size=(5, 3))

    def states(p):
        found = [np.zeros(3)]
        for x in xs:
            found.append(np.tanh(p["w"] * found[-1] + x))
        return found

    def backward(steps):
        def gradient(p):
            found, dw, dh = states(p), np.zeros(3), np.ones(3)
            for t in reversed(range(5)):
                da = dh * (1 - found[t + 1] ** 2)
                dw += da * found[t] if t in steps else 0.0
                dh = da * p["w"]
            return {"w": dw}

        return gradient

    return Case(lambda p: float(states(p)[-1].sum()), backward(range(5)), backward({4}), {"w": w})


@entry("B033", "unslothai/unsloth#4533", "DROPPED", "None")
def weight_gets_none():
    x, dy = rng().normal(size=(6, 4)), rng(1).normal(size=(6, 4))
    xhat = x / np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    return Case(lambda p: float(np.vdot(dy, xhat * p["w"])), {"w": (dy * xhat).sum(0)}, {"w": None}, {"w": np.ones(4)})


@entry("B039", "NVIDIA/warp#1861", "DROPPED", "zero")
def helper_without_a_backward():
    x = rng().normal(size=5)
    return Case(lambda p: float(np.sum(p["x"] ** 2)), {"x": 2 * x}, {"x": 0 * x}, {"x": x})


@entry("B143", "pytorch/pytorch#181146", "ALIAS")
def one_array_in_two_slots():
    x, A = rng().normal(size=6), rng(1).normal(size=(6, 6))
    return Case(lambda p: float(p["x"] @ A @ p["x"]), {"x": A @ x + A.T @ x}, {"x": A @ x}, {"x": x})


@entry("I001", "the class INDEX: every row stored in the first", "INDEX", "rows 1 to 7")
def all_rows_in_the_first():
    W, X = rng().normal(size=(8, 5)), rng(1).normal(size=(5, 9))
    right, wrong = np.cos(W @ X) @ X.T, np.zeros((8, 5))
    wrong[0] = right[0]
    return Case(lambda p: float(np.sum(np.sin(p["W"] @ X))), {"W": right}, {"W": wrong}, {"W": W})
