"""What a hypothesis about a wrong gradient says, in words and in slopes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """A hypothesis: the true gradient is ``base + c * term`` for some c, and this is what it would mean.

    ``relation`` says how to read ``words``: "besides" (yours lacks c times that), "instead" (yours is that), "part"
    (that part of yours counts differently), "lacks" and "exceeds" (a factor), "is" (the true gradient is that).
    ``where`` says in which entries yours differs, where it is right in most of them.
    """

    kind: str
    words: str
    relation: str
    coefficient: float | None = None  # the only c that makes sense, where there is one
    where: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a hypothesis says of slopes along some probes: ``base[k] + c * term[k]``."""

    guess: Guess
    base: tuple[float, ...]
    term: tuple[float, ...]
