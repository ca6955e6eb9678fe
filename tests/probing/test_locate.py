"""Single entries, rows, columns, channels, blocks: exactly those, within the evaluations that are promised."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Settings, check
from gradproof.adapters.selection import in_bucket
from gradproof.probe import Bucket
from gradproof.probing.aim import digits_of, flat_of
from gradproof.probing.scatter import value_of


def additive(shape, seed):
    rng = np.random.default_rng(seed)
    x, a = rng.normal(size=shape), rng.normal(size=shape)
    return (lambda p: float(np.vdot(a, np.sin(p["W"])))), a * np.cos(x), {"W": x}


def spoiled(shape, places, seed, spread=30.0):
    loss, claim, params = additive(shape, seed)
    rng = np.random.default_rng(seed + 100)
    flat, size = claim.ravel(), np.sqrt(np.mean(claim**2))
    for place in places:
        step = max(abs(params["W"].ravel()[place]), 1e-3)
        flat[place] += 0.1 * size * spread ** rng.uniform(-1, 1) * rng.choice([-1, 1]) / step
    return loss, {"W": claim}, params


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 40, 64])
@pytest.mark.parametrize("shape", [(30, 40), (1200,), (20, 6, 5, 4)])
def test_scattered_entries_are_named_exactly(shape, count):
    for seed in range(3):
        places = set(np.random.default_rng(seed).choice(np.prod(shape), count, replace=False).tolist())
        loss, claim, params = spoiled(shape, places, seed)
        report = check(loss, claim, params, settings=Settings(seed=seed))
        found = [f for f in report.findings if f.kind == "entry"]
        assert {int(np.ravel_multi_index(f.index, shape)) for f in found} == places
        truth = additive(shape, seed)[1]
        assert all(abs(f.measured - truth[f.index]) <= f.error for f in found)


@pytest.mark.parametrize(("count", "most"), [(1, 96), (16, 900)])
def test_few_evaluations_in_a_large_leaf(count, most):
    shape = (500, 600)
    places = set(np.random.default_rng(1).choice(300_000, count, replace=False).tolist())
    loss, claim, params = spoiled(shape, places, 1, spread=1.0)
    report = check(loss, claim, params)
    assert {int(np.ravel_multi_index(f.index, shape)) for f in report.findings if f.kind == "entry"} == places
    assert report.evaluations <= most


@pytest.mark.parametrize(
    ("shape", "where", "words"),
    [
        ((12, 20), np.s_[3], "wrong in row 3"),
        ((12, 20), np.s_[:, 7], "wrong in column 7"),
        ((12, 20), np.s_[0:6], "wrong in rows 0 to 5"),
        ((12, 20), np.s_[2:5, 6:11], "wrong in W[2:5, 6:11]"),
        ((6, 5, 7), np.s_[:, 2, :], "wrong in W[:, 2, :]"),
        ((6, 5, 7), np.s_[4, :, 2:4], "wrong in W[4, :, 2:4]"),
        ((40,), np.s_[5:15], "wrong in entries 5 to 14"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_blocks_are_named(shape, where, words, seed):
    loss, claim, params = additive(shape, seed)
    claim[where] += 1.0 + np.random.default_rng(seed).random(claim[where].shape)
    report = check(loss, {"W": claim}, params, settings=Settings(seed=seed))
    assert report.findings[0].text.startswith(words)
    assert len(report.findings) == 1
    block = tuple(slice(start, stop) for start, stop in report.findings[0].block)
    inside = np.zeros(shape, dtype=bool)
    inside[where] = True
    outside = np.zeros(shape, dtype=bool)
    outside[block] = True
    np.testing.assert_array_equal(inside, outside)


def test_two_columns():
    loss, claim, params = additive((12, 20), 0)
    claim[:, [3, 11]] += 0.3
    texts = [finding.text for finding in check(loss, {"W": claim}, params).findings]
    assert texts == ["wrong in column 3", "wrong in column 11"]


def test_half_of_the_entries_are_not_enumerated():
    loss, claim, params = additive((40, 50), 0)
    chosen = np.random.default_rng(1).random((40, 50)) < 0.5
    claim[chosen] *= 1.37
    report = check(loss, {"W": claim}, params)
    assert "many places" in report.findings[0].text
    assert report.evaluations < 1200


def test_buckets_are_the_same_for_arrays_and_numbers():
    index = np.concatenate([np.arange(200), np.random.default_rng(0).integers(0, 2**40, 100)])
    for bits in (0, 1, 5, 20):
        values = [value_of(int(i), Bucket(3, bits, 0)) for i in index]
        for value in set(values):
            np.testing.assert_array_equal(in_bucket(index, Bucket(3, bits, value)), np.array(values) == value)


@pytest.mark.parametrize("size", [2, 3, 47, 2048, 2049, 61_440, 10**6, 10**7 + 1])
def test_digits_tell_all_indices_apart(size):
    digits = digits_of(size)
    for flat in {0, 1, size // 2, size - 2, size - 1}:
        assert flat_of([int(digit.of(flat)) for digit in digits], digits) == flat
        assert all(0 <= digit.of(flat) < digit.base <= 2048 for digit in digits)
