"""A target of terms: each judged alone by the command, and their sum."""

from __future__ import annotations

import json

import pytest

from tests.shells.test_command import RIGHT, run

TERMS = """
import numpy as np
X = np.linspace(-1.0, 1.0, 12).reshape(6, 2)
params = {"w": np.array([0.3, -0.2]), "b": np.zeros(1)}

def data(p):
    return float(np.mean((X @ p["w"] + p["b"] - X[:, 0] ** 2) ** 2))

def data_gradient(p):
    r = 2 * (X @ p["w"] + p["b"] - X[:, 0] ** 2) / 6
    return {"w": X.T @ r, "b": np.array([r.sum()])}

def penalty(p):
    return 5e5 * float(np.sum(p["w"] ** 2))

def penalty_gradient(p):
    return penalty(p), {"w": 1e6 * p["w"]}

terms = {"data": (data, data_gradient), "penalty": (penalty, penalty_gradient)}
"""
WRONG = TERMS.replace("X.T @ r", "0.9 * X.T @ r")
__all__ = ["run"]  # the fixture


def test_each_term_and_their_sum_are_judged(run):
    done = run("check", "m.py", files={"m.py": TERMS})
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.endswith("):")] == [
        "m.py (data):", "m.py (penalty):", "m.py (sum):"
    ]  # fmt: skip
    assert "In the sum it drowns" in " ".join(done.stdout.split())


@pytest.mark.parametrize("target", ["m.py", "m.py:terms"])
def test_what_drowns_in_the_sum_is_caught_in_its_term(run, target):
    done = run("check", target, "--format", "json", files={"m.py": WRONG})
    assert done.returncode == 1, done.stderr
    outcomes, rest = {}, done.stdout
    while rest.strip():
        told, end = json.JSONDecoder().raw_decode(rest.lstrip())
        rest = rest.lstrip()[end:]
        outcomes[told["run"]["target"]] = told["report"]["outcome"]
    assert outcomes == {
        f"{target} (data)": "wrong",
        f"{target} (penalty)": "consistent",
        f"{target} (sum)": "consistent",
    }


def test_a_module_with_a_loss_is_judged_as_one(run):
    done = run("check", "m.py", files={"m.py": RIGHT + "terms = {'a': 1}\n"})
    assert done.returncode == 0, done.stderr
    assert "(sum)" not in done.stdout


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (TERMS, ("--points", "3"), "Terms are judged afresh"),
        (TERMS, ("--measured", "r.json"), "Terms are judged afresh"),
        (TERMS.replace('"data": (data, data_gradient)', '"data": data'), (), "The terms cannot be checked"),
        (TERMS.replace('"data"', '"sum"'), (), "These terms cannot be checked"),
        (TERMS + "terms = {}\n", (), "The terms cannot be checked"),
        (TERMS.replace('{"w": X.T @ r,', '{"v": X.T @ r,'), (), "has a leaf that is no parameter"),
    ],
)
def test_what_cannot_be_judged_is_told(run, text, options, words):
    done = run("check", "m.py", *options, files={"m.py": text})
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_parameters_from_a_file(run, tmp_path):
    import numpy as np

    np.savez(tmp_path / "p.npz", w=np.array([1.0, 2.0]), b=np.array([0.5]))
    done = run("check", "m.py", "--params", "p.npz", files={"m.py": TERMS})
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("CONSISTENT") == 3
