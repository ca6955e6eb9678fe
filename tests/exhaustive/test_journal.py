"""A measurement with a journal: killed at any moment it goes on, and ends in the same arrays to the last bit."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradproof import Batches, MeasuredGradient, Problem, Processes, Settings, measure_gradient, using
from gradproof.errors import JournalError
from tests.exhaustive.test_crew import PARAMS, batched, loss, same
from tests.exhaustive.test_measuring import PARAMS as OTHERS
from tests.exhaustive.test_measuring import LateWriter


class StoppedError(Exception):
    """Raised in the middle of a run."""


def counted(stop=None, function=loss):
    """Return an objective and its calls; it raises at one of them."""
    calls = [0]

    def objective(p):
        if calls[0] == stop:
            raise StoppedError
        calls[0] += 1
        return function(p)

    return objective, calls


@pytest.mark.parametrize("bars", ["pooled", "own"])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.4, 0.77, 0.999])
def test_a_run_that_ended_goes_on(tmp_path: Path, bars: str, share: float) -> None:
    alone = measure_gradient(loss, PARAMS, bars=bars)
    stop = max(3, int(share * alone.evaluations))
    first, made = counted(stop)
    with pytest.raises(StoppedError), using(journal=tmp_path / "journal"):
        measure_gradient(first, PARAMS, bars=bars)
    assert made[0] == stop
    again, calls = counted()
    with using(journal=tmp_path / "journal"):
        found = measure_gradient(again, PARAMS, bars=bars)
    same(found, alone)
    assert (found.evaluations, found.notes) == (alone.evaluations, alone.notes)
    # What was known is not evaluated again, but for the two at the point.
    assert calls[0] == alone.evaluations - stop + 2
    nothing, calls = counted()
    with using(journal=tmp_path / "journal"):
        same(measure_gradient(nothing, PARAMS, bars=bars), alone)
    assert calls[0] == 2


def test_a_journal_changes_nothing(tmp_path: Path) -> None:
    alone = measure_gradient(loss, PARAMS)
    with using(journal=tmp_path / "journal"):
        found = measure_gradient(loss, PARAMS)
    same(found, alone)
    assert found.evaluations == alone.evaluations
    # The value at the point, every other but the two there, and what looks at the arrays found.
    assert 0 <= _kept(tmp_path / "journal") - (alone.evaluations - 1) < 20


SCRIPT = """
import sys, time
import numpy as np
import gradproof as gp
rng = np.random.default_rng(0)
X = rng.normal(size=(4, 6))
params = {"W": rng.normal(size=(6, 8)), "b": rng.normal(size=8), "x": np.abs(rng.normal(size=40))}

def loss(p):
    time.sleep(0.004)
    if p["x"].min() < 0.0:
        raise ValueError("math domain error")
    return float(np.sum(np.tanh(X @ p["W"] + p["b"]) ** 2) + np.sum(np.sqrt(p["x"])))

with gp.using(journal=sys.argv[1]):
    gp.measure_gradient(loss, params).save(sys.argv[2])
