"""A scheduler that is killed and started again in the middle of a check."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from gradproof import Cluster, Outcome, check, using
from gradproof.reports.record import canonical

pytest.importorskip("distributed")
pytest.importorskip("cloudpickle")

PARAMS = {"x": np.linspace(0.1, 2.0, 50)}


def slow(p):
    time.sleep(0.1)
    return float(np.sum(np.sin(p["x"])))


def gradient(p):
    return {"x": np.cos(p["x"]) + (p["x"] == p["x"][7])}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def started():
    """Yield what starts a command of Dask; all are ended afterwards."""
    running = []

    def start(name, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *options, "--dashboard-address", ":0"]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_the_scheduler_is_killed_and_started_again():
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    alone = check(slow, gradient, PARAMS)
    with started() as start:

        def both():
            made = start("scheduler", "--port", str(port), "--host", "127.0.0.1")
            start("worker", address, "--nthreads", "1", "--no-nanny")
            return made

        scheduler = both()
        asked = threading.Event()

        def bounce():
            asked.wait()
            time.sleep(0.5)
            scheduler.kill()
            scheduler.wait()
            both()

        breaking = threading.Thread(target=bounce)
        breaking.start()

        def claim(p):
            # The evaluations begin after the gradient was called.
            asked.set()
            return gradient(p)

        with using(Cluster(address)):
            found = check(slow, claim, PARAMS)
        breaking.join()
    assert found.outcome is Outcome.WRONG
    assert canonical(found.record) == canonical(alone.record)
    assert found.record.run["lost"] >= 1
