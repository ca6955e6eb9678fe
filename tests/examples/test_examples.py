"""The examples, run as a user runs them, with the verdict that each must get."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = {
    "digits_network.py": (0, set()),
    "digits_wrong_scale.py": (1, {"b2"}),
    "digits_wrong_row.py": (1, {"W2"}),
    "digits_wrong_derivative.py": (1, {"W1", "b1"}),
}


def run(name):
    pytest.importorskip("sklearn", reason="the examples need scikit-learn's pictures")
    command = [sys.executable, "-m", "gradproof", "check", str(EXAMPLES / name), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=EXAMPLES.parent)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["report"]


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name):
    code, report = run(name)
    wrong = {verdict["leaf"] for verdict in report["verdicts"] if verdict["outcome"] == "wrong"}
    assert (code, wrong) == EXPECTED[name]


def test_every_example_is_expected():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(EXPECTED)


def test_the_scale_is_named():
    _, report = run("digits_wrong_scale.py")
    finding = report["findings"][0]
    assert finding["kind"] == "factor"
    assert finding["ratio"] == pytest.approx(1 / 200, rel=1e-6)


def test_the_row_is_named():
    _, report = run("digits_wrong_row.py")
    assert [finding["text"] for finding in report["findings"]] == ["wrong in row 15"]
