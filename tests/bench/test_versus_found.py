"""What the first run of the benchmark found, each a case by its number: mended, and to stay so."""

from __future__ import annotations

import numpy as np
import pytest
from bench.versus.cases import case

import gradproof as gp
from gradproof import Outcome


def judged(number):
    found = case(number)
    return found, gp.check(found.loss, found.claim, found.params)


# Networks in single precision whose kinks lie closer than the steps that are used, and farther than those that show
# nothing beside rounding.
@pytest.mark.parametrize("number", [1138, 1648, 1888, 2478, 2620, 2838, 2958, 4568, 5620, 5858, 6360])
def test_right_gradients_beside_kinks_are_not_accused(number):
    found, report = judged(number)
    assert found.mistake is None
    assert found.dtype == "float32"
    assert report.outcome is not Outcome.WRONG, report


def test_a_kink_at_the_point_that_curvature_cancels_at_one_step():
    _, report = judged(624)
    assert report.outcome is Outcome.CONSISTENT, report


# Smooth, in single precision, some with noise far above that of rounding.
@pytest.mark.parametrize("number", [3, 323, 1231, 2175, 3827])
def test_wrong_ones_in_single_precision_are_still_caught(number):
    found, report = judged(number)
    assert found.dtype == "float32"
    assert {name for name, v in report.leaves.items() if v.outcome is Outcome.WRONG} == found.wrong, report


@pytest.mark.parametrize("number", [17, 185, 573])
def test_entries_beside_kinks_are_measured_on_their_side_of_them(number):
    found, report = judged(number)
    truth = found.truth(found.params)
    entries = [finding for finding in report.findings if finding.index is not None]
    assert entries
    for finding in entries:
        assert abs(finding.measured - truth[finding.leaf][finding.index]) <= finding.error
        claimed = found.claim(found.params)[finding.leaf][finding.index]
        assert not np.isclose(claimed, truth[finding.leaf][finding.index], rtol=1e-9, atol=0.0)
