"""Evaluations to name k wrong entries among n: ``python bench/locate.py [largest n]`` (10^6 unless said otherwise).

The objective is a sum over entries, the point and its gradient are random, and k entries are off by amounts up to a
thousandfold different, around ten percent of a typical one. "beyond" counts evaluations beyond the failing first pass,
which finds the wrong leaf.
"""

from __future__ import annotations

import sys
import time

import numpy as np

import gradproof
from gradproof import Outcome

SHAPES = {10**3: (25, 40), 10**4: (100, 100), 10**5: (250, 400), 10**6: (1000, 1000), 10**7: (2500, 4000)}


def problem(n, k, seed, spread):
    """Return the objective, a gradient with k wrong entries, the parameters and the wrong indices."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=SHAPES[n])
    a = rng.normal(size=SHAPES[n])
    claim = a * np.cos(x)
    wrong = rng.choice(n, k, replace=False)
    sizes = 0.1 * spread ** rng.uniform(-1.0, 1.0, k)
    claim.ravel()[wrong] += (
        np.sqrt(np.mean(claim**2)) * sizes * rng.choice([-1, 1], k) / np.maximum(abs(x.ravel()[wrong]), 1e-3)
    )
    return lambda p: float(np.vdot(a, np.sin(p["W"]))), {"W": claim}, {"W": x}, {int(i) for i in wrong}


def measure(n, k, seed, spread):
    """Return whether all entries were named and no other, and the evaluations beyond the first pass."""
    loss, claim, params, wrong = problem(n, k, seed, spread)
    started = time.perf_counter()
    report = gradproof.check(loss, claim, params, settings=gradproof.Settings(seed=seed))
    seconds = time.perf_counter() - started
    assert report.outcome is Outcome.WRONG
    found = {int(np.ravel_multi_index(f.index, SHAPES[n])) for f in report.findings if f.kind == "entry"}
    first = report.record.measurements
    located = sum(m.estimate.evaluations for m in first if _belongs_to_locating(m))
    return found == wrong, len(found & wrong), len(found - wrong), located, report.evaluations, seconds


def _belongs_to_locating(measurement):
    part = measurement.probe.parts[0]
    return part.draw == "bounded" or bool(part.without) or part.stop - part.start == 1


def main():
    largest = float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    print("      n    k   exact   missed   beside   beyond (median, most)   all   seconds")
    for n in SHAPES:
        for k in (1, 2, 4, 8, 16, 32, 64):
            if n > largest or (n >= 10**6 and k > 16) or (n >= 10**7 and k > 4):
                continue
            runs = [measure(n, k, seed, 30.0) for seed in range(5 if n <= 10**6 else 2)]
            exact = sum(run[0] for run in runs)
            missed, beside = sum(k - run[1] for run in runs), sum(run[2] for run in runs)
            beyond, total = sorted(run[3] for run in runs), sorted(run[4] for run in runs)
            seconds = sum(run[5] for run in runs) / len(runs)
            print(
                f"{n:>8} {k:>3} {exact:>4}/{len(runs)} {missed:>8} {beside:>8} {beyond[len(beyond) // 2]:>12}"
                f" {beyond[-1]:>8} {total[len(total) // 2]:>12} {seconds:>8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
