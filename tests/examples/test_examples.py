"""The examples, run as a user runs them, with the verdict that each must get."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# Target -> exit code, and the leaves that must be called wrong.
EXPECTED = {
    "digits_network.py": (0, set()),
    "digits_wrong_scale.py": (1, {"b2"}),
    "digits_wrong_row.py": (1, {"W2"}),
    "digits_wrong_derivative.py": (1, {"W1", "b1"}),
    "one_dimension.py": (0, set()),
    "fraud_detection.py": (0, set()),
    "fraud_detection_first_pair.py": (1, {"W2", "b1"}),
    "fraud_detection_second_pair.py": (1, {"W2", "b1"}),
    "cat_network.py": (0, set()),
    "cat_network.py:one": (0, set()),
    "differences.py:two_sided": (0, set()),
    "differences.py:one_sided": (1, {"x"}),
    "regularised_network.py": (1, {"b1"}),
    "regularised_network.py:data": (1, {"W2", "b1"}),
    "dropout_network.py": (0, set()),
    "dropout_network.py:forgotten": (1, {"W1", "b1"}),
}
# What is not a target: what the examples share, and a script with a test of its own.
OTHERS = {"pictures.py", "train_cats.py"}


def run(name, **environment):
    if name.startswith("digits"):
        pytest.importorskip("sklearn", reason="the examples need scikit-learn's pictures")
    command = [sys.executable, "-m", "gradproof", "check", str(EXAMPLES / name), "--format", "json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=EXAMPLES.parent, env={**os.environ, **environment}
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["report"]


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name):
    code, report = run(name)
    wrong = {verdict["leaf"] for verdict in report["verdicts"] if verdict["outcome"] == "wrong"}
    assert (code, wrong) == EXPECTED[name]


def test_every_example_is_expected():
    expected = {target.partition(":")[0] for target in EXPECTED} | OTHERS
    assert {path.name for path in EXAMPLES.glob("*.py")} == expected


def test_the_scale_is_named():
    _, report = run("digits_wrong_scale.py")
    finding = report["findings"][0]
    assert finding["kind"] == "factor"
    assert finding["ratio"] == pytest.approx(1 / 200, rel=1e-6)


def test_the_row_is_named():
    _, report = run("digits_wrong_row.py")
    assert [finding["text"] for finding in report["findings"]] == ["wrong in row 15"]


@pytest.mark.parametrize(
    ("name", "factors"), [("first_pair", {"W2": 2.0, "b1": 4.0}), ("second_pair", {"W2": 3.0, "b1": 2.0})]
)
def test_the_planted_factors_are_named(name, factors):
    _, report = run(f"fraud_detection_{name}.py")
    found = {finding["leaf"]: finding["ratio"] for finding in report["findings"]}
    assert found == pytest.approx(factors, rel=1e-7)


def test_the_cat_network_needs_few_evaluations():
    _, report = run("cat_network.py")
    assert sum(int(np.prod(verdict["shape"])) for verdict in report["verdicts"]) == 61_481
    assert report["evaluations"] <= 40


def test_the_cat_network_runs_on_generated_pictures_too():
    code, _ = run("cat_network.py:one", GRADPROOF_CATS="")
    assert code == 0


def test_the_usual_number_is_masked_by_decay():
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "regularised_network.py")], capture_output=True, text=True, check=True
    )
    assert float(re.search(r"usual check: (\S+),", done.stdout)[1]) < 1e-7


def test_training_uses_what_was_proved():
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "train_cats.py"), "120"], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("consistent") == 2
    accuracy = float(re.search(r"accuracy (\S+)% on the pictures trained on", done.stdout)[1])
    assert accuracy > 65.0
    assert re.search(r"\d% of it for checks", done.stdout)
