"""Entries swept in one call of many points, or in other processes: the same gradient."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from gradproof import Batches, Problem, Processes, Settings, measure_gradient, using
from gradproof.errors import InputError, ObjectiveError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 6))
PARAMS = {"W": RNG.normal(size=(6, 8)), "b": RNG.normal(size=8), "V": RNG.normal(size=(8, 30))}
HERE = os.getpid()


def loss(p):
    return float(np.sum(np.tanh(np.tanh(X @ p["W"] + p["b"]) @ p["V"]) ** 2))


def batched(p):
    return np.sum(np.tanh(np.tanh(X @ p["W"] + p["b"][:, None, :]) @ p["V"]) ** 2, axis=(1, 2))


def same(found, expected):
    for name, leaf in expected.leaves.items():
        np.testing.assert_array_equal(found.leaves[name].value, leaf.value)
        np.testing.assert_array_equal(found.leaves[name].error, leaf.error)


@pytest.fixture
def processes():
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    return Processes(2)


@pytest.mark.parametrize("bars", ["pooled", "own"])
def test_processes_give_the_same_numbers(processes, bars):
    alone = measure_gradient(loss, PARAMS, bars=bars)
    with using(processes):
        there = measure_gradient(loss, PARAMS, bars=bars)
    same(there, alone)
    assert there.evaluations == alone.evaluations


def test_entries_are_swept_elsewhere(processes):
    here = []

    def spied(p):
        if os.getpid() == HERE:
            here.append(1)
        return loss(p)

    with using(processes):
        found = measure_gradient(spied, PARAMS)
    assert len(here) < 0.7 * found.evaluations


def test_a_killed_worker_is_replaced(processes, tmp_path):
    mark = tmp_path / "killed"

    def deadly(p):
        if os.getpid() != HERE and not mark.exists():
            mark.touch()
            os._exit(3)
        return loss(p)

    with using(processes):
        same(measure_gradient(deadly, PARAMS), measure_gradient(loss, PARAMS))
    assert mark.exists()


def test_an_objective_that_ends_every_process_is_told(processes):
    def deadly(p):
        if os.getpid() != HERE:
            os._exit(3)
        return loss(p)

    with using(processes), pytest.raises(ObjectiveError, match="three times"):
        measure_gradient(deadly, PARAMS)


def test_an_exception_comes_back_with_its_place(processes):
    def raising(p):
        if os.getpid() != HERE:
            raise KeyError("momentum")
        return loss(p)

    with using(processes), pytest.raises(KeyError, match="momentum") as caught:
        measure_gradient(raising, PARAMS)
    assert any("gradproof: while V[" in note or "gradproof: while W[" in note for note in caught.value.__notes__)


def test_a_budget_holds_elsewhere(processes):
    with using(processes):
        found = measure_gradient(loss, PARAMS, settings=Settings(evaluations=700))
    assert 600 <= found.evaluations <= 700
    errors = np.concatenate([leaf.error.ravel() for leaf in found.leaves.values()])
    assert 0 < np.isnan(errors).sum() < errors.size


def test_an_objective_that_writes_is_put_right_elsewhere(processes):
    def writing(p):
        value = loss(p)
        p["W"] *= 1.5
        return value

    with using(processes):
        same(measure_gradient(writing, PARAMS), measure_gradient(loss, PARAMS))


def test_an_evaluation_that_hangs_is_stopped(processes):
    def hanging(p):
        if os.getpid() != HERE:
            time.sleep(60.0)
        return loss(p)

    with using(processes, limit=0.2):
        started = time.monotonic()
        found = measure_gradient(hanging, PARAMS)
    assert time.monotonic() - started < 50.0
    assert any("longer than" in note for note in found.notes)


@pytest.mark.parametrize("points", [4, 64])
def test_batches_give_the_same_gradient_in_fewer_calls(points):
    calls = []

    def one(p):
        calls.append(1)
        return loss(p)

    alone = measure_gradient(loss, PARAMS)
    with using(Batches(points=points)):
        found = measure_gradient(Problem(one, None, PARAMS, batched=batched))
    assert len(calls) < alone.evaluations - 2 * 250
    for name, leaf in alone.leaves.items():
        off = np.abs(found.leaves[name].value - leaf.value)
        assert (off <= leaf.error + found.leaves[name].error).all()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda p: batched(p)[::-1], "does not agree"),
        (lambda p: np.repeat(batched(p)[:1], len(p["b"])), "does not agree"),
        (lambda p: batched(p).sum(), "for each point"),
    ],
)
def test_a_batch_of_something_else_is_refused(wrong, text):
    with using(Batches(points=64)), pytest.raises(InputError, match=text):
        measure_gradient(Problem(loss, None, PARAMS, batched=wrong))


def test_without_batches_nothing_changes():
    with using(Batches()):
        same(measure_gradient(loss, PARAMS), measure_gradient(loss, PARAMS))


def test_jax_maps_the_entries():
    jax = pytest.importorskip("jax")
    calls = []

    def objective(p):
        calls.append(1)
        return jax.numpy.sum(jax.numpy.tanh(jax.numpy.tanh(X @ p["W"] + p["b"]) @ p["V"]) ** 2)

    params = {name: jax.numpy.asarray(leaf) for name, leaf in PARAMS.items()}
    alone = measure_gradient(objective, params)
    before = len(calls)
    with using(Batches(points=64)):
        found = measure_gradient(objective, params)
    assert len(calls) - before < before - 2 * 250
    for name, leaf in alone.leaves.items():
        assert (np.abs(found.leaves[name].value - leaf.value) <= leaf.error + found.leaves[name].error).all()
