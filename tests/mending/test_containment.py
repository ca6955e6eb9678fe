"""Edited code cannot do harm: it hangs, crashes, prints and writes in a process that is thrown away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradproof import Outcome, check
from gradproof.adapters.target import load
from gradproof.mending.channel import GoneError, Worker
from tests.mending.support import BODY, HEAD, Mend


def refused(action) -> str:
    """Return what an action raises in a worker."""

    def answer(question):
        try:
            action(question)
        except BaseException as error:
            return f"{type(error).__name__}: {error}"
        return "allowed"

    return answer


@pytest.mark.parametrize(
    "action",
    [
        lambda path: Path(path).write_text("x"),
        lambda path: Path(path).open("a").close(),
        lambda path: os.open(path, os.O_CREAT | os.O_WRONLY),
        lambda path: Path(path).mkdir(),
        lambda path: socket.socket(),
        lambda path: subprocess.run(["true"], check=False),
        lambda path: os.system("true"),
        lambda path: os.fork(),
        lambda path: np.save(path, np.ones(3)),
    ],
    ids=["write", "append", "os.open", "mkdir", "socket", "subprocess", "system", "fork", "np.save"],
)
def test_no_files_no_network_no_processes(action, tmp_path: Path) -> None:
    with Worker(refused(action)) as worker:
        assert "NotAllowedError" in worker.ask(str(tmp_path / "new"), 30.0)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_limited() -> None:
    with Worker(refused(lambda _: np.ones(2**31, dtype=np.float64))) as worker:
        assert "Memory" in worker.ask(None, 60.0)


def test_a_worker_that_hangs_or_dies_is_told_of_and_replaced() -> None:
    def answer(question):
        if question == "hang":
            signal.pause()
        if question == "die":
            os._exit(3)
        return question

    with Worker(answer) as worker:
        with pytest.raises(GoneError, match="no answer"):
            worker.ask("hang", 0.2)
        assert worker.ask("well", 30.0) == "well"
        with pytest.raises(GoneError, match="crashed"):
            worker.ask("die", 30.0)
        assert worker.ask("well", 30.0) == "well"


def test_what_is_printed_goes_nowhere(mended: Mend, capfd: pytest.CaptureFixture[str]) -> None:
    text = HEAD + BODY.replace("np.sum(dz)", "3 * np.sum(dz)").replace(
        "    n = len(X)", "    print('busy')\n    n = len(X)"
    )
    capfd.readouterr()
    assert mended(text).outcome == "mended"
    # The calls in this process print: for the claim, the check and the directions; hundreds of candidates do not.
    assert capfd.readouterr().out.count("busy") < 10


def test_candidates_that_hang_are_contained(mended: Mend) -> None:
    text = (
        HEAD
        + """

def gradient(p):
    a = np.tanh(X @ p["w"] + p["b"])
    dz = (a - y) * (1 - a**2)
    dw = np.zeros(3)
    i = 0
    while i < 3:
        dw[i] = X[:, i] @ dz / len(X) + 2 * decay * p["w"][i]
        i = i + 1
    return {"w": dw, "b": np.sum(dz)}
"""
    )
    # Edits of `i = i + 1` run for ever; the mistake is in the last line.
    mending = mended(text)
    assert mending.outcome == "mended"
    assert mending.ways[0].corrections[0].line == 23


def test_the_users_data_and_module_stay_what_they_are(tmp_path: Path) -> None:
    text = HEAD + BODY.replace("np.sum(dz)", "2 * np.sum(dz)").replace(
        "    n = len(X)", "    n = len(X)\n    X[0] += 0.0"
    )
    path = tmp_path / "target.py"
    path.write_text(text, encoding="utf-8")
    problem = load(str(path))
    from gradproof import mend

    module = sys.modules[problem.gradient.__module__]
    before = {name: value.copy() for name, value in vars(module).items() if isinstance(value, np.ndarray)}
    code, names = problem.gradient.__code__, set(vars(module))
    assert mend(problem).outcome == "mended"
    assert problem.gradient.__code__ is code
    assert set(vars(module)) == names
    assert all(np.array_equal(getattr(module, name), value) for name, value in before.items())
    assert all(getattr(module, name).flags.writeable for name in before)
    assert path.read_text(encoding="utf-8") == text
    assert check(problem).outcome is Outcome.WRONG
