"""Objectives in single precision: kinks closer than the steps that rounding leaves, sums rounded beside exact ones."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof import Outcome, Settings

F4 = np.float32


def sorted_sum(seed):
    """A weighted sum of sorted numbers: a kink wherever two change places."""
    draw = np.random.default_rng(seed)
    x, w = draw.normal(size=25).astype(F4), draw.normal(size=25).astype(F4)
    slope = np.empty(25, F4)
    slope[np.argsort(x)] = w
    return lambda p: np.sum(np.sort(p["x"].astype(F4)) * w), {"x": slope}, {"x": x}


def relu_network(seed):
    """Four layers of relu: thousands of kinks."""
    draw = np.random.default_rng(seed)
    size, depth = int(draw.integers(4, 40)), 4
    x = draw.normal(size=(20, size)).astype(F4)
    params = {f"W{i}": (draw.normal(size=(size, size)) * np.sqrt(2 / size)).astype(F4) for i in range(depth)}
    params |= {f"b{i}": (0.1 * draw.normal(size=size)).astype(F4) for i in range(depth)}

    def forward(p):
        layers = [x]
        for i in range(depth):
            layers.append(np.maximum(layers[-1] @ p[f"W{i}"].astype(F4) + p[f"b{i}"].astype(F4), F4(0)))
        return layers

    layers, claim = forward(params), {}
    delta = 2 * layers[-1] / F4(layers[-1].size)
    for i in reversed(range(depth)):
        delta = delta * (layers[i + 1] > 0)
        claim[f"W{i}"], claim[f"b{i}"] = layers[i].T @ delta, delta.sum(axis=0)
        delta = delta @ params[f"W{i}"].T
    return lambda p: np.mean(forward(p)[-1] ** 2), claim, params


def mixed_sum(seed):
    """A sum in single precision that enters one in double."""
    draw = np.random.default_rng(seed)
    w, params = draw.normal(size=300).astype(F4), {"a": draw.normal(size=300).astype(F4), "b": draw.normal(size=5)}

    def loss(p):
        a, b = p["a"].astype(F4), p["b"]
        return float(np.sum(np.exp(F4(0.3) * a) * w)) + np.sum(b**3) + np.tanh(float(np.sum(a * w)) / 20 + np.sum(b))

    a, b = params["a"], params["b"]
    outer = 1 - np.tanh(float(np.sum(a * w)) / 20 + np.sum(b)) ** 2
    return loss, {"a": F4(0.3) * np.exp(F4(0.3) * a) * w + F4(outer / 20) * w, "b": 3 * b**2 + outer}, params


# Most of these were called wrong once.
@pytest.mark.parametrize("seed", [3, 17, 30, 39, 41, 75, 84, 85, 96, 98, 99, 120, 135])
def test_a_relu_network_in_single_precision_is_not_accused(seed):
    loss, claim, params = relu_network(seed)
    assert gp.check(loss, claim, params, settings=Settings(seed=seed)).outcome is not Outcome.WRONG


@pytest.mark.parametrize("seed", range(0, 60, 5))
@pytest.mark.parametrize("name", ["W1", "b2"])
def test_a_relu_network_in_single_precision_is_accused_of_a_mistake(name, seed):
    loss, claim, params = relu_network(seed)
    report = gp.check(loss, claim | {name: 1.5 * claim[name]}, params, settings=Settings(seed=seed))
    assert report.leaves[name].outcome is Outcome.WRONG
    assert [leaf for leaf, verdict in report.leaves.items() if verdict.outcome is Outcome.WRONG] == [name]


@pytest.mark.parametrize("seed", [42, 43, 91, 119])
def test_kinks_where_numbers_change_places_are_not_accused(seed):
    loss, claim, params = sorted_sum(seed)
    assert gp.check(loss, claim, params, settings=Settings(seed=seed)).outcome is not Outcome.WRONG
    wrong = gp.check(loss, {"x": 1.5 * claim["x"]}, params, settings=Settings(seed=seed))
    assert wrong.outcome is not Outcome.CONSISTENT


@pytest.mark.parametrize("seed", range(0, 100, 4))
def test_a_sum_in_single_precision_beside_a_wrong_leaf_in_double_is_not_accused(seed):
    loss, claim, params = mixed_sum(seed)
    claim["b"] = claim["b"] * np.array([1, 1, 1, 1.5, 1])
    report = gp.check(loss, claim, params, settings=Settings(seed=seed))
    assert report.leaves["b"].outcome is Outcome.WRONG
    assert report.leaves["a"].outcome is not Outcome.WRONG


def iterated(p):
    """Twenty steps of the logistic map; far away it explodes, and more the farther."""
    x = p["x"]
    for _ in range(20):
        x = p["a"] * x * (1 - x)
    return float(x)


def slopes(p):
    x, by_a, by_x = p["x"], 0.0, 1.0
    for _ in range(20):
        by_a, by_x = x * (1 - x) + p["a"] * (1 - 2 * x) * by_a, p["a"] * (1 - 2 * x) * by_x
        x = p["a"] * x * (1 - x)
    return {"a": float(by_a), "x": float(by_x)}


@pytest.mark.parametrize("seed", range(40))
def test_a_slope_claimed_to_be_zero_is_not_measured_by_what_explodes_far_away(seed):
    draw = np.random.default_rng(seed)
    params = {"a": float(draw.uniform(3.6, 3.99)), "x": float(draw.uniform(0.1, 0.9))}
    report = gp.check(iterated, slopes(params) | {"a": 0.0}, params, settings=Settings(seed=seed))
    assert report.leaves["a"].outcome is not Outcome.CONSISTENT


def oscillating(seed, rounded, factor=1.0):
    """Return an objective, a claim at a point that is off by some roundings, and the parameters."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(0.5, 1.5, size=20).astype(np.float32)
    moved = x.astype(float) * (1.0 + rounded * 2.0**-23 * draw.choice([-1.0, 1.0], size=20))
    claim = {"x": (factor * 300.0 * np.cos(300.0 * moved)).astype(np.float32)}
    return lambda p: float(np.sum(np.sin(300.0 * p["x"].astype(float)))), claim, {"x": x}


@pytest.mark.parametrize("seed", range(8))
def test_what_oscillates_fast_is_measured_on_a_copy_too(seed):
    """Its values are curved even at the shortest steps, which is no rounding."""
    report = gp.check(*oscillating(seed, 0.0), settings=Settings(seed=seed))
    assert report.outcome is Outcome.CONSISTENT, report


@pytest.mark.parametrize("seed", range(4))
def test_numbers_that_the_rounding_of_the_point_has_put_off_are_left_open(seed):
    """At a point rounded to single precision this slope is another one; thrice the slope it is nowhere."""
    report = gp.check(*oscillating(seed, 40.0), settings=Settings(seed=seed))
    assert report.outcome is Outcome.INCONCLUSIVE, report
    assert report.leaves["x"].reason is gp.Reason.NOISE
    assert any(note.startswith("x: ") and "as a function" in note for note in report.record.notes)
    assert gp.check(*oscillating(seed, 40.0, 3.0), settings=Settings(seed=seed)).outcome is Outcome.WRONG
