"""What the bars of levels hold besides noise: rounding of narrow parameters, and the bias that a step back leaves."""

from __future__ import annotations

import pytest

from gradproof.numerics.ladder import Level, extrapolate
from gradproof.numerics.samples import Samples
from gradproof.numerics.stencil import CENTRAL


def test_a_level_holds_what_rounding_adds():
    samples = Samples(lambda t: 3.0 * t, center=0.0, rounding=(1e-3, 0.0, 0.0))
    assert CENTRAL.level(samples, 0.5, 0.0).noise < 1e-14
    samples = Samples(lambda t: 3.0 * t, center=0.0, rounding=(1e-3, 0.0, 1e-6))
    assert CENTRAL.level(samples, 0.5, 0.0).noise == pytest.approx(2e-3)
    samples = Samples(lambda t: 3.0 * t, center=0.0, rounding=(0.0, 1e-2, 1e-6))
    assert CENTRAL.level(samples, 0.5, 0.0).noise == pytest.approx(1e-2)
    # Where the claim says nothing, the slope that the values show does: 3 per step of 1e-2.
    samples = Samples(lambda t: 3.0 * t, center=0.0, rounding=(0.0, 0.0, 1e-2))
    assert CENTRAL.level(samples, 0.5, 0.0).noise == pytest.approx(6e-2)


def test_the_bias_that_a_short_step_back_leaves_is_in_the_bar():
    # Measured along a direction whose slope is -3.894: noise hides how the quotients go on.
    levels = [Level(0.5, -4.9344, 0.27), Level(0.25, -4.4091, 0.37), Level(0.0625, -4.1055, 1.0)]
    found = extrapolate(levels, 2)
    assert abs(found.value + 3.894) <= found.error


def test_a_long_step_back_adds_nothing():
    levels = [Level(1.0, 2.2, 0.1), Level(0.25, 2.1, 0.1), Level(0.0625, 2.1, 0.4)]
    assert extrapolate(levels, 2).error == pytest.approx(0.1)
