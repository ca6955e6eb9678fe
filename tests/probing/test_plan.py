"""What is asked first: which leaves and entries share a stratum, with which weights, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from gradproof.probing.plan import plan
from gradproof.seam import Leaf
from gradproof.settings import Settings


@dataclass
class Described:
    """As much of a subject as a plan asks for; ``parts`` are (count, contribution) by leaf and side or range."""

    leaves: tuple[Leaf, ...]
    bounded: bool = False
    edges: int = 0
    low: float = 0.0

    def count(self, part):
        if part.side == "edge":
            return self.edges
        return 0 if math.isfinite(part.high) and part.high < self.leaves[part.leaf].least else 2

    def contribution(self, part):
        return self.low if part.low >= 0.0 else self.leaves[part.leaf].norm


def leaf(name, norm, claim="float64", own="float64", least=None):
    return Leaf(name, (4,), own, claim, norm, norm, norm if least is None else least)


def shape_of(strata):
    return [[part.leaf for part in stratum.parts] for stratum in strata]


def test_leaves_of_like_size_share_a_stratum_each_as_visible():
    (only,) = plan(Described((leaf("a", 2.0), leaf("b", 8.0))), Settings(probes=3))
    assert [part.weight for part in only.parts] == [1.0, 0.25]
    assert only.units == (2.0, 8.0)
    assert only.unit == 2.0
    assert only.tolerance == 2e-6
    assert only.probes == 3
    assert not only.zero


@pytest.mark.parametrize(("ratio", "strata"), [(0.9e4, [[0, 1]]), (1.1e4, [[1], [0]])])
def test_leaves_far_apart_are_probed_apart_the_largest_first(ratio, strata):
    assert shape_of(plan(Described((leaf("a", 1.0), leaf("b", ratio))), Settings())) == strata


def test_claims_of_zero_are_a_stratum_of_their_own_of_the_whole_gradient():
    first, zeros = plan(Described((leaf("a", 3.0), leaf("b", 4.0), leaf("none", 0.0))), Settings())
    assert shape_of([first, zeros]) == [[0, 1], [2]]
    assert zeros.zero
    assert zeros.units == (5.0,)
    assert zeros.probes == 1
    assert zeros.share == pytest.approx(1000.0 * 2.0**-53)


def test_what_is_below_the_rounding_of_the_whole_counts_as_zero():
    assert shape_of(plan(Described((leaf("a", 1.0), leaf("b", 0.9e-13))), Settings())) == [[0], [1]]
    assert plan(Described((leaf("a", 1.0), leaf("b", 0.9e-13))), Settings())[1].zero
    assert not plan(Described((leaf("a", 1.0), leaf("b", 1.2e-13))), Settings())[1].zero


def test_small_entries_of_a_leaf_are_probed_apart():
    whole, low = plan(Described((leaf("a", 1.0, least=1e-7),), low=1e-7), Settings())
    assert (whole.parts[0].low, whole.parts[0].high) == (-1.0, math.inf)
    assert low.parts[0].high == 1e-6
    assert 0.0 < low.parts[0].low < 1e-12
    assert low.units == (1e-6,)  # no less than a millionth of the leaf
    assert low.probes == 1
    assert low.share == pytest.approx(1e-3 * 1e-6 / 1e-6)


def test_no_small_entries_no_second_stratum():
    assert len(plan(Described((leaf("a", 1.0, least=2e-6),)), Settings())) == 1


def test_entries_at_a_bound_are_probed_apart():
    leaves = (leaf("a", 1.0), leaf("b", 1.0))
    assert [p.side for s in plan(Described(leaves), Settings()) for p in s.parts] == ["all", "all"]
    free_only = plan(Described(leaves, bounded=True), Settings())
    assert [[part.side for part in stratum.parts] for stratum in free_only] == [["free", "free"]]
    both = plan(Described(leaves, bounded=True, edges=3), Settings())
    assert [[part.side for part in stratum.parts] for stratum in both] == [["free", "free"], ["edge", "edge"]]


def test_claims_of_other_precisions_are_probed_apart():
    found = plan(Described((leaf("a", 1.0, "float32"), leaf("b", 1.0), leaf("c", 1.0, "float16"))), Settings())
    assert shape_of(found) == [[0], [1], [2]]
    assert [stratum.share for stratum in found] == [1e-4, 1e-6, 3e-2]
    assert all(stratum.share == 1e-3 for stratum in plan(Described((leaf("a", 1.0),)), Settings(rtol=1e-3)))


def test_parameters_of_other_precisions_are_probed_apart_the_finest_first():
    leaves = (leaf("a", 1.0, own="float16"), leaf("b", 1.0, own="float32"), leaf("c", 1.0))
    assert shape_of(plan(Described(leaves), Settings())) == [[2], [1], [0]]


def test_some_leaves_in_their_own_right():
    (only,) = plan(Described((leaf("a", 1.0), leaf("b", 2.0), leaf("c", 4.0))), Settings())
    rest = only.only({1, 2})
    assert [(part.leaf, part.weight) for part in rest.parts] == [(1, 1.0), (2, 0.5)]
    assert (rest.share, rest.probes, rest.zero) == (only.share, only.probes, False)
