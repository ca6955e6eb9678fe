"""The journal: a run that was killed at any moment goes on, and ends in the same report."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from gradproof import Outcome, Problem, Processes, Settings, check, using
from gradproof.errors import JournalError
from gradproof.executors.code import digest
from gradproof.reports.record import canonical, loads
from tests.executors.problems import ALL, PARAMS, RIGHT, WRONG, gradient, loss


def counted(problem):
    """Return a problem that counts the evaluations of its objective, and the counter."""
    calls = []

    def objective(p):
        calls.append(1)
        return problem.loss(p)

    return Problem(objective, problem.gradient, problem.params, lower=problem.lower), calls


def journalled(problem, path, **settings):
    with using(journal=path):
        return check(problem, settings=Settings(**settings))


@pytest.mark.parametrize("name", ALL)
def test_a_second_run_evaluates_at_the_point_alone(name, tmp_path):
    problem, calls = counted(ALL[name])
    first = journalled(problem, tmp_path / "j")
    paid = len(calls)
    second = journalled(problem, tmp_path / "j")
    assert canonical(first.record) == canonical(second.record) == canonical(check(ALL[name]).record)
    # Twice at the point, to know it again.
    assert len(calls) - paid == 2
    assert second.record.run["remembered"] == first.record.run["written"] - 2


def test_a_larger_budget_goes_on_from_a_spent_one(tmp_path):
    problem, calls = counted(WRONG)
    assert journalled(problem, tmp_path / "j", evaluations=30).outcome is not Outcome.CONSISTENT
    paid = len(calls)
    whole = journalled(problem, tmp_path / "j")
    assert canonical(whole.record) == canonical(check(WRONG).record)
    assert len(calls) == whole.evaluations + 2
    assert paid == 30


def test_several_checks_in_one_journal(tmp_path):
    def both():
        with using(journal=tmp_path / "j"):
            return [canonical(check(problem).record) for problem in (RIGHT, WRONG)]

    assert both() == both() == [canonical(check(problem).record) for problem in (RIGHT, WRONG)]


def test_with_processes(tmp_path):
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    found = []
    for _ in range(2):
        with using(Processes(2), journal=tmp_path / "j"):
            found.append(check(WRONG))
    assert canonical(found[0].record) == canonical(found[1].record) == canonical(check(WRONG).record)
    assert found[1].record.run["sent"] == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda: (Problem(loss, gradient, {**PARAMS, "b": PARAMS["b"] + 1e-9}), {}), "its point differs"),
        (lambda: (RIGHT, {"seed": 1}), "its seed differs"),
        (lambda: (RIGHT, {"probes": 3}), "its settings differs"),
        (lambda: (Problem(lambda p: 2.0 * loss(p), gradient, PARAMS), {}), "its objective differs"),
    ],
)
def test_a_journal_of_something_else_is_refused(tmp_path, changed, words):
    journalled(RIGHT, tmp_path / "j")
    problem, settings = changed()
    with pytest.raises(JournalError, match=words):
        journalled(problem, tmp_path / "j", **settings)


def test_one_of_another_version_is_refused(tmp_path, monkeypatch):
    journalled(RIGHT, tmp_path / "j")
    monkeypatch.setattr("gradproof.executors.journal.__version__", "9.9")
    with pytest.raises(JournalError, match="its version of gradproof differs"):
        journalled(RIGHT, tmp_path / "j")


def test_frameworks_that_are_loaded_do_not_change_a_journal(tmp_path):
    """A framework puts a wrapper around the objective; it is the user's code that is known again."""
    pytest.importorskip("jax")
    code = """
import sys
from gradproof import check, using
from tests.executors.problems import RIGHT
with using(journal=sys.argv[1]):
    print(check(RIGHT).record.run["remembered"])
"""

    def remembered(code):
        command = [sys.executable, "-c", code, str(tmp_path / "j")]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert remembered(code) == 0
    assert remembered(f"import jax{code}") > 10


def test_other_code_on_tensors_is_refused(tmp_path):
    """Of the same value at the point: only the code tells it."""
    torch = pytest.importorskip("torch")

    def check_on(objective):
        with using(journal=tmp_path / "j"):
            return check(objective, {"x": torch.tensor([2.0, 4.0], dtype=torch.float64)},
                         {"x": torch.tensor([1.0, 2.0], dtype=torch.float64)})  # fmt: skip

    check_on(lambda p: (p["x"] ** 2).sum())
    with pytest.raises(JournalError, match="its objective differs"):
        check_on(lambda p: (p["x"] * p["x"]).sum())


