"""What a driver leaves behind when it is killed or interrupted: nothing that runs, and nothing on the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")

# Seconds within which all must be gone.
SOON = 6.0
TARGET = """
import itertools, os, time
from tests.executors.problems import PARAMS as params, loss as quick, wrong as gradient
NOTED, LAST, MANNER = {noted!r}, {last}, {manner!r}
PLACE = os.getpid()
def loss(p):
    with open(NOTED, "ab", buffering=0) as begun:
        begun.write(b".")
    if os.path.getsize(NOTED) >= LAST:
        if MANNER == "waits":
            time.sleep(1000.0)
        elif MANNER == "computes" and os.getpid() != PLACE:
            # Nothing of Python can run beside it: no handler of a signal, no other thread.
            sum(itertools.repeat(1.0))
    time.sleep(0.02)
    return quick(p)
"""
# What a shell starts in the background ignores Ctrl-C, and hands that on.
HEARD = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
COMMAND = [sys.executable, "-c", HEARD + "runpy.run_module('gradproof', run_name='__main__', alter_sys=True)"]
PLACES = {"here": [], "processes": ["--workers", "2"], "cluster": ["--cluster", "local", "--workers", "2"]}


def living(session):
    """Return the processes of a session that have not ended."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found[int(entry.name)] = command[-120:]
    return found


def ends(session):
    """Return what is left of a session after a while."""
    end = time.monotonic() + SOON
    while (left := living(session)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


@pytest.fixture
def begun(tmp_path):
    """Return what starts a command in a session of its own, and comes back in the midst of its evaluations."""
    started = []

    def start(command, where, manner="", last=20):
        noted, target = tmp_path / "noted", tmp_path / "target.py"
        noted.write_bytes(b"")
        target.write_text(TARGET.format(noted=str(noted), last=last, manner=manner))
        driver = subprocess.Popen([*COMMAND, command, str(target), *PLACES[where]], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
        started.append(driver)
        end = time.monotonic() + 60.0
        while noted.stat().st_size < last:
            assert driver.poll() is None, driver.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.01)
        return driver

    yield start
    for driver in started:
        for process in living(driver.pid):
            os.kill(process, signal.SIGKILL)
        driver.communicate()


def needs(where):
    if where != "here":
        pytest.importorskip({"processes": "loky", "cluster": "distributed"}[where])
        pytest.importorskip("cloudpickle")


@pytest.mark.parametrize(
    ("where", "manner"),
    [("processes", ""), ("processes", "waits"), ("processes", "computes"), ("cluster", "waits")],
)
def test_workers_end_with_a_driver_that_is_killed(begun, where, manner):
    needs(where)
    driver = begun("check", where, manner)
    # The driver and two workers, at least.
    assert len(living(driver.pid)) >= 3
    driver.kill()
    driver.wait()
    assert not ends(driver.pid)


@pytest.mark.parametrize("to", ["the driver", "all"])
@pytest.mark.parametrize(
    ("command", "where", "manner"),
    [
        ("measure", "here", ""),
        ("check", "here", "waits"),
        ("check", "processes", ""),
        ("check", "processes", "waits"),
        ("check", "processes", "computes"),
        ("check", "cluster", ""),
    ],
)
def test_an_interruption_gives_the_report_so_far_and_leaves_nothing(begun, command, where, manner, to):
    """Ctrl-C goes to all processes of a terminal; ``kill -INT`` to one."""
    needs(where)
    driver = begun(command, where, manner, last=6 if command == "measure" else 20)
    (os.kill if to == "the driver" else os.killpg)(driver.pid, signal.SIGINT)
    sent = time.monotonic()
    out, errors = driver.communicate(timeout=60.0)
    assert time.monotonic() - sent < SOON
    assert driver.returncode == 130
    assert "nterrupted" in " ".join(out.split()), out
    assert out.startswith("MEASURED" if command == "measure" else ("INCONCLUSIVE", "WRONG"))
    assert errors == "Interrupted.\n"
    assert not ends(driver.pid)
