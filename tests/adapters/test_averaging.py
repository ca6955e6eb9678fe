"""Objectives that stay random: with averaging the gradient of the expectation is judged, and never a guess."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Outcome, Reason, Settings, check
from gradproof.adapters.averaging import STUDENT

X = np.random.default_rng(1).normal(size=(6, 4))
W = np.random.default_rng(2).normal(size=4)
AVERAGED = Settings(draws=800, resolution=0.05)


def noisy(factor=1.0, spread=0.004):
    # The generator is hidden in the closure, so that nothing can be put back.
    hidden = np.random.default_rng(0)

    def loss(p):
        return float(np.sum(np.sin(X @ p["w"])) + spread * hidden.normal())

    def gradient(p):
        return {"w": factor * (X.T @ (np.cos(X @ p["w"]) * (1.0 + spread * hidden.normal(size=6))))}

    return loss, gradient


def judged(factor, settings, tree=False):
    loss, gradient = noisy(factor)
    return check(loss, {"w": factor * X.T @ np.cos(X @ W)} if tree else gradient, {"w": W}, settings=settings)


@pytest.mark.parametrize("tree", [False, True])
def test_the_gradient_of_the_expectation_is_judged(tree):
    assert judged(1.0, AVERAGED, tree).outcome is Outcome.CONSISTENT
    wrong = judged(1.5, AVERAGED, tree)
    assert wrong.outcome is Outcome.WRONG
    assert any("mean of many calls" in note for note in wrong.record.notes)


def test_without_averaging_it_is_undecided():
    report = judged(1.0, Settings())
    assert report.reasons == (Reason.NOT_REPEATABLE,)


def test_every_call_counts_and_the_budget_holds():
    report = judged(1.0, AVERAGED.replace(evaluations=20_000))
    assert report.evaluations <= 20_000
    assert report.reasons == (Reason.BUDGET,) or report.outcome is Outcome.CONSISTENT
    assert judged(1.0, AVERAGED).evaluations > 20 * 800


def test_a_claim_that_is_too_random_is_not_accused():
    """The bar of the claim is the spread of its groups: with few calls it is wide, and nothing can be said."""
    loss = lambda p: float(np.sum(np.sin(X @ p["w"])) + 1e-9 * hidden.normal())  # noqa: E731
    hidden = np.random.default_rng(0)

    def gradient(p):
        return {"w": X.T @ (np.cos(X @ p["w"]) * (1.0 + 3.0 * hidden.normal(size=6)))}

    outcomes = [check(loss, gradient, {"w": W}, settings=Settings(draws=16, seed=s)).outcome for s in range(20)]
    assert set(outcomes) == {Outcome.INCONCLUSIVE}


def test_the_quantile_is_that_of_student():
    """Against 50 digits: P(|T| > 5.408) = 0.001 with 7 degrees of freedom."""
    import mpmath

    x = mpmath.mpf(7) / (7 + mpmath.mpf(STUDENT) ** 2)
    tail = mpmath.betainc(mpmath.mpf(7) / 2, 0.5, 0, x, regularized=True)
    assert abs(tail - 0.001) < 1e-6