def test_a_function_that_the_objective_closes_over_is_part_of_it(tmp_path):
    def closing(square):
        return Problem(lambda p: float(square(p["x"]).sum()), lambda p: {"x": 2 * p["x"]}, {"x": np.arange(1.0, 3.0)})

    journalled(closing(lambda x: x**2), tmp_path / "j")
    journalled(closing(lambda x: x**2), tmp_path / "j")
    with pytest.raises(JournalError, match="its objective differs"):
        journalled(closing(lambda x: x * x), tmp_path / "j")


def test_data_that_changed_is_seen_by_the_value_at_the_point(tmp_path):
    data = {"x": np.ones(4)}
    problem = Problem(lambda p: float(np.sum((p["x"] * data["x"]) ** 2)), lambda p: {"x": 2 * p["x"] * data["x"] ** 2},
                      {"x": np.arange(4.0)})  # fmt: skip
    journalled(problem, tmp_path / "j")
    data["x"] = np.full(4, 2.0)
    with pytest.raises(JournalError, match="at the point it gave another value"):
        journalled(problem, tmp_path / "j")


DRIVER = """
import os, signal, sys, time
from gradproof import Cluster, Problem, Processes, Settings, check, using
from gradproof.desk import current
from gradproof.executors import store
from tests.executors.problems import PARAMS, wrong, loss
store.PATIENCE = 0.5
# Not sys.argv: on a cluster that is the worker's own.
path, pause, place, address, noted, dying = sys.argv[1:]
def slow(p, pause=float(pause), noted=noted):
    with open(noted, "ab", buffering=0) as begun:
        begun.write(b".")
    time.sleep(pause)
    return loss(p)
def die(desk, row, step):
    # In the middle of the statement that writes a row, after so many steps of SQLite's machine.
    write, rows, steps = desk._write, [], []
    def counting():
        steps.append(1)
        if len(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
    def written(*arguments):
        rows.append(1)
        if len(rows) == row:
            desk._store.set_progress_handler(counting, 1)
        write(*arguments)
    desk._write = written
where = {"here": lambda: None, "processes": lambda: Processes(2), "cluster": lambda: Cluster(address)}[place]
with using(where(), journal=path):
    if dying:
        die(current(), *map(int, dying.split()))
    print("ready", flush=True)
    report = check(Problem(slow, wrong, PARAMS), settings=Settings(probes=12))
print(report.to_json())
"""


def drive(path, pause="0.01", place=("here", ""), begun=os.devnull, dying=""):
    command = [sys.executable, "-c", DRIVER, str(path), pause, *place, str(begun), dying]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)  # fmt: skip


def entries(path, folder):
    """Return how many evaluations a journal holds; a copy is opened, so that its log stays as the kill has left it."""
    if not path.exists():
        return 0
    for ending in ("", "-wal"):
        (folder / f"copy{ending}").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"{path}{ending}", folder / f"copy{ending}")
    with contextlib.closing(sqlite3.connect(folder / "copy")) as store:
        made = store.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'evaluations'").fetchone()[0]
        return store.execute("SELECT COUNT(*) FROM evaluations").fetchone()[0] if made else 0


