"""Workers and objectives that hang, end, or return what cannot be sent: on processes, and on a real cluster of Dask."""

from __future__ import annotations

import concurrent.futures
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from gradproof import Cluster, Outcome, Problem, Processes, check, using
from gradproof.errors import InputError, ObjectiveError
from gradproof.executors import ahead
from gradproof.executors.opened import opened
from gradproof.reports.record import canonical
from tests.executors.problems import PARAMS, RIGHT, WRONG, gradient, loss, wrong

pytest.importorskip("cloudpickle")
pytest.importorskip("loky")


@pytest.fixture(scope="module")
def cluster():
    """Return a client of a real cluster of Dask on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(params=["processes", "cluster"])
def where(request):
    if request.param == "cluster":
        return Cluster(request.getfixturevalue("cluster"))
    return Processes(2)


@pytest.fixture
def no_grace(monkeypatch):
    """Do not wait for long beside the limit of an evaluation."""
    monkeypatch.setattr(ahead, "GRACE", 1.0)


class Unsendable(Exception):
    def __init__(self, lock):
        self.lock = lock
        super().__init__("no way")


class Speechless(BaseException):
    def __init__(self):
        self.lock = threading.Lock()

    def __str__(self):
        raise TypeError("none")


class Odd(float):
    def __reduce__(self):
        raise TypeError("not to be sent")


def slept():
    time.sleep(20.0)


def looped():
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        pass


def computed():
    """In code that holds the interpreter: no handler of a signal is ever run."""
    sum(itertools.repeat(1.0))


def exited():
    os._exit(7)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def left():
    sys.exit(7)


def thrown():
    raise Unsendable(threading.Lock())


def silent():
    raise Speechless


def deep(depth=0):
    return deep(depth + 1)


def elsewhere(what, flag=None):
    """Return an objective that does something besides, in other processes; only where it comes first with a flag."""
    own = os.getpid()

    def objective(p):
        if os.getpid() != own:
            try:
                if flag is not None:
                    os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                what()
        return loss(p)

    return Problem(objective, wrong, PARAMS)


@pytest.mark.parametrize("what", [exited, killed])
def test_a_worker_that_ends_once_is_replaced(where, what, tmp_path):
    with using(where, limit=30.0):
        report = check(elsewhere(what, str(tmp_path / "flag")))
    assert (tmp_path / "flag").exists()
    assert canonical(report.record) == canonical(check(WRONG).record)


def test_an_objective_that_always_ends_its_process_is_told(where):
    with using(where), pytest.raises(ObjectiveError, match="ended, three times"):
        check(elsewhere(exited))
    # And the place can be used again.
    with using(where):
        assert check(RIGHT).outcome is Outcome.CONSISTENT


def test_an_objective_that_leaves_raises_as_it_does_here(where):
    with using(where), pytest.raises(SystemExit):
        check(elsewhere(left))


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        (thrown, RuntimeError, "Unsendable: no way"),
        (silent, RuntimeError, "Speechless: .it cannot be put into words"),
        (deep, RecursionError, "recursion"),
    ],
)
def test_what_an_exception_said_comes_back_with_its_place(where, what, error, words):
    with using(where), pytest.raises(error, match=words) as caught:
        check(elsewhere(what))
    assert type(caught.value) is error
    if what is not silent:
        assert any("at step t" in note for note in caught.value.__notes__)


def test_a_number_that_cannot_be_sent_is_a_float_before_it_is(where):
    with using(where):
        report = check(Problem(lambda p: Odd(loss(p)), wrong, PARAMS))
    assert canonical(report.record) == canonical(check(WRONG).record)


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("what", [slept, computed])
def test_an_objective_that_always_hangs_is_told(what):
    """Also where no signal can stop it: then its process is ended."""
    with using(Processes(2), limit=0.3):
        report = check(elsewhere(what))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert any("longer than 0.3 s" in note for note in report.record.notes)
    with using(Processes(2)):
        assert check(RIGHT).outcome is Outcome.CONSISTENT


@pytest.mark.usefixtures("no_grace")
def test_an_objective_that_always_hangs_on_a_cluster_is_told(cluster):
    """There it runs in a thread, where no signal arrives."""
    began = time.monotonic()
    with using(Cluster(cluster), limit=0.3):
        report = check(elsewhere(looped))
    # It was stopped, and not given up after a while.
    assert time.monotonic() - began < 10.0
    assert any("longer than 0.3 s" in note for note in report.record.notes)
    with using(Cluster(cluster), limit=30.0):
        report = check(WRONG)
    assert canonical(report.record) == canonical(check(WRONG).record)


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize(
    ("place", "what"), [(Processes(2), slept), (Processes(2), computed), (Cluster(workers=2), looped)]
)
def test_one_worker_that_hangs_is_told_and_all_else_is_measured(place, what, tmp_path):
    """What took too long is asked once more: it may be the worker that hangs, and not the objective."""
    if isinstance(place, Cluster):
        pytest.importorskip("distributed")
    with using(place, limit=0.5):
        report = check(elsewhere(what, str(tmp_path / "flag")))
    assert (tmp_path / "flag").exists()
    assert report.record.run["late"] >= 1
    assert canonical(report.record) == canonical(check(WRONG).record)


def test_a_limit_holds_in_threads_too():
    def slow(p):
        if not (p["b"] == PARAMS["b"]).all():
            looped()
        return loss(p)

    with concurrent.futures.ThreadPoolExecutor(1) as executor, using(executor, limit=0.3):
        report = check(Problem(slow, gradient, PARAMS))
    assert any("longer than 0.3 s" in note for note in report.record.notes)


def test_an_executor_that_was_shut_down_is_told():
    executor = concurrent.futures.ThreadPoolExecutor(1)
    executor.shutdown()
    with using(executor), pytest.raises(InputError, match="takes no tasks"):
        check(RIGHT)


def test_an_executor_that_broke_is_told():
    """Python's own does not replace a process."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with (
        concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor,
        using(executor),
        pytest.raises(ObjectiveError, match="executor is broken"),
    ):
        check(elsewhere(exited))


