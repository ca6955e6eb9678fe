"""Tasks that do not depend on one another, sent to a pool; their results come in the order of the tasks."""

from __future__ import annotations

import pickle
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from gradproof.errors import EvaluationLostError, ObjectiveError
from gradproof.executors.ahead import LOSSES
from gradproof.executors.pack import packed
from gradproof.executors.packing import DEPTH
from gradproof.executors.pools import Pool, is_loss, unusable
from gradproof.executors.worker import Answer, called

Task = tuple[Any, ...]


class Spread:
    """Calls a method of a subject in the processes of a pool.

    Parameters
    ----------
    pool
        Where tasks are sent.
    subject
        What has the method; it is packed once.
    method
        Its name.
    limit
        Seconds that one call may take for each of its parts, or None.
    """

    def __init__(self, pool: Pool, subject: Any, method: str, limit: float | None = None) -> None:
        self._pool, self._method, self._limit = pool, method, limit
        self._subject = subject
        self._share()

    def _share(self) -> None:
        self._token = uuid.uuid4().hex
        self._blob = self._pool.share(packed(self._subject))

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result; tasks are taken from the iterator while there is room for them.

        Raises
        ------
        EvaluationLostError
            If a task took too long.
        ObjectiveError
            If the process of a task ended several times.
        """
        waiting: deque[tuple[Task, Future[bytes]]] = deque()
        coming = iter(tasks)
        try:
            while True:
                while len(waiting) < DEPTH * self._pool.workers and (task := next(coming, None)) is not None:
                    waiting.append((task, self._sent(task)))
                if not waiting:
                    return
                task, future = waiting.popleft()
                answer = self._answer(task, future, waiting)
                if answer.late:
                    raise EvaluationLostError(f"An evaluation took {answer.late} and was stopped.")
                if answer.error is not None:
                    raise answer.error
                yield task, answer.value
        finally:
            for _, future in waiting:
                future.cancel()

    def _sent(self, task: Task) -> Future[bytes]:
        executor = self._pool.executor()
        return executor.submit(called, self._token, self._blob, pickle.dumps((self._method, task)), self._limit)

    def _answer(self, task: Task, future: Future[bytes], waiting: deque[tuple[Task, Future[bytes]]]) -> Answer:
        for _ in range(LOSSES):
            try:
                found: Answer = pickle.loads(future.result())
            except Exception as error:
                if not is_loss(error):
                    raise unusable(error) from error
                future = self._again(task, waiting)
            else:
                return found
        raise ObjectiveError("The process that evaluates the objective ended, three times in a row.",
                             expected="a number, or an exception",
                             hint="does the objective exit, crash, or use up the memory there?")  # fmt: skip

    def _again(self, task: Task, waiting: deque[tuple[Task, Future[bytes]]]) -> Future[bytes]:
        """Send a task and those behind it again, to new processes."""
        self._pool.restart()
        self._share()
        future = self._sent(task)
        behind = [(one, self._sent(one)) for one, _ in waiting]
        waiting.clear()
        waiting.extend(behind)
        return future
