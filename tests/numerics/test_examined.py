"""The full examination of one direction: finest useful steps, kinks, jumps, edges, and what each of them may cost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradproof import Reason, derivative
from gradproof.errors import ObjectiveError
from gradproof.model import Estimate
from gradproof.numerics.ladder import Extrapolated
from gradproof.numerics.precise import refine
from gradproof.numerics.quick import start
from gradproof.numerics.rough import jump_between, jumps_at_center, nothing_left
from gradproof.numerics.samples import Samples
from gradproof.numerics.scrutiny import scrutinise
from gradproof.numerics.unrefuted import constant_below, holds_finer
from gradproof.numerics.walk import Walk, relative_noise


def samples(phi):
    return Samples(phi, center=phi(0.0))


def walk(phi, noise=0.0, reach=(-math.inf, math.inf)):
    return Walk(samples(phi), noise, reach)


# The first three levels.


@pytest.mark.parametrize(
    ("noise", "exponents"),
    [
        # The finest near r**0.3, the coarsest at r**0.1 but never finer than 1/16; -4 is known to be finite.
        (0.0, [-4, -10, -16]),
        (1e-12, [-4, -8, -12]),
        (1e-6, [-2, -4, -6]),
        (1e-3, [-1, -2, -3, -4]),
        (0.1, [0, -1, -4]),
    ],
)
def test_the_first_levels_are_chosen_by_the_noise(noise, exponents):
    found = walk(lambda t: 1e9 + t, noise)
    start(found)
    assert sorted({*found.exponents, -4}) == sorted({*exponents, -4})


def test_close_to_an_edge_everything_happens_within_that_distance():
    found = walk(lambda t: math.sqrt(t + 1e-3), reach=(-1e-3, math.inf))
    start(found)
    assert found.coarsest == -10
    assert found.exponents == [-10, -12, -14]
    assert found.side.method == "central"


def test_noise_is_judged_by_what_a_long_step_changes():
    found = walk(lambda t: 5.0 * t, 1e-3)
    found.add(-4)
    assert relative_noise(found) == pytest.approx(2e-4)
    flat = walk(lambda t: 7.0, 1e-3)
    flat.add(-4)
    assert relative_noise(flat) == flat.samples.epsilon


# The most accurate value.


@pytest.mark.parametrize("phi", [math.exp, lambda t: math.sin(3.0 * t), lambda t: 1.0 / (1.0 + t), math.cosh])
def test_refining_ends_near_what_rounding_allows(phi):
    found = walk(phi, 2.0**-53)
    refine(found)
    estimate = found.estimate()
    truth = {math.exp: 1.0, math.cosh: 0.0}.get(phi, 3.0 if phi(1.0) < 0.2 else -1.0)
    assert abs(estimate.value - truth) <= estimate.error
    assert estimate.error < 1e-12


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_refining_follows_the_scale_of_the_function(scale):
    found = walk(lambda t: math.sin(scale * t), 2.0**-53)
    refine(found)
    estimate = found.estimate()
    assert abs(estimate.value - scale) <= estimate.error < 1e-9 * scale
    assert found.samples.evaluations < 45


# Kinks.


@pytest.mark.parametrize(("left", "right"), [(-1.0, 2.0), (3.0, 0.5), (1.0, 1.1)])
def test_a_kink_has_both_slopes_their_mean_and_half_their_doubt(left, right):
    found = walk(lambda t: (right if t > 0 else left) * t + 0.3 * t * t, 1e-12)
    start(found)
    estimate = scrutinise(found)
    assert estimate.reason is Reason.KINK
    assert abs(estimate.left.value - left) <= estimate.left.error
    assert abs(estimate.right.value - right) <= estimate.right.error
    assert estimate.left.method == "backward"
    assert estimate.right.method == "forward"
    assert estimate.value == pytest.approx(0.5 * (estimate.left.value + estimate.right.value), rel=1e-15)
    assert estimate.error == pytest.approx(0.5 * (estimate.left.error + estimate.right.error))


@pytest.mark.parametrize("curvature", [0.0, 1.0, 100.0, -3.0])
def test_curvature_is_no_kink(curvature):
    found = walk(lambda t: t + curvature * t * t, 1e-14)
    start(found)
    estimate = scrutinise(found)
    assert estimate.reason is None
    assert abs(estimate.value - 1.0) <= estimate.error


def test_a_kink_that_curvature_cancels_at_one_step_is_seen():
    # |t| - t**2 / s has an even part of zero at t = s.
    for exponent in (-4, -10):
        found = walk(lambda t, s=2.0**exponent: abs(t) - t * t / s + 2.0 * t, 1e-14)
        start(found)
        assert scrutinise(found).reason is Reason.KINK


# The finest useful step.


@pytest.mark.parametrize("noise", [1e-14, 1e-11, 1e-8])
def test_the_finest_step_is_where_noise_takes_a_small_share_of_the_steepness(noise):
    found = walk(math.sin, noise)
    start(found)
    scrutinise(found)
    assert 1e5 * noise <= 2.0 ** found.exponents[-1] < 2e5 * noise


def test_without_noise_the_finest_step_is_that_of_the_rounding_of_parameters():
    found = walk(lambda t: t, 0.0)
    start(found)
    scrutinise(found)
    assert found.exponents[-1] == -40


def test_a_constant_function_is_looked_at_further_out():
    found = walk(lambda t: max(abs(t) - 1.5, 0.0), 0.0)
    start(found)
    assert found.steepness() == 0.0
    scrutinise(found)
    assert found.exponents[:2] == [1, 0]
    assert found.steepness() > 0.0


def test_a_kink_nearby_is_found_by_the_finest_step():
    for distance in (2.0**-5, 2.0**-12, 2.0**-20, 2.0**-30):
        found = walk(lambda t, d=distance: abs(t - d) + 0.5 * t, 0.0)
        start(found)
        estimate = scrutinise(found)
        assert abs(estimate.value + 0.5) <= estimate.error < 1e-4


def test_where_the_finest_step_contradicts_the_coarse_ones_every_sixteenth_between_is_looked_at():
    found = walk(lambda t: abs(t - 2.0**-25) + 0.5 * t, 0.0)
    start(found)
    assert found.exponents == [-4, -10, -16]
    scrutinise(found)
    assert set(found.exponents) >= {-20, -24, -28, -32, -36, -40}
    assert {e for e in found.exponents if e < -10} == {-16, -20, -24, -28, -32, -36, -40}


# What is not finite.


def test_nothing_defined_is_a_matter_of_the_domain_and_nothing_clear_one_of_noise():
    outside = walk(lambda t: 1.0 if t == 0.0 else math.nan)
    estimate = outside.estimate()
    assert not outside.defined
    assert estimate.reason is Reason.DOMAIN
    assert estimate.method == "none"
    unknown = walk(math.sin).as_estimate(Extrapolated(1.0, math.inf, 0, 0, verified=False))
    assert unknown.reason is Reason.NOISE
    assert unknown.method == "central"


def test_a_function_not_finite_at_the_point_is_refused_with_its_value():
    with pytest.raises(ObjectiveError, match="not finite at the point") as caught:
        derivative(lambda x: math.inf, at=2.5)
    assert caught.value.got == "inf"
    assert "2.5" in caught.value.where


# Jumps and constants.


@pytest.mark.parametrize("place", [0.3, 0.51, 0.9])
@pytest.mark.parametrize("size", [1e-3, 1.0, -7.0])
def test_a_jump_is_found_with_its_size_and_few_evaluations(place, size):
    phi = samples(lambda t: 2.0 * t + size * (t > place))
    before = phi.evaluations
    assert jump_between(phi, 2.0, (0.25, 1.0), 1e-12) == pytest.approx(abs(size), rel=1e-6)
    assert phi.evaluations - before <= 2 + 30


def test_a_jump_within_a_larger_smooth_change_is_found():
    # Six halvings leave a sixty-fourth of the smooth change: only what then stops shrinking is a jump.
    phi = samples(lambda t: 2.0 * t + 2.0 * (t - 0.25) ** 2 + 0.05 * (t > 0.9))
    assert jump_between(phi, 2.0, (0.25, 1.0), 1e-12) == pytest.approx(0.05, rel=1e-3)


def test_no_jump_where_there_is_only_curvature_or_noise():
    smooth = samples(math.exp)
    assert jump_between(smooth, 1.0, (0.25, 1.0), 1e-15) == 0.0
    assert smooth.evaluations <= 2 + 13
    assert jump_between(samples(lambda t: 2.0 * t + 1e-9 * (t > 0.4)), 2.0, (0.25, 1.0), 1e-8) == 0.0


def test_a_jump_at_the_point_itself_is_seen_in_the_values_there_are():
    def tried(phi):
        found = samples(phi)
        for step in (0.5, 0.125, 2.0**-5, 2.0**-9):
            found.at(step), found.at(-step)
        return jumps_at_center(found)

    assert tried(lambda t: t + (t > 0))
    assert tried(lambda t: t + (t >= 0))
    assert not tried(lambda t: t + abs(t))
    assert not tried(math.exp)
    assert not tried(lambda t: 3.0 * t)


def test_steps_all_around_the_point_are_a_constant_function_only_if_the_slope_across_them_is_blunt():
    stairs = samples(lambda t: math.floor(64.0 * t + 0.5) / 64.0)
    assert constant_below(stairs, (1.0, 0.2), 1e-2)
    # A clear slope, values without noise, values that move below.
    assert not constant_below(stairs, (1.0, 0.05), 1e-2)
    assert not constant_below(stairs, (1.0, 0.2), 0.0)
    moving = samples(lambda t: math.floor(64.0 * t + 0.5) / 64.0 + 1e-3 * t)
    assert not constant_below(moving, (1.0, 0.2), 1e-2)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_step_on_one_side_far_below_is_no_constant(sign):
    step = samples(lambda t: 1.0 * (sign * t > 2.0**-40))
    assert not constant_below(step, (1.0, 0.2), 1e-2)


def test_chaos_leaves_nothing_and_a_large_offset_does_not():
    rng = np.random.default_rng(0)

    def filled(draw):
        found = samples(draw)
        for k in range(1, 30):
            found.at(k / 32.0)
        return found

    assert nothing_left(filled(lambda t: float(rng.normal())), 1.0)
    # A percent of the values is little, and so is a twentieth of all that they vary.
    assert nothing_left(filled(lambda t: 50.0 + float(rng.normal())), 1.0)
    assert nothing_left(filled(lambda t: -50.0 + float(rng.normal())), 1.0)
    assert not nothing_left(filled(lambda t: 200.0 + float(rng.normal())), 1.0)
    assert not nothing_left(filled(lambda t: 30.0 * t + float(rng.normal())), 1.0)
    # A sum that cancels stands on a few multiples of one rounding error.
    assert not nothing_left(filled(lambda t: float(rng.integers(-2, 3))), 1.0)


def test_only_coarse_values_may_hide_a_slope_below_the_steps():
    fine = samples(lambda t: 0.5 * t)
    assert not holds_finer(fine, 0.5, Estimate(1.0, 1e-3, step=0.25))


def coarse(phi):
    return Samples(lambda t: float(np.float32(phi(t))), center=float(np.float32(phi(0.0))), epsilon=2.0**-24)


def test_in_single_precision_the_shortest_telling_step_decides_between_two_slopes():
    # Kinks at a distance of 0.02 shift the slope of all longer steps from 0.5 to 1.5.
    near = coarse(lambda t: 1.0 + 0.5 * t + max(t - 0.02, 0.0) - max(-t - 0.02, 0.0))
    found = Estimate(1.5, 1e-3, step=0.25)
    assert holds_finer(near, 0.5, found)
    straight = coarse(lambda t: 1.0 + 1.5 * t)
    assert not holds_finer(straight, 0.5, found)
    # Where there is no shorter step nothing was refuted.
    assert holds_finer(straight, 0.5, Estimate(1.5, 1e-3, step=1e-7))
    assert not holds_finer(straight, 1.5, found)
    assert not holds_finer(near, 0.5, Estimate(1.5, 1e-3, step=0.25, method="forward"))


def test_steps_that_look_sloped_from_afar_have_a_plateau_of_zero_with_its_bar_and_cost():
    calls = []
    found = derivative(lambda x: calls.append(x) or math.floor(64.0 * x + 0.5) / 64.0, at=0.3)
    assert found.reason is Reason.ROUGH
    assert abs(found.value - 1.0) <= found.error
    assert found.evaluations == len(calls)
    # The values on both sides at four steps far below, all the same: a change of less than an ulp over the longest.
    assert (found.fine.value, found.fine.evaluations) == (0.0, 8)
    assert found.fine.step == 2.0**-38
    assert found.fine.error == found.fine.noise / found.fine.step
    assert found.fine.noise <= 2.0**-53
