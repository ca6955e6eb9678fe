"""An array subject at other points: displaced at random, for what lies beside a kink; in double precision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, Block, Drawn, dense
from gradproof.adapters.directions import Direction, draw, generator
from gradproof.adapters.explained import Explained
from gradproof.adapters.finer import in_double
from gradproof.adapters.line import ArrayLine
from gradproof.adapters.objective import call
from gradproof.beside import Beside
from gradproof.desk import Desk
from gradproof.probe import Part, Probe
from gradproof.seam import Problem
from gradproof.settings import Settings

# Keys of displacements, apart from those of directions.
KEYS, AWAY = 2**42, 2**41
# How far claims are asked beside a kink: far above the rounding of a tie, far below what changes smooth entries.
TINY = 1e-7
# How far the objective is measured beside a kink: the steps must be shorter by orders of magnitude.
SMALL = 1e-5
# With more parameters than this no claims are gathered.
MOST = 1 << 22


class Displaced(Explained):
    """The judged leaves of a problem, asked and measured a little beside the point."""

    settings: Settings
    desk: Desk | None
    evaluations: int
    fingerprint: str
    calls: int
    _beside: Beside | None = None
    _blocks: list[Block]

    def beside(self) -> Beside | None:
        """Compare the claim with claims at displaced points; None if it is no function."""
        if not self._is_free() or sum(data.claim.size for data in self.data) > MOST:
            return None
        if self._beside is None:
            from gradproof.adapters.beside import beside

            self._beside = beside([data.claim for data in self.data], self._asked)
        return self._beside

    def _asked(self, key: int, entry: tuple[int, int, float] | None) -> list[Array]:
        """Return the claims at a point displaced at random, or mostly along one entry (leaf, flat index, side)."""
        direction = self._everywhere(KEYS + key)
        if entry is not None:
            leaf, flat, side = entry
            direction = self._pushed(direction, (leaf, flat, side * self.data[leaf].step(flat)))
        buffers = self.point.displaced(TINY, direction).here()
        self.gradient_calls += 1
        given = call(self.problem.gradient, self.point.build(buffers), self.problem.args, lambda: "beside a kink")
        arrays = [self.matched(given).arrays[i] for i in self._numbers]
        # What has a fault there is not what was claimed here.
        return [
            np.full(data.claim.size, np.nan) if a is None else np.ravel(a)
            for a, data in zip(arrays, self.data, strict=True)
        ]

    def aside(self, probe: Probe, key: int) -> ArrayLine:
        """Return the objective along a probe, from a point displaced at random by a tiny share of each scale."""
        line = ArrayLine(self, draw(probe, self.judged, self.data, self.seed), probe.key)
        line.point = self.point.displaced(SMALL, self._everywhere(KEYS + key))
        return line

    def away(self, distance: float, key: int) -> Any:
        """Return the subject at a point displaced at random, by so much of each scale."""
        if not self._is_free():
            return None
        buffers = self.point.displaced(distance, self._everywhere(AWAY + key)).here()
        return self._bound(replace(self.problem, params=self.point.build(buffers)))

    def finer(self) -> Any:
        """Return the subject at a copy of the parameters in double precision, with all that was counted so far."""
        problem = in_double(self.problem)
        if problem is None:
            return None
        other = self._bound(problem)
        other.evaluations = self.evaluations
        other.gradient_calls += self.gradient_calls
        # The point is the user's, whatever it is copied to.
        other.fingerprint = self.fingerprint
        other.desk = self.desk
        return other

    def _bound(self, problem: Problem) -> Any:
        """Return the subject of another problem, with the same settings."""
        raise NotImplementedError

    def _is_free(self) -> bool:
        return callable(self.problem.gradient) and not self.bounded and self.calls == 1

    def _everywhere(self, key: int) -> Direction:
        parts = tuple(Part(leaf) for block in self.judged for leaf, _, _, _ in block.slots)
        direction = draw(Probe(key, parts), self.judged, self.data, self.seed)
        # A single entry is moved by its scale, and to one side only unless a sign is drawn for it.
        sign = generator(self.seed, key, 2**20).choice((-1.0, 1.0))
        return [v.times(sign) if isinstance(v, Drawn) else None if v is None else sign * v for v in direction]

    def _pushed(self, direction: Direction, entry: tuple[int, int, float]) -> Direction:
        """Let one entry lead a displacement: all others follow by a thousandth of theirs."""
        leaf, flat, by = entry
        found: Direction = []
        for block, v in zip(self.judged, direction, strict=True):
            led = None if v is None else 1e-3 * dense(v)
            for index, start, _, _ in block.slots:
                if index == leaf and led is not None:
                    led[start + flat] = by
            found.append(led)
        return found
