"""Functions with several inputs and outputs: wrong vjps and jvps are caught, in the right place; right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError

RNG = np.random.default_rng(0)
W, X = RNG.normal(size=(4, 3)), RNG.normal(size=3)
WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT


def f(W, x, n):
    return np.tanh(W @ x) ** n, {"square": np.sum(x**2)}


def slope(W, x, n):
    a = np.tanh(W @ x)
    return n * a ** (n - 1) * (1 - a**2)


def vjp(W, x, n, c):
    d = slope(W, x, n) * c[0]
    return np.outer(d, x), W.T @ d + 2 * x * c[1]["square"]


def jvp(W, x, n, tangents):
    dW, dx = tangents
    return slope(W, x, n) * (dW @ x + W @ dx), {"square": 2 * x @ dx}


def test_right_ones_pass():
    found = gp.check_function(f, W, X, 3, vjp=vjp, jvp=jvp)
    assert found.outcome is CONSISTENT
    assert set(found.reports) == {"vjp", "vjp of output 0", "vjp of output 1.square", "jvp"}
    assert set(found.reports["vjp"].leaves) == {"W", "x"}
    assert [identity.outcome for identity in found.identities] == [CONSISTENT]


def test_a_wrong_argument_is_named():
    found = gp.check_function(f, W, X, 3, vjp=lambda *a: (vjp(*a)[0], 1.5 * vjp(*a)[1]), jvp=jvp)
    assert found.outcome is WRONG
    assert found.reports["vjp"].leaves["x"].outcome is WRONG
    assert found.reports["vjp"].leaves["W"].outcome is CONSISTENT
    assert found.reports["jvp"].outcome is CONSISTENT
    assert found.identities[0].outcome is WRONG
    assert "does not hold" in str(found)


def test_a_wrong_output_is_named():
    def wrong(W, x, n, c):
        d = slope(W, x, n) * c[0]
        return np.outer(d, x), W.T @ d + x * c[1]["square"]

    found = gp.check_function(f, W, X, 3, vjp=wrong)
    assert found.reports["vjp of output 0"].outcome is CONSISTENT
    assert found.reports["vjp of output 1.square"].outcome is WRONG


def test_contributions_of_outputs_that_overwrite_one_another_are_wrong():
    """Each output alone is right; together the second one's contribution is lost."""

    def overwriting(W, x, n, c):
        d = slope(W, x, n) * c[0]
        return np.outer(d, x), W.T @ d if np.any(c[0]) else 2 * x * c[1]["square"]

    found = gp.check_function(f, W, X, 3, vjp=overwriting)
    outcomes = {name: report.outcome for name, report in found.reports.items()}
    assert outcomes == {"vjp": WRONG, "vjp of output 0": CONSISTENT, "vjp of output 1.square": CONSISTENT}


@pytest.mark.parametrize("which", [0, 1])
def test_a_wrong_tangent_is_named(which):
    def wrong(W, x, n, tangents):
        doubled = [2 * t if i == which else t for i, t in enumerate(tangents)]
        return jvp(W, x, n, doubled)

    found = gp.check_function(f, W, X, 3, jvp=wrong)
    name, other = ("W", "x") if which == 0 else ("x", "W")
    assert found.reports["jvp"].leaves[name].outcome is WRONG
    assert found.reports["jvp"].leaves[other].outcome is CONSISTENT


def test_none_for_what_is_not_differentiated():
    assert gp.check_function(f, W, X, 3, vjp=lambda *a: (*vjp(*a), None)).outcome is CONSISTENT


def test_one_argument_may_be_a_tree():
    def g(p):
        return p["a"] * p["b"][0]

    def right(p, c):
        return {"a": c * p["b"][0], "b": [c * p["a"]]}

    p = {"a": X, "b": [X + 1.0]}
    assert gp.check_function(g, p, vjp=right).outcome is CONSISTENT
    assert gp.check_function(g, p, vjp=lambda p, c: (right(p, c),)).outcome is CONSISTENT


def test_complex_functions():
    z = RNG.normal(size=5) + 1j * RNG.normal(size=5)

    def right(z, c):
        return c * np.conj(np.cos(z))

    assert gp.check_function(np.sin, z, vjp=right, jvp=lambda z, t: np.cos(z) * t).outcome is CONSISTENT
    found = gp.check_function(np.sin, z, vjp=lambda z, c: c * np.cos(z))
    assert found.outcome is WRONG


def test_single_precision_is_judged_as_such():
    x = X.astype(np.float32)
    found = gp.check_function(np.tanh, x, jvp=lambda x, t: (1 - np.tanh(x) ** 2) * t)
    assert found.outcome is not WRONG


def test_dropout_inside_is_frozen():
    rng = np.random.default_rng(1)

    def drop(x):
        return x * (rng.random(x.shape) < 0.5)

    def pulled(x, c):
        return c * (rng.random(x.shape) < 0.5)

    problem = gp.check_function(drop, np.append(X, [1.0] * 20), vjp=pulled)
    assert problem.outcome is not CONSISTENT  # the generator is not named: nothing can be put back


def test_arguments_are_untouched():
    before = X.copy()
    gp.check_function(f, W, X, 3, vjp=vjp, jvp=jvp)
    assert np.array_equal(X, before)


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        ((W, X, 3), {}, "nothing to judge"),
        ((1, 2, 3), {"vjp": vjp}, "differentiate"),
        ((W, X, 3), {"vjp": lambda *a: (1.0, 2.0, 3.0, 4.0)}, "does not fit"),
        ((W, X, 3), {"jvp": lambda *a: np.ones(2)}, "not like the output"),
    ],
)
def test_what_does_not_fit_is_said(arguments, given, words):
    def function(*args):
        return f(*args) if isinstance(args[0], np.ndarray) else 1.0

    with pytest.raises(InputError, match=words):
        gp.check_function(function, *arguments, **given)


def test_the_exception_of_the_function_passes_through():
    def broken(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        gp.check_function(broken, X, vjp=lambda x, c: c)
