"""Which pool belongs to what the user gave: an executor of the user's own among them."""

from __future__ import annotations

import concurrent.futures
from typing import Any

from gradproof.errors import InputError, ObjectiveError
from gradproof.executors.cluster import Cluster
from gradproof.executors.pools import Pool, Processes, Tracked


class _Given(Tracked):
    """An executor of the user's, which may refuse tasks."""

    def submit(self, function: Any, /, *args: Any, **options: Any) -> concurrent.futures.Future[Any]:
        try:
            return super().submit(function, *args, **options)
        except concurrent.futures.BrokenExecutor as error:
            raise ObjectiveError(
                "The executor is broken: a process of it has ended.", got=str(error),
                hint="does the objective exit, crash, or use up the memory there? "
                "gradproof.Processes() replaces processes that end",
            ) from error  # fmt: skip
        except RuntimeError as error:
            raise InputError("The executor takes no tasks.", expected="one that was not shut down",
                             got=str(error)) from error  # fmt: skip


class _Foreign:
    """An executor of the user's, as a place for tasks."""

    task, own = 0.004, False

    def __init__(self, executor: concurrent.futures.Executor) -> None:
        self._executor = _Given(executor)
        self._workers = _workers(executor)

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
        """It is not ours to close; what we sent and it has not begun is ours."""
        self._executor.give_up(0.0)


def _workers(executor: concurrent.futures.Executor) -> int:
    """Return how many tasks an executor runs at once, as far as it says so: those of Python, or of mpi4py."""
    for name in ("_max_workers", "num_workers"):
        found = getattr(executor, name, None)
        if isinstance(found, int) and found > 0:
            return found
    return 2


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