print("done")
"""


def _kept(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as store:
        return int(store.execute("SELECT sum(length(data)) / 8 FROM sweeps").fetchone()[0] or 0)


def test_kill_9_at_any_moment(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(SCRIPT)

    def started(journal: str, output: str) -> subprocess.Popen[bytes]:
        paths = [str(tmp_path / name) for name in ("run.py", journal, output)]
        return subprocess.Popen([sys.executable, *paths], stdout=subprocess.PIPE)

    assert started("whole", "whole.npz").communicate()[0] == b"done\n"
    whole = MeasuredGradient.load(tmp_path / "whole.npz")
    # Killed at random moments, until something was measured between them; then left to end.
    rng = np.random.default_rng(0)
    for _ in range(8):
        run = started("journal", "gradient.npz")
        try:
            run.communicate(timeout=rng.uniform(0.4, 0.9))
            break
        except subprocess.TimeoutExpired:
            os.kill(run.pid, signal.SIGKILL)
            run.communicate()
    assert _kept(tmp_path / "journal") > 20
    assert started("journal", "gradient.npz").communicate()[0] == b"done\n"
    found = MeasuredGradient.load(tmp_path / "gradient.npz")
    same(found, whole)
    assert found.evaluations == whole.evaluations


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"bars": "own"}, "its settings differs"),
        ({"settings": Settings(seed=1)}, "its seed differs"),
        ({"params": {**PARAMS, "b": PARAMS["b"] + 1.0}}, "its point differs"),
    ],
)
def test_a_journal_of_something_else_is_refused(tmp_path: Path, change, text: str) -> None:
    with using(journal=tmp_path / "journal"):
        measure_gradient(loss, PARAMS, settings=Settings(evaluations=100))
    with pytest.raises(JournalError, match=text), using(journal=tmp_path / "journal"):
        measure_gradient(**{"loss": loss, "params": PARAMS, **change})


def test_another_value_at_the_point_is_refused(tmp_path: Path) -> None:
    scale = [1.0]

    def scaled(p):
        return scale[0] * loss(p)

    with using(journal=tmp_path / "journal"):
        measure_gradient(scaled, PARAMS, settings=Settings(evaluations=100))
    scale[0] = 1.0 + 1e-15
    with pytest.raises(JournalError, match="gave another value"), using(journal=tmp_path / "journal"):
        measure_gradient(scaled, PARAMS)


def test_a_larger_budget_goes_on_from_a_smaller_one(tmp_path: Path) -> None:
    alone = measure_gradient(loss, PARAMS)
    for budget in (50, 300, 500, None):
        one, calls = counted()
        with using(journal=tmp_path / "journal"):
            found = measure_gradient(one, PARAMS, settings=Settings(evaluations=budget))
        assert calls[0] <= (budget or alone.evaluations)
    same(found, alone)
    assert calls[0] <= alone.evaluations - 495


def test_values_that_a_spoilt_array_may_have_given_are_measured_again(tmp_path: Path, monkeypatch) -> None:
    # Every value would be written at once, if the arrays were not looked at.
    monkeypatch.setattr("gradproof.exhaustive.kept.OFTEN", 0.0)
    monkeypatch.setattr("gradproof.exhaustive.kept.SHARE", 1e9)
    alone = measure_gradient(LateWriter(), OTHERS)

    class Stopping(LateWriter):
        def __call__(self, p):
            if self.calls == 800:
                raise StoppedError
            return super().__call__(p)

    with pytest.raises(StoppedError), using(journal=tmp_path / "journal"):
        measure_gradient(Stopping(), OTHERS)
    # It does not write again: what was spoilt before must not be believed.
    later = Stopping()
    later.calls = 1_000_000_001
    with using(journal=tmp_path / "journal"):
        found = measure_gradient(later, OTHERS)
    for name, leaf in alone.leaves.items():
        assert np.mean(np.abs(found[name].value - leaf.value) <= found[name].error + leaf.error) >= 0.995


@pytest.fixture
def processes():
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    return Processes(2)


def test_processes_are_used_behind_a_journal(processes, tmp_path: Path) -> None:
    here = []
    home = os.getpid()

    def spied(p):
        if os.getpid() == home:
            here.append(1)
        return loss(p)

    alone = measure_gradient(loss, PARAMS)
    with using(processes, journal=tmp_path / "journal"):
        part = measure_gradient(spied, PARAMS, settings=Settings(evaluations=600))
        assert len(here) < 0.9 * part.evaluations
    here.clear()
    with using(processes, journal=tmp_path / "journal"):
        found = measure_gradient(spied, PARAMS)
    same(found, alone)
    assert found.evaluations == alone.evaluations
    # And without them, from their journal.
    with using(journal=tmp_path / "journal"):
        same(measure_gradient(spied, PARAMS), alone)


def test_batches_are_used_behind_a_journal(tmp_path: Path) -> None:
    calls = []

    def counted_batch(p):
        calls.append(1)
        return batched(p)

    problem = Problem(loss, None, PARAMS, batched=counted_batch)
    with using(Batches(points=64)):
        alone = measure_gradient(problem)
    for budget in (450, 600, None):
        calls.clear()
        with using(Batches(points=64), journal=tmp_path / "journal"):
            found = measure_gradient(problem, settings=Settings(evaluations=budget))
        assert calls
    same(found, alone)


@pytest.mark.parametrize("where", [0, 40, -1])
@pytest.mark.parametrize("what", ["data", "asked", "mark"])
def test_what_a_disk_has_spoiled_is_measured_again(tmp_path: Path, monkeypatch, what, where) -> None:
    monkeypatch.setattr("gradproof.exhaustive.kept.OFTEN", 0.0)
    monkeypatch.setattr("gradproof.exhaustive.kept.SHARE", 1e9)
    alone = measure_gradient(loss, PARAMS)

    def run():
        with using(journal=tmp_path / "journal"):
            return measure_gradient(loss, PARAMS)

    run()
    with contextlib.closing(sqlite3.connect(tmp_path / "journal")) as store, store:
        firsts = [first for (first,) in store.execute("SELECT first FROM sweeps ORDER BY first")]
        first = firsts[min(where, len(firsts) - 1)]
        if what == "data":
            (data,) = store.execute("SELECT data FROM sweeps WHERE first = ?", (first,)).fetchone()
            # A bit of an exponent: another number, and a plausible one.
            store.execute(
                "UPDATE sweeps SET data = ? WHERE first = ?", (data[:6] + bytes([data[6] ^ 16]) + data[7:], first)
            )
        elif what == "asked":
            store.execute("UPDATE sweeps SET asked = asked + 1 WHERE first = ?", (first,))
        else:
            store.execute("UPDATE sweeps SET mark = ? WHERE first = ?", ("0" * 16, first))
    found = run()
    same(found, alone)
    assert any("was damaged" in note for note in found.notes)
    again = run()
    same(again, alone)
    assert not any("was damaged" in note for note in again.notes)


def test_a_full_disk_ends_the_journal_and_not_the_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("gradproof.exhaustive.kept.OFTEN", 0.0)
    monkeypatch.setattr("gradproof.exhaustive.kept.SHARE", 1e9)
    alone = measure_gradient(loss, PARAMS)
    with using(journal=tmp_path / "journal"):
        from gradproof.desk import current

        current()._store.execute("PRAGMA max_page_count = 8")
        found = measure_gradient(loss, PARAMS)
    same(found, alone)
    assert any("nothing more was written" in note for note in found.notes)
