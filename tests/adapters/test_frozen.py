"""Random objectives: one draw for objective and gradient, generators left as they were, honesty where that fails."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from gradproof import Outcome, Problem, Reason, check
from gradproof.adapters import generators
from gradproof.errors import InputError

rng = np.random.default_rng(0)
PARAMS = {"W": rng.normal(size=(6, 4)), "v": rng.normal(size=6)}
X = rng.normal(size=(4, 8))


def network(draw, mistake=1.0):
    """A layer with dropout, whose mask ``draw`` makes; the gradient draws a mask of its own."""

    def loss(p, *args):
        return float(np.mean((p["v"] @ (np.tanh(p["W"] @ X) * draw(*args)[:, None])) ** 2))

    def gradient(p, *args):
        mask = draw(*args)[:, None]
        H = np.tanh(p["W"] @ X)
        d = 2 * p["v"] @ (H * mask) / X.shape[1]
        return {"W": (np.outer(p["v"], d) * mask * (1 - H**2)) @ X.T, "v": mistake * (H * mask) @ d}

    return loss, gradient


GENERATOR, LEGACY, PYTHON = np.random.default_rng(5), np.random.RandomState(5), random.Random(5)
DRAWS = {
    "numpy": (lambda: 2.0 * (np.random.rand(6) < 0.5), {}),
    "python": (lambda: 2.0 * (np.array([random.random() for _ in range(6)]) < 0.5), {}),
    "named": (lambda: 2.0 * (GENERATOR.random(6) < 0.5), {"generators": (GENERATOR,)}),
    "named legacy": (lambda: 2.0 * (LEGACY.rand(6) < 0.5), {"generators": (LEGACY,)}),
    "named python": (lambda: 2.0 * np.array([PYTHON.random() < 0.5 for _ in range(6)]), {"generators": (PYTHON,)}),
    "argument": (lambda g: 2.0 * (g.random(6) < 0.5), {"args": (np.random.default_rng(3),)}),
}


def states():
    return (
        GENERATOR.bit_generator.state["state"]["state"],
        LEGACY.get_state()[1].tolist(),
        PYTHON.getstate(),
        random.getstate(),
        np.random.get_state()[1].tolist(),
    )


@pytest.mark.parametrize("name", DRAWS)
def test_one_mask_is_judged(name):
    draw, extra = DRAWS[name]
    # Two masks of six units are equal now and then, and some drop everything: these states give ordinary ones.
    np.random.seed(7)
    random.seed(7)
    before = states()
    report = check(Problem(*network(draw), PARAMS, **extra))
    assert report.outcome is Outcome.CONSISTENT
    assert "one draw was judged" in report.record.notes[0]
    wrong = check(Problem(*network(draw, 2.0), PARAMS, **extra))
    assert [(f.leaf, round(f.ratio, 6)) for f in wrong.findings] == [("v", 2.0)]
    assert states() == before


def test_a_gradient_drawn_elsewhere_cannot_be_judged():
    np.random.seed(7)
    loss, gradient = network(DRAWS["numpy"][0])
    report = check(Problem(loss, gradient(PARAMS), PARAMS))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert report.reasons == (Reason.NOT_REPEATABLE,)


def test_what_cannot_be_frozen_is_not_repeatable():
    report = check(Problem(*network(lambda: 0.5 + np.frombuffer(os.urandom(48), np.uint64) / 2.0**64), PARAMS))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert report.reasons == (Reason.NOT_REPEATABLE,)


def test_a_framework_adds_its_generator(monkeypatch):
    state = {"n": 0}

    def draw():
        state["n"] += 1
        return 2.0 * (np.random.default_rng(state["n"]).random(6) < 0.5)

    def hook():
        kept = state["n"]
        return lambda: state.update(n=kept)

    problem = Problem(*network(draw), PARAMS)
    assert check(problem).outcome is Outcome.INCONCLUSIVE
    monkeypatch.setattr(generators, "HOOKS", [hook])
    assert check(problem).outcome is Outcome.CONSISTENT


def test_a_repeatable_objective_pays_nothing():
    loss, gradient = network(lambda: np.ones(6))
    calls = []
    report = check(lambda p: calls.append(1) or loss(p), gradient, PARAMS)
    assert report.evaluations == len(calls)
    assert report.record.gradient_calls == 1
    assert report.record.notes == ()


def test_something_else_is_no_generator():
    with pytest.raises(InputError, match="no random generator"):
        check(Problem(*network(DRAWS["numpy"][0]), PARAMS, generators=(3,)))
