"""The noise of a function, against the noise that was put in; extrapolation, against exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from gradproof.numerics.ladder import Level, extrapolate
from gradproof.numerics.noise import deviation, first_spacing, measure_noise
from gradproof.numerics.samples import Samples

# Differences.


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e9])
def test_the_deviation_of_normal_noise_is_found_within_a_factor(size):
    rng = np.random.default_rng(1)
    ratios = [deviation(list(size * rng.normal(size=9))) / size for _ in range(300)]
    assert 0.7 < np.median(ratios) < 2.0
    assert np.mean([0.25 < ratio < 4.0 for ratio in ratios]) > 0.98


def test_a_smooth_part_adds_nothing_to_the_deviation():
    rng = np.random.default_rng(2)
    noise = 1e-9 * rng.normal(size=9)
    smooth = 3.0 + 1e-6 * np.arange(9) + 1e-8 * np.arange(9) ** 2
    assert deviation(list(smooth + noise)) == pytest.approx(deviation(list(noise)), rel=1.0)
    assert deviation(list(smooth)) < 1e-14


@pytest.mark.parametrize("factor", [2.0, 0.5, -4.0, 2.0**-30, 2.0**30])
def test_the_deviation_has_the_unit_of_the_values(factor):
    table = list(np.random.default_rng(3).normal(size=9))
    assert deviation([factor * value for value in table]) == pytest.approx(abs(factor) * deviation(table), rel=1e-14)
    assert deviation([value + 2.0 for value in table]) == pytest.approx(deviation(table), rel=1e-12)


def test_equal_values_have_no_deviation():
    assert deviation([2.5] * 9) == 0.0


# The noise of one value.


def noisy(phi, size, seed=0):
    rng = np.random.default_rng(seed)
    return Samples(lambda t: phi(t) + size * rng.normal(), center=phi(0.0))


@pytest.mark.parametrize("size", [1e-13, 1e-8, 1e-3])
def test_the_bar_of_a_value_is_some_deviations_wide(size):
    found = [measure_noise(noisy(math.exp, size, seed)) / size for seed in range(100)]
    assert min(found) > 0.7
    assert 4.0 < np.median(found) < 10.0
    assert max(found) < 40.0


@pytest.mark.parametrize("phi", [math.exp, math.cos, lambda t: 3.0 * t - 1.0, lambda t: (t + 1.3) ** 3])
def test_an_exact_function_has_the_noise_of_rounding_and_costs_few_values(phi):
    samples = Samples(phi, center=phi(0.0))
    noise = measure_noise(samples)
    assert 2.0**-54 * abs(phi(0.0)) <= noise <= 20.0 * 2.0**-53 * max(abs(phi(0.0)), 1e-3)
    assert samples.evaluations <= 10


@pytest.mark.parametrize("value", [0.0, 2.5, -1e12])
def test_a_constant_has_the_noise_of_its_last_digit(value):
    samples = Samples(lambda t: value, center=value)
    assert measure_noise(samples) == samples.floor(abs(value))


@pytest.mark.parametrize("grid", [2.0**-10, 2.0**-20, 1e-5])
def test_values_on_a_grid_have_half_of_it_at_least(grid):
    samples = Samples(lambda t: grid * round((0.3 + math.sin(3.0 * t)) / grid), center=grid * round(0.3 / grid))
    assert 0.5 * grid * (1 - 1e-9) <= measure_noise(samples) <= 20.0 * grid


def test_values_whose_digits_end_early_were_rounded_there():
    # The differences are exact and show no noise; the last bit of every value is 2**-10.
    samples = Samples(lambda t: 2.0**50 * t + 2.0**-10, center=2.0**-10)
    assert measure_noise(samples) == 2.0**-11


@pytest.mark.parametrize("reach", [(0.0, math.inf), (-math.inf, 0.0), (0.0, 1e-3), (-1e-3, 0.0), (-1e-9, 1.0)])
def test_nothing_is_asked_for_beyond_reach(reach):
    asked = []

    def phi(t):
        asked.append(t)
        return math.exp(t)

    noise = measure_noise(Samples(phi, center=1.0), reach)
    assert 2.0**-54 <= noise < 1e-14
    assert len(set(asked)) >= 8
    assert reach[0] <= min(asked)
    assert max(asked) <= reach[1]


def test_both_sides_are_used_where_there_is_room():
    asked = []
    measure_noise(Samples(lambda t: asked.append(t) or math.exp(t), center=1.0), (-1.0, 1.0))
    assert sorted(asked) == [-t for t in sorted(asked, reverse=True)]
    assert max(asked) == 4 * 2.0 ** first_spacing(2.0**-53)


def test_where_a_table_is_not_finite_only_rounding_is_known():
    samples = Samples(lambda t: 1.0 if t <= 0.0 else math.inf, center=1.0)
    assert measure_noise(samples) == samples.floor(1.0)


# Extrapolation.


def quotients(steps, power, coefficients, noise=0.0):
    return [Level(h, float(sum(Fraction(c) * Fraction(h) ** (power * k) for k, c in enumerate(coefficients))), noise)
            for h in steps]  # fmt: skip


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("ratio", [2.0, 4.0])
@pytest.mark.parametrize("count", [3, 4, 5])
def test_extrapolation_is_exact_where_the_bias_has_as_many_terms_as_there_are_levels_less_two(power, ratio, count):
    steps = [0.5 * ratio**-k for k in range(count)]
    found = extrapolate(quotients(steps, power, [3.0, -2.0, 5.0, 0.25][: count - 1]), power)
    assert found.value == pytest.approx(3.0, abs=1e-13)
    assert found.error < 1.0
    found = extrapolate(quotients(steps, power, [3.0]), power)
    assert (found.value, found.error) == (3.0, 0.0)


def test_a_single_level_has_no_bar():
    found = extrapolate([Level(0.5, 7.0, 1e-9)], 2)
    assert (found.value, found.error, found.last) == (7.0, math.inf, 0)


def test_noise_is_carried_through_a_column_in_absolute_value():
    # Central, ratio 4: value = fine + (fine - coarse) / 15, noise = (1 + 1/15) fine + 1/15 coarse.
    levels = quotients([1.0, 0.25, 0.0625], 2, [3.0, 1.0], noise=1e-6)
    found = extrapolate(levels, 2)
    assert abs(found.value - 3.0) <= 1e-15
    assert found.error == pytest.approx(1e-6 * (1 + 2 / 15), rel=0.15)


@pytest.mark.parametrize("seed", range(20))
def test_the_bar_holds_the_truth_for_any_noise_within_its_bounds(seed):
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.uniform(-12, -4)
    steps = [0.5 * 4.0**-k for k in range(7)]
    exact = quotients(steps, 2, [2.0, *rng.normal(size=4).tolist()])
    blurred = [Level(h, q + size / h * rng.uniform(-1, 1), size / h) for h, q, _ in exact]
    found = extrapolate(blurred, 2)
    assert abs(found.value - 2.0) <= found.error
    assert found.error < 0.1
    assert 0 <= found.first <= found.last < len(steps)


def test_levels_that_noise_drowns_are_left_out():
    levels = [*quotients([1.0, 0.25, 0.0625], 2, [3.0, 1.0], noise=1e-9), Level(1e-9, 500.0, 1e3)]
    found = extrapolate(levels, 2)
    assert abs(found.value - 3.0) <= found.error < 1e-7
    assert found.last == 2
