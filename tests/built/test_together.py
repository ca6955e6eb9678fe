"""Several reports as one page, one file, and in a notebook: terms, points, functions with identities."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import gradproof as gp
from gradproof.group import Identity
from gradproof.reports.several import loads_several

P = {"w": np.array([0.3, -1.2, 0.8])}
RIGHT = (lambda q: float((q["w"] ** 2).sum()), lambda q: {"w": 2.0 * q["w"]})
WRONG = (lambda q: float(np.sin(q["w"]).sum()), lambda q: {"w": np.sin(q["w"])})


@pytest.fixture(scope="module")
def terms():
    return gp.check_terms({"data": RIGHT, "<script>": WRONG}, P)


def test_a_group_is_one_page(terms, tmp_path):
    terms.save(tmp_path / "all.html")
    text = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "Wrong: 2 of 3 gradients</h1>" in text
    assert "<script>document" not in text
    assert "&lt;script&gt;" in text
    assert "src=" not in text


def test_a_group_is_one_file_that_can_be_explained(terms, tmp_path):
    terms.save(tmp_path / "all.json")
    found = loads_several((tmp_path / "all.json").read_bytes())
    assert [(name, record.outcome) for name, record in found] == [
        (name, report.outcome) for name, report in terms.reports.items()
    ]


def test_a_notebook_shows_all_and_the_worst(terms):
    text = terms._repr_html_()
    assert "Wrong: 2 of 3 gradients" in text
    assert text.count("The error against the step") >= 2
    assert "<script>" not in text


def test_points_have_the_same():
    found = gp.check_points(gp.Problem(*RIGHT, P), 3)
    assert "Consistent: all 4 gradients" in found.to_html()
    assert "Consistent: all 4 gradients" in found._repr_html_()


def test_an_identity_that_fails_is_told_where_all_gradients_are_right(terms):
    right = {"data": terms.reports["data"]}
    group = dataclasses.replace(terms, reports=right, identities=(Identity("<b>vjp and jvp", 1.0, 2.0, 1.0, 1e-6),))
    assert group.outcome is gp.Outcome.WRONG
    for text in (group.to_html(), group._repr_html_()):
        assert "Wrong: not a gradient, but what must hold besides" in text
        assert "&lt;b&gt;vjp and jvp: does not hold: 1 and 2" in text
