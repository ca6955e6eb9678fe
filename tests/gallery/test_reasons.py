"""Reasons on fresh backward passes: what is told is so, and what is conspicuous is told."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof import Outcome

rng = np.random.default_rng(16)
X = rng.normal(size=(20, 4))
GAUSS = {"L": np.tril(0.4 * rng.normal(size=(4, 4))), "mu": rng.normal(size=4)}


def factor(p):
    return np.tril(p["L"], -1) + np.diag(np.exp(np.diag(p["L"])))


def gauss(p):
    """The negative log density of a Gaussian by its Cholesky factor, the diagonal by logarithms."""
    z = np.linalg.solve(factor(p), (X - p["mu"]).T)
    return float(0.5 * np.sum(z * z) + len(X) * np.trace(p["L"]))


def gauss_gradient(p, mistake=""):
    z = np.linalg.solve(factor(p), (X - p["mu"]).T)
    w = np.linalg.solve(factor(p).T, z)
    d = -w @ z.T
    inner = 1.0 if mistake == "exp" else np.exp(np.diag(p["L"]))
    logarithm = 0.0 if mistake == "log det" else 20.0
    return {"L": np.tril(d, -1) + np.diag(np.diag(d) * inner + logarithm), "mu": -w.sum(1)}


def told(loss, claim, params):
    report = gp.check(loss, claim, params)
    return report, report.findings[0]


def test_a_right_pass_is_right():
    assert gp.check(gauss, gauss_gradient, GAUSS).outcome is Outcome.CONSISTENT


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("log det", "wrong on the diagonal: in each yours is 20 less than the measured gradient"),
        ("exp", "wrong on the diagonal"),
    ],
)
def test_a_diagonal_is_named(mistake, words):
    report, first = told(gauss, lambda p: gauss_gradient(p, mistake), GAUSS)
    assert first.text == words
    assert [f.index for f in report.findings[1:]] == [(i, i) for i in range(4)]


V = rng.normal(size=(6, 5))
U = rng.normal(size=(6, 5))


def weighed(p):
    return float(np.vdot(U, np.sin(p["V"])))


def weighed_gradient(p):
    return U * np.cos(p["V"])


@pytest.mark.parametrize(
    ("change", "words", "guess"),
    [
        (lambda g, some: np.where(some, 3 * g, g), "in each yours is 3 x the measured gradient", "3: "),
        (lambda g, some: np.where(some, g - 0.7, g), "in each yours is 0.7 less than", ""),
    ],
)
def test_what_scattered_entries_have_in_common_is_told(change, words, guess):
    some = np.zeros((6, 5), dtype=bool)
    some.flat[[3, 11, 17, 26]] = True
    report, first = told(weighed, {"V": change(weighed_gradient({"V": V}), some)}, {"V": V})
    assert first.text.startswith("wrong in 4 entries: ")
    assert words in first.text
    assert first.guess.startswith(guess)
    assert {f.index for f in report.findings[1:]} == {tuple(map(int, place)) for place in np.argwhere(some)}


def test_an_absolute_value_is_conspicuous():
    report, _ = told(weighed, {"V": np.abs(weighed_gradient({"V": V}))}, {"V": V})
    assert "yours is nowhere negative: an absolute value?" in str(report).replace("\n      ", " ")


def test_a_sum_in_every_entry_of_a_short_leaf_is_told():
    def loss(p):
        return float(np.sum(np.sin(p["l"]) * np.arange(1.0, 4.0)))

    point = {"l": np.array([0.1, 0.4, -0.2])}
    g = np.cos(point["l"]) * np.arange(1.0, 4.0)
    _, first = told(loss, {"l": np.full(3, g.sum())}, point)
    assert first.text == "wrong in 3 entries: all entries of yours are equal: each is the sum over all of them"
    _, first = told(loss, {"l": np.full(3, g.mean())}, point)
    assert first.text == "wrong in 3 entries: all entries of yours are equal"


def test_round_numbers_are_not_said_to_be_of_a_shorter_format():
    target = np.array([0.25, 1.0, -1.5, 3.0, 0.5, 2.0, -3.25, 0.75])

    def loss(p):
        return float(np.sum((p["m"] - target) ** 2))

    m = np.zeros(8)
    _, first = told(loss, {"m": np.clip(2 * (m - target), -1.5, 1.5)}, {"m": m})
    assert "rounded" not in first.guess + first.text
    halves = np.float16(2 * (m - target) * np.linspace(0.77, 1.4, 8)).astype(float)
    _, first = told(loss, {"m": halves}, {"m": m})
    assert first.guess == "every entry of yours was rounded to float16"


def test_a_quotient_of_two_named_arrays_is_a_factor():
    h, k = rng.uniform(0.5, 2.0, size=(2, 6, 5))

    def loss(p):
        return float(np.vdot(U * h / k, np.sin(p["V"])))

    claim = {"V": U * np.cos(V)}
    report = gp.check(gp.Problem(loss, claim, {"V": V}, context={"h": h, "k": k}))
    assert report.findings[0].text == "yours lacks the factor h / k"


def test_where_one_entry_tells_nothing_is_said_of_the_rest():
    """The claim of the first entry hides all others: neither "zero" nor a factor of all can be known."""
    scale = np.array([1e8, 1.0, 2.0, 0.5, 3.0, 1.5])

    def loss(p):
        return float(np.sum(np.sin(p["x"] / scale)))

    x = 0.3 * scale
    g = np.cos(0.3) / scale
    for changed in (1.0, 1e9):
        claim = g.copy()
        claim[0] *= 1.0 + changed
        report, _ = told(loss, {"x": claim}, {"x": x})
        assert [f.index for f in report.findings] == [(0,)], report


def test_a_kink_is_no_wrong_entry_beside_one_that_is():
    x = np.array([0.0, 0.7, 0.0, -0.4, 1.2, 0.0, -0.9, 0.3, 0.5, 0.8])

    def loss(p):
        return float(np.sum(np.maximum(p["x"], 0.0) + np.sin(p["x"] + 1.0)))

    claim = (x > 0.0) + np.cos(x + 1.0)
    claim[7] *= 1.3
    report, _ = told(loss, {"x": claim}, {"x": x})
    assert [f.index for f in report.findings] == [(7,)], report
    assert report.evaluations < 300


def test_an_error_without_a_reason_is_given_none_however_small_the_leaf():
    """Among two to four entries in single precision much fits by chance."""
    for seed in range(150):
        draws = np.random.default_rng(seed)
        a, x, y = draws.normal(size=(3, int(draws.integers(2, 5)))).astype(np.float32)

        def loss(p, a=a):
            return np.sum(a * np.tanh(p["x"]) * p["y"])

        g = a * (1 - np.tanh(x) ** 2) * y
        off = 10 ** draws.uniform(-2.0, 0.0) * np.sqrt(np.mean(g**2)) * draws.normal(size=g.shape)
        claim = {"x": (g + off).astype(np.float32), "y": a * np.tanh(x)}
        report = gp.check(loss, claim, {"x": x, "y": y})
        assert {f.kind for f in report.findings} <= {"entry", "dense", "pattern"}, (seed, report)
