"""The adapter's contract as algebra, on random trees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradproof.adapters.binding import bind
from gradproof.probe import Part, Probe
from gradproof.seam import Problem
from gradproof.settings import Settings

FLOATS = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
TREES = st.lists(arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=FLOATS), min_size=1, max_size=4)


class Recorder:
    """An objective that remembers where it was evaluated."""

    def __call__(self, tree):
        self.last = [np.array(leaf) for leaf in tree]
        return float(sum(np.sin(leaf).sum() for leaf in tree))


def subject_of(tree, seed=0):
    loss = Recorder()
    return loss, bind(Problem(loss, [np.cos(leaf) for leaf in tree], tree), Settings(seed=seed))


def direction(tree, subject, loss, probe):
    """Read the direction off the objective's arguments, at a step so long that rounding vanishes."""
    step = 2.0**40
    subject.along(probe)(step)
    return [(moved - leaf) / step for moved, leaf in zip(loss.last, tree, strict=True)]


def whole(subject, key=0, **changes):
    return Probe(key, tuple(Part(i, **changes) for i in range(len(subject.leaves))))


@given(TREES, st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_claimed_is_the_inner_product(tree, key):
    loss, subject = subject_of(tree)
    probe = whole(subject, key)
    v = direction(tree, subject, loss, probe)
    products = np.concatenate([(np.cos(leaf) * d).ravel() for leaf, d in zip(tree, v, strict=True)])
    assert subject.along(probe).claimed == pytest.approx(products.sum(), rel=1e-6, abs=1e-9 * np.abs(products).sum())


@given(TREES)
@settings(max_examples=60, deadline=None)
def test_at_zero_the_objective_sees_the_point(tree):
    loss, subject = subject_of(tree)
    line = subject.along(whole(subject))
    assert line(0.0) == subject.value() == loss(tree)
    assert all(np.array_equal(a, b) for a, b in zip(loss.last, tree, strict=True))


@given(TREES, st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_a_direction_can_be_made_again(tree, key):
    loss, subject = subject_of(tree)
    first = direction(tree, subject, loss, whole(subject, key))
    loss, subject = subject_of(tree)
    subject.along(whole(subject, key + 1))
    again = direction(tree, subject, loss, whole(subject, key))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@given(TREES, st.data())
@settings(max_examples=60, deadline=None)
def test_parts_add_up(tree, data):
    loss, subject = subject_of(tree)
    leaf = data.draw(st.integers(0, len(tree) - 1))
    size = tree[leaf].size
    cut = data.draw(st.integers(0, size))
    pieces = [(start, stop) for start, stop in ((0, cut), (cut, size)) if stop - start > 1]
    if sum(stop - start for start, stop in pieces) != size:
        return  # a part of one entry draws no z
    full = direction(tree, subject, loss, Probe(1, (Part(leaf),)))
    halves = [direction(tree, subject, loss, Probe(1, (Part(leaf, start=a, stop=b),))) for a, b in pieces]
    for i in range(len(tree)):
        assert np.allclose(full[i], sum(half[i] for half in halves), rtol=1e-9, atol=0)


@given(TREES, st.data())
@settings(max_examples=40, deadline=None)
def test_a_single_entry_moves_by_its_scale(tree, data):
    loss, subject = subject_of(tree)
    leaf = data.draw(st.integers(0, len(tree) - 1))
    flat = data.draw(st.integers(0, tree[leaf].size - 1))
    v = direction(tree, subject, loss, Probe(0, (Part(leaf, start=flat, stop=flat + 1),)))
    claimed, scale = subject.entry(leaf, flat)
    assert claimed == np.cos(tree[leaf]).flat[flat]
    assert v[leaf].flat[flat] == pytest.approx(scale, rel=1e-6)
    assert sum(np.count_nonzero(d) for d in v) == 1
    rms = np.sqrt((tree[leaf] ** 2).mean())
    assert scale >= min(abs(tree[leaf].flat[flat]), rms) or scale == 1.0 or scale > 0


@given(TREES)
@settings(max_examples=40, deadline=None)
def test_counts_and_contributions_split(tree):
    _, subject = subject_of(tree)
    for i, leaf in enumerate(subject.leaves):
        cut = 0.5 * leaf.peak
        low, high = Part(i, high=cut), Part(i, low=cut)
        assert subject.count(low) + subject.count(high) == leaf.size
        both = np.hypot(subject.contribution(low), subject.contribution(high))
        assert both == pytest.approx(leaf.norm, rel=1e-9)


def test_directions_are_standard_normal_in_scales():
    tree = [np.full(20_000, 3.0), np.full(200, 5.0)]
    loss, subject = subject_of(tree)
    v = direction(tree, subject, loss, whole(subject))
    for d, scale in zip(v, (3.0, 5.0), strict=True):
        z = d / scale
        assert abs(z.mean()) < 5 / np.sqrt(z.size)
        assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
    assert not np.allclose(v[0][:200] / 3.0, v[1] / 5.0)
