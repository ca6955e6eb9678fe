"""Where tasks can be sent: processes of this machine, a cluster of Dask, or an executor of the user's."""

from __future__ import annotations

import concurrent.futures
import os
from dataclasses import dataclass
from typing import Any, Protocol

from gradproof.errors import InputError

# Libraries that would start a thread for every processor in every process.
THREADS = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"))


class Pool(Protocol):
    """An executor with what is known of it."""

    shortest: int  # questions of one task, where they are short
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

    shortest, own = 1, True

    def __init__(self, workers: int) -> None:
        self._workers = workers
        _installed("loky", "processes")

    @property
    def workers(self) -> int:
        return self._workers

    def executor(self) -> concurrent.futures.Executor:
        from loky import get_reusable_executor

        threads = str(max(1, len(os.sched_getaffinity(0)) // self._workers))
        env = {name: os.environ.get(name, threads) for name in THREADS}
        # The same processes for every check: starting one costs more than most checks.
        made: concurrent.futures.Executor = get_reusable_executor(max_workers=self._workers, timeout=300, env=env)
        return made

    def share(self, blob: bytes) -> Any:
        return blob

    def restart(self) -> None:
        from loky import get_reusable_executor

        get_reusable_executor(max_workers=self._workers).shutdown(wait=True, kill_workers=True)

    def close(self) -> None:
        """Leave the processes to the next check."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of Dask.

    Attributes
    ----------
    address
        Of its scheduler, ``"tcp://host:8786"``; or a ``distributed.Client``; or None for a cluster on this machine that
        lasts as long as it is used.
    workers
        How many, for one on this machine.
    """

    address: Any = None
    workers: int | None = None

    def open(self) -> Pool:
        """Return the pool.

        Raises
        ------
        InputError
            If no scheduler answers there.
        ImportError
            If Dask's ``distributed`` is not installed.
        """
        return _Dask(self.address, self.workers)


class _Dask:
    """A client of a cluster."""

    shortest, own = 8, False

    def __init__(self, address: Any, workers: int | None) -> None:
        _installed("distributed", "cluster")
        from distributed import Client, LocalCluster

        self._mine = not isinstance(address, Client)
        self._cluster = None
        if not self._mine:
            self._client = address
        elif address is None:
            self._cluster = LocalCluster(n_workers=workers or len(os.sched_getaffinity(0)), threads_per_worker=1,
                                         dashboard_address=None)  # fmt: skip
            self._client = Client(self._cluster)
        else:
            try:
                self._client = Client(address, timeout="10s")
            except (OSError, ValueError, TimeoutError) as error:
                raise InputError("The cluster does not answer.", expected="the address of a scheduler of Dask",
                                 got=f"{type(error).__name__}: {error}", where=str(address)) from error  # fmt: skip

    @property
    def workers(self) -> int:
        return max(1, sum(int(threads) for threads in self._client.nthreads().values()))

    def executor(self) -> concurrent.futures.Executor:
        made: concurrent.futures.Executor = self._client.get_executor(pure=False, retries=3)
        return made

    def share(self, blob: bytes) -> Any:
        return self._client.scatter(blob, broadcast=True, hash=False)

    def restart(self) -> None:
        """Leave a shared cluster as it is."""

    def close(self) -> None:
        if self._mine:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()


class _Foreign:
    """An executor of the user's."""

    shortest, own = 1, False

    def __init__(self, executor: concurrent.futures.Executor) -> None:
        self._executor = executor
        self._workers = int(getattr(executor, "_max_workers", None) or 2)

    @property
    def workers(self) -> int:
        return self._workers

    def executor(self) -> concurrent.futures.Executor:
        return self._executor

    def share(self, blob: bytes) -> Any:
        return blob

    def restart(self) -> None:
        """It is not ours to end."""

    def close(self) -> None:
        """It is not ours to close."""


def opened(where: Any) -> Pool:
    """Return the pool of ``Processes``, of a ``Cluster``, or of an executor of the user's.

    Raises
    ------
    InputError
        If it is none of these.
    """
    if isinstance(where, Processes | Cluster):
        return where.open()
    if isinstance(where, concurrent.futures.Executor):
        return _Foreign(where)
    raise InputError("Checks cannot be run there.", got=type(where).__name__,
                     expected="Processes(...), Cluster(...) or an executor of concurrent.futures")  # fmt: skip


def _installed(package: str, extra: str) -> None:
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise ImportError(f'{package} is not installed: pip install "gradproof[{extra}]"', name=package)
