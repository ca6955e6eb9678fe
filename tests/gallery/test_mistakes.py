"""The tester tested: each kind of wrong claim must be caught and named, in the right leaf."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Outcome, check
from tests.probing.test_facts import Network

RIGHT = Network.gradient(Network.params)


def judged(claim, loss=Network.loss, params=Network.params):
    report = check(loss, claim, params)
    wrong = {verdict.leaf for verdict in report.leaves.values() if verdict.outcome is Outcome.WRONG}
    return report, wrong


def spoiled(**changes):
    return {**RIGHT, **changes}


@pytest.mark.parametrize(
    ("factor", "guess"),
    [(2.0, "2:"), (0.5, "1/2"), (-1.0, "sign"), (9.0, "9"), (1 / 9, "1/9"), (4.0, "4:"), (1.37, "")],
)
@pytest.mark.parametrize("leaf", ["W1", "b1", "W3", "b3"])
def test_constant_factor(leaf, factor, guess):
    report, wrong = judged(spoiled(**{leaf: factor * RIGHT[leaf]}))
    assert wrong == {leaf}
    (finding,) = report.findings
    assert (finding.leaf, finding.kind) == (leaf, "factor")
    assert abs(finding.ratio - factor) <= finding.ratio_error < 1e-5 * abs(factor)
    assert guess in finding.guess
    assert bool(guess) == bool(finding.guess)


@pytest.mark.parametrize("leaf", RIGHT)
def test_zero_leaf(leaf):
    report, wrong = judged(spoiled(**{leaf: np.zeros_like(RIGHT[leaf])}))
    assert wrong == {leaf}
    assert [finding.kind for finding in report.findings] == ["zero"]


def test_two_leaves_at_once():
    report, wrong = judged(spoiled(W2=2 * RIGHT["W2"], b1=4 * RIGHT["b1"]))
    assert wrong == {"W2", "b1"}
    assert {finding.leaf: round(finding.ratio, 6) for finding in report.findings} == {"W2": 2.0, "b1": 4.0}
    assert report.evaluations <= 130


@pytest.mark.parametrize("index", [(0, 0), (2, 3), (4, 5)])
def test_one_entry(index):
    claim = RIGHT["W1"].copy()
    claim[index] += 0.01
    report, wrong = judged(spoiled(W1=claim))
    assert wrong == {"W1"}
    (finding,) = report.findings
    assert (finding.kind, finding.index) == ("entry", index)
    assert abs(finding.measured - RIGHT["W1"][index]) <= finding.error


def test_a_row():
    claim = RIGHT["W1"].copy()
    claim[3] = 0.0
    report, wrong = judged(spoiled(W1=claim))
    assert wrong == {"W1"}
    assert "row 3" in report.findings[0].text or {f.index[0] for f in report.findings} == {3}


def wide():
    rng = np.random.default_rng(4)
    params = {"W": rng.normal(size=(30, 40)), "v": rng.normal(size=30)}
    x = rng.normal(size=40)

    def loss(p):
        return float(p["v"] @ np.tanh(p["W"] @ x / 6))

    def gradient(p):
        h = np.tanh(p["W"] @ x / 6)
        return {"W": np.outer(p["v"] * (1 - h**2), x / 6), "v": h}

    return loss, gradient(params), params


def test_rows_of_a_wide_leaf():
    loss, claim, params = wide()
    claim["W"][7:9] *= 3.0
    report, wrong = judged(claim, loss, params)
    assert wrong == {"W"}
    assert [finding.text for finding in report.findings] == [
        "wrong in rows 7 to 8: yours is 3.000000 x the measured gradient (all 80 entries)"
    ]


def test_scattered_entries():
    loss, claim, params = wide()
    places = {(2, 3), (11, 39), (29, 0)}
    for place in places:
        claim["W"][place] += 0.05
    report, wrong = judged(claim, loss, params)
    assert wrong == {"W"}
    assert "wrong in 3 entries: in each yours is 0.05 more than" in report.findings[0].text
    assert {finding.index for finding in report.findings[1:]} == places


def test_a_dense_error_is_recognised_and_not_enumerated():
    loss, claim, params = wide()
    claim["W"] = claim["W"] * np.random.default_rng(5).uniform(0.5, 0.9, claim["W"].shape)
    report, wrong = judged(claim, loss, params)
    assert wrong == {"W"}
    assert report.findings[0].kind == "dense"
    assert len(report.findings) <= 5
    assert all(abs(f.measured) > 0 and f.error < 1e-6 for f in report.findings[1:])


def test_a_missing_term():
    _, wrong = judged(spoiled(W2=RIGHT["W2"] + 0.01 * Network.params["W2"]))
    assert wrong == {"W2"}


def test_exchanged_leaves():
    rng = np.random.default_rng(0)
    params = {"a": rng.normal(size=4), "b": rng.normal(size=4), "c": rng.normal(size=4)}

    def loss(p):
        return float(np.sin(p["a"]).sum() + np.exp(p["b"]).sum() + (p["c"] ** 2).sum())

    _, wrong = judged({"a": np.exp(params["b"]), "b": np.cos(params["a"]), "c": 2 * params["c"]}, loss, params)
    assert wrong == {"a", "b"}


# claims that need no measurement


@pytest.mark.parametrize(
    ("changes", "leaf", "kind", "words"),
    [
        ({"b1": RIGHT["b1"].T}, "b1", "shape", "transposed"),
        ({"W1": RIGHT["W1"].ravel()}, "W1", "shape", "(30,)"),
        ({"W2": None}, "W2", "none", "None"),
        ({"W2": (1000 * RIGHT["W2"]).astype(int)}, "W2", "integer", "int64"),
        ({"W2": RIGHT["W2"] + 0j}, "W2", "complex", "complex"),
        ({"W2": np.where(np.eye(3, 5) > 0, np.nan, RIGHT["W2"])}, "W2", "non-finite", "NaN in 3 of 15"),
        ({"W2": np.where(np.eye(3, 5) > 0, np.inf, RIGHT["W2"])}, "W2", "non-finite", "infinite in 3"),
        ({"dW4": RIGHT["W3"]}, "dW4", "extra", "no such parameter"),
    ],
)
def test_structure(changes, leaf, kind, words):
    report, wrong = judged(spoiled(**changes))
    assert report.outcome is Outcome.WRONG
    (finding,) = report.findings
    assert (finding.leaf, finding.kind) == (leaf, kind)
    assert words in finding.text
    assert wrong == ({leaf} if leaf in RIGHT else set())


def test_a_missing_leaf_suggests_the_nearest_name():
    claim = {("dW2" if name == "W2" else name): g for name, g in RIGHT.items()}
    report, wrong = judged(claim)
    assert wrong == {"W2"}
    texts = {finding.kind: finding.text for finding in report.findings}
    assert "did you mean your dW2?" in texts["missing"]
    assert "did you mean W2?" in texts["extra"]


def test_nothing_fits():
    report, _ = judged({"x": np.ones(3)})
    assert report.outcome is Outcome.WRONG
    assert sum(finding.kind == "missing" for finding in report.findings) == 6


@pytest.mark.parametrize("step", [1e-7, 1e-8])
def test_a_difference_quotient_is_recognised(step):
    claim = {}
    for name, value in Network.params.items():
        g = np.zeros_like(value)
        for k in range(value.size):
            up, down = ({**Network.params, name: value.copy()} for _ in range(2))
            up[name].flat[k] += step
            down[name].flat[k] -= step
            g.flat[k] = (Network.loss(up) - Network.loss(down)) / (2 * step)
        claim[name] = g
    report, _ = judged(claim)
    assert report.outcome is Outcome.CONSISTENT
    assert any(f"finite difference with step {step:g}" in note for note in report.record.notes)


def test_a_gradient_rounded_to_single_precision_is_no_difference_quotient():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x, c = rng.normal(size=(2, seed % 12 + 1))
        claim = (np.exp(x) * c).astype(np.float32).astype(np.float64)
        report = check(lambda p, c=c: float(np.sum(np.exp(p) * c)), claim, x)
        assert not any("finite difference" in note for note in report.record.notes), seed


def test_an_exact_gradient_is_not_suspected():
    report, wrong = judged(RIGHT)
    assert report.outcome is Outcome.CONSISTENT
    assert wrong == set()
    assert report.findings == ()
    assert report.record.notes == ()


def test_three_hundred_leaves():
    rng = np.random.default_rng(1)
    params = [rng.normal(size=3) for _ in range(300)]
    claim = [np.cos(p) for p in params]
    claim[77] = 1.5 * claim[77]
    claim[201] = -claim[201]
    report, wrong = judged(claim, lambda tree: float(sum(np.sin(leaf).sum() for leaf in tree)), params)
    assert wrong == {"77", "201"}
    assert report.evaluations < 500
