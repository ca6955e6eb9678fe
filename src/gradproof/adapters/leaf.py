"""One leaf as the probes see it: its point, its claim, its scales and contributions, in pieces that fit the cache."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.blocks import CHUNK, Array, chunks, norm_of
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.selection import is_selective, selected
from gradproof.probe import Part

# Entries are moved in proportion to themselves, but by no less than this share of the leaf's rms.
LEAST = 1e-3
# More than this share of entries below it, and the leaf is one of mixed scales: each entry keeps its own.
MIXED = 0.01


@dataclass
class LeafData:
    """The arrays of one leaf, flat; ``theta`` and ``claim`` are only read."""

    theta: Array
    claim: Array
    shape: tuple[int, ...]
    least: float  # scale of entries below it; for mixed leaves that of zeros only
    mixed: bool
    bounds: Bounds | None
    # Scales and contributions, where they are worked out once.
    scales: Array | None = None
    sizes: Array | None = None

    def remember(self) -> None:
        """Keep scales and contributions: two more copies of the leaf for less work in each direction."""
        self.scales = self._scale(slice(0, self.theta.size))
        sizes: Array = self.scales * self.claim
        self.sizes = np.abs(sizes, out=sizes)

    def scale(self, part: slice) -> Array:
        """Return the scales ``s_i`` of a piece, in double precision."""
        return self._scale(part) if self.scales is None else self.scales[part]

    def contribution(self, part: slice) -> Array:
        """Return ``|g_i s_i|`` of a piece."""
        return self._contribution(part) if self.sizes is None else self.sizes[part]

    def _scale(self, part: slice) -> Array:
        size = np.abs(self.theta[part]).astype(np.float64, copy=False)
        # In place: fresh memory costs as much as the arithmetic.
        s = np.where(size == 0.0, self.least, size) if self.mixed else np.maximum(size, self.least, out=size)
        return s if self.bounds is None else self.bounds.shrink(s, part)

    def step(self, flat: int) -> float:
        """Return by how much one entry moves along its own direction: its scale, inward at a bound."""
        piece = slice(flat, flat + 1)
        sign = 1.0 if self.bounds is None else float(self.bounds.inward(piece)[0])
        return sign * float(self.scale(piece)[0])

    def _contribution(self, part: slice) -> Array:
        product: Array = self._scale(part)
        product *= self.claim[part]
        return np.abs(product, out=product)

    def range_of(self, part: Part) -> tuple[int, int]:
        """Return the half-open range of flat indices of a part."""
        return part.start, self.theta.size if part.stop < 0 else part.stop

    def is_whole(self, part: Part) -> bool:
        """Whether a part chooses every entry."""
        everywhere = part.side == "all" or (self.bounds is None and part.side == "free")
        whole = part.start == 0 and (part.stop < 0 or part.stop == self.theta.size)
        return whole and everywhere and self.is_span(part)

    def is_span(self, part: Part) -> bool:
        """Whether a part chooses a range of positions and nothing else matters."""
        if part.low >= 0.0 or part.high != math.inf or is_selective(part):
            return False
        return part.side == "all" or self.bounds is None

    def mask(self, part: Part, piece: slice) -> Any:
        """Return which entries of a piece a part chooses, its range apart."""
        chosen = selected(part, piece)
        if part.low >= 0.0 or not math.isinf(part.high):
            c = self.contribution(piece)
            chosen = chosen & (c > part.low) & (c <= part.high)
        if part.side != "all":
            chosen = chosen & self._on_side(part.side, piece)
        return chosen

    def _on_side(self, side: str, piece: slice) -> Any:
        if self.bounds is None:
            return side == "free"
        edge = self.bounds.edge(piece)
        return edge if side == "edge" else ~edge

    def is_all_of_range(self, part: Part) -> bool:
        """Whether a part chooses every entry between its start and its stop."""
        return self.is_span(part) and part.side != "edge"

    def chosen(self, part: Part) -> Array:
        """Return the flat indices that a part chooses."""
        start, stop = self.range_of(part)
        if self.is_span(part):
            return np.arange(start, stop) if part.side != "edge" else np.arange(0)
        found = [
            piece.start + np.flatnonzero(np.broadcast_to(self.mask(part, piece), piece.stop - piece.start))
            for piece in chunks(start, stop)
        ]
        return np.concatenate(found) if found else np.arange(0)

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""
        start, stop = self.range_of(part)
        if self.is_span(part):
            return stop - start if part.side != "edge" else 0
        pieces = chunks(start, stop)
        return sum(int(np.count_nonzero(np.broadcast_to(self.mask(part, p), p.stop - p.start))) for p in pieces)

    def total(self, part: Part) -> float:
        """Return the root of the sum of squared contributions of a part, without its weight."""
        start, stop = self.range_of(part)
        pieces = (np.where(self.mask(part, p), self.contribution(p), 0.0) for p in chunks(start, stop))
        return math.hypot(*(norm_of(c, float(c.max())) for c in pieces))

    def statistics(self) -> tuple[float, float, float]:
        """Return the norm of the contributions, the largest and the smallest."""
        norms, peak, least = [], 0.0, math.inf
        for piece in chunks(0, self.theta.size):
            c = self.contribution(piece)
            largest = float(c.max())
            norms.append(norm_of(c, largest))
            peak, least = max(peak, largest), min(least, float(c.min()))
        return math.hypot(*norms), peak, least


def typical_scale(theta: Array) -> tuple[float, bool]:
    """Return the least scale of a leaf's entries, and whether the leaf is one of mixed scales.

    A leaf of zeros has scale 1; of mixed scales is one with more than 1 % of its nonzero entries below 1e-3 rms: each
    of its entries keeps its own scale, and zeros get the median.
    """
    peak = max((float(np.max(np.abs(theta[p]))) for p in chunks(0, theta.size)), default=0.0)
    if peak == 0.0:
        return 1.0, False
    scaled = (theta[piece].astype(np.float64, copy=False) / peak for piece in chunks(0, theta.size))
    least = LEAST * peak * math.sqrt(sum(float(np.dot(piece, piece)) for piece in scaled) / theta.size)
    small = zeros = 0
    for piece in chunks(0, theta.size):
        size = np.abs(theta[piece])
        below = int(np.count_nonzero(size < least))
        if below:
            none = size.size - int(np.count_nonzero(size))
            small, zeros = small + below - none, zeros + none
    if small <= MIXED * (theta.size - zeros):
        return least, False
    sample = np.abs(theta[:: max(theta.size // CHUNK, 1)]).astype(np.float64)
    return float(np.median(sample[sample > 0.0])) if np.any(sample > 0.0) else least, True
