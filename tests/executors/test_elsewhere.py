"""The report is the same to the byte wherever the objective is evaluated; what is lost is done again, or told."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from gradproof import Cluster, Outcome, Problem, Processes, Settings, check, using
from gradproof.errors import InputError, ObjectiveError
from gradproof.reports.record import canonical
from tests.executors.problems import ALL, PARAMS, RIGHT, WRONG, loss

cloudpickle = pytest.importorskip("cloudpickle")
pytest.importorskip("loky")


@pytest.fixture(scope="module")
def cluster():
    """Return a client of a real cluster of Dask on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(params=["one process", "two processes", "threads", "spawned", "cluster"])
def where(request):
    """Return each place where evaluations can be computed."""
    if request.param == "cluster":
        yield Cluster(request.getfixturevalue("cluster"))
    elif request.param == "threads":
        with concurrent.futures.ThreadPoolExecutor(3) as executor:
            yield executor
    elif request.param == "spawned":
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
            yield executor
    else:
        yield Processes(1 if request.param == "one process" else 2)


def test_the_report_is_the_same_to_the_byte_everywhere(where):
    for name, problem in ALL.items():
        alone = check(problem)
        with using(where):
            there = check(problem)
        assert canonical(there.record) == canonical(alone.record), name
        assert there.record.run["sent"] >= there.evaluations - 3 > 0


def test_values_come_from_elsewhere():
    """All but the evaluations at the point are computed in other processes."""
    own = os.getpid()
    here = []

    def spied(p):
        if os.getpid() == own:
            here.append(1)
        return loss(p)

    with using(Processes(2)):
        report = check(Problem(spied, RIGHT.gradient, PARAMS))
    assert report.outcome is Outcome.CONSISTENT
    assert len(here) == 2


def test_the_users_exception_comes_back_with_its_place():
    def broken(p):
        if not np.array_equal(p["b"], PARAMS["b"]):
            raise KeyError("momentum")
        return loss(p)

    with using(Processes(2)), pytest.raises(KeyError, match="momentum") as caught:
        check(Problem(broken, RIGHT.gradient, PARAMS))
    assert any("at step t" in note for note in caught.value.__notes__)


def test_an_exception_that_cannot_be_sent_is_told_in_words():
    class Strange(Exception):
        def __init__(self, lock):
            self.lock = lock
            super().__init__("no way")

    def broken(p):
        if not np.array_equal(p["b"], PARAMS["b"]):
            raise Strange(threading.Lock())
        return loss(p)

    with using(Processes(2)), pytest.raises(RuntimeError, match="Strange: no way"):
        check(Problem(broken, RIGHT.gradient, PARAMS))


def test_a_result_that_cannot_be_sent_is_a_float_before_it_is():
    class Odd(float):
        def __reduce__(self):
            raise TypeError("not to be sent")

    with using(Processes(2)):
        assert check(Problem(lambda p: Odd(loss(p)), RIGHT.gradient, PARAMS)).outcome is Outcome.CONSISTENT


def test_what_cannot_be_sent_is_named():
    lock = threading.Lock()

    def locked(p):
        with lock:
            return loss(p)

    with using(Processes(2)), pytest.raises(InputError, match="cannot be sent") as caught:
        check(Problem(locked, RIGHT.gradient, PARAMS))
    assert caught.value.where == "loss"


def test_a_worker_killed_in_mid_run_is_replaced(tmp_path):
    """The first worker to come by dies; its evaluation is done again, and the report is as if nothing had been."""
    flag = tmp_path / "killed"

    def fatal(p):
        if not np.array_equal(p["b"], PARAMS["b"]):
            try:
                os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return loss(p)

    with using(Processes(2)):
        report = check(Problem(fatal, WRONG.gradient, PARAMS))
    assert flag.exists()
    assert report.record.run["lost"] >= 1
    assert canonical(report.record) == canonical(check(Problem(fatal, WRONG.gradient, PARAMS)).record)


def test_an_objective_that_ends_its_process_is_told():
    own = os.getpid()

    def leaving(p):
        if os.getpid() != own:
            os._exit(7)
        return loss(p)

    with using(Processes(2)), pytest.raises(ObjectiveError, match="ended, three times"):
        check(Problem(leaving, RIGHT.gradient, PARAMS))


def test_an_evaluation_that_hangs_is_stopped_and_told():
    own = os.getpid()
    calls = []

    def hanging(p):
        calls.append(1)
        if os.getpid() != own and len(calls) > 3:
            time.sleep(1000.0)
        return loss(p)

    with using(Processes(2), limit=0.5):
        report = check(Problem(hanging, RIGHT.gradient, PARAMS))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert any("longer than 0.5 s" in note for note in report.record.notes)


def test_a_cluster_that_loses_a_worker_goes_on(cluster, tmp_path):
    flag = tmp_path / "killed"

    def fatal(p):
        if not np.array_equal(p["b"], PARAMS["b"]):
            try:
                os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return loss(p)

    with using(Cluster(cluster)):
        report = check(Problem(fatal, WRONG.gradient, PARAMS))
    assert flag.exists()
    assert canonical(report.record) == canonical(check(Problem(fatal, WRONG.gradient, PARAMS)).record)


def test_dropout_with_its_generator_put_back_is_the_same_elsewhere():
    generator = np.random.default_rng(5)

    def dropped(p):
        return float(np.sum((p["x"] * (generator.random(20) < 0.5)) ** 2))

    def gradient(p):
        mask = generator.random(20) < 0.5
        return {"x": 2 * p["x"] * mask}

    problem = Problem(dropped, gradient, {"x": np.linspace(0.1, 1.0, 20)}, generators=(generator,))
    with using(Processes(2)):
        report = check(problem)
    assert report.outcome is Outcome.CONSISTENT, report
    assert report.record.run["sent"] > 0


def test_a_random_objective_stays_here():
    def noisy(p):
        return loss(p) + 1e-3 * np.frombuffer(os.urandom(8), np.uint64)[0] / 2.0**64

    with using(Processes(2)):
        report = check(Problem(noisy, RIGHT.gradient, PARAMS))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert report.record.run["sent"] == 0


def test_a_budget_is_held(where):
    with using(where):
        report = check(WRONG, settings=Settings(evaluations=20))
    assert report.evaluations <= 20
    assert canonical(report.record) == canonical(check(WRONG, settings=Settings(evaluations=20)).record)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((Processes(0),), {}, "There must be a worker"),
        (("processes",), {}, "cannot be run there"),
        ((Processes(2),), {"limit": 0.0}, "limit of an evaluation"),
        ((), {"limit": 1.0}, "limit of an evaluation"),
        ((Cluster("tcp://127.0.0.1:1"),), {}, "does not answer"),
    ],
)
def test_bad_places_are_told(arguments, options, words):
    if arguments and isinstance(arguments[0], Cluster):
        pytest.importorskip("distributed")
    with pytest.raises(InputError, match=words), using(*arguments, **options):
        pass


def test_an_interruption_carries_what_was_found():
    code = """
import numpy as np, gradproof
from tests.executors.problems import loss, wrong, PARAMS
calls = []
def interrupted(p):
    calls.append(1)
    if len(calls) == 40:
        raise KeyboardInterrupt
    return loss(p)
try:
    gradproof.check(interrupted, wrong, PARAMS)
except KeyboardInterrupt as stop:
    print(stop.report)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Interrupted before everything was measured." in " ".join(done.stdout.split())