class LikeMpi(concurrent.futures.Executor):
    """As mpi4py's: it says how many workers it has, and what runs cannot be cancelled."""

    num_workers = 3

    def __init__(self, threads=3):
        self._inner = concurrent.futures.ThreadPoolExecutor(threads)

    def submit(self, function, /, *args, **options):
        return self._inner.submit(function, *args, **options)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._inner.shutdown(wait, cancel_futures=cancel_futures)


def test_an_executor_like_that_of_mpi():
    with LikeMpi() as executor, using(executor):
        report = check(WRONG)
    assert canonical(report.record) == canonical(check(WRONG).record)
    assert report.record.run["workers"] == 3


def test_what_was_sent_ahead_is_taken_back_from_an_executor():
    """What the executor has begun ends; nothing else of ours is begun once the check is over."""
    with LikeMpi(threads=1) as executor:
        pool = opened(executor)
        sent = [pool.executor().submit(time.sleep, 0.1) for _ in range(5)]
        while not sent[0].running():
            time.sleep(0.001)
        pool.close()
    assert [future.cancelled() for future in sent] == [False, True, True, True, True]


def test_a_limit_in_a_thread_leaves_the_interpreter_as_it_was():
    """Taken back, what was sent would be looked for ever after: with a profiler CPython 3.11 does not come back."""
    code = """
import sys, threading, time
from gradproof.executors import worker

def short():
    for k in range(200):
        try:
            with worker._limited(0.002):
                end = time.perf_counter() + 0.0018 + (k % 5) * 1e-4
                while time.perf_counter() < end:
                    pass
        except worker.RanTooLong:
            pass
        try:
            with worker._limited(0.001):
                try:
                    while True:
                        pass
                except BaseException:
                    pass
        except worker.RanTooLong:
            pass

thread = threading.Thread(target=short)
thread.start()
thread.join()
sys.setprofile(lambda *_: None)
print((lambda: "back")())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60.0, check=True)
    assert done.stdout == "back\n"
