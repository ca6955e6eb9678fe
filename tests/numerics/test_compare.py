"""What a difference between claim and measurement means: wrong, consistent or unclear, and where the borders lie."""

from __future__ import annotations

import math

import pytest

from gradproof.model import Estimate, Reason
from gradproof.numerics.compare import Answer, Demand, compare, contradicted

# A tolerance of 1, agreement means something up to 3, kinks may be as wide as 2.
DEMAND = Demand(tolerance=1.0, bar=3.0, interval=2.0)
SINGLE = Demand(tolerance=1.0, bar=3.0, interval=math.inf)


@pytest.mark.parametrize(
    ("claimed", "error", "answer"),
    [
        (10.0, 0.5, Answer.AGREES),
        (11.5, 0.5, Answer.AGREES),
        (8.5, 0.5, Answer.AGREES),
        (11.6, 0.5, Answer.DISAGREES),
        (8.4, 0.5, Answer.DISAGREES),
        # The bar is as wide as may be, and a little wider.
        (10.0, 1.0, Answer.AGREES),
        (12.0, 1.0, Answer.AGREES),
        (10.0, 1.01, Answer.UNCLEAR),
        (12.02, 1.01, Answer.DISAGREES),
    ],
)
def test_a_plain_slope(claimed, error, answer):
    found = compare(claimed, Estimate(10.0, error), DEMAND)
    assert found.answer is answer
    assert found.distance == pytest.approx(abs(claimed - 10.0))
    assert found.error == error
    assert found.radius == found.distance + error


@pytest.mark.parametrize(
    ("method", "reason"), [("central", Reason.NOISE), ("forward", Reason.DOMAIN), ("backward", Reason.DOMAIN)]
)
def test_what_blurs_is_noise_or_a_near_edge(method, reason):
    assert compare(10.0, Estimate(10.0, 5.0, method=method), DEMAND).reason is reason
    assert compare(10.0, Estimate(10.0, 0.1, method=method), DEMAND).reason is None


@pytest.mark.parametrize(("given", "reason"), [(None, Reason.NOISE), (Reason.DOMAIN, Reason.DOMAIN)])
@pytest.mark.parametrize("value", [math.nan, math.inf, 1.0])
def test_nothing_measured_says_nothing(given, reason, value):
    found = compare(1.0, Estimate(value, math.inf, reason=given), DEMAND)
    assert found.answer is Answer.UNCLEAR
    assert found.reason is reason
    assert math.isnan(found.distance)
    assert found.error == math.inf


def kink(left, right, error=0.1):
    sides = {"left": Estimate(left, error), "right": Estimate(right, error)}
    return Estimate(0.5 * (left + right), error, reason=Reason.KINK, **sides)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("claimed", "distance", "answer"),
    [
        (5.0, 0.0, Answer.AGREES),
        (6.0, 0.0, Answer.AGREES),
        (7.0, 1.0, Answer.AGREES),
        (4.0, 1.0, Answer.AGREES),
        (7.2, 1.2, Answer.DISAGREES),
        (3.8, 1.2, Answer.DISAGREES),
    ],
)
def test_between_one_sided_slopes_any_claim_passes(claimed, distance, answer, swapped):
    ends = (6.0, 5.0) if swapped else (5.0, 6.0)
    found = compare(claimed, kink(*ends), DEMAND)
    assert found.answer is answer
    assert found.distance == pytest.approx(distance)
    assert found.reason is Reason.KINK


def test_an_interval_wider_than_what_must_be_seen_says_nothing_of_the_smooth_rest():
    assert compare(5.0, kink(4.0, 6.0), DEMAND).answer is Answer.AGREES
    assert compare(5.0, kink(4.0, 6.01), DEMAND).answer is Answer.UNCLEAR
    assert compare(7.2, kink(4.0, 6.01), DEMAND).answer is Answer.DISAGREES
    # A single entry has no smooth rest.
    assert compare(5.0, kink(-4.0, 60.0), SINGLE).answer is Answer.AGREES


def test_what_lies_between_the_slopes_widens_the_bar_but_for_a_single_entry():
    assert compare(5.0, kink(4.0, 6.0), DEMAND).error == pytest.approx(2.1)
    assert compare(5.0, kink(4.0, 6.0), SINGLE).error == pytest.approx(0.1)


def test_blurred_slopes_beside_a_kink_are_unclear_unless_the_kink_is_far_larger():
    assert compare(5.0, kink(4.0, 6.0, error=1.0), SINGLE).answer is Answer.AGREES
    assert compare(5.0, kink(4.0, 6.0, error=1.1), SINGLE).answer is Answer.UNCLEAR
    assert compare(5.0, kink(-100.0, 300.0, error=1.9), SINGLE).answer is Answer.AGREES
    assert compare(5.0, kink(-100.0, 300.0, error=2.1), SINGLE).answer is Answer.UNCLEAR


def test_the_blunter_side_of_a_kink_is_the_bar():
    sides = {"left": Estimate(5.0, 0.1), "right": Estimate(6.0, 0.7)}
    found = compare(5.5, Estimate(5.5, 0.4, reason=Reason.KINK, **sides), SINGLE)
    assert found.error == pytest.approx(0.7)


def rough(coarse, fine):
    return Estimate(*coarse, reason=Reason.ROUGH, fine=Estimate(*fine))


@pytest.mark.parametrize(
    ("coarse", "fine", "answer", "distance", "error"),
    [
        ((10.0, 0.1), (10.5, 0.2), Answer.AGREES, 0.0, 0.2),
        ((10.5, 0.3), (10.25, 0.2), Answer.AGREES, 0.25, 0.3),
        ((20.0, 0.1), (15.0, 0.2), Answer.DISAGREES, 5.0, 0.2),
        ((10.0, 0.1), (20.0, 0.2), Answer.UNCLEAR, 0.0, 0.1),
        ((20.0, 0.1), (10.5, 0.2), Answer.UNCLEAR, 0.5, 0.2),
        ((10.0, 0.1), (10.0, 1.5), Answer.UNCLEAR, 0.0, 0.1),
    ],
)
def test_two_plateaus_must_say_the_same(coarse, fine, answer, distance, error):
    found = compare(10.0, rough(coarse, fine), DEMAND)
    assert found.answer is answer
    assert found.distance == pytest.approx(distance)
    assert found.error == pytest.approx(error)
    assert found.reason is Reason.ROUGH


@pytest.mark.parametrize(("apart", "answer"), [(0.2, False), (0.3, False), (0.31, True), (-0.31, True)])
def test_estimates_contradict_one_another_beyond_both_bars(apart, answer):
    assert contradicted(Estimate(1.0 + apart, 0.1), Estimate(1.0, 0.2)) is answer


def test_what_was_not_measured_contradicts_nothing():
    assert not contradicted(Estimate(math.nan, math.inf), Estimate(1.0, 0.2))
    assert not contradicted(Estimate(1e9, math.inf), Estimate(1.0, 0.2))
