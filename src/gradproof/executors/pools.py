"""Where tasks can be sent: processes of this machine, a cluster of Dask, or an executor of the user's."""

from __future__ import annotations

import concurrent.futures
import os
from dataclasses import dataclass
from typing import Any, Protocol

from gradproof.errors import InputError, ObjectiveError
from gradproof.executors.worker import bind

# Seconds that tasks which nobody needs any more may still run when a pool is closed; then their processes are ended.
LEFTOVERS = 0.5
# Libraries that would start a thread for every processor in every process.
THREADS = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"))


class Tracked(concurrent.futures.Executor):
    """An executor whose tasks can be given up: what was guessed is of no use once a check has ended."""

    def __init__(self, inner: concurrent.futures.Executor) -> None:
        self.inner = inner
        self._open: set[concurrent.futures.Future[Any]] = set()

    def submit(self, function: Any, /, *args: Any, **options: Any) -> concurrent.futures.Future[Any]:
        """Send a task, and keep it in mind until it is done."""
        future = self.inner.submit(function, *args, **options)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def give_up(self, seconds: float) -> bool:
        """Cancel what has not begun; return whether all else came to its end in so many seconds."""
        running = [future for future in list(self._open) if not future.cancel()]
        return not concurrent.futures.wait(running, seconds).not_done


class Pool(Protocol):
    """An executor with what is known of it."""

    task: float  # seconds that a task should last, where questions are short: beside them, sending one costs little
    own: bool  # whether its processes may be ended

    @property
    def workers(self) -> int:
        """How many tasks run at once."""

    def executor(self) -> concurrent.futures.Executor:
        """Return the executor, a new one if the last one broke."""

    def share(self, blob: bytes) -> Any:
        """Return what stands for a subject in every task."""

    def restart(self) -> None:
        """End all that runs; the next executor is a new one."""

    def close(self) -> None:
        """Give back what is held."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this machine, kept between checks (loky): a crashed one is replaced, closures can be sent.

    Attributes
    ----------
    workers
        How many; None for one for each processor.
    """

    workers: int | None = None

    def open(self) -> Pool:
        """Return the pool.

        Raises
        ------
        InputError
            If the number is not positive.
        ImportError
            If loky is not installed.
        """
        if self.workers is not None and (not isinstance(self.workers, int) or self.workers < 1):
            raise InputError("There must be a worker.", expected="a positive number", got=repr(self.workers))
        return _Local(self.workers or len(os.sched_getaffinity(0)))


class _Local:
    """The processes of loky."""

    task, own = 0.004, True

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._tracked: Tracked | None = None
        installed("loky", "processes")

    @property
    def workers(self) -> int:
        return self._workers

    def executor(self) -> concurrent.futures.Executor:
        from loky import get_reusable_executor

        threads = str(max(1, len(os.sched_getaffinity(0)) // self._workers))
        env = {name: os.environ.get(name, threads) for name in THREADS}
        # The same processes for every check: starting one costs more than most checks.
        made = get_reusable_executor(
            max_workers=self._workers, timeout=300, env=env, initializer=bind, initargs=(os.getpid(),)
        )
        if self._tracked is None or self._tracked.inner is not made:
            self._tracked = Tracked(made)
        return self._tracked

    def share(self, blob: bytes) -> Any:
        return blob

    def restart(self) -> None:
        # This very executor: another one, asked for with other words, would wait for what hangs in this one.
        if self._tracked is not None:
            inner: Any = self._tracked.inner
            inner.shutdown(wait=True, kill_workers=True)
            self._tracked = None

    def close(self) -> None:
        """Leave the processes to the next check, but for those that would go on with what nobody needs."""
        if self._tracked is not None and not self._tracked.give_up(LEFTOVERS):
            self.restart()


def is_loss(error: Exception) -> bool:
    """Whether an exception says that a worker, or the way to it, was lost."""
    lost = (concurrent.futures.BrokenExecutor, concurrent.futures.CancelledError, OSError)
    return isinstance(error, lost) or type(error).__name__ in ("KilledWorker", "FutureCancelledError")


def unusable(error: Exception) -> ObjectiveError:
    """Return what is told of an objective that a worker cannot even unpack, or whose answer it cannot pack."""
    hint = "evaluate it in this process"
    if isinstance(error, ModuleNotFoundError):
        hint = f"install {error.name!r} there too, or send it along: cloudpickle.register_pickle_by_value({error.name})"
    return ObjectiveError("The objective cannot be evaluated elsewhere.", got=f"{type(error).__name__}: {error}",
                          hint=hint)  # fmt: skip


def installed(package: str, extra: str) -> None:
    """Raise ImportError, with what to install, if a package is absent."""
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise ImportError(f'{package} is not installed: pip install "gradproof[{extra}]"', name=package)
