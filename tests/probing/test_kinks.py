"""Many kinks exactly at the point: valid subgradients are never called wrong, invalid ones never pass."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof import Outcome, Reason

SIZES = (1, 3, 20, 300)


def case_of(n, seed=0):
    rng = np.random.default_rng([n, seed])
    return rng.normal(size=n), rng.normal(size=n), rng.random(n)


def maximum(n, share_a, share_b):
    """Sum of w max(a, b) with a and b equal; each gets a share of the slope at ties."""
    a, w, _ = case_of(n)

    def loss(p):
        return float(np.sum(w * np.maximum(p["a"], p["b"])))

    def gradient(p):
        d = p["a"] - p["b"]
        return {"a": w * np.where(d == 0, share_a, d > 0), "b": w * np.where(d == 0, share_b, d < 0)}

    return loss, gradient, {"a": a, "b": a.copy()}


def relu(n, at_zero):
    values, w, u = case_of(n)
    x = np.where(u < 0.5, 0.0, values)
    x[0] = 0.0
    return (
        lambda p: float(np.sum(w * np.maximum(p["x"], 0.0))),
        lambda p: {"x": w * np.where(p["x"] == 0, at_zero, p["x"] > 0)},
        {"x": x},
    )


def absolute(n, at_zero):
    values, w, u = case_of(n)
    x = np.where(u < 0.5, 0.0, values)
    x[0] = 0.0
    return (
        lambda p: float(np.sum(w * np.abs(p["x"]))),
        lambda p: {"x": w * np.where(p["x"] == 0, at_zero, np.sign(p["x"]))},
        {"x": x},
    )


def largest(n, how):
    def gradient(p):
        chosen = (p["v"] == p["v"].max()).astype(float)
        if how == "first":
            chosen = np.eye(n)[np.argmax(p["v"])]
        return {"v": chosen / chosen.sum() if how == "shared" else chosen}

    return lambda p: float(np.max(p["v"])), gradient, {"v": np.ones(n)}


def pooling(n, how):
    """Windows of two, all tied."""
    rng = np.random.default_rng(n)
    c, y = rng.normal(size=n), np.repeat(rng.normal(size=n), 2)

    def gradient(p):
        windows = p["y"].reshape(-1, 2)
        top = (windows == windows.max(axis=1, keepdims=True)).astype(float)
        if how == "first":
            top = np.eye(2)[windows.argmax(axis=1)]
        if how == "last":
            top = np.eye(2)[1 - windows[:, ::-1].argmax(axis=1)]
        if how == "shared":
            top /= top.sum(axis=1, keepdims=True)
        return {"y": (c[:, None] * top).ravel()}

    return lambda p: float(np.sum(c * p["y"].reshape(-1, 2).max(axis=1))), gradient, {"y": y}


def dense(n, at_zero, factor=1.0):
    """A layer of zero weights and biases: many kinks meet at the point, with signs of their own."""
    rng = np.random.default_rng(n)
    X, c = rng.normal(size=(20, 5)), rng.normal(size=(20, n))

    def gradient(p):
        z = X @ p["W"] + p["b"]
        d = c * np.where(z == 0, at_zero, z > 0)
        return {"W": X.T @ d, "b": factor * d.sum(axis=0)}

    def loss(p):
        return float(np.sum(c * np.maximum(X @ p["W"] + p["b"], 0.0)))

    return loss, gradient, {"W": np.zeros((5, n)), "b": np.zeros(n)}


RIGHT = {
    **{f"maximum of {n}, {a} and {b}": maximum(n, a, b) for n in SIZES for a, b in ((1, 0), (0, 1), (0.5, 0.5))},
    **{f"maximum of {n}, mixed": maximum(n, case_of(n)[2], 1 - case_of(n)[2]) for n in SIZES},
    **{f"relu of {n}, {s} at zero": relu(n, s) for n in SIZES for s in (0, 0.5, 1)},
    **{f"abs of {n}, {s} at zero": absolute(n, s) for n in SIZES for s in (-1, 0, 0.3, 1)},
    **{f"largest of {n}, {how}": largest(n, how) for n in SIZES for how in ("first", "shared")},
    **{f"pooling of {n}, {how}": pooling(n, how) for n in (2, 10, 150) for how in ("first", "last", "shared")},
    **{f"dense layer of {n}, {s} at zero": dense(n, s) for n in (1, 3, 20) for s in (0, 0.5, 1)},
}
WRONG = {
    **{f"maximum of {n}, {a} and {b}": maximum(n, a, b) for n in SIZES for a, b in ((1, 1), (0, 0), (1.5, -0.5))},
    **{f"relu of {n}, {s} at zero": relu(n, s) for n in SIZES for s in (1.5, -0.5)},
    **{f"abs of {n}, {s} at zero": absolute(n, s) for n in SIZES for s in (2, -1.5)},
    **{f"largest of {n}, all": largest(n, "all") for n in SIZES if n > 1},
    **{f"pooling of {n}, both": pooling(n, "both") for n in (2, 10, 150)},
    **{f"dense layer of {n}, bias wrong": dense(n, 0.0, 1.2) for n in (3, 20)},
}


@pytest.mark.parametrize("name", RIGHT)
def test_valid_subgradients_are_not_wrong(name):
    loss, gradient, params = RIGHT[name]
    report = gp.check(loss, gradient, params)
    assert report.outcome is not Outcome.WRONG, str(report)
    assert set(report.reasons) <= {Reason.KINK, Reason.DISAGREEMENT}
    assert gp.check(loss, gradient(params), params).outcome is not Outcome.WRONG


def test_most_of_them_are_decided():
    undecided = [name for name, case in RIGHT.items() if gp.check(*case).outcome is Outcome.INCONCLUSIVE]
    assert len(undecided) <= len(RIGHT) // 6, undecided


@pytest.mark.parametrize("name", WRONG)
def test_invalid_subgradients_do_not_pass(name):
    loss, gradient, params = WRONG[name]
    assert gp.check(loss, gradient, params).outcome is not Outcome.CONSISTENT


def test_most_of_the_invalid_ones_are_wrong():
    undecided = [name for name, case in WRONG.items() if gp.check(*case).outcome is Outcome.INCONCLUSIVE]
    assert len(undecided) <= len(WRONG) // 4, undecided


def test_what_lies_beside_is_told():
    report = gp.check(*relu(300, 1.5))
    assert "no subgradient" in report.findings[0].text
    assert report.findings[0].index is not None


def test_a_gradient_wrong_beside_the_kink_is_wrong():
    """All entries at kinks, the claim there a valid subgradient; beside it twice too large."""
    n = 30
    _, w, _ = case_of(n)
    report = gp.check(
        lambda p: float(np.sum(w * np.abs(p["x"]))),
        lambda p: {"x": w * np.where(p["x"] == 0, 0.9, 2.0 * np.sign(p["x"]))},
        {"x": np.zeros(n)},
    )
    assert report.outcome is Outcome.WRONG
    assert "beside the kink" in report.findings[0].text
