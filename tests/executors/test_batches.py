"""Many points in one call: the same verdict for fewer calls, and no trust in a batch that computes something else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradproof import Batches, Outcome, Problem, Settings, check, using
from gradproof.errors import InputError, ObjectiveError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 50))
PARAMS = {"W": RNG.normal(size=(50, 40)), "b": RNG.normal(size=40), "c": 0.3, "labels": np.arange(3)}


class Counted:
    """An objective with and without an axis of points, and how often each was called."""

    def __init__(self) -> None:
        self.one = self.many = 0

    def loss(self, p):
        self.one += 1
        return float(np.sum(np.tanh(X @ p["W"] + p["b"]) ** 2) + p["c"] ** 2)

    def batched(self, p):
        self.many += 1
        assert p["W"].shape == (16, 50, 40)
        assert p["c"].shape == (16,)
        assert p["labels"].shape == (3,)
        return np.sum(np.tanh(X @ p["W"] + p["b"][:, None, :]) ** 2, axis=(1, 2)) + p["c"] ** 2


def gradient(p):
    a = np.tanh(X @ p["W"] + p["b"])
    d = 2 * a * (1 - a * a)
    return {"W": X.T @ d, "b": d.sum(0), "c": 2 * p["c"]}


def spoiled(p):
    g = gradient(p)
    g["W"][3] *= 1.1
    return g


@pytest.mark.parametrize(("claim", "outcome", "share"), [(gradient, "consistent", 3), (spoiled, "wrong", 3)])
def test_the_verdict_is_the_same_in_fewer_calls(claim, outcome, share):
    alone, together = Counted(), Counted()
    expected = check(Problem(alone.loss, claim, PARAMS))
    with using(Batches()):
        found = check(Problem(together.loss, claim, PARAMS, batched=together.batched))
    assert found.outcome == expected.outcome == Outcome(outcome)
    assert [(f.leaf, f.index, f.kind) for f in found.findings] == [(f.leaf, f.index, f.kind) for f in expected.findings]
    assert found.evaluations == pytest.approx(expected.evaluations, rel=0.1)
    assert together.one <= 4  # whether it is repeatable, and whether batches agree with it
    assert together.many * share <= alone.one
    assert found.record.run["batches"] == together.many
    assert found.record.run["points"] == 16


def test_the_same_batches_give_the_same_report():
    from gradproof.reports.record import canonical

    reports = []
    for _ in range(2):
        counted = Counted()
        with using(Batches()):
            reports.append(canonical(check(Problem(counted.loss, gradient, PARAMS, batched=counted.batched)).record))
    assert reports[0] == reports[1]


def test_they_are_sized_by_memory():
    counted = Counted()
    size = sum(np.asarray(PARAMS[name]).nbytes for name in "Wbc")

    def batched(p):
        counted.many = len(p["c"])
        return np.array([counted.loss({name: p[name][i] for name in "Wbc"}) for i in range(len(p["c"]))])

    problem = Problem(counted.loss, gradient, PARAMS, batched=batched)
    with using(Batches(memory=15.5 * size)):
        assert check(problem).outcome is Outcome.CONSISTENT
    assert counted.many == 5
    with using(Batches(memory=5 * size)):
        assert "memory" in check(problem).record.run["why"]


@pytest.mark.parametrize(
    ("batched", "error", "text"),
    [
        (lambda p: Counted().batched(p)[::-1], InputError, "does not agree"),
        (lambda p: 1.01 * Counted().batched(p), InputError, "does not agree"),
        (lambda p: np.repeat(Counted().batched(p)[:1], 16), InputError, "does not agree"),
        (lambda p: Counted().batched(p).sum(), ObjectiveError, "for each point"),
        (lambda p: list("abcdefghijklmnop"), ObjectiveError, "for each point"),
        (lambda p: p["missing"], KeyError, "missing"),
    ],
)
def test_a_batch_of_something_else_is_refused(batched, error, text):
    with using(Batches()), pytest.raises(error, match=text):
        check(Problem(Counted().loss, gradient, PARAMS, batched=batched))


def test_a_guess_outside_of_the_domain_does_no_harm():
    """Where a batch raises, the question is asked alone: the function may have a value there, and not at a guess."""

    def loss(p):
        return sum(map(math.sqrt, p["x"]))

    def batched(p):
        return [loss({"x": x}) for x in p["x"]]

    params = {"x": np.array([1e-3, 2.0, 3.0])}
    problem = Problem(loss, lambda p: {"x": 0.5 / np.sqrt(p["x"])}, params, batched=batched)
    with using(Batches()):
        assert check(problem).outcome is Outcome.CONSISTENT


def test_bounds_hold_for_guesses():
    def batched(p):
        assert (p["x"] >= 0.0).all()
        return np.sum(p["x"] ** 1.5, axis=1)

    params = {"x": np.array([0.0, 1e-9, 2.0])}
    problem = Problem(
        lambda p: float(np.sum(p["x"] ** 1.5)), lambda p: {"x": 1.5 * np.sqrt(p["x"])}, params, batched=batched, lower=0
    )
    with using(Batches()):
        assert check(problem).outcome is not Outcome.WRONG


def test_without_batches_it_is_told():
    with using(Batches()):
        report = check(Problem(Counted().loss, gradient, PARAMS))
    assert report.outcome is Outcome.CONSISTENT
    assert report.record.run["why"] == "the objective takes one point only"
    assert report.record.run["alone"] == report.evaluations - 2


def test_random_and_averaged_objectives_are_evaluated_one_by_one():
    counted, rng = Counted(), np.random.default_rng(1)

    def loss(p):
        return counted.loss(p) * (1 + 0.01 * rng.standard_normal())

    problem = Problem(loss, gradient, PARAMS, batched=counted.batched, generators=(rng,))
    with using(Batches()):
        check(problem)
        check(problem, settings=Settings(draws=8))
    assert counted.many <= 2


def test_a_journal_keeps_what_came_in_batches(tmp_path):
    counts = []
    for _ in range(2):
        counted = Counted()
        with using(Batches(), journal=tmp_path / "kept"):
            check(Problem(counted.loss, gradient, PARAMS, batched=counted.batched))
        counts.append(counted.many)
    assert counts[1] < counts[0]


def test_jax_maps_the_objective():
    jax = pytest.importorskip("jax")
    calls = []

    def loss(p):
        calls.append(1)
        return jax.numpy.sum(jax.numpy.tanh(X @ p["W"] + p["b"]) ** 2)

    params = {name: jax.numpy.asarray(PARAMS[name]) for name in "Wb"}
    with using(Batches()):
        report = check(loss, None, params)
    assert report.outcome is Outcome.CONSISTENT
    assert report.record.run["batches"] * 3 <= report.evaluations
    assert report.record.run["alone"] == 0
    with using(Batches()):
        bad = check(lambda p: loss(p) if float(loss(p)) > 0 else 0.0, jax.grad(loss), params)
    assert bad.outcome is Outcome.CONSISTENT
    assert "jax.vmap cannot be used" in bad.record.run["why"]


def test_torch_maps_the_objective():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X)
    params = {name: torch.tensor(PARAMS[name]) for name in "Wb"}
    module = torch.nn.Sequential(torch.nn.Linear(50, 20), torch.nn.Tanh(), torch.nn.Linear(20, 1))
    with using(Batches()):
        report = check(lambda p: torch.sum(torch.tanh(x @ p["W"] + p["b"]) ** 2), None, params)
        of_module = check(lambda m: m(x.float()).square().mean(), None, module)
        norm = torch.nn.Sequential(torch.nn.Linear(50, 20), torch.nn.BatchNorm1d(20), torch.nn.Tanh())
        odd = check(lambda m: m(x.float()).square().mean(), None, norm)
    for found in (report, of_module):
        assert found.outcome is Outcome.CONSISTENT
        assert found.record.run["batches"] * 3 <= found.evaluations
    assert odd.outcome is Outcome.CONSISTENT
    assert "vmap cannot be used" in odd.record.run["why"]


@pytest.mark.parametrize("sizes", [{"points": 1}, {"points": 2.5}, {"points": True}, {"memory": 0.0}])
def test_sizes_that_no_batch_has(sizes):
    with pytest.raises(InputError, match="batch"):
        Batches(**sizes)
