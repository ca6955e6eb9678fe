"""The error bars keep their promise: a sample of ``bench/calibration.py`` with a fixed seed."""

from __future__ import annotations

import collections

import pytest

from .cases import ARITHMETICS, Draw, draws
from .score import Outcome, measure, score

DRAWS = 160
SEED = 11


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome for arithmetic in ARITHMETICS for outcome in measure(draws(arithmetic, DRAWS, SEED))]


def test_the_truth_lies_inside_the_bars(outcomes):
    # 99.9 % of 1,280 draws leave 1.3 outside; four is beyond chance (probability 4 %), and none may be far out.
    outside = [outcome for outcome in outcomes if outcome.excess > 1.0]
    assert len(outside) <= 4, outside
    assert all(outcome.excess < 5.0 for outcome in outside), outside


def test_bars_are_finite(outcomes):
    assert score(outcomes).infinite <= 0.01


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_bars_are_not_wasteful(outcomes, arithmetic):
    found = score([outcome for outcome in outcomes if outcome.draw.arithmetic == arithmetic])
    assert found.ratio <= 30.0


def test_every_class_is_drawn(outcomes):
    families = collections.Counter(outcome.draw.case.family for outcome in outcomes)
    assert set(families) == {"elementary", "composed", "network", "fast", "offset", "minimum", "flat", "scales"}


def test_a_bar_that_lies_is_caught(outcomes):
    """The test of the test: bars a hundred times too narrow do not pass."""
    lying = sum(o.true_error > 0.01 * o.estimate.error + o.allowance for o in outcomes)
    assert lying > 0.2 * len(outcomes)


def test_truth_is_not_a_difference_quotient():
    draw = next(draws("float64", 1, SEED))
    assert isinstance(draw, Draw)
    assert draw.truth == pytest.approx(draw.phi(draw.at), rel=1e-15)  # exp is its own derivative
