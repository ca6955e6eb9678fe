"""The clock on the wall jumps by hours in the middle of a check: nothing may depend on it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradproof
from gradproof import Settings, check
from gradproof.reports.record import canonical, loads
from tests.executors.problems import WRONG

PACKAGE = Path(gradproof.__file__).parent
ASKED = ("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today")
# Run by every process at its start, the workers' too. It jumps with every tenth evaluation, forth and back, or forth.
JUMPING = """
import os, time
real = time.time
def jumping(noted=os.environ["NOTED"]):
    count = os.path.getsize(noted)
    steps = count // 10
    return real() + 7200.0 * (steps if os.environ["JUMPS"] == "forth" else (0, 1, -1)[steps % 3])
time.time = jumping
time.time_ns = lambda: int(1e9 * jumping())
"""
DRIVER = """
import os, sys, time
from gradproof import Cluster, Problem, Processes, Settings, check, using
from tests.executors.problems import PARAMS, wrong, loss
def noting(p):
    wall, own = time.time(), time.monotonic()
    with open(os.environ["NOTED"], "ab", buffering=0) as begun:
        begun.write(b".")
    if abs(time.time() - wall - (time.monotonic() - own)) > 3600.0:
        with open(os.environ["NOTED"] + " jumps", "ab", buffering=0) as jumped:
            jumped.write(b".")
    time.sleep(0.002)
    return loss(p)
if __name__ == "__main__":
    place, path = sys.argv[1:]
    where = {"here": lambda: None, "processes": lambda: Processes(2), "cluster": lambda: Cluster(workers=2)}[place]
    limit = None if place == "here" else 30.0
    with using(where(), journal=path, limit=limit):
        report = check(Problem(noting, wrong, PARAMS), settings=Settings(seconds=1000.0))
    print(report.to_json())
"""


@pytest.mark.parametrize("place", ["here", "processes", "cluster"])
def test_a_clock_that_jumps_changes_nothing(tmp_path, place):
    """With a journal, a budget of seconds, and a limit for each evaluation where there can be one."""
    if place != "here":
        pytest.importorskip({"processes": "loky", "cluster": "distributed"}[place])
        pytest.importorskip("cloudpickle")
    (tmp_path / "sitecustomize.py").write_text(JUMPING)
    (tmp_path / "noted").write_bytes(b"")
    (tmp_path / "driver.py").write_text(DRIVER)
    found = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    # Dask's own messages wait for a clock that was set back until it has caught up.
    jumps = "forth" if place == "cluster" else "forth and back"
    env = {**os.environ, "PYTHONPATH": found, "NOTED": str(tmp_path / "noted"), "JUMPS": jumps}
    expected = check(WRONG, settings=Settings(seconds=1000.0))
    # The second run goes on from the journal of the first.
    for remembered in (0, expected.evaluations - 2):
        command = [sys.executable, str(tmp_path / "driver.py"), place, str(tmp_path / "j")]
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        report = loads(done.stdout)
        assert canonical(report) == canonical(expected.record)
        assert report.run["remembered"] == remembered
    assert (tmp_path / "noted jumps").stat().st_size >= 5


def wall_clock(path):
    """Yield the lines of a file that ask the clock on the wall."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if f"{owner}.{node.attr}" in ASKED:
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (node.lineno for alias in node.names if alias.name in ("time", "time_ns"))


def test_nothing_asks_the_clock_on_the_wall_but_the_date_of_a_report():
    files = sorted(PACKAGE.rglob("*.py"))
    found = {file.relative_to(PACKAGE).as_posix(): lines for file in files if (lines := list(wall_clock(file)))}
    assert list(found) == ["api.py"]
    assert len(found["api.py"]) == 1
