"""What other processes and a journal bring and cost: ``python bench/executors.py``.

The objective sleeps, as a simulation on another machine would keep this one idle: so the figures hold beside other
work. Pairs of runs in turn, medians; the pool is warm. The check is made long (many probes) to have a thousand
evaluations.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import distributed
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


@contextlib.contextmanager
def cluster():
    """Yield the address of a scheduler of Dask with two workers, each in a process of its own, as users have it."""
    with tempfile.TemporaryDirectory() as folder:
        told, running = Path(folder) / "scheduler.json", []

        def start(name, *options):
            command = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", str(told), *options]
            running.append(subprocess.Popen([*command, "--dashboard-address", ":0"], stderr=subprocess.DEVNULL))

        try:
            start("scheduler", "--host", "127.0.0.1", "--port", "0")
            while not (told.exists() and told.read_text(encoding="utf-8").endswith("}")):
                time.sleep(0.1)
            for _ in range(2):
                start("worker", "--nthreads", "1", "--no-nanny")
            address = json.loads(told.read_text(encoding="utf-8"))["address"]
            with distributed.Client(address) as client:
                client.wait_for_workers(2)
            yield address
        finally:
            for process in running:
                process.kill()


def compared(where, name):
    """Print a row for each objective: two workers beside this process alone, in turn."""
    for pause, claim in ((0.01, gradient), (0.01, wrong), (0.001, gradient)):
        timed(claim, pause, where)
        runs = [(timed(claim, pause), timed(claim, pause, where)) for _ in range(PAIRS)]
        ratio = statistics.median(alone[0] / there[0] for alone, there in runs)
        alone, there = runs[-1]
        count, sent = there[2].evaluations, there[2].record.run
        same = canonical(alone[2].record) == canonical(there[2].record)
        row = f"{name:9}  {1e3 * pause:6.0f} ms  {claim.__name__:8}  {count:9}  {alone[0]:6.2f} s  {there[0]:6.2f} s"
        row += f"  {ratio:5.2f}  {1e3 * there[1] / count:15.2f}  {sent['sent']:4}  {sent['tasks']:8}  {same}"
        print(row, flush=True)


def main():
    print("where      objective  claim   evaluations   serial        two  ratio  driver, ms each  sent  in tasks  same")
    compared(gp.Processes(2), "processes")
    with cluster() as address:
        compared(gp.Cluster(address), "cluster")
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(timed(gradient, 0.01)[0], timed(gradient, 0.01, journal=Path(folder) / f"{i}")[0])
                 for i in range(PAIRS)]  # fmt: skip
        share = statistics.median(kept / plain - 1.0 for plain, kept in pairs)
    print(f"a journal costs {100 * share:.1f} % at 10 ms an evaluation (target 5 %)")


if __name__ == "__main__":
    main()
