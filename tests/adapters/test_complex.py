"""Complex parameters: judged in both conventions, conjugates named, real claims seen to lack half of it."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError

RNG = np.random.default_rng(0)


def complex_normal(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


A, X, Y = complex_normal(4, 3), complex_normal(3), RNG.normal(size=4)
POINT = {"A": A, "x": X, "b": np.array([1.0, 2.0])}


def loss(p):
    return float(np.sum(np.abs(p["A"] @ p["x"] - Y) ** 2) + np.sum(p["b"] ** 2))


def gradient(p):
    r = p["A"] @ p["x"] - Y
    return {"A": 2 * np.outer(r, p["x"].conj()), "x": 2 * p["A"].conj().T @ r, "b": 2 * p["b"]}


def conjugated(p):
    return {name: g.conj() for name, g in gradient(p).items()}


@pytest.mark.parametrize("claim", [gradient, gradient(POINT), lambda p: (loss(p), gradient(p))])
def test_right_gradients_pass(claim):
    report = gp.check(loss, claim, POINT)
    assert report.outcome is gp.Outcome.CONSISTENT
    assert any("pairs" in note for note in report.record.notes)


def test_both_conventions_are_known():
    assert gp.check(gp.Problem(loss, conjugated, POINT, convention="re-im")).outcome is gp.Outcome.CONSISTENT
    assert gp.check(gp.Problem(loss, gradient, POINT, convention="re-im")).outcome is gp.Outcome.WRONG


def test_unknown_conventions_are_refused():
    with pytest.raises(InputError, match="convention"):
        gp.check(gp.Problem(loss, gradient, POINT, convention="wirtinger"))


def said(report, leaf):
    return " ".join(finding.text for finding in report.findings if finding.leaf == leaf)


@pytest.mark.parametrize("leaf", ["A", "x"])
@pytest.mark.parametrize(
    ("change", "word"),
    [
        (np.conj, "conjugate of the measured gradient"),
        (lambda g: 2.0 * g, "2.000000 x"),
        (lambda g: 1j * g, "multiplied by i"),
        (lambda g: g.real, "zero"),
    ],
)
def test_mistakes_are_named(leaf, change, word):
    report = gp.check(loss, {**gradient(POINT), leaf: change(gradient(POINT)[leaf])}, POINT)
    assert report.leaves[leaf].outcome is gp.Outcome.WRONG
    assert report.leaves["b"].outcome is gp.Outcome.CONSISTENT
    assert word in said(report, leaf)


def test_the_conjugate_transpose_is_named():
    M = complex_normal(4, 4)

    def objective(p):
        return float(np.sum(np.abs(p["M"] @ M - M) ** 2))

    right = 2 * (M @ M - M) @ M.conj().T
    assert gp.check(objective, {"M": right}, {"M": M}).outcome is gp.Outcome.CONSISTENT
    assert "conjugate transpose" in said(gp.check(objective, {"M": right.conj().T}, {"M": M}), "M")


def test_one_entry_is_found():
    M = complex_normal(40, 30)
    right = 4 * np.abs(M) ** 2 * M
    wrong = right.copy()
    wrong[7, 9] += 0.3j * abs(wrong[7, 9])
    report = gp.check(lambda p: float(np.sum(np.abs(p["M"]) ** 4)), {"M": wrong}, {"M": M})
    assert report.findings[0].index is not None
    assert report.findings[0].index[:2] == (7, 9)


@pytest.mark.parametrize("kind", [complex, np.complex64, np.complex128])
def test_numbers_keep_their_type(kind):
    seen = set()

    def objective(p):
        seen.add(type(p["z"]))
        return abs(p["z"]) ** 2

    assert gp.check(objective, {"z": kind(2.0 * (1.0 + 2.0j))}, {"z": kind(1.0 + 2.0j)}).outcome == "consistent"
    assert seen == {kind}


def test_single_precision_is_judged_as_such():
    z = complex_normal(200).astype(np.complex64)
    exact = 4 * np.abs(z.astype(complex)) ** 2 * z
    report = gp.check(lambda p: float(np.sum(np.abs(p["z"].astype(complex)) ** 4)), {"z": exact.astype("c8")}, {"z": z})
    assert report.outcome is gp.Outcome.CONSISTENT


def test_the_input_is_untouched_and_views_are_allowed():
    z = complex_normal(6, 4)
    before = z.copy()
    report = gp.check(lambda p: float(np.sum(np.abs(p["z"]) ** 2)), {"z": 2 * z[::2, ::-1]}, {"z": z[::2, ::-1]})
    assert report.outcome is gp.Outcome.CONSISTENT
    assert np.array_equal(z, before)


def test_a_complex_claim_for_a_real_parameter_is_a_finding():
    report = gp.check(loss, {**gradient(POINT), "b": 2 * POINT["b"] + 0j}, POINT)
    assert [finding.kind for finding in report.findings] == ["complex"]


def test_a_complex_objective_is_refused():
    with pytest.raises(gp.GradproofError, match="not real"):
        gp.check(lambda p: np.sum(p["z"] ** 2), {"z": 2 * X}, {"z": X})
