"""Narrow parameters in doubt are measured on a copy in double precision, where the objective makes use of one."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof import Outcome, Settings
from gradproof.probing.remarks import FINER
from gradproof.reports.record import canonical
from gradproof.seam import Problem

F4 = np.float32


def network(seed, dtype=F4, size=24, depth=4):
    """Layers of relu, whose precision is that of their parameters: too many kinks for single precision."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(20, size)).astype(dtype)
    params = {f"W{i}": (draw.normal(size=(size, size)) * np.sqrt(2 / size)).astype(dtype) for i in range(depth)}
    params |= {f"b{i}": (0.1 * draw.normal(size=size)).astype(dtype) for i in range(depth)}

    def forward(p):
        layers = [x]
        for i in range(depth):
            layers.append(np.maximum(layers[-1] @ p[f"W{i}"] + p[f"b{i}"], 0))
        return layers

    def gradient(p):
        assert p["W0"].dtype == dtype
        layers, found = forward(p), {}
        delta = 2 * layers[-1] / dtype(layers[-1].size)
        for i in reversed(range(depth)):
            delta = delta * (layers[i + 1] > 0)
            found[f"W{i}"], found[f"b{i}"] = layers[i].T @ delta, delta.sum(axis=0)
            delta = delta @ p[f"W{i}"].T
        return found

    return lambda p: np.mean(forward(p)[-1] ** 2), gradient, params


@pytest.mark.parametrize("given", ["function", "numbers"])
@pytest.mark.parametrize("seed", range(10))
def test_what_single_precision_hides_is_decided(seed, given):
    loss, gradient, params = network(seed)
    claim = gradient if given == "function" else gradient(params)
    report = gp.check(loss, claim, params, settings=Settings(seed=seed))
    assert report.outcome is Outcome.CONSISTENT
    assert FINER in report.record.notes


@pytest.mark.parametrize("seed", range(5))
def test_a_factor_is_named_to_more_digits_than_single_precision_has(seed):
    loss, gradient, params = network(seed)
    claim = gradient(params)
    report = gp.check(loss, claim | {"W1": claim["W1"] * F4(1.5)}, params, settings=Settings(seed=seed))
    assert [name for name, leaf in report.leaves.items() if leaf.outcome is Outcome.WRONG] == ["W1"]
    assert report.leaves["W1"].ratio == pytest.approx(1.5, rel=1e-6)


def test_what_passes_in_its_own_precision_is_measured_there():
    draw = np.random.default_rng(0)
    params, calls = {"x": draw.normal(size=30).astype(F4)}, []

    def loss(p):
        calls.append(p["x"].dtype)
        return np.sum(np.sin(p["x"]))

    report = gp.check(loss, {"x": np.cos(params["x"])}, params)
    assert report.outcome is Outcome.CONSISTENT
    assert FINER not in report.record.notes
    assert set(calls) == {np.dtype(F4)}
    assert report.evaluations == len(calls)


def rounding(loss):
    return lambda p: loss({name: x.astype(F4) for name, x in p.items()})


def refusing(loss):
    def refused(p):
        if p["W0"].dtype != F4:
            raise TypeError("single precision only")
        return loss(p)

    return refused


def another(loss):
    return lambda p: loss(p) if p["W0"].dtype == F4 else 2.0 * loss(p)


@pytest.mark.parametrize("change", [rounding, lambda f: lambda p: float(rounding(f)(p)), refusing, another])
def test_a_copy_that_shows_nothing_more_is_not_taken(change):
    loss, gradient, params = network(0)
    calls = []

    def counted(p):
        calls.append(1)
        return change(loss)(p)

    report = gp.check(counted, gradient, params)
    assert FINER not in report.record.notes
    assert report.outcome is not Outcome.WRONG
    # The trial of the copy is counted, up to the call that the objective refused.
    assert len(calls) - 1 <= report.evaluations <= len(calls)


def test_every_evaluation_counts():
    loss, gradient, params = network(1)
    calls = []

    def counted(p):
        calls.append(1)
        return loss(p)

    assert gp.check(counted, gradient, params).evaluations == len(calls)
    for most in (5, 20, 40):
        calls.clear()
        report = gp.check(counted, gradient, params, settings=Settings(evaluations=most))
        assert report.evaluations == len(calls) <= most


def test_arrays_of_the_user_are_untouched_and_shared_ones_stay_one():
    x = np.random.default_rng(3).normal(size=40).astype(F4)
    params = {"a": x, "b": x}
    kept = x.copy()
    weights = np.random.default_rng(4).normal(size=40).astype(F4)

    def loss(p):
        assert p["a"] is p["b"] or np.shares_memory(p["a"], p["b"])
        return np.sum(np.sort(p["a"]) * weights) + np.sum(p["b"] ** 2)

    order = np.argsort(x)
    slope = 2 * x
    slope[order] += weights
    report = gp.check(loss, {"a": slope, "b": slope}, params)
    np.testing.assert_array_equal(x, kept)
    assert report.outcome is Outcome.CONSISTENT


def test_a_mended_gradient_is_judged_again_on_the_copy():
    loss, gradient, params = network(2)
    claim = gradient(params)
    wrong = claim | {"b1": claim["b1"] * F4(2)}
    report = gp.check(loss, wrong, params)
    assert FINER in report.record.notes
    assert report.leaves["b1"].outcome is Outcome.WRONG
    assert report.judge(claim).outcome is Outcome.CONSISTENT
    assert report.judge(wrong).outcome is Outcome.WRONG
    again = gp.check(loss, claim, params)
    assert next(planted for planted in again.self_test() if planted.words == "a factor of 2").missed == ()


@pytest.mark.parametrize("where", ["processes", "batches"])
def test_the_report_is_the_same_elsewhere(where):
    draw = np.random.default_rng(5)
    w = draw.normal(size=25).astype(F4)
    params = {"x": draw.normal(size=25).astype(F4)}
    slope = np.empty(25, F4)
    slope[np.argsort(params["x"])] = w
    problem = Problem(
        lambda p: np.sum(np.sort(p["x"]) * w),
        {"x": slope},
        params,
        batched=lambda p: np.sum(np.sort(p["x"], axis=1) * w, axis=1),
    )
    here = gp.check(problem)
    assert FINER in here.record.notes
    if where == "processes":
        pytest.importorskip("loky")
    with gp.using(gp.Processes(2) if where == "processes" else gp.Batches(points=4)):
        there = gp.check(problem)
    assert canonical(there.record) == canonical(here.record)


@pytest.mark.parametrize("seed", range(6))
def test_the_rounding_of_the_other_entries_does_not_hide_the_one_that_is_wrong(seed):
    """Measured in double, every entry of a single precision claim is off: by its rounding, which is no mistake."""
    draw = np.random.default_rng(seed)
    x, y = draw.normal(size=(64, 9000)).astype(F4), draw.normal(size=64).astype(F4)
    params = {"w": (draw.normal(size=9000) / 100).astype(F4)}
    spoiled = int(np.argsort(np.abs(params["w"]))[draw.integers(5000, 9000)])

    def loss(p):
        # Differences of single precision show too little of this.
        return np.mean((x @ p["w"] - y) ** 2) + 1e4

    def gradient(p):
        found = (x.T @ (2 * (x @ p["w"] - y) / F4(64))).astype(F4)
        found[spoiled] += F4(3e-3) * np.linalg.norm(found)
        return {"w": found}

    report = gp.check(loss, gradient, params, settings=Settings(seed=seed))
    assert FINER in report.record.notes
    assert [finding.index for finding in report.findings] == [(spoiled,)], report
    assert report.evaluations < 200
