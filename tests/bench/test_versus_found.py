"""What the first run of the benchmark found, each a case by its number: mended, and to stay so."""

from __future__ import annotations

import numpy as np
import pytest
from bench.versus.cases import case
from bench.versus.naming import FALSE, PLANTED, named

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


# Where next to nothing was measured any term fitted, with a coefficient near zero; one entry of many was taken for all.
@pytest.mark.parametrize("number", [177, 645, 953, 957, 1117, 2173, 2557, 2793, 4097, 5405, 5693, 5837])
def test_no_reason_is_given_where_the_measurement_shows_none(number):
    found, report = judged(number)
    assert report.outcome is Outcome.WRONG
    assert named(found, report) != FALSE, report


# A quick slope at a kink is the mean of two: a valid subgradient looked like one of the wrong entries.
@pytest.mark.parametrize("number", [2505, 4113, 5557, 6177])
def test_valid_subgradients_are_not_told_among_the_wrong_entries(number):
    found, report = judged(number)
    kinks = found.base.kinks(found.params)["x"]
    told = [f.index for f in report.findings if f.kind == "entry"]
    assert told or any(f.block for f in report.findings)
    assert not any(kinks[index] for index in told), report


# Bars as wide as those of single precision name a mistake too, along more directions.
@pytest.mark.parametrize("number", [3, 43, 83, 403, 903, 1211, 1783, 2291, 2603, 6223])
def test_mistakes_are_named_in_single_precision_and_where_they_are_small(number):
    found, report = judged(number)
    assert named(found, report) == PLANTED, report


@pytest.mark.parametrize("number", [1369, 5591, 6751])
def test_a_triangle_or_diagonal_of_one_entry_is_that_entry(number):
    found, report = judged(number)
    assert found.mistake.kind == "entry"
    assert [f.index for f in report.findings] == [found.mistake.facts["index"]], report
