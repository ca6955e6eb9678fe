"""PyTorch's own functions, JAX's custom rules, SciPy's jac: the wrong line is found in each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradproof import mend
from gradproof.adapters.target import load
from gradproof.errors import InputError
from tests.mending.support import Mend

TORCH = """import torch

torch.manual_seed(0)
X = torch.randn(6, 4, dtype=torch.float64)
params = {"W": torch.randn(4, 3, dtype=torch.float64), "b": torch.randn(3, dtype=torch.float64)}


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad):
        x, s = ctx.saved_tensors
        return grad * (s + x * s * (1 + s))


def loss(p):
    return (Swish.apply(X @ p["W"] + p["b"]) ** 2).sum()


def gradient(p):
    leaves = {name: value.detach().clone().requires_grad_() for name, value in p.items()}
    loss(leaves).backward()
    return {name: value.grad for name, value in leaves.items()}
"""

JAX = """import jax
import jax.numpy as jnp

X = jnp.linspace(-1.0, 2.0, 24).reshape(6, 4)
params = {"W": jnp.linspace(-0.5, 0.7, 12).reshape(4, 3)}


@jax.custom_vjp
def softplus(x):
    return jnp.log1p(jnp.exp(x))


def forward(x):
    return softplus(x), x


def backward(x, g):
    return (2 * g / (1 + jnp.exp(-x)),)


softplus.defvjp(forward, backward)


def loss(p):
    return jnp.sum(softplus(X @ p["W"]) ** 2)


gradient = jax.jit(jax.grad(loss))
"""

SCIPY = """import numpy as np
from scipy.optimize import rosen as loss

params = np.array([-1.2, 1.0, 0.7, 0.3, 1.4])


def gradient(x):
    g = np.zeros_like(x)
    m = x[1:-1]
    g[1:-1] = 200 * (m - x[:-2] ** 2) - 400 * (x[2:] - m**2) * m - 2 * (1 - m)
    g[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    g[-1] = 200 * (x[-1] - x[-1] ** 2)
    return g
"""


def test_torch_function(mended: Mend) -> None:
    pytest.importorskip("torch")
    mending = mended(TORCH)
    assert mending.outcome == "mended"
    assert [str(c) for c in mending.ways[0].corrections] == ["line 18: `-` belongs where `+` stands"]


def test_jax_custom_rule_in_a_compiled_gradient(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    path = tmp_path / "rule.py"
    path.write_text(JAX, encoding="utf-8")
    mending = mend(load(str(path)))
    assert mending.outcome == "mended"
    assert [str(c) for c in mending.ways[0].corrections] == ["line 18: the factor `2` is too much"]


def test_scipy_jac(mended: Mend) -> None:
    pytest.importorskip("scipy")
    mending = mended(SCIPY)
    assert mending.outcome == "mended"
    assert [c.line for c in mending.ways[0].corrections] == [12]
    assert "x[-2] ** 2" in mending.diff


SCRIPT = (
    JAX
    + """

import gradproof

print(gradproof.mend(loss, gradient, params))
"""
)


def test_a_script_that_mends_itself_does_not_start_itself_for_ever(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.count("MENDED") == 1, done.stderr
    assert "the factor `2` is too much" in done.stdout


def test_a_gradient_that_jax_cannot_find_again(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    path = tmp_path / "hidden.py"
    path.write_text(
        JAX.replace("gradient = jax.jit", "makers = [jax.jit").replace("(loss))", "(loss))]"), encoding="utf-8"
    )
    space: dict = {"__name__": "hidden"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    with pytest.raises(InputError, match="found again by name"):
        mend(space["loss"], space["makers"][0], space["params"])
