"""What will probably be asked next: guessed from what lines were asked before, and from what a check announces.

A wrong guess costs an evaluation and changes nothing: answers are taken in the order of the questions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from gradproof.desk import Question
from gradproof.probe import Probe

# Noise is measured at nine places of one spacing, from the left to the right: these shares of the first are asked next.
NOISE = (-1.0, 0.75, 0.5, 0.25, -0.25, -0.5, -0.75)
# What a line of a smooth objective of double precision is asked first; later lines are like those before them.
FIRST = (2.0**-4, -(2.0**-4), 2.0**-9, -(2.0**-9), 2.0**-13, -(2.0**-13))
# What the last line was asked has this weight among all before it: phases of a check ask alike, and last some lines.
NEWS = 0.3
# The share of the lines that ask for a step, from which it is likely, and as good as sure.
LIKELY, SURE = 0.4, 0.75


class Likely(NamedTuple):
    """Questions that will probably follow one along the same line, beginning with that one and its mirror image."""

    pair: list[Question]  # without the mirror image where that has been asked
    here: list[Question]  # what surely comes
    alike: list[Question]  # what most lines were asked


def nearby(question: Question) -> list[Question]:
    """Return questions at other steps of the same line, by powers of two: for places that cost nothing to fill."""
    shares = (2.0**-k for k in (3, 4, 2, 5, -1, 1, -2))
    return [replace(question, t=side * share * question.t) for share in shares for side in (1.0, -1.0)]


class Guesses:
    """Follows what a check asks.

    Attributes
    ----------
    announced
        Whether the line that is being asked was announced.
    turned
        Whether the last question began another line.
    """

    def __init__(self) -> None:
        self.begin()
        self._shares = dict.fromkeys(FIRST, 1.0)

    def begin(self) -> None:
        """Forget what was announced; another subject's lines are probably asked alike."""
        self._expected: deque[Probe] = deque()
        self._line: tuple[Probe, float] | None = None
        self._seen: list[float] = []
        self.announced = self.turned = False

    def expect(self, probes: Sequence[Probe]) -> None:
        """Hear which probes will be measured next if all goes well."""
        self._expected = deque(probes)

    def after(self, question: Question) -> Likely:
        """Return what will probably follow a question along a probe."""
        assert question.probe is not None
        t, new = question.t, (question.probe, question.behind) != self._line
        mirrored = not new and -t in self._seen
        self._note(question)
        noise = [share * t for share in NOISE] if t < 0.0 and not mirrored and not new else []
        asked = {*self._seen} - {t}
        sides = self._fresh(question, [t, -t], asked)
        here = self._fresh(question, noise, {*asked, t, -t})
        alike = self._fresh(question, self._steps(LIKELY) if new else (), {*asked, t, -t, *noise})
        # Steps are taken to both sides, nearly always; all else is a guess.
        return Likely(sides, here, alike)

    def later(self, share: float) -> Iterator[Question]:
        """Yield what this share of the lines is asked, along each of those that were announced."""
        steps = self._steps(share)
        # Many are announced and few are taken: they are made as they are taken.
        return (Question("line", probe, 0.0, one) for probe in self._expected for one in steps)

    def _steps(self, share: float) -> list[float]:
        return [step for step, found in self._shares.items() if found >= share]

    def _fresh(self, question: Question, steps: Sequence[float], known: set[float]) -> list[Question]:
        """Return questions along the line of one, at steps that are not known."""
        fresh = [step for step in dict.fromkeys(steps) if step not in known]
        return [Question("line", question.probe, question.behind, step) for step in fresh]

    def open(self, question: Question) -> bool:
        """Whether a question is of the line that is being asked, or of one that was announced."""
        return (question.probe, question.behind) == self._line or question.probe in self._expected

    def _note(self, question: Question) -> None:
        """Keep in mind what a line is asked."""
        assert question.probe is not None
        line = (question.probe, question.behind)
        self.turned = line != self._line
        if self.turned:
            self._learn()
            self._line, self._seen = line, []
            self.announced = question.probe in self._expected
            # What comes instead of what was announced makes the rest of it unlikely.
            while self._expected and question.probe in self._expected and self._expected.popleft() != question.probe:
                pass
        self._seen.append(question.t)

    def _learn(self) -> None:
        """Count what the line that is left was asked, in the order in which it was asked."""
        if not self._seen:
            return
        known = {step: (1.0 - NEWS) * share for step, share in self._shares.items()}
        asked = {step: known.get(step, 0.0) + NEWS for step in dict.fromkeys(self._seen)}
        rest = {step: share for step, share in known.items() if step not in asked and share >= LIKELY}
        self._shares = asked | rest
