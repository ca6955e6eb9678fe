"""JAX: pytrees, custom rules, precision without disturbing the configuration; wrong rules are caught and named."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError, ObjectiveError

jax = pytest.importorskip("jax")
jnp = jax.numpy

import gradproof.jax as gpj  # noqa: E402

WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT
KEY = jax.random.PRNGKey(0)
X = jax.random.normal(KEY, (16, 6))


def params(dtype=jnp.float32):
    first, second = jax.random.split(KEY)
    return {
        "layer": {"W": jax.random.normal(first, (6, 4)).astype(dtype), "b": jnp.linspace(0.1, 0.4, 4).astype(dtype)},
        "out": [jax.random.normal(second, (4,)).astype(dtype)],
    }


def loss(p, x):
    return jnp.mean(jnp.tanh(x.astype(p["out"][0].dtype) @ p["layer"]["W"] + p["layer"]["b"]) @ p["out"][0]) ** 2


def said(report):
    return " ".join(finding.text for finding in report.findings)


@pytest.mark.parametrize("claim", [None, jax.grad(loss), jax.value_and_grad(loss), jax.grad(loss)(params(), X)])
def test_right_gradients_pass(claim):
    report = gp.check(loss, claim, params(), args=(X,))
    assert report.outcome is CONSISTENT
    assert set(report.leaves) == {"layer.W", "layer.b", "out.0"}
    assert report.record.noise < 1e-12


def test_the_configuration_is_left_as_it_was():
    before = jax.config.jax_enable_x64
    gp.check(loss, None, params(), args=(X,))
    gp.check(jax.jit(loss), None, params(), args=(X,))
    assert jax.config.jax_enable_x64 == before
    assert loss(params(), X).dtype == jnp.float32


def test_double_precision_throughout():
    with jax.enable_x64(True):
        p = jax.tree.map(lambda a: jnp.asarray(np.asarray(a, dtype=np.float64)), params())
        report = gp.check(loss, None, p, args=(X,))
    assert report.outcome is CONSISTENT
    assert report.leaves["layer.W"].dtype == "float64"


@pytest.mark.parametrize("factor", [2.0, -1.0, 0.5])
def test_wrong_trees_are_named(factor):
    right = jax.grad(loss)(params(), X)
    wrong = {**right, "layer": {**right["layer"], "W": factor * right["layer"]["W"]}}
    report = gp.check(loss, wrong, params(), args=(X,))
    assert report.leaves["layer.W"].outcome is WRONG
    assert report.leaves["out.0"].outcome is CONSISTENT
    assert report.findings[0].ratio == pytest.approx(factor, rel=1e-4)


def scaled(factor):
    @jax.custom_vjp
    def act(x):
        return jnp.tanh(x)

    act.defvjp(lambda x: (jnp.tanh(x), x), lambda x, g: (factor * g * (1 - jnp.tanh(x) ** 2),))
    return act


@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit])
@pytest.mark.parametrize(("factor", "outcome"), [(1.0, CONSISTENT), (3.0, WRONG)])
def test_custom_vjp(factor, outcome, wrap):
    act = scaled(factor)

    def with_rule(p, x):
        return jnp.sum(act(x @ p["W"]) ** 2)

    report = gp.check(wrap(with_rule), None, {"W": params()["layer"]["W"]}, args=(X,))
    assert report.outcome is outcome


def test_custom_jvp():
    @jax.custom_jvp
    def cube(x):
        return x**3

    cube.defjvp(lambda p, t: (cube(p[0]), 2 * p[0] ** 2 * t[0]))
    found = gpj.check_function(cube, params()["out"][0])
    assert {name: report.outcome for name, report in found.reports.items()} == {"vjp": WRONG, "jvp": WRONG}
    assert gpj.check_function(lambda x: x**3, params()["out"][0]).outcome is not WRONG


def test_both_modes_and_what_is_not_offered():
    found = gpj.check_function(scaled(1.0), X)
    assert found.outcome is CONSISTENT
    assert "forward: not offered" in found.warnings[0]
    with pytest.raises(InputError, match="no such kind"):
        gpj.check_function(jnp.sin, X, kinds=("sideways",))


def test_several_arguments_and_outputs_are_named():
    @jax.custom_vjp
    def pair(a, b):
        return a * b, {"sum": jnp.sum(a)}

    pair.defvjp(lambda a, b: (pair(a, b), (a, b)), lambda r, g: (g[0] * r[1] + g[1]["sum"], -g[0] * r[0]))
    found = gpj.check_function(pair, X, X + 1.0, kinds=("reverse",))
    assert found.reports["vjp"].leaves["a"].outcome is CONSISTENT
    assert found.reports["vjp"].leaves["b"].outcome is WRONG


def test_the_innermost_wrong_rule_is_named():
    good, bad = scaled(1.0), scaled(1.5)

    def model(p, x):
        h = good(x @ p["layer"]["W"])
        return jnp.sum(jax.jit(lambda h: jax.nn.relu(bad(h)))(h))

    found = gpj.check_custom_rules(model, params(), X)
    outcomes = [report.outcome for report in found.reports.values()]
    assert outcomes == [CONSISTENT, WRONG, CONSISTENT]
    assert "test_jax.py" in next(iter(found.reports))
    assert "1.5" in said(list(found.reports.values())[1])


def test_a_claim_that_can_be_called_and_is_a_tree_is_a_tree():
    equinox = pytest.importorskip("equinox")
    model = equinox.nn.MLP(6, "scalar", 4, 1, key=KEY)

    def squared(model, x):
        return jnp.mean(jax.vmap(model)(x) ** 2)

    right = equinox.filter_grad(squared)(model, X)
    assert gp.check(squared, right, model, args=(X,)).outcome is CONSISTENT
    wrong = equinox.tree_at(lambda tree: tree.layers[0].bias, right, replace_fn=lambda b: 3 * b)
    report = gp.check(squared, wrong, model, args=(X,))
    assert [name for name, leaf in report.leaves.items() if leaf.outcome is WRONG] == ["layers.0.bias"]


def test_arrays_of_numpy_and_numbers_beside_those_of_jax():
    tree = {"w": X[0], "n": np.linspace(1.0, 2.0, 6), "s": 0.3}

    def mixed(p):
        return jnp.sum(jnp.sin(p["w"]) * p["n"]) * p["s"]

    report = gp.check(mixed, None, tree)
    assert report.outcome is CONSISTENT
    assert set(report.leaves) == {"w", "n", "s"}
    wrong = {**jax.grad(mixed)(tree), "s": 1.0}
    assert gp.check(mixed, wrong, tree).leaves["s"].outcome is WRONG


LOOPED = {
    "scan": lambda act, x: jax.lax.scan(lambda c, w: (act(c) * w, c), x, jnp.linspace(0.5, 1.0, 4))[0],
    "scan backwards": lambda act, x: jax.lax.scan(lambda c, w: (act(c) * w, c), x, X[:3], reverse=True)[0],
    "loop": lambda act, x: jax.lax.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, act(s[1])), (0, x))[1],
    "branch": lambda act, x: jax.lax.cond(x[0] > -9.0, act, lambda v: v, x),
    "switch": lambda act, x: jax.lax.switch(1, [jnp.sin, act], x),
    "nested": lambda act, x: jax.lax.map(lambda row: jax.lax.fori_loop(0, 2, lambda i, c: act(c), row), X[:2] * x),
}


@pytest.mark.parametrize("kind", LOOPED)
@pytest.mark.parametrize(("factor", "outcome"), [(1.0, CONSISTENT), (2.0, WRONG)])
def test_rules_inside_of_loops_and_branches_are_judged(kind, factor, outcome):
    act = scaled(factor)
    found = gpj.check_custom_rules(lambda x: jnp.sum(LOOPED[kind](act, x)), X[0])
    assert {report.outcome for report in found.reports.values()} == {outcome}
    assert not found.warnings
    place = {"branch": "a branch", "switch": "a branch", "nested": "round of a scan"}.get(kind, "the last round")
    assert any(place in name for name in found.reports)


def test_a_branch_that_is_not_taken_is_not_judged():
    bad = scaled(2.0)
    found = gpj.check_custom_rules(lambda x: jax.lax.cond(x.sum() > 1e9, lambda v: bad(v).sum(), jnp.sum, x), X[0])
    assert not found.reports


def test_a_rule_that_is_wrong_in_the_last_round_only_is_found():
    @jax.custom_vjp
    def late(x):
        return x**2

    late.defvjp(lambda x: (x**2, x), lambda x, g: (g * jnp.where(x > 5.0, 3.0, 2.0) * x,))
    found = gpj.check_custom_rules(lambda x: jax.lax.fori_loop(0, 4, lambda i, c: late(c), x).sum(), X[:1, 0] * 0 + 1.3)
    assert [report.outcome for report in found.reports.values()] == [CONSISTENT, WRONG]


def test_keys_are_arguments():
    def dropped(p, key):
        kept = jax.random.bernoulli(key, 0.5, p["w"].shape)
        return jnp.sum(jnp.where(kept, p["w"], 0.0) ** 2)

    assert gp.check(dropped, None, {"w": X}, args=(jax.random.PRNGKey(3),)).outcome is CONSISTENT
    assert gp.check(dropped, None, {"w": X}, args=(jax.random.key(3),)).outcome is CONSISTENT


class Weights(NamedTuple):
    W: object
    n: object


def test_other_trees_and_whole_numbers():
    report = gp.check(lambda p: jnp.sum(p.W**2) * p.n[1], None, Weights(X, jnp.arange(3)))
    assert report.outcome is CONSISTENT
    assert set(report.leaves) == {"W"}
    assert [name for name, _ in report.record.skipped] == ["n"]
    assert gp.check(lambda x: jnp.sum(x**2), None, X).outcome is CONSISTENT


def test_modules_of_equinox():
    eqx = pytest.importorskip("equinox")
    model = eqx.nn.MLP(6, 1, 8, 2, key=KEY)
    weights, static = eqx.partition(model, eqx.is_inexact_array)

    def objective(weights, x):
        return jnp.mean(jax.vmap(eqx.combine(weights, static))(x) ** 2)

    report = gp.check(objective, None, weights, args=(X,))
    assert report.outcome is CONSISTENT
    assert "layers.0.weight" in report.leaves


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
@pytest.mark.parametrize(("factor", "outcome"), [(1.0, CONSISTENT), (2.0, WRONG)])
def test_half_precision(dtype, factor, outcome):
    def claim(p, x):
        return jax.tree.map(lambda g: factor * g, jax.grad(loss)(p, x))

    report = gp.check(loss, claim, params(dtype), args=(X,))
    assert report.outcome is outcome


def test_complex_numbers():
    z = (X[0] + 1j * X[1]).astype(jnp.complex64)

    def objective(p):
        return jnp.sum(jnp.abs(p["z"] * p["z"] + p["z"]) ** 2)

    assert gp.check(objective, None, {"z": z}).outcome is CONSISTENT
    wrong = gp.check(objective, {"z": jax.grad(objective)({"z": z})["z"].conj()}, {"z": z})
    assert "conjugate" in said(wrong)
    assert gpj.check_function(lambda z: jnp.sin(z) * z.conj(), z, kinds=("reverse",)).outcome is CONSISTENT


def test_numpy_parameters_and_a_gradient_of_jax():
    W = np.asarray(params()["layer"]["W"], dtype=np.float64)

    def objective(p):
        return jnp.sum(jnp.sin(p["W"]))

    report = gp.check(objective, jax.grad(objective), {"W": W})
    assert report.outcome is CONSISTENT
    assert report.record.noise < 1e-12
    assert objective({"W": W}).dtype == jnp.float32
    assert gp.check(objective, lambda p: {"W": 2 * jnp.cos(p["W"])}, {"W": W}).outcome is WRONG


def test_numpy_objectives_are_called_as_often_as_ever():
    calls = []

    def objective(p):
        calls.append(p)
        return float(np.sum(np.sin(p)))

    report = gp.check(objective, np.cos, np.linspace(0.1, 1.0, 5))
    assert len(calls) == report.evaluations


def test_what_cannot_be_used_is_said():
    with pytest.raises(ObjectiveError, match="cannot differentiate"):
        gp.check(lambda p: p["w"] * 2, None, {"w": X})
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match="two libraries"):
        gp.check(lambda p: jnp.sum(p["w"]), None, {"w": X, "t": torch.ones(3)})


def test_the_exception_of_the_objective_passes_through():
    with pytest.raises(jax.errors.ConcretizationTypeError):
        gp.check(lambda p: jnp.asarray(float(jnp.sum(p["w"]))), None, {"w": X})


def test_the_arrays_are_untouched():
    before = np.asarray(X).copy()
    gp.check(loss, None, params(), args=(X,))
    assert np.array_equal(np.asarray(X), before)


def test_keys_of_several_kinds_are_nothing_to_jax():
    """A tree of NumPy's that JAX could not even sort is judged as if JAX were not there."""
    params = {"a": np.array([1.0, 2.0]), 3: np.array([0.5]), (1, 2): 2.0}
    report = gp.check(lambda p: float(sum(np.sum(np.square(leaf)) for leaf in p.values())),
                   lambda p: {key: 2 * leaf for key, leaf in p.items()}, params)  # fmt: skip
    assert report.outcome is gp.Outcome.CONSISTENT


@pytest.mark.parametrize("count", [3, 100])
@pytest.mark.parametrize("seed", range(3))
def test_a_jvp_at_many_kinks_is_not_accused(count, seed):
    found = gpj.check_function(jax.nn.relu, jnp.zeros(count), kinds=("forward",), settings=gp.Settings(seed=seed))
    assert found.outcome is not WRONG
    if count == 3:
        assert found.outcome is CONSISTENT


def test_a_wrong_jvp_at_kinks_is_found():
    @jax.custom_jvp
    def steep(x):
        return jax.nn.relu(x)

    steep.defjvp(lambda p, t: (steep(p[0]), jnp.where(p[0] >= 0, 2.0, 0.0) * t[0]))
    assert gpj.check_function(steep, jnp.zeros(3), kinds=("forward",)).outcome is WRONG
