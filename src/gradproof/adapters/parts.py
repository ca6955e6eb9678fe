"""What is known of the leaves that are judged, part by part: counts, contributions, samples, and how far one may go."""

from __future__ import annotations

import math

import numpy as np

from gradproof.adapters.blocks import Block, Drawn
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.directions import Direction, generator
from gradproof.adapters.leaf import LeafData
from gradproof.probe import Part
from gradproof.seam import Leaf


class Parts:
    """The judged leaves of a point: what of a subject needs no call of the user's functions.

    Attributes
    ----------
    leaves, data
        The leaves as the core sees them, and their arrays.
    judged
        The flat storage; slots are numbered by leaf.
    bounded
        Whether some entries may lie at a bound.
    """

    leaves: tuple[Leaf, ...]
    data: list[LeafData]
    judged: list[Block]
    seed: int
    bounded: bool

    def moving(self, direction: Direction) -> list[str]:
        """Return the paths of the leaves in which a direction is not zero."""
        return [
            self.leaves[leaf].name
            for block, v in zip(self.judged, direction, strict=True)
            for leaf, start, stop, _ in block.slots
            if v is not None and (isinstance(v, Drawn) or np.any(v[start:stop]))
        ]

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""
        return self.data[part.leaf].count(part)

    def contribution(self, part: Part) -> float:
        """Return the norm of a part's weighted contributions."""
        data = self.data[part.leaf]
        return part.weight * (self.leaves[part.leaf].norm if data.is_whole(part) else data.total(part))

    def entry(self, leaf: int, flat: int) -> tuple[float, float]:
        """Return the claimed gradient and the step of one entry along its own direction."""
        return float(self.data[leaf].claim[flat]), self.data[leaf].step(flat)

    def sample(self, part: Part, count: int) -> tuple[int, ...]:
        """Return up to ``count`` flat indices of a part's entries: the largest contribution, the rest at random."""
        data = self.data[part.leaf]
        # All of a range is not written out: it would take more than the leaf.
        start, stop = data.range_of(part)
        chosen = range(start, stop) if data.is_all_of_range(part) else data.chosen(part)
        if len(chosen) <= count:
            return tuple(int(i) for i in chosen)
        largest = max(chosen[:: max(len(chosen) // 65536, 1)], key=lambda i: data.contribution(slice(i, i + 1))[0])
        others = generator(self.seed, 2**39 + part.leaf, 0).choice(len(chosen), count, replace=False)
        return tuple(sorted({int(largest), *(int(chosen[i]) for i in others[: count - 1])}))

    def reach(self, direction: Direction) -> tuple[float, float]:
        """Return the interval of t in which a direction stays within the bounds."""
        low, high = -math.inf, math.inf
        if not self.bounded:
            return low, high
        for block, v in zip(self.judged, direction, strict=True):
            for leaf, start, stop, _ in block.slots:
                bounds: Bounds | None = self.data[leaf].bounds
                if bounds is None or v is None:
                    continue
                pieces = v.pieces() if isinstance(v, Drawn) else [(slice(0, stop - start), v[start:stop])]
                for piece, moved in pieces:
                    near, far = bounds.reach(moved, piece)
                    low, high = max(low, near), min(high, far)
        return low, high
