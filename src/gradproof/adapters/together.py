"""An array subject evaluated at many points in one call of the objective."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.displaced import Displaced
from gradproof.adapters.line import ArrayLine
from gradproof.adapters.objective import call
from gradproof.desk import Question
from gradproof.errors import ObjectiveError
from gradproof.probe import Probe

# What one point of a batch takes, in copies of the parameters: its row, the direction, and the tree that is handed out.
COPIES = 3


class Batching(Displaced):
    """Evaluates several questions at once, where the objective can."""

    @abstractmethod
    def along(self, probe: Probe, behind: float = 0.0) -> ArrayLine:
        """Return the objective along a probe."""

    def room(self, memory: float) -> int:
        """Return how many points fit into so many bytes at once; 0 where the objective takes one point only."""
        if self.problem.batched is None or self.calls != 1:
            return 0
        size = sum(block.theta.nbytes for block in self.point.blocks)
        return max(1, int(memory // (COPIES * size)))

    def together(self, questions: Sequence[Question]) -> list[float]:
        """Evaluate the objective at several points in one call; NaN for points outside of the user's bounds.

        Raises
        ------
        ObjectiveError
            If the function of batches does not return a number for each point.
        """
        lines: dict[tuple[Probe, float], ArrayLine] = {}
        rows: list[list[Array]] = []
        inside = []
        for question in questions:
            row, within = self._row(question, lines)
            rows.append(row)
            inside.append(within)
        values = self._values(rows)
        return [value if within else math.nan for value, within in zip(values, inside, strict=True)]

    def _row(self, question: Question, lines: dict[tuple[Probe, float], ArrayLine]) -> tuple[list[Array], bool]:
        """Return the blocks of a point, and whether it lies within the bounds: those of the given point otherwise."""
        if question.probe is None:
            return [block.theta for block in self.point.blocks], True
        key = (question.probe, question.behind)
        line = lines.get(key) or lines.setdefault(key, self.along(*key))
        low, high = line.reach
        within = low <= question.t <= high
        moved = zip(line.point.blocks, line.direction, strict=True)
        return [block.moved(question.t if within else 0.0, v).copy() for block, v in moved], within

    def _values(self, rows: list[list[Array]]) -> list[float]:
        assert self.problem.batched is not None
        where = f"while evaluating the objective at {len(rows)} points at once"
        given: Any = call(self.problem.batched, self.point.stacked(rows), self.problem.args, lambda: where)
        values = np.asarray(given)
        if values.shape != (len(rows),) or values.dtype.kind not in "fiu":
            raise ObjectiveError(
                "The objective of batches does not return a number for each point.",
                expected=f"an array of shape ({len(rows)},)", got=f"shape {values.shape}, dtype {values.dtype}",
            )  # fmt: skip
        return [float(value) for value in values]
