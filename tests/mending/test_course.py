"""The course's network: both planted pairs are mended in the lines in which they were planted, and proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof import Outcome, check, mend
from gradproof.adapters.target import load

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RIGHT = (EXAMPLES / "fraud_detection.py").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("pair", ["first", "second"])
def test_both_planted_mistakes_are_mended_and_proved(pair: str) -> None:
    problem = load(str(EXAMPLES / f"fraud_detection_{pair}_pair.py"))
    before = problem.gradient
    mending = mend(problem)
    assert mending.outcome == "mended"
    planted = [
        i for i, line in enumerate(source(pair), 1) if line not in RIGHT and "=" in line and "import" not in line
    ]
    assert sorted(correction.line for correction in mending.ways[0].corrections) == planted
    assert len(mending.proofs) == 4
    assert all(report.outcome is Outcome.CONSISTENT for _, report in mending.proofs)
    assert len({report.seed for _, report in mending.proofs} | {mending.before.seed}) == 5
    # The function in this process is what it was.
    assert problem.gradient is before
    assert check(problem).outcome is Outcome.WRONG


def source(pair: str) -> list[str]:
    return (EXAMPLES / f"fraud_detection_{pair}_pair.py").read_text(encoding="utf-8").splitlines()


def test_the_diff_changes_two_lines() -> None:
    mending = mend(load(str(EXAMPLES / "fraud_detection_first_pair.py")))
    changed = [line for line in mending.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert len(changed) == 4
    assert "-    dW2 = 1.0 / m * dZ2 @ A1.T * 2" in changed
    assert "+    dW2 = 1.0 / m * dZ2 @ A1.T" in changed


def test_the_search_costs_no_evaluation() -> None:
    problem = load(str(EXAMPLES / "fraud_detection_second_pair.py"))
    calls = 0

    def counted(params, *args):
        nonlocal calls
        calls += 1
        return problem.loss(params, *args)

    mending = mend(counted, problem.gradient, problem.params, args=problem.args)
    assert mending.tried > 100
    # One failing check, and the proof at four points: nothing else asks the objective.
    assert calls == mending.evaluations
    assert mending.before.evaluations == check(problem).evaluations


def test_a_right_gradient_needs_nothing() -> None:
    mending = mend(load(str(EXAMPLES / "fraud_detection.py")))
    assert mending.outcome == "right"
    assert str(mending).startswith("NOTHING TO MEND")
    assert mending.tried == 0
