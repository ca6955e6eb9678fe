"""The cases of the benchmark: those that were committed, right where they say so, and wrong as planted."""

from __future__ import annotations

import numpy as np
import pytest
from bench.versus.cases import LEAST, TURN, case, committed, fingerprint

ALL = committed()
SOME = range(0, 2 * 20 * len(TURN), 2)


def test_the_list_is_the_one_that_was_committed():
    assert fingerprint(ALL["cases"]) == ALL["fingerprint"]


def test_the_list_is_large_enough_and_the_peers_get_as_many_right_as_wrong():
    assert ALL["cases"] // 2 >= 3000
    assert len(ALL["peers"]) == 2 * sum(number % 2 for number in ALL["peers"])


@pytest.mark.parametrize("number", SOME)
def test_right_claims_are_right(number):
    found = case(number)
    truth, rng = found.truth(found.params), np.random.default_rng(number)
    claim, kinks = found.claim(found.params), found.base.kinks(found.params)
    for name in found.params:
        k = int(rng.integers(truth[name].size))
        if kinks and kinks[name].flat[k]:
            continue
        # The imaginary part of a Fourier transform is rounded at the size of its real part: a coarser step.
        step, least = (1e-7, 1e-6) if "FFT" in found.base.name or "spectrum" in found.base.name else (1e-25, 1e-10)
        slope = complex_step(found, name, k, step)
        assert abs(slope - truth[name].flat[k]) <= least * np.abs(truth[name]).max(), (found.base.name, name, k)
        assert claim[name].dtype == found.dtype
        assert abs(claim[name].flat[k] - truth[name].flat[k]) <= 2.0 ** -(23 if found.dtype == "float32" else 52) * abs(
            truth[name].flat[k]
        )


def complex_step(found, name, k, step):
    """Return the derivative by one entry from a complex step, which subtracts nothing."""
    moved = {key: leaf.astype(complex) for key, leaf in found.params.items()}
    step *= max(abs(float(found.params[name].flat[k])), 1e-10)
    moved[name].flat[k] += 1j * step
    return float(np.imag(np.squeeze(found.base.loss(moved, found.doubles)))) / step


def test_at_a_kink_right_claims_lie_between_the_slopes():
    seen = 0
    for number in range(0, 1000, 2):
        found = case(number)
        for name, at in found.base.kinks(found.params).items():
            claim = found.claim(found.params)[name][at]
            sides = [one_sided(found, name, k, step) for k in np.flatnonzero(at) for step in (1e-7, -1e-7)]
            low, high = np.minimum(sides[::2], sides[1::2]), np.maximum(sides[::2], sides[1::2])
            assert ((low - 1e-2 <= claim) & (claim <= high + 1e-2)).all(), number
            seen += at.sum()
    assert seen > 20


def one_sided(found, name, k, step):
    """Return the slope of the objective to one side."""
    moved = {key: leaf.astype(float) for key, leaf in found.params.items()}
    start = found.base.loss(moved, found.doubles)
    moved[name].flat[k] += step
    return (found.base.loss(moved, found.doubles) - start) / step


def test_wrong_claims_are_wrong_by_what_they_say():
    for number in range(1, 600, 2):
        found = case(number)
        right, wrong = found.truth(found.params), found.claim(found.params)
        assert found.mistake is not None
        assert found.wrong
        assert found.wrong <= set(found.mistake.leaves)
        off = [np.abs(right[name] - wrong[name]).max() for name in found.wrong]
        size = [np.abs(right[name]).max() for name in found.wrong]
        worst = max(x / y if y else 1.0 for x, y in zip(off, size, strict=True))
        assert worst >= LEAST[found.dtype] / 100, (number, found.mistake.kind)


def test_kinds_and_families_are_all_there():
    made = [case(number) for number in range(1, 2000, 2)]
    assert len({found.mistake.kind for found in made if found.mistake}) == 16
    assert len({found.base.name.split()[0] for found in made}) > 40
    assert {found.dtype for found in made} == {"float64", "float32"}
    assert max(sum(leaf.size for leaf in found.params.values()) for found in made) > 10_000
