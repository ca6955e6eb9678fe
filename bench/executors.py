"""What other processes and a journal bring and cost: ``python bench/executors.py``.

The objective sleeps, as a simulation on another machine would keep this one idle: so the figures hold beside other
work. Pairs of runs in turn, medians; the pool is warm. The check is made long (many probes) to have a thousand
evaluations.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import gradproof as gp
from gradproof.reports.record import canonical

PAIRS = 3
SETTINGS = gp.Settings(probes=170)
X = np.random.default_rng(0).normal(size=(30, 8))
rng = np.random.default_rng(1)
PARAMS = {"W": rng.normal(size=(40, 30)), "b": rng.normal(size=40), "V": rng.normal(size=(10, 40))}


def loss(p, pause):
    time.sleep(pause)
    return float(np.sum(np.tanh(p["V"] @ np.tanh(p["W"] @ X + p["b"][:, None])) ** 2))


def gradient(p, pause):
    hidden = np.tanh(p["W"] @ X + p["b"][:, None])
    out = np.tanh(p["V"] @ hidden)
    upper = 2 * out * (1 - out**2)
    lower = (p["V"].T @ upper) * (1 - hidden**2)
    return {"W": lower @ X.T, "b": lower.sum(1), "V": upper @ hidden.T}


def wrong(p, pause):
    found = gradient(p, pause)
    found["W"][3, 4] *= 1.5
    found["V"][2] *= 2.0
    return found


def timed(claim, pause, where=None, journal=None):
    """Return the seconds of a check, processor seconds of this process, and the report."""
    with gp.using(where, journal=journal):
        started, used = time.perf_counter(), time.process_time()
        report = gp.check(loss, claim, PARAMS, args=(pause,), settings=SETTINGS)
        return time.perf_counter() - started, time.process_time() - used, report


def main():
    print("objective  claim   evaluations   serial  2 processes  ratio  driver, ms an evaluation  sent  same report")
    for pause, claim in ((0.01, gradient), (0.01, wrong), (0.001, gradient)):
        timed(claim, pause, gp.Processes(2))
        runs = [(timed(claim, pause), timed(claim, pause, gp.Processes(2))) for _ in range(PAIRS)]
        ratio = statistics.median(alone[0] / there[0] for alone, there in runs)
        alone, there = runs[-1]
        count = there[2].evaluations
        same = canonical(alone[2].record) == canonical(there[2].record)
        row = f"{1e3 * pause:6.0f} ms  {claim.__name__:8}  {count:10}  {alone[0]:6.2f} s  {there[0]:9.2f} s"
        row += f"  {ratio:5.2f}  {1e3 * there[1] / count:24.2f}  {there[2].record.run['sent']:4}  {same}"
        print(row, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(timed(gradient, 0.01)[0], timed(gradient, 0.01, journal=Path(folder) / f"{i}")[0])
                 for i in range(PAIRS)]  # fmt: skip
        share = statistics.median(kept / plain - 1.0 for plain, kept in pairs)
    print(f"a journal costs {100 * share:.1f} % at 10 ms an evaluation (target 5 %)")


if __name__ == "__main__":
    main()
