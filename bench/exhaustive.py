"""Every entry measured, beside a bare loop with the course's formula: ``python bench/exhaustive.py``.

The loop perturbs in place and spends two evaluations an entry, and nothing else: no peer is leaner. Both run in turn,
and the ratio of their times of processor, on one core, is the median of pairs: other work on the machine counts for
neither. The truth is the network's own gradient in extended precision. The second table has objectives that take many
points in one call, measured in batches, beside that loop and peers that spend two evaluations an entry, one by one.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from batched import bare_loop, heat, jax_network, numpy_network, torch_heat, torch_network
from networks import Network

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.exhaustive.cases import MAKERS, cases

from gradproof import Batches, Problem, measure_gradient, using

PAIRS = 7
SIZES = (([64, 32, 16, 1], 20), ([64, 32, 16, 1], 200), ([200, 50, 10, 1], 30), ([784, 24, 1], 16))


def network(sizes, batch, seed=0):
    rng = np.random.default_rng(seed)
    params = {}
    for k, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        params[f"W{k}"] = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
        params[f"b{k}"] = np.zeros((outputs, 1))
    return Network(rng.normal(size=(sizes[0], batch)), (rng.random((1, batch)) < 0.5).astype(float), params)


def truth_of(net):
    wide = Network(net.X.astype(np.longdouble), net.Y.astype(np.longdouble), net.params)
    found = wide.gradient({name: leaf.astype(np.longdouble) for name, leaf in net.params.items()})
    return {name: leaf.astype(np.float64) for name, leaf in found.items()}


def timed(function):
    started = time.process_time()
    result = function()
    return time.process_time() - started, result


def errors(values, truth):
    return np.concatenate([np.abs(values[name] - truth[name]).reshape(-1) for name in truth])


def compared(net):
    size = sum(leaf.size for leaf in net.params.values())
    truth = truth_of(net)
    for bars in ("pooled", "own"):
        measure_gradient(net.loss, net.params, bars=bars)
        ratios = []
        for _ in range(PAIRS):
            slow, theirs = timed(lambda: bare_loop(net.loss, net.params))
            ours, found = timed(lambda bars=bars: measure_gradient(net.loss, net.params, bars=bars))
            ratios.append(ours / slow)
        loop = float(np.median(errors(theirs, truth)))
        off = errors({name: leaf.value for name, leaf in found.leaves.items()}, truth)
        bar = np.concatenate([leaf.error.reshape(-1) for leaf in found.leaves.values()])
        print(
            f"{size:>7,}  {bars:6}  {1e6 * slow / (2 * size):6.0f} us  {found.evaluations / size:5.2f}"
            f"  {statistics.median(ratios):5.2f}  {loop:.1e}  {np.median(off):.1e}  {loop / np.median(off):7.0f}"
            f"  {np.median(bar):.1e}  {100 * np.mean(off <= bar):7.3f} %"
        )


def together(many):
    """Print one objective measured in batches, beside each of its peers."""
    problem = Problem(many.loss, None, many.params, batched=many.batched)
    measured = measure_gradient(problem)
    with using(Batches(points=many.points)):
        ours = lambda: measure_gradient(problem)  # noqa: E731
        ours()
        ratios = {name: [] for name in many.peers}
        for _ in range(PAIRS // 2):
            for name, peer in many.peers.items():
                spent, found = timed(ours)
                ratios[name].append(timed(peer)[0] / spent)
    truth = many.truth
    off = np.concatenate([np.abs(found[name].value - truth[name]).reshape(-1) for name in truth])
    bar = np.concatenate([found[name].error.reshape(-1) for name in truth])
    apart = np.concatenate([np.abs(found[name].value - measured[name].value).reshape(-1) for name in truth])
    told = "  ".join(f"{name} {statistics.median(values):5.1f}" for name, values in ratios.items())
    print(
        f"{found.entries:>7,}  {many.name:28}{many.points:>5}  {1e3 * spent:6.0f} ms  {np.median(off):.1e}"
        f"  {100 * np.mean(off <= bar):7.3f} %  {np.max(apart / bar):.1e}  {told}"
    )


def coverage(count):
    for kind in MAKERS:
        row = []
        for bars in ("pooled", "own"):
            inside = entries = evaluations = 0
            for case in cases(kind, count, seed=100):
                found = measure_gradient(case.loss, case.params, bars=bars)
                truth = case.truth()
                inside += sum(np.count_nonzero(np.abs(found[n].value - truth[n]) <= found[n].error) for n in truth)
                entries += found.entries
                evaluations += found.evaluations
            row.append(f"{100 * inside / entries:8.3f} %  {evaluations / entries:5.2f}")
        print(f"{kind:16}{entries:>8,}  " + "  ".join(row))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100, help="of each class, for the coverage of the bars")
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("entries  bars       each  evals   time   loop err  our err     gain  our bar   inside")
    for sizes, batch in SIZES:
        compared(network(sizes, batch))
    print("\nentries  objective                  points       ours  our err     inside  changed  times as fast as")
    for net in (network([64, 32, 16, 1], 4), network([120, 60, 20, 1], 4)):
        together(numpy_network(net))
        together(torch_network(net))
        together(jax_network(net, compiled="jit"))
    together(jax_network(network([64, 32, 16, 1], 4), compiled="no"))
    together(heat())
    together(torch_heat())
    print("\nclass            entries   pooled, evals        own, evals")
    coverage(chosen.cases)
