"""A desk that has many evaluations computed in one call, where the objective takes many points at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.desk import Center, Question
from gradproof.errors import InputError, UnbatchableError
from gradproof.executors.guesses import LIKELY, Guesses, nearby
from gradproof.probe import Probe

# A batch must give what the objective gives, to this share of how much it changes from the point,
SAME = 1e-3
# and to so many roundoffs of the values: sums are taken in another order.
ROUNDING = 2.0**20


@dataclass(frozen=True, slots=True)
class Batches:
    """Evaluations of many points in one call of the objective: by ``Problem.batched``, or by ``vmap``.

    A batch always has the same number of points, so that nothing is compiled twice and every value is rounded alike;
    the report is the same whenever the same batches are used. What the check did not ask for in the end is thrown away.

    Attributes
    ----------
    points
        How many at most.
    memory
        Bytes that the points of a batch may take, at three copies of the parameters each.
    """

    points: int = 16
    memory: float = 1e9

    def __post_init__(self) -> None:
        """Refuse sizes that no batch could have."""
        if not isinstance(self.points, int) or isinstance(self.points, bool) or self.points < 2:
            raise InputError("A batch has at least two points.", expected="an integer > 1", got=repr(self.points))
        if not isinstance(self.memory, int | float) or not self.memory > 0:
            raise InputError("A batch takes memory.", expected="bytes > 0", got=repr(self.memory))


class Together:
    """Answers questions from batches of what was probably asked next."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._guesses = Guesses()
        self._subject: Any = None

    def begin(self, subject: Any) -> None:
        """Take a subject."""
        self._subject = subject
        self._guesses.begin()
        self._answers: dict[Question, float] = {}
        self._size = 0
        self._center: Center = (math.nan, 0.0)
        self._calls = self._alone = 0
        self._why = ""
        self._serial: float | None = None
        self._trusted = False

    def expect(self, probes: Sequence[Probe]) -> None:
        """Hear which probes will be measured next if all goes well."""
        self._guesses.expect(probes)

    def center(self, compute: Callable[[], Center]) -> Center:
        """Return the value at the point as batches have it, which must be that of the objective."""
        value, epsilon = compute()
        if self._serial not in (None, value):
            # What does not repeat must be seen as that: the batch's generators may stand still.
            self._give_up("the objective is random")
            return value, epsilon
        self._serial, self._center = value, (value, epsilon)
        self._size = min(self.batches.points, self._subject.room(self.batches.memory))
        if self._size < 2:
            self._give_up(
                "the objective takes one point only" if not self._size else "too little memory for two points"
            )
        found = self._evaluated([Question("value")]) if math.isfinite(value) and self._size else None
        # The batch's own: between values that were rounded in two ways there would be a step at the point.
        return (value if found is None else found[0]), epsilon

    def ask(self, question: Question, compute: Callable[[], float]) -> float:
        """Return an answer from a batch, or one computed alone where that cannot be."""
        if question.probe is None or not self._size:
            self._alone += 1
            return compute()
        likely = self._guesses.after(question)
        if question not in self._answers:
            guessed = itertools.chain(*likely, self._guesses.later(LIKELY), nearby(question))
            fresh = (one for one in guessed if one not in self._answers)
            asked = list(itertools.islice(dict.fromkeys([question, *fresh]), self._size))
            if not self._trusted:
                # In the middle, where neither a row for all nor an exchange of rows gives the right value.
                asked = [*asked[1 : len(asked) // 2], question, *asked[len(asked) // 2 :]]
            found = self._evaluated(asked)
            if found is None:
                # A guess may lie where the objective has no value; the question itself need not.
                self._alone += 1
                return compute()
            self._answers.update(zip(asked, found, strict=True))
            if not self._trusted:
                self._compare(question, compute)
        return self._answers[question]

    def facts(self) -> dict[str, Any]:
        """Return how many calls there were, and of how many points each."""
        told = {"batches": self._calls, "points": self._size, "alone": self._alone}
        return {**told, "why": self._why} if self._why else told

    def _give_up(self, why: str) -> None:
        self._size, self._why = 0, why

    def _evaluated(self, questions: list[Question]) -> list[float] | None:
        """Return the values of up to a batch of questions, or None if the batch raised."""
        filled = [*questions, *itertools.repeat(questions[-1], self._size - len(questions))]
        try:
            values = self._subject.together(filled)
        except UnbatchableError as error:
            if not self._calls:
                self._give_up(str(error))
            return None
        except (Exception, SystemExit):
            if not self._calls:
                raise
            return None
        self._calls += 1
        found: list[float] = values[: len(questions)]
        return found

    def _compare(self, question: Question, compute: Callable[[], float]) -> None:
        """See once that the rows of a batch are what the objective gives at their points, one by one."""
        self._trusted = True
        (center, epsilon), value, batched = self._center, compute(), self._answers[question]
        allowed = SAME * abs(value - center) + ROUNDING * epsilon * max(abs(value), abs(center))
        if math.isfinite(allowed) and not abs(batched - value) <= allowed:
            raise InputError(
                "The objective of batches does not agree with the objective.",
                expected=f"{value!r}, as loss(params, *args) returns", got=repr(batched),
                where=f"at step t = {question.t!r} along direction {question.probe.key if question.probe else 0}",
                hint="the first axis counts the points, and no point may depend on another",
            )  # fmt: skip
