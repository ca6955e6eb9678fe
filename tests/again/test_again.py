"""A changed gradient judged on old measurements: not one evaluation, and never a wrong verdict."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Outcome, Problem, Reason, Report, check
from gradproof.errors import InputError
from tests.probing.test_facts import Network

RIGHT = Network.gradient(Network.params)


class Counted:
    def __init__(self):
        self.calls = 0

    def __call__(self, p):
        self.calls += 1
        return Network.loss(p)


def spoiled(**changes):
    return {**RIGHT, **changes}


MISTAKES = {
    "factor": spoiled(W2=2 * RIGHT["W2"], b1=4 * RIGHT["b1"]),
    "entry": spoiled(W1=RIGHT["W1"] + 0.01 * (np.arange(RIGHT["W1"].size).reshape(RIGHT["W1"].shape) == 7)),
    "transposed": spoiled(W2=np.flip(RIGHT["W2"], 0)),
    "zero": spoiled(b2=np.zeros_like(RIGHT["b2"])),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mended_gradient_is_consistent_for_nothing(name):
    loss = Counted()
    first = check(loss, MISTAKES[name], Network.params)
    assert first.outcome is Outcome.WRONG
    spent = loss.calls
    again = first.judge(RIGHT)
    assert loss.calls == spent
    assert again.evaluations == 0
    assert again.outcome is Outcome.CONSISTENT, again
    assert "if the objective is unchanged" in again.record.notes[0]
    assert again.proofs


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("other", MISTAKES)
def test_a_gradient_that_is_still_wrong_never_passes(name, other):
    again = check(Network.loss, MISTAKES[name], Network.params).judge(MISTAKES[other])
    assert again.outcome is Outcome.WRONG
    wrong = {leaf for leaf in RIGHT if not np.array_equal(MISTAKES[other][leaf], RIGHT[leaf])}
    assert all(again.leaves[leaf].outcome is not Outcome.CONSISTENT for leaf in wrong)
    assert {leaf for leaf, v in again.leaves.items() if v.outcome is Outcome.WRONG} <= wrong


def test_a_factor_is_named_again():
    again = check(Network.loss, MISTAKES["factor"], Network.params).judge(spoiled(W2=3 * RIGHT["W2"]))
    assert [(f.leaf, round(f.ratio, 6)) for f in again.findings] == [("W2", 3.0)]


def test_a_passing_report_condemns_a_wrong_gradient():
    again = check(Network.loss, RIGHT, Network.params).judge(MISTAKES["factor"])
    assert again.outcome is Outcome.WRONG
    assert "one of them is wrong" in again.record.notes[-1]


def test_a_leaf_that_was_not_measured_is_unseen():
    import gradproof

    first = check(Network.loss, RIGHT, Network.params, settings=gradproof.Settings(freeze=("b3",)))
    assert "b3" not in first.judge(RIGHT).leaves
    budget = check(Network.loss, MISTAKES["factor"], Network.params, settings=gradproof.Settings(evaluations=20))
    again = budget.judge(RIGHT)
    assert again.outcome is Outcome.INCONCLUSIVE
    assert again.reasons == (Reason.UNSEEN,)


def test_faults_of_the_claim_are_told_again():
    again = check(Network.loss, RIGHT, Network.params).judge(spoiled(W2=RIGHT["W2"].T))
    assert [finding.kind for finding in again.findings] == ["shape"]
    assert again.outcome is Outcome.WRONG


def test_a_loaded_report_needs_the_parameters(tmp_path):
    check(Network.loss, MISTAKES["factor"], Network.params).save(tmp_path / "r.json")
    loaded = Report.load(tmp_path / "r.json")
    assert loaded.judge(RIGHT, Network.params).outcome is Outcome.CONSISTENT
    with pytest.raises(InputError, match="holds no parameters"):
        loaded.judge(RIGHT)
    moved = {**Network.params, "b1": Network.params["b1"] + 1e-12}
    with pytest.raises(InputError, match="not those of the report"):
        loaded.judge(RIGHT, moved)


def test_one_draw_cannot_be_judged_afterwards():
    def loss(p):
        return float((p["x"] ** 2).sum() * np.random.rand())

    report = check(Problem(loss, lambda p: {"x": 2 * p["x"] * np.random.rand()}, {"x": np.ones(3)}))
    assert report.outcome is Outcome.CONSISTENT
    with pytest.raises(InputError, match="random numbers"):
        report.judge(lambda p: {"x": 2 * p["x"]})
