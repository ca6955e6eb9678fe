"""What a run has cost, what it may cost, and how long it will take."""

from __future__ import annotations

import math
import time
from collections import deque

from gradproof.notebook import Tick
from gradproof.settings import Settings

# Seconds between two looks at the display.
OFTEN = 0.2
# The seconds of an evaluation are judged by this share of all until now, but by so many at least.
LATELY, FEWEST = 0.25, 8
# Looks that are remembered, at most.
KEPT = 256


class SpentError(Exception):
    """The budget of evaluations or seconds is spent; it never leaves the run."""


class Meter:
    """Counts evaluations and measured entries.

    Attributes
    ----------
    evaluations, calls
        Calls of the objective so far, and how many of them make one value.
    done, total
        Entries that are measured, and all of them.
    expected
        How many evaluations it will take altogether.
    """

    def __init__(self, settings: Settings, tick: Tick | None, total: int) -> None:
        self.evaluations, self.calls = 0, 1
        self.done, self.total = 0, total
        self.expected = 0
        self._remembered = 0
        self._tick, self._started = tick, time.monotonic()
        self._shown = self._started
        # Times, and how many evaluations had been made here by then.
        self._past: deque[tuple[float, int]] = deque()
        self._limit = math.inf if settings.evaluations is None else settings.evaluations
        self._deadline = math.inf if settings.seconds is None else self._started + settings.seconds
        self._watched = tick is not None or settings.seconds is not None

    def admit(self, count: int = 1) -> None:
        """Count evaluations that are about to be made.

        Raises
        ------
        SpentError
            If they are more than what is left.
        """
        spent = self.evaluations + self.calls * count
        if spent > self._limit:
            raise SpentError
        # Who sets no time and looks at none pays for none.
        if self._watched:
            now = time.monotonic()
            if now >= self._deadline:
                raise SpentError
            if self._tick is not None and now - self._shown > OFTEN:
                self._shown = now
                self._tick(self.evaluations, self._phase(now))
        self.evaluations = spent

    def recall(self, count: int = 1) -> None:
        """Hear that so many of the evaluations admitted were not made, but remembered: they took no time."""
        self._remembered += self.calls * count

    def _phase(self, now: float) -> str:
        each = self._each(now)
        # Entries of a sample are swept with the others too, for comparison.
        done = min(self.done, self.total)
        if not self.expected or not math.isfinite(each):
            return f"{done} of {self.total} entries"
        left = each * max(self.expected - self.evaluations, self.total - done, 1)
        return f"{done} of {self.total} entries, about {_duration(left)} left"

    def _each(self, now: float) -> float:
        """Return the seconds of an evaluation, of late: the first may be dear (it compiles), and the cost changes."""
        made = self.evaluations - self._remembered
        self._past.append((now, made))
        while len(self._past) > 2 and made - self._past[1][1] >= max(LATELY * made, FEWEST):
            self._past.popleft()
        if len(self._past) > KEPT:
            self._past = deque(list(self._past)[::2])
        then, before = self._past[0]
        return (now - then) / (made - before) if made > before else math.inf


def _duration(seconds: float) -> str:
    if seconds > 36000.0:
        return f"{seconds / 3600.0:.0f} h"
    return f"{seconds / 60.0:.0f} min" if seconds > 99.0 else f"{seconds:.0f} s"
