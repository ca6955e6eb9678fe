"""Evaluations and time of a verdict, beside the peers: ``python bench/speed.py``.

One thread, after a warm-up, all in one run, so that ratios mean something on a shared machine. What would run longer
than half a minute is measured on a slice of the coordinates and extrapolated, and marked with ~.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import statistics
import time
import warnings

import numpy as np
from networks import SIZES, Network, network
from scipy.optimize import check_grad

import gradproof
from gradproof import Outcome, Settings, check

PATIENCE = 20.0


def timed(function, repeats: int = 5) -> float:
    """Return the median of seconds a call, after a warm-up."""
    function()
    runs = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        runs.append(time.perf_counter() - started)
    return statistics.median(runs)


def flat(tree: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([leaf.reshape(-1) for leaf in tree.values()])


def unflat(vector: np.ndarray, like: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    tree, start = {}, 0
    for name, leaf in like.items():
        tree[name] = vector[start : start + leaf.size].reshape(leaf.shape)
        start += leaf.size
    return tree


def course_loop(net: Network, coordinates: int) -> float:
    """The course's check: two evaluations a parameter, a copy and a rebuilt dictionary for each."""
    vector, epsilon = flat(net.params)[:, None], 1e-7
    approx = np.zeros(coordinates)
    for i in range(coordinates):
        plus, minus = np.copy(vector), np.copy(vector)
        plus[i] += epsilon
        minus[i] -= epsilon
        approx[i] = (net.loss(unflat(plus, net.params)) - net.loss(unflat(minus, net.params))) / (2 * epsilon)
    claim = flat(net.gradient(net.params))[:coordinates]
    return float(np.linalg.norm(claim - approx) / (np.linalg.norm(claim) + np.linalg.norm(approx)))


def sliced(function, size: int) -> tuple[float, str]:
    """Return the seconds of a loop over all coordinates, extrapolated from a slice if it would take long."""
    few = min(size, 30)
    each = timed(lambda: function(few), 1) / few
    count = int(min(size, max(PATIENCE / 4 / each, few)))
    seconds = timed(lambda: function(count), 1) * size / count
    return seconds, "" if count == size else "~"


def scipy_check(net: Network, **options) -> float:
    return check_grad(
        lambda v: net.loss(unflat(v, net.params)), lambda v: flat(net.gradient(unflat(v, net.params))),
        flat(net.params), **options,
    )  # fmt: skip


def torch_check(net: Network, fast: bool) -> None:
    import torch

    torch.set_num_threads(1)
    tensors = [torch.from_numpy(leaf).clone().requires_grad_() for leaf in net.params.values()]
    torch.autograd.gradcheck(net.torch_loss, tensors, fast_mode=fast)


def peers(net: Network, size: int) -> dict[str, tuple[float, str, int]]:
    """Return seconds, a mark for extrapolation, and evaluations of the objective."""
    rows = {}
    seconds, mark = sliced(lambda count: course_loop(net, count), size)
    rows["the course's loop"] = (seconds, mark, 2 * size)
    one = timed(lambda: net.loss(unflat(flat(net.params), net.params)))
    if one * size < PATIENCE:
        rows["scipy check_grad"] = (timed(lambda: scipy_check(net), 1), "", size + 1)
    random = {"direction": "random", "rng": 0}
    rows["scipy check_grad, random"] = (timed(lambda: scipy_check(net, **random)), "", 2)
    rows["torch gradcheck, fast"] = (timed(lambda: torch_check(net, True)), "", 2 * len(net.params))
    if size < 1000:
        rows["torch gradcheck, slow"] = (timed(lambda: torch_check(net, False)), "", 2 * size)
    elif size < 100_000:
        # A Jacobian of all coordinates; one run is enough.
        started = time.perf_counter()
        torch_check(net, False)
        rows["torch gradcheck, slow"] = (time.perf_counter() - started, "", 2 * size)
    return rows


def compare(name: str) -> None:
    net = network(name)
    size = sum(leaf.size for leaf in net.params.values())
    claim = net.gradient(net.params)
    ours = timed(lambda: check(net.loss, claim, net.params), 9)
    report = check(net.loss, claim, net.params)
    assert report.outcome is Outcome.CONSISTENT, report
    print(f"\n{name} parameters; one evaluation {1e6 * timed(lambda: net.loss(net.params), 50):.0f} us")
    print(f"  {'gradproof':<28}{report.evaluations:>10} evaluations {1e3 * ours:>12.2f} ms")
    for peer, (seconds, mark, evaluations) in peers(net, size).items():
        ratio = f"{seconds / ours:,.1f} x"
        print(f"  {peer:<28}{evaluations:>10} evaluations {mark:>1}{1e3 * seconds:>11.2f} ms {mark}{ratio:>12}")


def overhead() -> None:
    """Print the time inside gradproof for an evaluation: of a cheap objective, and of one that takes 1 ms."""
    net = network("47")
    claim = net.gradient(net.params)
    inside = {"n": 0, "seconds": 0.0}

    def watched(loss):
        def objective(p):
            started = time.perf_counter()
            value = loss(p)
            inside["seconds"] += time.perf_counter() - started
            inside["n"] += 1
            return value

        return objective

    def slow(p):
        until = time.perf_counter() + 1e-3
        value = net.loss(p)
        while time.perf_counter() < until:
            pass
        return value

    cases = (("cheap objective", net.loss, 60, "60 us"), ("objective of 1 ms", slow, 8, "10 %"))
    for label, loss, repeats, target in cases:
        objective = watched(loss)
        spent, share = [], []
        for _ in range(repeats):
            inside.update(n=0, seconds=0.0)
            started = time.perf_counter()
            check(objective, claim, net.params)
            own = time.perf_counter() - started - inside["seconds"]
            spent.append(own / inside["n"])
            share.append(own / inside["seconds"])
        print(
            f"{label}: {1e6 * statistics.median(spent):.0f} us inside gradproof an evaluation, "
            f"{statistics.median(share):.1%} of the objective's own time (target {target})"
        )


def counts() -> None:
    """Print the evaluations of right gradients over twenty points and seeds."""
    for name in SIZES:
        found = []
        for seed in range(20 if name != "1,000,001" else 5):
            net = network(name, seed)
            report = check(net.loss, net.gradient, net.params, settings=Settings(seed=seed))
            assert report.outcome is Outcome.CONSISTENT, report
            found.append(report.evaluations)
        print(f"{name} parameters: median {statistics.median(found):.0f} evaluations, most {max(found)} (target 40)")


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"gradproof {gradproof.__version__}, numpy {np.__version__}")
    counts()
    overhead()
    for name in SIZES:
        compare(name)


if __name__ == "__main__":
    main()
