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


def strata(tray: Tray) -> tuple[list[Stratum], list[Stratum]]:
    """Return the strata of a point, and the entries at bounds, which are measured one by one."""
    free: list[Stratum] = []
    edge: list[Stratum] = []
    for number, block in enumerate(tray.blocks):
        lengths, groups, near = _lengths(tray, number)
        for group in np.unique(groups[~near]):
            places = np.flatnonzero((groups == group) & ~near)
            free.append(Stratum(number, places, lengths[places]))
        if near.any():
            edge.append(Stratum(number, np.flatnonzero(near), lengths[near]))
        assert lengths.size == block.theta.size
    return free, edge


def _lengths(tray: Tray, number: int) -> tuple[Array, Array, Array]:
    """Return for each entry of a block its length, its group, and whether it lies at a bound."""
    block = tray.blocks[number]
    lengths = np.ones(block.theta.size)
    owners = np.zeros(block.theta.size, dtype=np.int64)
    near = np.zeros(block.theta.size, dtype=bool)
    for owner, (index, start, stop, _) in enumerate(block.slots):
        theta = block.theta[start:stop]
        least, mixed = typical_scale(theta)
        size = np.abs(theta).astype(np.float64)
        lengths[start:stop] = np.where(size == 0.0, least, size) if mixed else _root_mean_square(size) or 1.0
        owners[start:stop] = owner + 1 if stop - start >= LARGE else 0
        bounds = tray.bounds[index]
        if bounds is not None:
            room = np.minimum(bounds.below, bounds.above)
            near[start:stop] = bounds.edge(slice(0, theta.size))
            shorter = np.minimum(lengths[start:stop], np.where(near[start:stop], np.inf, ROOM * room))
            lengths[start:stop] = shorter
    lengths = np.exp2(np.floor(np.log2(lengths)))
    bins = np.rint(np.log2(lengths) / BINS).astype(np.int64)
    return lengths, owners * (1 << 20) + bins, near


def _root_mean_square(size: Array) -> float:
    largest = float(size.max())
    return largest * math.sqrt(float(np.mean((size / largest) ** 2))) if largest else 0.0


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
