"""Awkward objectives, points and ends of a run."""

from __future__ import annotations

import math

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError, ObjectiveError
from gradproof.exhaustive.run import measure_with_progress
from gradproof.model import Reason

rng = np.random.default_rng(2)
X = rng.normal(size=(8, 30))
PARAMS = {"W": rng.normal(size=(20, 30)), "b": rng.normal(size=20)}
COPIED = "each call got its own"


def loss(p):
    return float(np.mean(np.tanh(X @ p["W"].T + p["b"]) ** 2))


def gradient(p):
    a = np.tanh(X @ p["W"].T + p["b"])
    d = 2 * a * (1 - a * a) / a.size
    return {"W": d.T @ X, "b": d.sum(0)}


def share_inside(found, truth):
    off = np.concatenate([(np.abs(found[n].value - truth[n]) <= found[n].error).reshape(-1) for n in truth])
    return np.mean(off)


def test_the_parameters_are_only_read() -> None:
    before = {name: leaf.copy() for name, leaf in PARAMS.items()}
    frozen = {name: leaf.copy() for name, leaf in PARAMS.items()}
    for leaf in frozen.values():
        leaf.setflags(write=False)
    assert share_inside(gp.measure_gradient(loss, frozen), gradient(PARAMS)) >= 0.995
    assert all(np.array_equal(frozen[name], before[name]) for name in before)


def writes(p):
    value = loss(p)
    p["W"] *= 2.0
    return value


def pops(p):
    W = p.pop("W")
    return loss({"W": W, "b": p["b"]})


def replaces(p):
    value = loss(p)
    p["b"] = None
    return value


class Caching:
    """Remembers its last value by the identity of the arrays, as careless optimisation code does."""

    def __init__(self) -> None:
        self.known: tuple = (None, None, 0.0)

    def __call__(self, p):
        if self.known[0] is not p["W"] or self.known[1] is not p["b"]:
            self.known = (p["W"], p["b"], loss(p))
        return self.known[2]


