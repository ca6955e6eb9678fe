"""Findings as equations: the sentences of the diagnosis, and what each of them says of the derivative."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import check
from gradproof.guess import Guess, Prediction
from gradproof.model import Finding
from gradproof.probing.why import sentence
from gradproof.reports.formulas import formulas

# A hypothesis in words and in relation to yours, its coefficient, and the equation.
SAID = [
    ("besides", "W", 0.25, "∂loss/∂W = yours + 0.25 * W"),
    ("besides", "W", -0.01, "∂loss/∂W = yours − 0.01 * W"),
    ("besides", "1 in every entry", -0.25, "∂loss/∂W = yours − 0.25"),
    ("besides", "your gradient for V", -1.0, "∂loss/∂W = yours − your gradient for V"),
    ("part", "the diagonal", -0.5, "yours = 2 · ∂loss/∂W for the diagonal, and ∂loss/∂W elsewhere"),
    ("is", "cos(t)", 1.0, "∂loss/∂W = cos(t)"),
    ("is", "z", 2.0, "∂loss/∂W = 2 * z"),
    ("lacks", "cos(s)", 1.0, "∂loss/∂W = cos(s) · yours"),
    ("lacks", "h", 3.0, "∂loss/∂W = 3 · h · yours"),
    ("exceeds", "h * k", 1.0, "∂loss/∂W = yours / (h * k)"),
    ("exceeds", "h", 3.0, "∂loss/∂W = 3 · yours / (h)"),
    ("instead", "transposed", 1.0, "yours = (∂loss/∂W)ᵀ"),
    ("instead", "transposed", 2.0, "yours = 0.5 · (∂loss/∂W)ᵀ"),
    ("instead", "the conjugate of the measured gradient (dL/dx)", 1.0, "yours = conj(∂loss/∂W)"),
    ("instead", "flipped along axis 0", 1.0, "yours = ∂loss/∂W, flipped along axis 0"),
    ("instead", "shifted by +1 along axis 0", 0.5, "yours = 2 · ∂loss/∂W, shifted by +1 along axis 0"),
]


@pytest.mark.parametrize(("relation", "words", "coefficient", "equation"), SAID)
def test_each_relation_is_an_equation(relation, words, coefficient, equation):
    text = sentence(Prediction(Guess("term", words, relation), (), ()), coefficient, 1e-12)
    assert formulas(Finding("W", "term", text), (3, 3)) == (equation,)


def test_hypotheses_that_fit_alike_are_equations_each():
    found = formulas(Finding("W", "term", "yours lacks W; or yours is transposed"), (3, 3))
    assert found == ("∂loss/∂W = yours + W", "yours = (∂loss/∂W)ᵀ")


def test_a_factor_is_written_for_the_block_that_it_holds_in():
    finding = Finding("W", "slice", "wrong in row 2", (2, 1), ((2, 3), (0, 4)), 1.0, 2.0, 1e-9, 0.5, 1e-7)
    assert formulas(finding, (3, 4)) == ("yours[2, :] = 0.50000000(10) · ∂loss/∂W[2, :]",)
    zero = Finding("W", "zero", "yours is zero everywhere; the measured gradient is not", ratio=0.0)
    assert formulas(zero, (3, 4)) == ("yours = 0,  ∂loss/∂W is not",)


def test_an_entry_is_two_numbers():
    finding = Finding("W", "entry", "this entry is wrong", (2, 1), None, -0.0, 2.0, 1e-3, -0.0)
    assert formulas(finding, (3, 4)) == ("∂loss/∂W[2, 1] = 2.0000(10),  yours = 0",)


def test_at_a_kink_the_derivative_is_an_interval():
    report = check(lambda w: float(np.abs(w).sum()), np.array([2.0, 1.0, -1.0]), np.array([0.0, 1.5, -2.0]))
    (finding,) = report.findings
    assert formulas(finding, (3,)) == ("∂loss/∂params[0] ∈ [-1, 1],  yours = 2",)
    assert "one-sided slopes -1 and 1: yours 2, their mean 0 +- " in " ".join(str(report).split())


def test_at_a_kink_of_one_number_zero_is_not_called_the_gradient():
    report = check(lambda w: float(np.abs(w)), np.array(2.0), np.array(0.0))
    assert "one-sided slopes -1 and 1" in str(report)
    assert "the measured gradient is zero" not in str(report)


@pytest.mark.parametrize("kind", ["dense", "multiples", "shape", "mutation", "replay"])
def test_what_is_no_equation_is_none(kind):
    assert formulas(Finding("W", kind, "yours lacks whole contributions, differently by entry"), (3,)) == ()


def test_the_findings_of_a_check_are_equations():
    rng = np.random.default_rng(0)
    p = {"W": rng.normal(size=(4, 4)), "V": rng.normal(size=(4, 4))}
    mix = rng.normal(size=(4, 4))
    claim = {"W": (np.cos(p["W"]) * mix).T, "V": -np.sin(p["V"]) * mix + 0.01 * p["V"]}
    report = check(lambda q: float(((np.sin(q["W"]) + np.cos(q["V"])) * mix).sum()), claim, p)
    said = {finding.leaf: formulas(finding, (4, 4)) for finding in report.findings}
    assert said == {"W": ("yours = (∂loss/∂W)ᵀ",), "V": ("∂loss/∂V = yours − 0.01 * V",)}
    assert all(equation in report.to_html() for equations in said.values() for equation in equations)
