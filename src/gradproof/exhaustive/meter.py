"""What a run has cost, what it may cost, and how long it will take."""

from __future__ import annotations

import math
import time

from gradproof.notebook import Tick
from gradproof.settings import Settings

# Seconds between two looks at the display.
OFTEN = 0.2


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
    """

    def __init__(self, settings: Settings, tick: Tick | None, total: int) -> None:
        self.evaluations, self.calls = 0, 1
        self.done, self.total = 0, total
        self._tick, self._started = tick, time.monotonic()
        self._shown = self._started
        self._limit = math.inf if settings.evaluations is None else settings.evaluations
        self._deadline = math.inf if settings.seconds is None else self._started + settings.seconds

    def admit(self, count: int = 1) -> None:
        """Count evaluations that are about to be made.

        Raises
        ------
        SpentError
            If they are more than what is left.
        """
        if self.evaluations + self.calls * count > self._limit:
            raise SpentError
        now = time.monotonic()
        if now >= self._deadline:
            raise SpentError
        if self._tick is not None and now - self._shown > OFTEN:
            self._shown = now
            self._tick(self.evaluations, self._phase(now))
        self.evaluations += self.calls * count

    def _phase(self, now: float) -> str:
        if not self.done:
            return f"0 of {self.total} entries"
        left = (now - self._started) * max(self.total - self.done, 0) / self.done
        told = f"{left / 60.0:.0f} min" if left > 99.0 else f"{left:.0f} s"
        return f"{self.done} of {self.total} entries, about {told} left"
