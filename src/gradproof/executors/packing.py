"""Which tasks are sent: how many questions go together, and how far ahead of the check.

A task has its price: a fraction of a millisecond in a process of this machine, some milliseconds on a cluster. So short
questions go in groups that last a while beside it. What the check waits for goes at once; guesses wait until they fill
a task.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterable, Iterator, Sized
from typing import Protocol

from gradproof.desk import Question
from gradproof.executors.guesses import LIKELY, SURE, Guesses, Likely, nearby
from gradproof.executors.pools import Pool

# Questions of a task, at most.
MOST = 64
# Tasks under way for each worker: one that runs and one that waits.
DEPTH = 2
# Tasks whose answers may lie ready for each worker besides: what was guessed for lines that come later.
STOCK = 4
# Seconds that a question that is waited for may be kept by guesses in its task.
KEPT = 0.008

Task = tuple[Question, ...]


class Sent(Container[Question], Sized, Protocol):
    """The questions that were sent and not asked yet."""


class Packing:
    """Puts questions into tasks for a pool.

    Attributes
    ----------
    guesses
        What is guessed from.
    """

    def __init__(self, pool: Pool) -> None:
        self.guesses = Guesses()
        self._pool = pool
        self._cost = math.nan

    def heard(self, seconds: float) -> None:
        """Hear how long a question took."""
        self._cost = seconds if math.isnan(self._cost) else 0.7 * self._cost + 0.3 * seconds

    @property
    def group(self) -> int:
        """How many questions a task should hold."""
        if math.isnan(self._cost):
            return 1
        return min(math.ceil(self._pool.task / max(self._cost, 1e-6)), MOST)

    def tasks(self, question: Question, sent: Sent, under_way: int) -> Iterator[Task]:
        """Yield what is to be sent now that a question is asked, while so many tasks are under way."""
        likely = self.guesses.after(question)
        urgent = list(self._urgent(question, likely, sent))
        yield from urgent
        coming = {one for task in urgent for one in task}
        room = (DEPTH * self._pool.workers - under_way - len(urgent)) * self.group
        if room <= 0:
            return
        fresh = (one for one in self._ahead(likely, len(sent) + len(coming)) if one not in sent and one not in coming)
        found = list(itertools.islice(dict.fromkeys(fresh), room))
        hungry = len(sent) + len(coming) < self._pool.workers * self.group
        for start in range(0, len(found), self.group):
            task = tuple(found[start : start + self.group])
            if hungry or len(task) == self.group:
                yield task

    def _urgent(self, question: Question, likely: Likely, sent: Sent) -> Iterator[Task]:
        """Yield the tasks of what the check waits for."""
        if question in sent:
            return
        if self.group == 1:
            yield from ((one,) for one in likely.pair if one not in sent)
            return
        wanted = [one for one in itertools.chain(likely.pair, likely.here, likely.alike) if one not in sent]
        # As many as do not keep it long; more only where workers share them.
        fit = min(int(KEPT / self._cost), self.group)
        if fit >= len(wanted):
            wanted += [one for one in nearby(question) if one not in sent]
            yield tuple(itertools.islice(dict.fromkeys(wanted), fit))
            return
        size = min(math.ceil(len(wanted) / self._pool.workers), self.group)
        yield from (tuple(wanted[start : start + size]) for start in range(0, len(wanted), size))

    def _ahead(self, likely: Likely, known: int) -> Iterable[Question]:
        """Return what is worth sending ahead, the likeliest first, of later lines no more than the stock wants."""
        stock = max(STOCK * self._pool.workers * self.group - known, 0)
        if self.group > 1:
            later = itertools.islice(self.guesses.later(LIKELY), stock)
            return itertools.chain(likely.pair, likely.here, likely.alike, later)
        # Long ones are only sent if they are as good as sure.
        later = itertools.islice(self.guesses.later(SURE), stock)
        return itertools.chain(likely.pair, likely.here, later, [] if self.guesses.announced else likely.alike)
