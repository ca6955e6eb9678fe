"""The bars hold the truth, in every class of functions, at the promised number of evaluations."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import measure_gradient
from tests.exhaustive.cases import MAKERS, cases

CASES = 12
PROMISED = 0.995
STEP = 1e-7


@pytest.mark.parametrize("bars", ["pooled", "own"])
@pytest.mark.parametrize("kind", list(MAKERS))
def test_the_bars_hold_the_truth(kind: str, bars: str) -> None:
    inside, finite, entries = 0, 0, 0
    for case in cases(kind, CASES, seed=7):
        found = measure_gradient(case.loss, case.params, bars=bars)
        for name, truth in case.truth().items():
            off = np.abs(found[name].value - truth)
            inside += int(np.count_nonzero(off <= found[name].error))
            finite += int(np.count_nonzero(np.isfinite(found[name].error)))
            entries += truth.size
    assert inside >= PROMISED * entries
    assert finite >= 0.99 * entries


def the_course(case, count):
    """Return the course's formula for the first entries of every leaf: two-sided, step 1e-7."""
    found = {}
    for name, leaf in case.params.items():
        flat, slopes = leaf.copy().reshape(-1), []
        for i in range(min(count, flat.size)):
            back, values = flat[i], []
            for step in (STEP, -STEP):
                flat[i] = back + step
                values.append(float(case.loss({**case.params, name: flat.reshape(leaf.shape)})))
            flat[i] = back
            slopes.append((values[0] - values[1]) / (2 * STEP))
        found[name] = np.array(slopes)
    return found


@pytest.mark.parametrize(("bars", "gain"), [("pooled", 100.0), ("own", 2000.0)])
def test_values_are_a_hundred_times_better_than_the_course_s(bars: str, gain: float) -> None:
    ours, theirs = [], []
    for case in cases("tanh", 8, seed=1):
        found, truth = measure_gradient(case.loss, case.params, bars=bars), case.truth()
        for name, slopes in the_course(case, 60).items():
            right = truth[name].reshape(-1)
            theirs += np.abs(slopes - right[: slopes.size]).tolist()
            ours += np.abs(found[name].value.reshape(-1) - right).tolist()
    assert gain * np.median(ours) < np.median(theirs)


@pytest.mark.parametrize(("bars", "each"), [("pooled", 2), ("own", 4)])
def test_evaluations_an_entry(bars: str, each: int) -> None:
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5000, 6))
    calls = [0]

    def loss(p):
        calls[0] += 1
        return float(np.sum(np.tanh(p["w"] @ A)))

    found = measure_gradient(loss, {"w": 0.01 * rng.normal(size=5000)}, bars=bars)
    assert found.evaluations == calls[0]
    assert each * 5000 <= found.evaluations <= (each + 0.12) * 5000