@pytest.fixture(scope="module")
def address():
    """Return the address of a real cluster of Dask on this machine."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local:
        yield local.scheduler_address


ROUNDS = 20
# Steps of SQLite's machine that writing a row takes.
STEPS = 20
# What may be under way when the driver is killed: here one evaluation; elsewhere what was sent ahead, and may be wrong.
UNDER_WAY = {"here": 1, "processes": 16, "cluster": 40}


def killed(path, place, begun, wanted, rng):
    """Run a driver and kill it once so many evaluations have begun; every other time in the middle of a write."""
    dying = f"{wanted + 1} {rng.integers(1, STEPS)}" if rng.random() < 0.5 else ""
    driver = drive(path, "0.01", place, begun, dying)
    assert driver.stdout.readline() == "ready\n", driver.stderr.read()
    while (dying or begun.stat().st_size < wanted) and driver.poll() is None:
        time.sleep(0.001)
    assert driver.poll() in (None, 0, -signal.SIGKILL), driver.stderr.read()
    if not dying:
        # The last one is under way, or is being written, or taken.
        time.sleep(rng.uniform(0.0, 0.02))
    driver.kill()
    driver.communicate()
    return bool(dying) and driver.returncode == -signal.SIGKILL


@pytest.mark.parametrize("where", ["here", "processes", "cluster"])
def test_a_driver_killed_again_and_again_comes_to_the_same_end(tmp_path, request, where):
    """Twenty moments, all over the run; nothing is lost but what was under way."""
    if where == "processes":
        pytest.importorskip("loky")
    place = (where, request.getfixturevalue("address") if where == "cluster" else "")
    whole = check(WRONG, settings=Settings(probes=12))
    path, rng, held, writing = tmp_path / "j", np.random.default_rng(0), [0], 0
    for round_ in range(ROUNDS):
        # One for each: a cluster may still be at what it was asked by the driver before.
        begun = tmp_path / f"begun {round_}"
        begun.write_bytes(b"")
        share = (whole.evaluations - held[-1]) / (ROUNDS - round_)
        writing += killed(path, place, begun, int(rng.uniform(0.0, 2.0 * share + 2.0)), rng)
        paid, before, now = begun.stat().st_size, held[-1], entries(path, tmp_path)
        # Twice at the point, to know it again.
        lost = paid - min(paid, before, 2) - (now - before)
        assert 0 <= lost <= UNDER_WAY[where]
        held.append(now)
    assert held == sorted(held)
    assert writing >= 5
    # Early and late, and between.
    counts = np.histogram(held[1:], bins=3, range=(0, whole.evaluations))[0]
    assert min(counts) >= 3, held
    text, errors = drive(path, "0.01", place).communicate()
    resumed = loads(text.partition("\n")[2])
    assert resumed.run["remembered"] >= held[-1] - 2, errors
    assert canonical(resumed) == canonical(whole.record)


def test_two_drivers_on_one_journal(tmp_path):
    """The same problem twice: the second is refused while the first is at it, and may go on once that has ended."""
    path, (begun, none) = tmp_path / "j", (tmp_path / "begun", tmp_path / "none")
    none.write_bytes(b"")
    first = drive(path, "0.02", begun=begun)
    assert first.stdout.readline() == "ready\n", first.stderr.read()
    while not begun.exists() or begun.stat().st_size < 10:
        time.sleep(0.01)
    second = drive(path, "0.02", begun=none)
    out, errors = second.communicate()
    assert first.poll() is None
    assert (second.returncode, out, none.stat().st_size) == (1, "", 0)
    assert "JournalError: Another process uses the journal." in errors
    out, errors = first.communicate()
    assert first.returncode == 0, errors
    whole = canonical(check(WRONG, settings=Settings(probes=12)).record)
    assert canonical(loads(out)) == whole
    third = drive(path, "0.0", begun=none)
    out, errors = third.communicate()
    assert third.returncode == 0, errors
    assert canonical(loads(out.partition("\n")[2])) == whole
    assert none.stat().st_size == 2


def test_two_that_begin_a_journal_at_once(tmp_path):
    """They are in each other's way; one of them is refused, and never both."""
    for round_ in range(3):
        both = [drive(tmp_path / f"j {round_}") for _ in range(2)]
        ended = [driver.communicate() and driver.returncode for driver in both]
        assert sorted(ended) == [0, 1]


def test_a_full_disk_ends_the_journal_and_not_the_check(tmp_path):
    code = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from gradproof import check, using
from gradproof.reports.record import canonical, loads
from tests.executors.problems import WRONG
with using(journal=sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
    report = check(WRONG)
assert canonical(report.record) == canonical(check(WRONG).record)
print(report.record.run["journal trouble"], report.record.run["written"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "j")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "nothing more was written" in done.stdout
    resumed = journalled(WRONG, tmp_path / "j")
    assert canonical(resumed.record) == canonical(check(WRONG).record)
    assert resumed.record.run["remembered"] > 0


@pytest.mark.parametrize(
    "content", [b"no journal at all, but a file of some length" * 40, b"SQLite format 3\0" + b"\1" * 4000]
)
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "j"
    path.write_bytes(content)
    with pytest.raises(JournalError):
        journalled(RIGHT, path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(JournalError, match="cannot be opened"):
        journalled(RIGHT, tmp_path / "none" / "j")


def test_a_random_objective_cannot_be_resumed(tmp_path):
    def noisy(p):
        return loss(p) + np.frombuffer(os.urandom(8), np.uint64)[0] / 2.0**64

    problem = Problem(noisy, gradient, PARAMS)
    journalled(problem, tmp_path / "j")
    with pytest.raises(JournalError, match="random"):
        journalled(problem, tmp_path / "j")


@pytest.mark.parametrize("edit", [("p * p", "p * p * p"), ("1.0", "2.0")])
def test_an_edit_of_what_the_objective_calls_by_name_is_seen(edit):
    """At the point itself nothing need change."""
    code = "def layer(p):\n    return p * p\ndef factor():\n    return [1.0 for _ in 'a'][0]\n"
    code += "def loss(p):\n    return sum((lambda x: layer(x) * factor())(p) for _ in 'a')\n"

    def known(text):
        space = {"__name__": "file_of_the_user"}
        exec(text, space)
        return digest(space["loss"])

    assert known(code) == known("# a comment\n" + code)
    assert known(code) != known(code.replace(*edit))
