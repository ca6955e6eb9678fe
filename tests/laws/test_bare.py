"""Without any framework everything else works, none is imported, and what is missing says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCK = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "jax", "jaxlib", "scipy", "autograd", "array_api_strict"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refused())
"""
WORK = """
import numpy as np
import gradproof as gp
from gradproof.cli import main

x = np.array([1.0, 2.0, 3.0])
assert gp.check(lambda p: float(np.sum(p["x"] ** 3)), {"x": 3 * x**2}, {"x": x}).outcome == "consistent"
assert gp.check(lambda p: float(np.sum(p["x"] ** 3)), {"x": 2 * x**2}, {"x": x}).outcome == "wrong"
assert gp.check_function(np.sin, x, vjp=lambda x, c: c * np.cos(x)).outcome == "consistent"
assert gp.check_jacobian(np.sin, np.diag(np.cos(x)), x).outcome == "consistent"
assert gp.check_adjoint(lambda v: 2 * v, lambda v: 2 * v, x).outcome == "consistent"
found = {"torch", "jax", "scipy", "autograd"} & set(sys.modules)
assert not found, found
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCK + code], capture_output=True, text=True, check=False)


def test_everything_else_works() -> None:
    done = run(WORK)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("gradproof.torch", "gradproof[torch]"),
        ("gradproof.jax", "gradproof[jax]"),
        ("gradproof.scipy", "gradproof[scipy]"),
        ("gradproof.compat.torch", "gradproof[torch]"),
        ("gradproof.compat.jax", "gradproof[jax]"),
        ("gradproof.compat.autograd", "gradproof[frameworks]"),
    ],
)
def test_what_is_missing_says_what_to_install(module: str, extra: str) -> None:
    done = run(f"import {module}")
    assert done.returncode == 1
    assert f'pip install "{extra}"' in done.stderr.splitlines()[-1]
