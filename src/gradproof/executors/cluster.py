"""A cluster of Dask as a place for tasks."""

from __future__ import annotations

import concurrent.futures
import logging
import math
import os
import time
from dataclasses import dataclass
from typing import Any

from gradproof.errors import InputError
from gradproof.executors.pools import Pool, installed

# Seconds for which a scheduler that went away is waited for.
PATIENCE = 120.0
# Seconds after which it is looked again how many workers there are.
FRESH = 2.0


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

    task, own = 0.05, False

    def __init__(self, address: Any, workers: int | None) -> None:
        installed("distributed", "cluster")
        from distributed import Client, LocalCluster

        self._mine = not isinstance(address, Client)
        self._cluster, self._address = None, address
        self._workers, self._asked = 1, -math.inf
        if not self._mine:
            self._client = address
        elif address is None:
            # What is still computed when it is closed is of no use, and no news.
            self._cluster = LocalCluster(
                n_workers=workers or len(os.sched_getaffinity(0)), threads_per_worker=1, dashboard_address=":0",
                preload=["gradproof.executors.worker"], silence_logs=logging.CRITICAL,
            )  # fmt: skip
            self._client = Client(self._cluster)
        else:
            self._client = _client(address)

    @property
    def workers(self) -> int:
        # The scheduler is asked, which takes as long as sending a task; a cluster that grows is seen soon enough.
        now = time.monotonic()
        if now > self._asked + FRESH:
            self._workers = max(1, sum(int(threads) for threads in self._client.nthreads().values()))
            self._asked = now
        return self._workers

    def executor(self) -> concurrent.futures.Executor:
        return _Sender(self._client)

    def share(self, blob: bytes) -> Any:
        return self._client.scatter(blob, broadcast=True, hash=False)

    def restart(self) -> None:
        """End what runs where it is ours; leave a shared cluster as it is, and wait for a scheduler that is gone."""
        if self._cluster is not None:
            self._client.restart()
        if not self._mine or self._cluster is not None or self._client.status == "running":
            return
        deadline = time.monotonic() + PATIENCE
        while True:
            self._client.close(timeout=1)
            try:
                self._client = _client(self._address)
            except InputError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def close(self) -> None:
        if self._mine:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()


class _Sender(concurrent.futures.Executor):
    """Sends tasks to a cluster, and hands each answer over as soon as it is there.

    Dask's own executor does the same, but writes a traceback to the log if a task is cancelled while its answer is on
    the way; tasks of wrong guesses are cancelled all the time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        """Send a task."""
        there = self._client.submit(fn, *args, pure=False, retries=3, **kwargs)
        here: concurrent.futures.Future[Any] = concurrent.futures.Future()
        here.add_done_callback(lambda done: there.cancel() if done.cancelled() else None)
        self._client.loop.add_callback(_handed_over, there, here)
        return here


async def _handed_over(there: Any, here: concurrent.futures.Future[Any]) -> None:
    """Wait for an answer in the loop of the client."""
    try:
        answer = await there
    except BaseException as error:
        if here.set_running_or_notify_cancel():
            here.set_exception(error)
    else:
        if here.set_running_or_notify_cancel():
            here.set_result(answer)


def _client(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError("The cluster does not answer.", expected="the address of a scheduler of Dask",
                         got=f"{type(error).__name__}: {error}", where=str(address)) from error  # fmt: skip
