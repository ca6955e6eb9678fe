"""Entries in strata: those of one block that live on one scale, so that what a few of them show holds for all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.leaf import typical_scale
from gradproof.exhaustive.tray import Entry, Tray

# Leaves of at least so many entries are strata of their own, smaller ones stand together.
LARGE = 1024
# Binary orders of magnitude that share a stratum.
BINS = 10.0
# Entries of one stratum at most: some two hundred bytes are held of each while it is measured.
PART = 1 << 16
# An entry with less room than this share of its length on either side is measured from one side, by itself.
ROOM = 1.0


@dataclass(frozen=True, slots=True)
class Stratum:
    """Entries of one block: flat indices and the lengths (powers of two) that their steps are measured in."""

    block: int
    places: Array
    lengths: Array

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(self.places.size)

    def chosen(self, which: Array) -> Stratum:
        """Return some of its entries, by number or mask."""
        return Stratum(self.block, self.places[which], self.lengths[which])

    def longer(self, exponent: int) -> Stratum:
        """Return it with lengths that are longer by a power of two."""
        return Stratum(self.block, self.places, self.lengths * 2.0**exponent)

    def entry(self, number: int) -> Entry:
        """Return one of its entries."""
        return Entry(self.block, int(self.places[number]), float(self.lengths[number]))

    def spread_out(self, count: int, seed: int) -> Array:
        """Return the numbers of so many entries, drawn one from each of equal pieces."""
        if count >= self.size:
            return np.arange(self.size)
        edges = np.linspace(0, self.size, count + 1)
        drawn = np.random.default_rng((seed, self.block, self.size)).uniform(edges[:-1], edges[1:])
        return np.unique(np.minimum(drawn.astype(np.int64), self.size - 1))


def strata(tray: Tray) -> Iterator[Stratum]:
    """Yield the strata of a point, but for the entries at bounds."""
    for number, part in _parts(tray):
        lengths, groups, near = _lengths(tray, number, part)
        for group in np.unique(groups[~near]):
            inside = np.flatnonzero((groups == group) & ~near)
            yield Stratum(number, part.start + inside, lengths[inside])


def edges(tray: Tray) -> Iterator[Stratum]:
    """Yield the entries at bounds, which are measured one by one."""
    for number, part in _parts(tray):
        if any(tray.bounds[index] is not None for index, *_ in tray.blocks[number].slots):
            lengths, _, near = _lengths(tray, number, part)
            inside = np.flatnonzero(near)
            if inside.size:
                yield Stratum(number, part.start + inside, lengths[inside])


def _parts(tray: Tray) -> Iterator[tuple[int, slice]]:
    """Cut the blocks into parts: what is held of the entries of one is let go of with it."""
    for number, block in enumerate(tray.blocks):
        for start in range(0, block.theta.size, PART):
            yield number, slice(start, min(start + PART, block.theta.size))


def _lengths(tray: Tray, number: int, part: slice) -> tuple[Array, Array, Array]:
    """Return for each entry of a part of a block its length, its group, and whether it lies at a bound."""
    block = tray.blocks[number]
    lengths = np.ones(part.stop - part.start)
    owners = np.zeros(lengths.size, dtype=np.int64)
    near = np.zeros(lengths.size, dtype=bool)
    for owner, (index, start, stop, _) in enumerate(block.slots):
        low, high = max(start, part.start), min(stop, part.stop)
        if low >= high:
            continue
        here = slice(low - part.start, high - part.start)
        least, mixed = typical_scale(block.theta[start:stop])
        if mixed:
            size = np.abs(block.theta[low:high]).astype(np.float64)
            lengths[here] = np.where(size == 0.0, least, size)
        else:
            lengths[here] = _root_mean_square(block.theta[start:stop]) or 1.0
        owners[here] = owner + 1 if stop - start >= LARGE else 0
        bounds = tray.bounds[index]
        if bounds is not None:
            inside = slice(low - start, high - start)
            room = np.minimum(bounds.below, bounds.above)
            near[here] = bounds.edge(inside)
            room = room[inside] if room.ndim else room
            lengths[here] = np.minimum(lengths[here], np.where(near[here], np.inf, ROOM * room))
    lengths = np.exp2(np.floor(np.log2(lengths)))
    bins = np.rint(np.log2(lengths) / BINS).astype(np.int64)
    return lengths, owners * (1 << 20) + bins, near


def _root_mean_square(theta: Array) -> float:
    """Return the root of the mean square of a leaf, part by part where it is large."""
    pieces = [slice(start, start + PART) for start in range(0, theta.size, PART)]
    largest = max((float(np.max(np.abs(theta[piece]))) for piece in pieces), default=0.0)
    if not largest:
        return 0.0
    squares = sum(float(np.sum((np.abs(theta[piece]).astype(np.float64) / largest) ** 2)) for piece in pieces)
    return largest * math.sqrt(squares / theta.size)


def bounded(tray: Tray, stratum: Stratum) -> bool:
    """Whether some leaf of a stratum's block has bounds."""
    return any(tray.bounds[index] is not None for index, *_ in tray.blocks[stratum.block].slots)


def room_of(tray: Tray, entry: Entry) -> tuple[float, float]:
    """Return the interval of t in which one entry stays within its bounds, in units of its length."""
    for index, start, stop, _ in tray.blocks[entry.block].slots:
        bounds = tray.bounds[index]
        if start <= entry.place < stop and bounds is not None:
            piece = slice(entry.place - start, entry.place - start + 1)
            return bounds.reach(np.array([entry.length]), piece)
    return -math.inf, math.inf


def numbers_of(stratum: Stratum) -> Iterator[tuple[int, Entry]]:
    """Yield each entry of a stratum with its number."""
    return ((number, stratum.entry(number)) for number in range(stratum.size))
