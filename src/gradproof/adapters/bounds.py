"""The domain of a leaf as the user bounds it: which entries can only move inward, and how far a direction reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array

# An entry with less room than this share of its scale on one side can only move to the other.
NEAR = 1e-3
# Steps stop this share short of a bound, so that rounding cannot cross it.
SHORT = 1.0 - 2.0**-40


@dataclass(frozen=True, slots=True)
class Bounds:
    """Room below and above each entry of a leaf, both at least 0 (infinite without a bound)."""

    below: Array
    above: Array
    natural: Array  # scales without bounds

    def edge(self, part: slice) -> Array:
        """Return which entries of a piece lie at a bound."""
        near: Array = np.minimum(self.below[part], self.above[part]) < NEAR * self.natural[part]
        return near

    def shrink(self, scale: Array, part: slice) -> Array:
        """Return scales no larger than the room that an entry has."""
        below, above = self.below[part], self.above[part]
        room = np.where(self.edge(part), np.maximum(below, above), np.minimum(below, above))
        return np.minimum(scale, np.where(room > 0.0, room, scale))

    def inward(self, part: slice) -> Array:
        """Return the sign of the roomier side."""
        return np.where(self.above[part] >= self.below[part], 1.0, -1.0)

    def reach(self, direction: Array, part: slice) -> tuple[float, float]:
        """Return the interval of t in which a piece of a direction stays within bounds."""
        above = np.where(direction > 0.0, self.above[part], self.below[part])
        below = np.where(direction > 0.0, self.below[part], self.above[part])
        size = np.abs(direction)
        moving = size > 0.0
        if not moving.any():
            return -np.inf, np.inf
        farthest = float(np.min(above[moving] / size[moving]))
        nearest = float(np.min(below[moving] / size[moving]))
        return -nearest * SHORT, farthest * SHORT