class LateWriter:
    """Writes into its parameters now and then only, first in the middle of a run."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, p):
        self.calls += 1
        value = loss(p)
        if self.calls % 700 == 0:
            p["b"] += 1.0
        return value


@pytest.mark.parametrize("make", [lambda: writes, lambda: pops, lambda: replaces, Caching, LateWriter])
def test_objectives_that_write_or_know_their_arrays_get_copies(make) -> None:
    found = gp.measure_gradient(make(), PARAMS)
    assert share_inside(found, gradient(PARAMS)) >= 0.995
    assert any(COPIED in note for note in found.notes)


def test_others_are_told_nothing_of_copies() -> None:
    assert gp.measure_gradient(loss, PARAMS).notes == ()


def test_random_generators_are_put_back() -> None:
    generator = np.random.default_rng(5)
    state = generator.bit_generator.state
    found = gp.measure_gradient(lambda p, g: loss(p) + g.normal(), PARAMS, args=(generator,))
    assert share_inside(found, gradient(PARAMS)) >= 0.995
    assert any("put back" in note for note in found.notes)
    assert generator.bit_generator.state == state


def test_what_stays_random_is_noise() -> None:
    hidden = np.random.default_rng(6)
    found = gp.measure_gradient(lambda p: loss(p) + 1e-9 * hidden.normal(), PARAMS)
    assert share_inside(found, gradient(PARAMS)) >= 0.99
    assert np.median(found["W"].error) > 1e-8
    assert any("treated as noise" in note for note in found.notes)


def test_kinks_at_the_point_hold_both_slopes() -> None:
    x = rng.normal(size=300)
    x[::7] = 0.0
    found = gp.measure_gradient(lambda p: float(np.sum(np.abs(p["x"]) + np.sin(p["x"]))), {"x": x})["x"]
    kinks = [index[0] for index, why in found.reasons.items() if why is Reason.KINK]
    assert kinks == list(range(0, 300, 7))
    assert np.allclose(found.value[kinks], 1.0, atol=1e-6)
    assert np.allclose(found.error[kinks], 1.0, atol=1e-6)
    others = np.setdiff1d(np.arange(300), kinks)
    assert np.mean(np.abs(found.value - np.sign(x) - np.cos(x))[others] <= found.error[others]) >= 0.995
    assert np.max(found.error[others]) < 1e-3


def test_where_all_are_kinks_each_is_measured_by_itself() -> None:
    found = gp.measure_gradient(lambda p: float(np.sum(np.abs(p["x"]))), {"x": np.zeros(60)})["x"]
    assert set(found.reasons.values()) == {Reason.KINK}
    assert len(found.reasons) == 60


def test_a_few_active_entries_among_many_idle_ones() -> None:
    x = rng.normal(size=3000)
    active = rng.choice(3000, size=20, replace=False)
    found = gp.measure_gradient(lambda p: float(np.sum(np.exp(np.sin(3 * p["x"][active])))), {"x": x})
    truth = np.zeros(3000)
    truth[active] = 3 * np.cos(3 * x[active]) * np.exp(np.sin(3 * x[active]))
    assert np.mean(np.abs(found["x"].value - truth) <= found["x"].error) >= 0.998
    assert np.all(np.abs(found["x"].value - truth)[active] <= found["x"].error[active])
    assert np.all(found["x"].error[active] < 1e-6)
    assert found.evaluations <= 2.4 * 3000


def test_bounds_are_respected() -> None:
    x = np.concatenate([np.zeros(5), rng.random(200)])

    def bounded(p):
        assert p["x"].min() >= 0.0
        assert p["x"].max() <= 1.0
        return float(np.sum(np.sqrt(p["x"] + 1e-3)))

    found = gp.measure_gradient(gp.Problem(bounded, None, {"x": x}, lower=0.0, upper=1.0))["x"]
    assert np.mean(np.abs(found.value - 0.5 / np.sqrt(x + 1e-3)) <= found.error) >= 0.995
    assert np.all(found.error < 1e-3 * np.abs(found.value))


def test_the_edge_of_the_domain_is_found() -> None:
    x = 10.0 ** rng.uniform(-6, 3, size=200)
    found = gp.measure_gradient(lambda p: sum(math.log(v) for v in p["x"]), {"x": x})["x"]
    assert np.mean(np.abs(found.value - 1 / x) <= found.error) >= 0.995
    assert np.median(found.error * x) < 1e-6


def test_numbers_tuples_and_tied_arrays() -> None:
    found = gp.measure_gradient(lambda p: p[0] ** 2 * p[1], (2.0, np.float64(3.0)))
    assert [float(leaf.value) for leaf in found.leaves.values()] == pytest.approx([12.0, 4.0], rel=1e-12)
    W = rng.normal(size=(6, 6))
    tied = gp.measure_gradient(lambda p: float(np.sum(p["a"] @ p["b"])), {"a": W, "b": W})
    assert list(tied.leaves) == ["a"]
    assert tied["a"].aliases == ("b",)
    truth = W.sum(axis=1)[None, :] + W.sum(axis=0)[:, None]
    assert np.allclose(tied["a"].value, truth, rtol=1e-10, atol=1e-12)
    # The claims under both names are those of one array.
    assert tied.compare({"a": np.tile(W.sum(axis=1), (6, 1)), "b": np.tile(W.sum(axis=0)[:, None], 6)}).agrees
    assert gp.measure_gradient(lambda x: float(np.sum(x**3)), W)["params"].value.shape == (6, 6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_low_precision_loses_no_digits_that_the_objective_has(dtype) -> None:
    x = rng.normal(size=400).astype(dtype)
    found = gp.measure_gradient(lambda p: float(np.sum(np.sin(p["x"].astype(float)))), {"x": x})["x"]
    assert np.mean(np.abs(found.value - np.cos(x.astype(float))) <= found.error) >= 0.99
    assert np.median(found.error) < {np.float16: 1e-4, np.float32: 1e-7}[dtype]


@pytest.mark.parametrize("convention", ["re+im", "re-im"])
def test_complex_parameters_are_pairs(convention: str) -> None:
    c = rng.normal(size=30) + 1j * rng.normal(size=30)
    problem = gp.Problem(lambda p: float(np.sum(np.abs(p["c"]) ** 4)), None, {"c": c}, convention=convention)
    found = gp.measure_gradient(problem)
    truth = 4 * np.abs(c) ** 2 * c
    assert found["c"].value.shape == (30, 2)
    assert found["c"].paired
    assert found.compare({"c": truth if convention == "re+im" else truth.conj()}).agrees
    assert found.compare({"c": truth.conj() if convention == "re+im" else truth}).count == 30


@pytest.mark.parametrize("budget", [1, 3, 50, 400, 1000])
def test_a_budget_of_evaluations_is_held(budget: int) -> None:
    calls = [0]

    def counted(p):
        calls[0] += 1
        return loss(p)

    found = gp.measure_gradient(counted, PARAMS, settings=gp.Settings(evaluations=budget))
    assert calls[0] == found.evaluations <= budget
    for name, truth in gradient(PARAMS).items():
        error = found[name].error
        assert np.array_equal(np.isnan(error), np.isnan(found[name].value))
        assert np.all((np.abs(found[name].value - truth) <= error) | np.isnan(error))
    assert found.measured < 620
    assert f"{620 - found.measured} entries were not measured" in found.notes[-1]


def test_a_budget_of_seconds_ends_the_run(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr("gradproof.exhaustive.meter.time.monotonic", lambda: now[0])

    def slow(p):
        now[0] += 1.0
        return loss(p)

    found = gp.measure_gradient(slow, PARAMS, settings=gp.Settings(seconds=500.0))
    assert found.evaluations <= 501
    assert 0 < found.measured < 620
    assert "budget" in found.notes[-1]


def test_an_interruption_carries_what_was_measured() -> None:
    calls = [0]

    def interrupted(p):
        calls[0] += 1
        if calls[0] == 900:
            raise KeyboardInterrupt
        return loss(p)

    params = {name: leaf.copy() for name, leaf in PARAMS.items()}
    with pytest.raises(KeyboardInterrupt) as stop:
        gp.measure_gradient(interrupted, params)
    found = stop.value.measured
    assert 0 < found.measured < 620
    assert found.evaluations == 900
    assert found.notes[-1] == "It was interrupted."
    assert all(np.array_equal(params[name], PARAMS[name]) for name in PARAMS)


def test_the_user_s_exception_passes_through_with_a_word_on_where() -> None:
    calls = [0]

    def raising(p):
        calls[0] += 1
        if calls[0] == 1000:
            raise RuntimeError("mine")
        return loss(p)

    params = {name: leaf.copy() for name, leaf in PARAMS.items()}
    with pytest.raises(RuntimeError, match="mine") as raised:
        gp.measure_gradient(raising, params)
    assert raised.value.__notes__[0].startswith("gradproof: while W[")
    assert all(np.array_equal(params[name], PARAMS[name]) for name in PARAMS)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="no such bars"):
        gp.measure_gradient(loss, PARAMS, bars="some")
    with pytest.raises(ObjectiveError, match="not finite"):
        gp.measure_gradient(lambda p: math.nan, PARAMS)
    with pytest.raises(InputError, match="nothing to check"):
        gp.measure_gradient(loss, {"n": 3})
    with pytest.raises(ObjectiveError, match="one number"):
        gp.measure_gradient(lambda p: p["b"], PARAMS)


def test_leaves_are_chosen_by_the_settings() -> None:
    found = gp.measure_gradient(loss, PARAMS, settings=gp.Settings(only=("b",)))
    assert list(found.leaves) == ["b"]
    assert found.skipped == (("W", "not selected"),)


def test_the_same_seed_gives_the_same_arrays() -> None:
    first, again, other = (gp.measure_gradient(loss, PARAMS, settings=gp.Settings(seed=seed)) for seed in (0, 0, 1))
    assert np.array_equal(first["W"].value, again["W"].value)
    assert np.array_equal(first["W"].error, again["W"].error)
    assert not np.array_equal(first["W"].error, other["W"].error)


def test_progress_tells_entries_and_the_time_left(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr("gradproof.exhaustive.meter.time.monotonic", lambda: now[0])
    said = []

    def slow(p):
        now[0] += 0.5
        return loss(p)

    found = measure_with_progress(
        gp.Problem(slow, None, PARAMS), gp.Settings(), "pooled", lambda *told: said.append(told)
    )
    assert [evaluations for evaluations, _ in said] == sorted({evaluations for evaluations, _ in said})
    assert said[0][1] == "0 of 620 entries"
    assert "of 620 entries, about" in said[-1][1]
    assert said[-1][0] <= found.evaluations
    # A second's guess from the middle of the run is right to a factor of two.
    middle = next((n, text) for n, text in said if text.startswith("300 of"))
    left = 0.5 * (found.evaluations - middle[0])
    told = float(middle[1].split("about ")[1].split()[0]) * (60.0 if "min" in middle[1] else 1.0)
    assert left / 2.0 < told < left * 2.0


def test_extended_precision_and_many_small_leaves() -> None:
    params = {"a": rng.normal(size=50).astype(np.longdouble)}
    params |= {f"layer{k}": rng.normal(size=(3, 3)) for k in range(60)}

    def function(p):
        return np.float64(sum(np.sum(np.sin(leaf)) for leaf in p.values()))

    found = gp.measure_gradient(function, params)
    assert found.entries == 590
    assert list(found.leaves) == list(params)
    assert share_inside(found, {name: np.cos(leaf).astype(float) for name, leaf in params.items()}) >= 0.995
    assert found.evaluations <= 3.2 * 590
