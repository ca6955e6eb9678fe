"""Parameters of JAX spread over four devices: judged where they lie, and never gathered."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("jax")

# Devices can be made up only before JAX is started: each test is a process of its own.
HEAD = """
import jax, numpy as np
from jax import numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import gradproof as gp

jax.config.update("jax_enable_x64", True)
spread = NamedSharding(Mesh(np.array(jax.devices()), ("d",)), PartitionSpec("d"))
assert len(jax.devices()) == 4
rng = np.random.default_rng(0)
X = jnp.asarray(rng.normal(size=(6, 8)))
W = jax.device_put(rng.normal(size=(8, 5)), spread)
params = {"W": W, "b": jnp.asarray(rng.normal(size=5)), "n": jnp.arange(3)}

def loss(p):
    return jnp.sum(jnp.tanh(X @ p["W"] + p["b"]) ** 2)

right = jax.grad(loss, allow_int=True)

def changed(change):
    def gradient(p):
        found = dict(right(p))
        return {**found, "W": change(found["W"])}
    return gradient

# What is asked of the host must be numbers.
kind = type(params["W"])
value = kind._value
def small(self):
    assert self.size <= 1 or self.sharding.is_fully_replicated, "gathered"
    return value.fget(self)
"""


def run(body: str) -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    script = HEAD + textwrap.dedent(body)
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_right_and_wrong_are_told_without_gathering():
    run("""
    kind._value = property(small)
    try:
        np.asarray(params["W"])
    except AssertionError as error:
        assert "gathered" in str(error)
    else:
        raise SystemExit("the test would not see it")
    report = gp.check(loss, None, params)
    assert report.outcome == "consistent", report
    assert "Spread over 4 devices" in str(report)
    assert [name for name, _ in report.record.skipped] == ["n"]
    assert gp.check(loss, None, params).record.measurements == report.record.measurements
    report = gp.check(loss, changed(lambda g: 2 * g), params)
    assert "2.000000 x" in str(report), report
    report = gp.check(loss, changed(lambda g: g.at[3, 2].add(1.0)), params)
    assert [(f.leaf, f.index) for f in report.findings] == [("W", (3, 2))], report
    """)


def test_faults_of_the_claim_and_misuse():
    run("""
    report = gp.check(loss, changed(lambda g: g.at[3, 2].set(jnp.nan)), params)
    assert report.outcome == "wrong"
    assert "not finite in 1 of 40" in str(report), report
    report = gp.check(loss, changed(lambda g: g.T), params)
    assert "shape (5, 8)" in str(report), report
    report = gp.check(loss, {"W": right(params)["W"]}, params)
    assert "no gradient" in str(report), report
    report = gp.check(loss, None, params, settings=gp.Settings(only=("b",)))
    assert list(report.leaves) == ["b"]
    for problem, settings in (
        (gp.Problem(loss, None, params, lower=0.0), gp.Settings()),
        (gp.Problem(loss, None, params), gp.Settings(draws=8)),
        (gp.Problem(loss, None, params), gp.Settings(freeze=("*",))),
    ):
        try:
            gp.check(problem, settings=settings)
        except gp.GradproofError as error:
            print(error)
        else:
            raise SystemExit("not refused")
    def raising(p):
        if float(jnp.abs(p["b"]).sum()) != start:
            raise KeyError("momentum")
        return loss(p)
    start = float(jnp.abs(params["b"]).sum())
    try:
        gp.check(raising, right, params)
    except KeyError as error:
        assert "along direction" in error.__notes__[0], error.__notes__
    else:
        raise SystemExit("not raised")
    """)
