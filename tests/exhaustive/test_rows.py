"""Entries measured in batches: the same numbers, in few calls, whatever the objective does."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Batches, Problem, Settings, measure_gradient, using
from gradproof.errors import InputError
from tests.exhaustive.cases import cases
from tests.exhaustive.test_crew import PARAMS, batched, loss


def measured(function, params=PARAMS, points=64, **how):
    """Return the gradient as batches give it, and the calls of the objective and of that of batches."""
    calls = [0, 0]

    def one(p):
        calls[0] += 1
        return how.get("loss", loss)(p)

    def many(p):
        calls[1] += 1
        return function(p)

    settings = how.get("settings")
    problem = Problem(one, None, params, batched=many, lower=how.get("lower"))
    with using(Batches(points=points, memory=how.get("memory", 1e9))):
        return measure_gradient(problem, settings=settings), calls


def test_nearly_all_is_evaluated_in_batches() -> None:
    alone = measure_gradient(loss, PARAMS)
    found, calls = measured(batched)
    # Twice at the point, once for the comparison.
    assert calls[0] <= 4
    assert calls[1] < 1.6 * alone.evaluations / 64
    assert abs(found.evaluations - alone.evaluations) <= 0.1 * alone.evaluations
    for name, leaf in alone.leaves.items():
        assert np.all(np.abs(found[name].value - leaf.value) <= found[name].error + leaf.error)
        assert np.median(found[name].error) < 2.0 * np.median(leaf.error)


def test_where_every_row_is_rounded_as_alone_the_numbers_are_the_same_to_the_bit() -> None:
    x = {"x": np.random.default_rng(0).normal(size=400)}

    def one(p):
        return float(np.sum(np.sin(p["x"])))

    found, _ = measured(lambda p: np.array([one({"x": row}) for row in p["x"]]), x, loss=one)
    alone = measure_gradient(one, x)
    assert np.array_equal(found["x"].value, alone["x"].value)
    assert np.array_equal(found["x"].error, alone["x"].error)


@pytest.mark.parametrize("kind", ["tanh", "heavy tails", "relu", "separable", "quadratic", "badly scaled", "kinks"])
def test_the_bars_hold_the_truth(kind: str) -> None:
    inside = entries = 0
    for case in cases(kind, 8, seed=11):
        rows = lambda p, case=case: np.array(  # noqa: E731
            [case.loss({name: leaf[k] for name, leaf in p.items()}) for k in range(len(next(iter(p.values()))))]
        )
        found, _ = measured(rows, case.params, loss=case.loss)
        for name, truth in case.truth().items():
            inside += int(np.count_nonzero(np.abs(found[name].value - truth) <= found[name].error))
            entries += truth.size
    assert inside >= 0.995 * entries


def test_a_batch_that_is_rounded_more_coarsely_has_wider_bars() -> None:
    """What is measured is the function of batches, with its own noise: bars of the other one would be too small."""
    found, _ = measured(lambda p: np.round(batched(p), 9))
    alone = measure_gradient(loss, PARAMS)
    assert np.median(found["V"].error) > 10.0 * np.median(alone["V"].error)
    off = [
        np.abs(found[name].value - leaf.value) <= found[name].error + leaf.error for name, leaf in alone.leaves.items()
    ]
    assert np.mean(np.concatenate([part.ravel() for part in off])) >= 0.995


def test_a_batch_that_writes_into_its_arrays_is_noticed() -> None:
    def writing(p):
        values = batched(p)
        p["W"] *= 1.5
        return values

    found, _ = measured(writing)
    right, _ = measured(batched)
    for name, leaf in right.leaves.items():
        assert np.array_equal(found[name].value, leaf.value)


def test_bounds_hold_for_what_is_guessed_too() -> None:
    x = np.concatenate([np.zeros(5), np.random.default_rng(1).random(200)])

    def bounded(p):
        assert p["x"].min() >= 0.0
        return np.sum(np.sqrt(p["x"] + 1e-3), axis=-1)

    found, _ = measured(bounded, {"x": x}, loss=lambda p: float(bounded(p)), lower=0.0)
    assert np.mean(np.abs(found["x"].value - 0.5 / np.sqrt(x + 1e-3)) <= found["x"].error) >= 0.995


def test_the_edge_of_the_domain_is_found_in_batches() -> None:
    x = 10.0 ** np.random.default_rng(2).uniform(-6, 3, size=200)

    def logarithm(p):
        with np.errstate(all="ignore"):
            return np.sum(np.log(p["x"]), axis=-1)

    found, _ = measured(logarithm, {"x": x}, loss=lambda p: float(logarithm(p)))
    assert np.mean(np.abs(found["x"].value - 1 / x) <= found["x"].error) >= 0.995


def test_a_batch_that_raises_later_is_evaluated_one_by_one() -> None:
    calls = [0]

    def raising(p):
        calls[0] += 1
        if calls[0] % 3 == 0:
            raise ValueError("out of memory")
        return batched(p)

    found, (ones, _) = measured(raising)
    right = measure_gradient(loss, PARAMS)
    assert ones > 50
    for name, leaf in right.leaves.items():
        assert np.all(np.abs(found[name].value - leaf.value) <= found[name].error + leaf.error)


def test_memory_bounds_the_rows_and_too_little_means_one_by_one() -> None:
    sizes = set()

    def spied(p):
        sizes.add(len(p["b"]))
        return batched(p)

    size = 8 * sum(leaf.size for leaf in PARAMS.values())
    _, calls = measured(spied, memory=3 * size * 10)
    assert sizes == {10}
    _, calls = measured(spied, memory=size)
    assert calls[1] == 0


@pytest.mark.parametrize("budget", [1, 3, 40, 300, 700])
def test_a_budget_is_held(budget: int) -> None:
    found, _ = measured(batched, settings=Settings(evaluations=budget))
    assert found.evaluations <= budget
    assert found.measured < found.entries


def test_a_batch_of_another_value_at_the_point_is_refused() -> None:
    with pytest.raises(InputError, match="does not agree"):
        measured(lambda p: 1.001 * batched(p))


def test_a_compiled_function_of_jax_is_mapped_once() -> None:
    jax = pytest.importorskip("jax")
    traced = []

    @jax.jit
    def objective(p):
        traced.append(1)
        return jax.numpy.sum(jax.numpy.tanh(p["V"]) ** 2)

    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        params = {"V": jax.numpy.asarray(PARAMS["V"])}
        with using(Batches(points=64)):
            first = measure_gradient(objective, params)
            before = len(traced)
            again = measure_gradient(objective, params)
    assert len(traced) == before
    assert np.array_equal(first["V"].value, again["V"].value)
    truth = 2 * np.tanh(PARAMS["V"]) * (1 - np.tanh(PARAMS["V"]) ** 2)
    assert np.mean(np.abs(first["V"].value - truth) <= first["V"].error) >= 0.995
