"""The public derivative: kinks, jumps, edges, quantised and constant functions, references."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradproof import Reason, derivative
from gradproof.errors import InputError, ObjectiveError
from gradproof.numerics.ladder import Level, extrapolate
from gradproof.numerics.noise import deviation
from gradproof.numerics.reference import complex_step


def off(estimate, truth):
    """How many bars the truth is away."""
    return abs(estimate.value - truth) / (estimate.error + 2 * math.ulp(truth))


def test_exp():
    found = derivative(math.exp, at=1.0)
    assert off(found, math.e) <= 1
    assert found.error < 1e-11
    assert found.evaluations <= 40
    assert found.method == "central"
    assert found.reason is None


@pytest.mark.parametrize(
    ("phi", "left", "right"), [(abs, -1, 1), (lambda x: max(x, 0.0), 0, 1), (lambda x: min(3 * x, x), 3, 1)]
)
def test_kink_at_the_point(phi, left, right):
    found = derivative(phi, at=0.0)
    assert found.reason is Reason.KINK
    assert found.left.value == pytest.approx(left, abs=1e-6)
    assert found.right.value == pytest.approx(right, abs=1e-6)
    assert off(found, 0.5 * (left + right)) <= 1


def test_a_kink_elsewhere_than_zero():
    found = derivative(lambda x: abs(x - 0.3), at=0.3)
    assert found.reason is Reason.KINK


@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-6, 1e-9])
def test_kink_near_the_point(distance):
    found = derivative(lambda x: abs(x - distance) + 0.5 * math.sin(x), at=0.0)
    assert found.reason is None
    assert off(found, -0.5) <= 1


def test_smooth_functions_have_no_kink():
    for phi, at in ((math.sin, 0.0), (math.cosh, 0.0), (lambda x: x**4, 0.0), (lambda x: math.exp(40 * x), 0.1)):
        assert derivative(phi, at=at).reason is None


@pytest.mark.parametrize("distance", [1e-2, 1e-6, 1e-12])
def test_near_an_edge_of_the_domain(distance):
    def phi(x):
        return math.log(x) if x > 0 else math.nan

    found = derivative(lambda x: phi(1.0 - x), at=1.0 - distance)
    assert off(found, -1.0 / (1.0 - (1.0 - distance))) <= 1
    assert found.error < 1e-2 / distance


@pytest.mark.parametrize(("sign", "method"), [(1, "forward"), (-1, "backward")])
def test_at_an_edge_of_the_domain(sign, method):
    found = derivative(lambda x: sign * math.exp(x) if sign * x >= 0 else math.nan, at=0.0)
    assert found.method == method
    assert off(found, sign) <= 1
    assert found.error < 1e-8


def test_bounds_are_respected():
    seen = []

    def phi(x):
        seen.append(x)
        return math.exp(x)

    assert off(derivative(phi, at=1.0, lower=1.0, upper=1.5), math.e) <= 1
    assert off(derivative(phi, at=1.2, lower=1.0, upper=1.2), math.exp(1.2)) <= 1
    assert min(seen) >= 1.0
    assert max(seen) <= 1.5


def bisection(x):
    low, high = -2.0, 2.0
    while high - low > 1e-4:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if middle**3 + middle < x else (low, middle)
    return 0.5 * (low + high) + 0.1 * x


def test_two_plateaus_are_told():
    y = 0.3
    for _ in range(60):
        y -= (y**3 + y - 0.3) / (3 * y * y + 1)
    found = derivative(bisection, at=0.3)
    assert found.reason is Reason.ROUGH
    assert off(found, 1 / (3 * y * y + 1) + 0.1) <= 1
    assert found.error < 0.01
    assert off(found.fine, 0.1) <= 1


def test_a_table_is_rough():
    grid = np.linspace(0, 1, 1001)
    found = derivative(lambda x: float(np.sin(grid[np.searchsorted(grid, x)])) + 0.25 * x, at=0.30041)
    assert found.reason is Reason.ROUGH
    assert off(found, math.cos(0.30041) + 0.25) <= 1
    assert off(found.fine, 0.25) <= 1


@pytest.mark.parametrize("cells", [5, 10, 20, 70])
@pytest.mark.parametrize("inside", np.linspace(0.05, 0.95, 10))
def test_a_part_that_is_rounded_is_seen_whatever_the_steps_meet(cells, inside):
    """A sum in single precision beside one in double: constant at short steps, and never two alike at long ones."""
    grid = 1.0 / cells
    found = derivative(lambda x: 1e5 + 0.75 * x + grid * math.floor(-x / grid + inside))
    assert found.reason is Reason.ROUGH
    assert off(found, -0.25) <= 1
    assert off(found.fine, 0.75) <= 1


@pytest.mark.parametrize("digits", [3, 5, 8])
def test_rounded_output(digits):
    found = derivative(lambda x: round(math.sin(x), digits), at=0.3)
    assert off(found, math.cos(0.3)) <= 1
    assert found.error < 30 * (10.0**-digits) ** (2 / 3)
    assert found.noise >= 0.2 * 10.0**-digits


def test_constants():
    for value in (3.0, 0.0, -1e300, 1e-300):
        found = derivative(lambda _, value=value: value, at=0.7)
        assert found.value == 0.0
        assert found.error <= 1e-13 * abs(value) + 1e-300


def test_complex_step_is_confirmed():
    found = derivative(
        lambda x: cmath.exp(x) if isinstance(x, complex) else math.exp(x), at=1.0, reference=complex_step
    )
    assert found.method == "complex step"
    assert found.value == pytest.approx(math.e, rel=1e-15)
    assert found.error > 0.0


def test_complex_step_that_lies_is_not_believed():
    def phi(x):
        return abs(x) ** 2  # analytic nowhere: the complex step sees 0

    assert complex_step(phi, 1.5) == pytest.approx(0.0)
    found = derivative(phi, at=1.5, reference=complex_step)
    assert found.method == "central"
    assert off(found, 3.0) <= 1


def test_complex_step_where_it_does_not_apply():
    found = derivative(math.sin, at=0.3, reference=complex_step)
    assert found.method == "central"
    assert off(found, math.cos(0.3)) <= 1


@pytest.mark.parametrize(("at", "lower", "upper"), [(math.nan, -1, 1), (math.inf, -1, 1), (2.0, -1, 1)])
def test_points_that_cannot_be_used(at, lower, upper):
    with pytest.raises(InputError):
        derivative(math.exp, at=at, lower=lower, upper=upper)


def test_a_value_that_cannot_be_used():
    with pytest.raises(ObjectiveError, match="at = 0"):
        derivative(lambda x: math.nan, at=0.0)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=6), st.floats(-3, 3))
@settings(max_examples=150, deadline=None)
def test_polynomials(coefficients, at):
    polynomial = np.polynomial.Polynomial(coefficients)
    found = derivative(lambda x: float(polynomial(x)), at=at)
    truth = float(polynomial.deriv()(at))
    size = sum(abs(c) * max(abs(at), 1.0) ** k for k, c in enumerate(coefficients))
    assert abs(found.value - truth) <= 3 * found.error + 1e-13 * size + 1e-320


@given(st.floats(-30, 30), st.floats(-300, 300))
@settings(max_examples=60, deadline=None)
def test_scaling_scales(log_point, log_value):
    """Units do not matter: a power of two on either side changes value and error by that power, exactly."""
    p, v = 2.0 ** int(log_point), 2.0 ** int(log_value)
    plain = derivative(lambda x: math.sin(x) + 2, at=0.7)
    scaled = derivative(lambda x: v * (math.sin(x / p) + 2), at=0.7 * p)
    assert (scaled.value, scaled.error) == (plain.value * v / p, plain.error * v / p)


def test_extrapolation_removes_the_bias():
    levels = [Level(h, 2.0 + 3.0 * h**2 - h**4, 1e-15 / h) for h in (0.25, 0.0625, 0.015625, 0.00390625)]
    found = extrapolate(levels, 2)
    assert abs(found.value - 2.0) <= found.error < 1e-11


def test_one_level_says_nothing():
    assert math.isinf(extrapolate([Level(0.1, 1.0, 0.0)], 2).error)


def test_a_difference_table_sees_noise_through_a_slope():
    rng = np.random.default_rng(0)
    tables = [1e3 * np.arange(9) + rng.normal(size=9) for _ in range(400)]
    found = np.array([deviation(table.tolist()) for table in tables])
    assert 0.8 < np.median(found) < 1.3
    assert np.mean(found < 0.2) < 0.01


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3])
def test_a_constant_beside_a_kink_is_no_quantisation(distance):
    """Both look alike from afar; the bar of a slope across the kink must not be given as the truth."""
    found = derivative(lambda x: max(0.0, x - distance))
    if found.reason is None:
        assert abs(found.value) <= found.error
    else:
        assert found.reason is Reason.ROUGH
        assert found.fine is not None
        assert abs(found.fine.value) <= found.fine.error


@pytest.mark.parametrize("exponent", range(-18, -4))
def test_a_kink_is_seen_where_curvature_cancels_it_at_a_step(exponent):
    jump = 8e-4
    bend = jump / 2.0**exponent
    found = derivative(lambda x: 1.0 + 0.3 * x + 0.5 * jump * abs(x) - 0.5 * bend * x * x, at=0.0)
    assert found.reason is Reason.KINK
    assert found.right.value - found.left.value == pytest.approx(jump, rel=1e-2)
