"""What a check may spend: evaluations and seconds, held between evaluations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from gradproof.seam import Subject
from gradproof.settings import Settings


class BudgetSpentError(Exception):
    """The budget of evaluations or seconds is spent; raised between evaluations, never out of the run."""


class Budget:
    """The evaluations and seconds of one check; seconds run from now on."""

    def __init__(self, settings: Settings) -> None:
        self.evaluations = math.inf if settings.evaluations is None else settings.evaluations
        self.deadline = math.inf if settings.seconds is None else time.monotonic() + settings.seconds

    def affords(self, subject: Subject, values: int = 1) -> bool:
        """Whether so many more values of the objective are within it."""
        return subject.evaluations + values * subject.calls <= self.evaluations and time.monotonic() < self.deadline

    def guarded(self, subject: Subject, line: Callable[[float], float]) -> Callable[[float], float]:
        """Return a function of the objective that raises ``BudgetSpentError`` instead of an evaluation too many."""
        if math.isinf(self.evaluations) and math.isinf(self.deadline):
            return line

        def guarded(t: float) -> float:
            if not self.affords(subject):
                raise BudgetSpentError
            return line(t)

        return guarded
