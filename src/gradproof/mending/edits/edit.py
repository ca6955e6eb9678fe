"""One edit: what is replaced by what, in words, and how far-fetched it is."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.mending.document import Change


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one function's source.

    Attributes
    ----------
    unit
        The number of the function.
    changes
        Stretches of the file's characters with what takes their place.
    kind
        "operator", "operand", "order", "constant", "name", "transpose", "argument", "slice", "comparison",
        "function", "factor", "term", "assignment", "exchange", "sum" or "statement".
    words
        What was wrong, for "line 13: ...".
    cost
        How far-fetched: 1 for the likeliest slips, 4 for what is put together from parts.
    """

    unit: int
    changes: tuple[Change, ...]
    kind: str
    words: str
    cost: float

    @property
    def place(self) -> int:
        """Where it begins."""
        return min(start for start, _, _ in self.changes)

    @property
    def size(self) -> int:
        """How many characters it takes away and puts in."""
        return sum(end - start + len(new) for start, end, new in self.changes)

    def meets(self, other: Edit) -> bool:
        """Whether the two touch the same characters."""
        if self.unit != other.unit:
            return False
        return any(
            (a < d and c < b) or (a, b) == (c, d) for a, b, _ in self.changes for c, d, _ in other.changes
        )  # fmt: skip
