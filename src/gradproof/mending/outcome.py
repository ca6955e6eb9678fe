"""What mending found, as data: the outcome, the ways to write it, the evidence before and after."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from gradproof.mending.document import Change, Document
from gradproof.mending.place import Place
from gradproof.report import Report


class MendOutcome(enum.StrEnum):
    """How it ended."""

    MENDED = "mended"  # and proved by fresh checks
    RIGHT = "right"  # the gradient was right before
    NOT_FOUND = "not found"  # no edit stood the proof


def shown(path: Path) -> str:
    """Return how a file is called: from the current folder if it lies in it, else by its name."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


@dataclass(frozen=True, slots=True)
class Correction:
    """One place: the file, the line, and what was wrong there."""

    path: Path
    line: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to mend the gradient: its places, and what it changes in which file."""

    corrections: tuple[Correction, ...]
    changes: tuple[tuple[Document, tuple[Change, ...]], ...]

    @property
    def diff(self) -> str:
        """The unified diff, in the user's own formatting."""
        return "\n".join(document.diff(changes, shown(document.path)) for document, changes in self.changes)

    @property
    def lines(self) -> tuple[tuple[int, str], ...]:
        """The numbers of the lines that change, and what they become."""
        found: list[tuple[int, str]] = []
        for document, changes in self.changes:
            for line in sorted({document.line_of(start) for start, _, _ in changes}):
                start = document.offset(line, 0)
                inside = [change for change in changes if document.line_of(change[0]) == line]
                found.append((line, document.changed(inside)[start:].partition("\n")[0].strip()))
        return tuple(found)

    def __str__(self) -> str:
        return "; ".join(map(str, self.corrections))


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found.

    Attributes
    ----------
    outcome
        Mended, right before, or not found.
    before
        The report of the gradient as it was.
    proofs
        The reports of the mended gradient, by the name of the point: fresh directions at the given point and at others.
    ways
        What works, the fewest and smallest edits first. All but the first are other ways: the same function, or one
        that nothing measured tells from it.
    suspects
        The lines that move wrong leaves and no right one, in the order of the file, with the leaves they move.
    proving
        How often the proof evaluated the objective, for edits that fell too.
    tried
        How many edited functions were tried.
    discarded
        How many worked at the given point only.
    seconds
        How long it took in all.
    place
        The gradients of intermediates, where no edit was found and forward and backward name them alike.
    notes
        What else is to be said.
    """

    outcome: MendOutcome
    before: Report
    proofs: tuple[tuple[str, Report], ...] = ()
    ways: tuple[Way, ...] = ()
    suspects: tuple[tuple[Correction, tuple[str, ...]], ...] = ()
    proving: int = 0
    tried: int = 0
    discarded: int = 0
    seconds: float = 0.0
    place: Place | None = None
    notes: tuple[str, ...] = ()

    @property
    def diff(self) -> str:
        """The unified diff of the first way, or ""."""
        return self.ways[0].diff if self.ways else ""

    @property
    def evaluations(self) -> int:
        """How often the objective was evaluated, before and after; the search did not evaluate it."""
        return self.before.evaluations + self.proving
