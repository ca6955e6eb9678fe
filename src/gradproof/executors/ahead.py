"""A desk that has evaluations computed elsewhere, ahead of what is asked.

What a line will be asked is guessed from what the last one was asked, and from the probes that the check announces. A
wrong guess costs an evaluation elsewhere and changes nothing: answers are taken in the order of the questions.
"""

from __future__ import annotations

import concurrent.futures
import pickle
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.desk import Center, Question
from gradproof.errors import EvaluationLostError, ObjectiveError
from gradproof.executors.pack import packed
from gradproof.executors.packing import Packing, Task
from gradproof.executors.pools import Pool, is_loss, unusable
from gradproof.executors.worker import Answer, Answers, evaluate
from gradproof.probe import Probe

# How often a question may lose its worker before the objective is suspected.
LOSSES = 3
# Beside the limit of an evaluation: what starting a process and sending the problem may take.
GRACE = 20.0


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Where the answer to a question will be."""

    future: concurrent.futures.Future[bytes]
    place: int
    task: tuple[Question, ...]


class Ahead:
    """Answers questions from tasks that were sent before.

    Parameters
    ----------
    pool
        Where tasks are sent.
    limit
        Seconds that one evaluation may take, or None.
    """

    def __init__(self, pool: Pool, limit: float | None = None) -> None:
        self.pool, self.limit = pool, limit
        self._subject: Any = None
        self._problem: Any = None
        self._pending: dict[Question, _Ticket] = {}
        self._under_way: list[concurrent.futures.Future[bytes]] = []
        self._packing = Packing(pool)
        self._sent = self._tasks = self._lost = self._late = 0

    def begin(self, subject: Any) -> None:
        """Take a subject."""
        self._subject, self._problem = subject, None
        # What was guessed for another check would hold up this one.
        for ticket in self._pending.values():
            ticket.future.cancel()
        self._pending.clear()
        self._packing.guesses.begin()
        self._sent = self._tasks = self._lost = self._late = 0

    def expect(self, probes: Sequence[Probe]) -> None:
        """Hear which probes will be measured next if all goes well."""
        self._packing.guesses.expect(probes)

    def center(self, compute: Callable[[], Center]) -> Center:
        """Compute it here: whether an objective is repeatable can only be seen in one process."""
        return compute()

    def ask(self, question: Question, compute: Callable[[], float]) -> float:
        """Return an answer computed elsewhere, or here where only this process can."""
        if question.probe is None:
            return compute()
        answer = self._answered(question)
        if answer.late and self._late < LOSSES:
            # Once more, elsewhere: it may be the worker that hangs, and not the objective.
            self._late += 1
            self._forget()
            answer = self._answered(question)
        if answer.late:
            raise EvaluationLostError(f"An evaluation took {answer.late} and was stopped.", where=_where(question))
        if answer.error is not None:
            raise answer.error
        return float(answer.value)

    def facts(self) -> dict[str, Any]:
        """Return how much was sent."""
        counts = {"sent": self._sent, "tasks": self._tasks, "lost": self._lost, "late": self._late}
        return {"workers": self.pool.workers, **counts}

    def _answered(self, question: Question) -> Answer:
        losses = 0
        while True:
            try:
                for task in self._wanted(question) if not losses else [(question,)]:
                    self._send(task)
                return self._awaited(self._pending.pop(question))
            except Exception as error:
                if not is_loss(error):
                    raise
                self._forget()
            losses += 1
            self._lost += 1
            if losses >= LOSSES:
                raise ObjectiveError("The process that evaluates the objective ended, three times in a row.",
                                     expected="a number, or an exception", where=_where(question),
                                     hint="does the objective exit, crash, or use up the memory there?")  # fmt: skip

    def _awaited(self, ticket: _Ticket) -> Answer:
        """Return the answer; what was lost with its worker raises."""
        waiting = None if self.limit is None else self.limit * (len(ticket.task) + len(self._pending)) + GRACE
        try:
            found: Answers = pickle.loads(ticket.future.result(waiting))
        except concurrent.futures.TimeoutError:
            self._forget()
            return Answer(late=f"longer than {self.limit:g} s")
        except Exception as error:
            if is_loss(error):
                raise
            raise unusable(error) from error
        if found.answers is None:
            return self._resent(ticket)
        self._packing.heard(found.seconds / len(found.answers))
        return found.answers[ticket.place]

    def _resent(self, ticket: _Ticket) -> Answer:
        """Send a task again to a worker that does not know the subject."""
        packed_task = pickle.dumps(ticket.task)
        future = self.pool.executor().submit(evaluate, self._token, self._blob, packed_task, self.limit)
        for place, question in enumerate(ticket.task):
            if question in self._pending:
                self._pending[question] = _Ticket(future, place, ticket.task)
        return self._awaited(_Ticket(future, ticket.place, ticket.task))

    def _forget(self) -> None:
        """Give up what is under way, and the processes where they are ours."""
        for ticket in self._pending.values():
            ticket.future.cancel()
        self._pending.clear()
        self.pool.restart()
        # What was shared may be lost too.
        self._problem = None

    def _wanted(self, question: Question) -> list[Task]:
        """Return the tasks to be sent now."""
        self._under_way = [future for future in self._under_way if not future.done()]
        tasks = list(self._packing.tasks(question, self._pending, len(self._under_way)))
        if self._packing.guesses.turned:
            self._drop_passed()
        return tasks

    def _drop_passed(self) -> None:
        """Drop guesses about lines that the check has left: they would take the room of others for ever."""
        passed = [self._pending.pop(one) for one in list(self._pending) if not self._packing.guesses.open(one)]
        wanted = {id(ticket.future) for ticket in self._pending.values()}
        for ticket in passed:
            if id(ticket.future) not in wanted:
                ticket.future.cancel()

    def _send(self, task: Task) -> None:
        self._pack()
        blob = self._blob if self._fresh > 0 or not isinstance(self._blob, bytes) else None
        self._fresh -= 1
        future = self.pool.executor().submit(evaluate, self._token, blob, pickle.dumps(task), self.limit)
        self._under_way.append(future)
        self._tasks += 1
        self._sent += len(task)
        self._pending.update({one: _Ticket(future, place, task) for place, one in enumerate(task)})

    def _pack(self) -> None:
        """Send the subject along, anew if its problem has changed (its generators are put back, say)."""
        if self._problem is not self._subject.problem:
            self._problem = self._subject.problem
            self._token = uuid.uuid4().hex
            self._blob = self.pool.share(packed(self._subject))
            self._fresh = 2 * self.pool.workers


def _where(question: Question) -> str:
    key = "" if question.probe is None else f" along direction {question.probe.key}"
    return f"at step t = {question.t!r}{key}"
