"""The user's arrays and the process's random generators stay as they are, whatever happens."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gradproof import Outcome, check


def fresh():
    return {"a": np.arange(1.0, 4.0), "big": np.linspace(-1, 1, 5000), "n": np.arange(3)}


def gradient(p):
    return {"a": 2 * p["a"], "big": 2 * p["big"]}


def square(p):
    return float((p["a"] ** 2).sum() + (p["big"] ** 2).sum())


def failing(error, after):
    calls = 0

    def loss(p):
        nonlocal calls
        calls += 1
        if calls > after:
            raise error
        return square(p)

    return loss


@pytest.mark.parametrize("after", [0, 1, 2, 9, 15])
@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_after_an_exception(error, after):
    params = fresh()
    with pytest.raises(type(error)) as caught:
        check(failing(error, after), gradient, params)
    assert all(np.array_equal(params[name], value) for name, value in fresh().items())
    assert caught.value is error


def test_the_point_of_an_exception_is_told():
    with pytest.raises(ValueError, match="mine") as caught:
        check(failing(ValueError("mine"), 4), gradient, fresh())
    assert any("step t = " in note and "direction" in note for note in caught.value.__notes__)


def test_random_state_is_put_back():
    def loss(p):
        np.random.rand(3)
        random.random()
        return square(p)

    np.random.seed(5)
    random.seed(5)
    expected = np.random.get_state()[1].copy(), random.getstate()
    check(loss, gradient, fresh())
    assert np.array_equal(np.random.get_state()[1], expected[0])
    assert random.getstate() == expected[1]


@pytest.mark.parametrize("culprit", ["loss", "gradient", "closure"])
def test_writing_into_the_input_is_a_finding(culprit):
    params = fresh()

    def loss(p):
        if culprit == "loss":
            p["a"] *= 1.0 + 1e-9
        if culprit == "closure":
            params["a"] += 1e-12
        return square(p)

    def claim(p):
        found = gradient(p)
        if culprit == "gradient":
            p["a"][:] = 0.0
        return found

    report = check(loss, claim, params)
    assert report.outcome is Outcome.WRONG
    assert [(f.leaf, f.kind) for f in report.findings if f.kind == "mutation"] == [("a", "mutation")]
    if culprit != "closure":
        assert np.array_equal(params["a"], fresh()["a"])


def test_an_objective_may_keep_what_it_gets():
    kept = []

    def loss(p):
        kept.append((p["a"], p["a"].copy(), p["big"], p["big"].copy()))
        return square(p)

    check(loss, gradient, fresh())
    assert all(np.array_equal(a, b) and np.array_equal(c, d) for a, b, c, d in kept)


def test_warnings_of_far_steps_do_not_reach_the_user():
    point = np.array([700.0, 1.0])
    assert check(lambda p: float(np.exp(p).sum()), np.exp, point).outcome is not Outcome.WRONG
