"""A desk that has evaluations computed elsewhere, ahead of what is asked.

What a line will be asked is guessed from what the last one was asked, and from the probes that the check announces. A
wrong guess costs an evaluation elsewhere and changes nothing: answers are taken in the order of the questions.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import math
import pickle
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.desk import Center, Question
from gradproof.errors import EvaluationLostError, ObjectiveError
from gradproof.executors.guesses import Guesses
from gradproof.executors.pack import packed
from gradproof.executors.pools import Pool, is_loss
from gradproof.executors.worker import Answer, Answers, evaluate
from gradproof.probe import Probe

# The seconds that a task should last at least, where questions are short.
TASK = 0.004
MOST = 64
# Tasks under way for each worker: one that runs and one that waits.
DEPTH = 2
# Answers that may lie ready for each worker besides: what was guessed for lines that come later.
STOCK = 4
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
        self._guesses = Guesses()
        self._line: tuple[Probe | None, float] | None = None
        self._cost = math.nan
        self._sent = self._tasks = self._lost = 0

    def begin(self, subject: Any) -> None:
        """Take a subject."""
        self._subject, self._problem = subject, None
        self._pending.clear()
        self._guesses.begin()
        self._sent = self._tasks = self._lost = 0

    def expect(self, probes: Sequence[Probe]) -> None:
        """Hear which probes will be measured next if all goes well."""
        self._guesses.expect(probes)

    def center(self, compute: Callable[[], Center]) -> Center:
        """Compute it here: whether an objective is repeatable can only be seen in one process."""
        return compute()

    def ask(self, question: Question, compute: Callable[[], float]) -> float:
        """Return an answer computed elsewhere, or here where only this process can."""
        if question.probe is None:
            return compute()
        answer = self._answered(question)
        if answer.late:
            raise EvaluationLostError(f"An evaluation took {answer.late} and was stopped.", where=_where(question))
        if answer.error is not None:
            raise answer.error
        return float(answer.value)

    def facts(self) -> dict[str, Any]:
        """Return how much was sent."""
        return {"workers": self.pool.workers, "sent": self._sent, "tasks": self._tasks, "lost": self._lost}

    def _answered(self, question: Question) -> Answer:
        losses = 0
        while True:
            guessed = self._guessed(question) if not losses else [question]
            try:
                if guessed:
                    self._send(guessed)
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
            raise ObjectiveError("The objective cannot be evaluated elsewhere.", got=f"{type(error).__name__}: {error}",
                                 hint="evaluate it in this process") from error  # fmt: skip
        if found.answers is None:
            return self._resent(ticket)
        each = found.seconds / len(found.answers)
        self._cost = each if math.isnan(self._cost) else 0.7 * self._cost + 0.3 * each
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

    def _guessed(self, question: Question) -> list[Question]:
        """Return a question and those that will probably follow."""
        pair, here, alike, first, rest = self._guesses.after(question)
        self._drop_passed(question)
        needed = [one for one in pair if one not in self._pending] if question not in self._pending else []
        busy = self._busy() - len(needed)
        stock = STOCK * self.pool.workers * self._group() - len(self._pending) - len(needed)
        # The first steps of all lines are the same, the others hardly ever: long ones are only sent if they are sure.
        long = self._group() == 1
        coming = self._fresh_of(first if long else itertools.chain(first, rest))
        later = itertools.islice(coming, max(min(busy, stock), 0))
        soon = [] if long and self._guesses.announced else alike
        likely = [*pair, *here, *later, *soon] if long else [*pair, *here, *soon, *later]
        guessed = (one for one in self._fresh_of(likely) if one not in needed)
        return [*needed, *itertools.islice(guessed, max(busy, 0))]

    def _fresh_of(self, questions: Iterable[Question]) -> Iterator[Question]:
        return (one for one in questions if one not in self._pending)

    def _busy(self) -> int:
        """Return how many more questions keep the workers busy."""
        self._under_way = [future for future in self._under_way if not future.done()]
        return (DEPTH * self.pool.workers - len(self._under_way)) * self._group()

    def _drop_passed(self, question: Question) -> None:
        """Drop guesses about lines that the check has left: they would take the room of others for ever."""
        if (question.probe, question.behind) == self._line:
            return
        self._line = (question.probe, question.behind)
        for one in [one for one in self._pending if not self._guesses.open(one)]:
            self._pending.pop(one).future.cancel()

    def _group(self) -> int:
        """Return how many questions a task should hold."""
        if math.isnan(self._cost):
            return 1
        wanted = math.ceil(TASK / max(self._cost, 1e-6))
        return min(max(wanted, self.pool.shortest if self._cost < TASK else 1), MOST)

    def _send(self, questions: list[Question]) -> None:
        self._pack()
        # All workers get something before one of them gets much.
        group = min(self._group(), max(math.ceil(len(questions) / self.pool.workers), 1))
        executor = self.pool.executor()
        for start in range(0, len(questions), group):
            task = tuple(questions[start : start + group])
            blob = self._blob if self._fresh > 0 or not isinstance(self._blob, bytes) else None
            self._fresh -= 1
            future = executor.submit(evaluate, self._token, blob, pickle.dumps(task), self.limit)
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
