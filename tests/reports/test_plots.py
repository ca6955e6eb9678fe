"""Figures of matplotlib: the same pictures as on the page, of every kind of report, and clear errors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gradproof import Report, check
from gradproof.errors import InputError
from gradproof.model import Outcome
from tests.reports.pages import HOSTILE, empty, failing, kinked, many, named
from tests.reports.test_record import REPORTS

pytest.importorskip("matplotlib")


def titles(figure):
    return [axes.get_title() for axes in figure.axes]


def words(figure):
    legends = [axes.get_legend() for axes in figure.axes]
    return " ".join(text.get_text() for legend in legends if legend is not None for text in legend.get_texts())


def drawn_or_refused(report, leaf):
    try:
        figure = report.plot(leaf)
    except InputError as error:
        return "Nothing was measured" in error.message
    return figure._repr_png_().startswith(b"\x89PNG")


def test_a_wrong_leaf_shows_where_and_how():
    figure = failing().plot()
    assert {"Slope against the step", "Error against the step", "Taylor remainder against the step"} <= set(
        titles(figure)
    )
    assert "order 1.0" in words(figure)
    assert all(axes.get_xlabel() for axes in figure.axes)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_wrong_row_is_drawn_where_it_is():
    x = np.random.default_rng(0).normal(size=(8, 6))
    claim = np.cos(x)
    claim[5] = 0.0
    # No formula of x alone tells this one.
    weights = np.random.default_rng(1).normal(size=(8, 6))
    figure = check(lambda p: float(np.sum(weights * np.sin(p["x"]))), {"x": weights * claim}, {"x": x}).plot()
    where = next(axes for axes in figure.axes if axes.get_title() == "Where the error is")
    shown = where.get_images()[0].get_array()
    assert shown.shape == (8, 6)
    assert all(shown[5] != shown[0, 0])
    assert len(set(shown[[0, 1, 2, 3, 4, 6, 7]].ravel())) == 1


def test_a_right_leaf_with_its_whole_curve():
    x = np.linspace(0.3, 1.2, 6)
    report = check(lambda p: float(np.sum(np.sin(p["x"]))), {"x": np.cos(x)}, {"x": x})
    assert "The whole curve" not in titles(report.plot())
    traced = report.with_curves()
    assert traced.outcome is Outcome.CONSISTENT
    assert traced.record.evaluations == report.record.evaluations
    (whole,) = [axes for axes in traced.plot("x").axes if axes.get_title() == "The whole curve"]
    errors = dict(zip(*whole.get_lines()[0].get_data(), strict=True))
    # Two-sided, near the best step against the step of a check by hand: the page's whole point.
    assert min(errors.values()) < 0.1 * errors[1e-07] < 1e-6
    assert "order 1.99" in words(traced.plot("x"))


@pytest.mark.parametrize("make", [kinked, lambda: REPORTS["right"], lambda: Report(many(30, Outcome.WRONG, 5000))])
def test_every_kind_of_report_is_drawn_or_refused_clearly(make):
    report = make()
    for verdict in report.record.verdicts[:4]:
        assert drawn_or_refused(report, verdict.leaf)


def test_hostile_names_are_only_text():
    report = Report(named(HOSTILE))
    assert all(drawn_or_refused(report, verdict.leaf) for verdict in report.record.verdicts)


def test_bad_calls_are_told():
    with pytest.raises(InputError, match="no such leaf"):
        failing().plot("none of this name")
    with pytest.raises(InputError, match="no leaves"):
        Report(empty()).plot()


def test_what_is_missing_says_what_to_install():
    code = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
import numpy as np, gradproof
report = gradproof.check(lambda p: float(p["x"] ** 2), {"x": 6.0}, {"x": 3.0})
report.plot()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "gradproof[plots]"' in done.stderr.splitlines()[-1]
