"""``gradproof measure``: what it prints and writes, and how it exits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gradproof as gp
from gradproof.cli import main

TARGET = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(9, 12))
params = {"W": rng.normal(size=(8, 12)), "b": np.zeros(8)}
calls = 0


def loss(p):
    global calls
    calls += 1
    print("chatter")
    STOP
    return float(np.sum(np.tanh(X @ p["W"].T + p["b"])))


def gradient(p):
    d = 1 - np.tanh(X @ p["W"].T + p["b"]) ** 2
    g = {"W": d.T @ X, "b": d.sum(axis=0)}
    CHANGE
    return g
"""


@pytest.fixture
def target(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(change: str = "pass", stop: str = "pass") -> str:
        text = TARGET.replace("CHANGE", change).replace("STOP", stop)
        (tmp_path / "network.py").write_text(text, encoding="utf-8")
        return "network.py"

    return make


def run(*arguments: str):
    try:
        # Before click 8.2 the two streams are one unless asked for.
        runner = CliRunner(mix_stderr=False)
    except TypeError:
        runner = CliRunner()
    return runner.invoke(main, ["measure", *arguments])


def test_the_arrays_are_written(target, tmp_path: Path) -> None:
    done = run(target(), "-o", "gradient.npz")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("MEASURED  all 104 entries")
    assert done.stdout.rstrip().endswith("written to gradient.npz")
    assert "chatter" not in done.stdout
    found = gp.MeasuredGradient.load(tmp_path / "gradient.npz")
    assert found["W"].value.shape == (8, 12)
    assert found.bars == "pooled"


def test_a_right_gradient_is_compared(target) -> None:
    done = run(target(), "--compare", "--bars", "own")
    assert done.exit_code == 0, done.output
    assert "0 of 104 entries disagree" in done.stdout


def test_wrong_entries_are_named(target) -> None:
    done = run(target('g["W"][3, 4] *= 1.01'), "--compare")
    assert done.exit_code == 1
    assert "1 of 104 entries disagree" in done.stdout
    assert "the worst is [3, 4]" in done.stdout


def test_a_budget_leaves_nan_and_exits_with_3(target, tmp_path: Path) -> None:
    done = run(target(), "-o", "gradient.npz", "--evaluations", "200")
    assert done.exit_code == 3
    assert "budget was spent" in done.stdout
    found = gp.MeasuredGradient.load(tmp_path / "gradient.npz")
    assert 0 < np.count_nonzero(np.isnan(found["W"].value)) < 104


def test_an_interruption_writes_what_there_is(target, tmp_path: Path) -> None:
    stop = "if calls == 300: raise KeyboardInterrupt"
    done = run(target(stop=stop), "-o", "gradient.npz")
    assert done.exit_code == 130
    assert "interrupted" in done.stdout
    assert 0 < gp.MeasuredGradient.load(tmp_path / "gradient.npz").measured < 104


def test_what_cannot_be_used_exits_with_2_before_it_runs(target) -> None:
    name = target(stop="raise SystemExit(0)")
    assert run(name, "-o", "gradient.txt").exit_code == 2
    assert "does not exist" in CliRunner().invoke(main, ["measure", name, "-o", "none/gradient.npz"]).output
    done = CliRunner().invoke(main, ["measure", name])
    assert done.exit_code == 2
    assert "nothing could be measured" in done.output
    assert run("none.py").exit_code == 2


def test_a_journal_lets_a_command_go_on(target, tmp_path: Path) -> None:
    whole = run(target(), "-o", "whole.npz")
    assert whole.exit_code == 0
    assert run(target(), "--journal", "night.journal", "--evaluations", "200").exit_code == 3
    # What is known is not evaluated again: here it would end the run.
    stop = f"if calls > {gp.MeasuredGradient.load(tmp_path / 'whole.npz').evaluations - 190}: raise SystemExit(5)"
    done = CliRunner().invoke(main, ["measure", target(stop=stop), "--journal", "night.journal", "-o", "gradient.npz"])
    assert done.exit_code == 2
    assert "another problem: its objective differs" in done.output


def test_a_target_without_a_gradient_is_measured(target, tmp_path: Path) -> None:
    text = (tmp_path / target()).read_text(encoding="utf-8").partition("def gradient")[0]
    (tmp_path / "alone.py").write_text(text, encoding="utf-8")
    assert run("alone.py", "-o", "gradient.npz").exit_code == 0
    assert gp.MeasuredGradient.load(tmp_path / "gradient.npz").measured == 104
    # What cannot be done is said before anything is measured.
    (tmp_path / "alone.py").write_text(text.replace("calls += 1", "raise SystemExit(7)"), encoding="utf-8")
    refused = CliRunner().invoke(main, ["measure", "alone.py", "--compare"])
    assert refused.exit_code == 2
    assert "no gradient to compare with" in refused.output
