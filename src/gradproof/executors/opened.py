"""Which pool belongs to what the user gave: an executor of the user's own among them."""

from __future__ import annotations

import concurrent.futures
from typing import Any

from gradproof.errors import InputError
from gradproof.executors.cluster import Cluster
from gradproof.executors.pools import Pool, Processes


class _Foreign:
    """An executor of the user's."""

    task, own = 0.004, False

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
