"""Flat storage: small leaves of one dtype share a packed block, a large leaf is a block of its own without a copy.

An evaluation then costs two passes over memory, whatever the number of leaves.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Leaves below this many entries are packed together.
PACKED = 4096
# Entries that fit the second-level cache together with their direction.
CHUNK = 32768
# Where memory is scarce, directions of this many entries and more are not kept.
LEAN = 1 << 20


def chunks(start: int, stop: int) -> Iterator[slice]:
    """Cut a range of flat indices into slices of at most ``CHUNK``."""
    for low in range(start, stop, CHUNK):
        yield slice(low, min(low + CHUNK, stop))


def direction_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of directions: double for double and wider parameters, single for the others."""
    return np.dtype(np.float64 if dtype.itemsize >= 8 else np.float32)


@dataclass(frozen=True, slots=True)
class Packed:
    """What is kept of small leaves that share a block, in double precision: scales, claims, and their lengths."""

    scales: Array
    claims: Array
    lengths: Array


class Drawn:
    """A direction that is not kept: whoever needs it goes through its pieces, which are worked out anew.

    Parameters
    ----------
    size, dtype
        Of the whole.
    pieces
        Starts over, and yields each piece with its place; the arrays may be written into.
    """

    def __init__(self, size: int, dtype: np.dtype[Any], pieces: Callable[[], Iterator[tuple[slice, Array]]]) -> None:
        self.size, self.dtype, self.pieces = size, dtype, pieces

    def times(self, factor: float) -> Drawn:
        """Return so many times the direction."""
        return Drawn(self.size, self.dtype, lambda: ((piece, factor * v) for piece, v in self.pieces()))


def dense(direction: Array | Drawn) -> Array:
    """Return a direction as one array."""
    if not isinstance(direction, Drawn):
        return direction
    found = np.empty(direction.size, direction.dtype)
    for piece, v in direction.pieces():
        found[piece] = v
    return found


def pieces_of(direction: Array | Drawn, start: int, stop: int) -> Iterator[tuple[slice, Array]]:
    """Yield the pieces of a direction between two places, counted from the first; one that is not kept is a whole."""
    if isinstance(direction, Drawn):
        yield from direction.pieces()
        return
    for piece in chunks(0, stop - start):
        yield piece, direction[start + piece.start : start + piece.stop]


class Block:
    """One flat array of parameters: the point, the leaves' places in it, and a working copy.

    Parameters
    ----------
    theta
        The point, one-dimensional and contiguous; never written to.
    slots
        ``(leaf, start, stop, shape)`` for each leaf in it.
    """

    def __init__(self, theta: Array, slots: list[tuple[int, int, int, tuple[int, ...]]]) -> None:
        self.theta = theta
        self.slots = slots
        self.packed: Packed | None = None
        self.lean = False
        self._buffer: Array | None = None
        self._idle = 0
        self._fits = theta.size <= CHUNK

    def moved(self, t: float, direction: Array | Drawn | None) -> Array:
        """Return ``theta + t * direction`` in the dtype of theta; None stands for no direction.

        The working copy is used again unless somebody outside still holds it: an objective may keep what it gets.
        """
        buffer = self._free_buffer()
        if direction is None or t == 0.0:
            np.copyto(buffer, self.theta)
        elif isinstance(direction, Drawn):
            for part, v in direction.pieces():
                _step(self.theta[part], v, t, buffer[part])
        elif self._fits and direction.dtype is self.theta.dtype:
            np.multiply(direction, t, buffer)
            np.add(buffer, self.theta, buffer)
        else:
            for part in chunks(0, buffer.size):
                _step(self.theta[part], direction[part], t, buffer[part])
        return buffer

    def _free_buffer(self) -> Array:
        buffer = self._buffer
        if buffer is None or sys.getrefcount(buffer) > self._idle:
            buffer = self._buffer = np.empty_like(self.theta)
            self._idle = sys.getrefcount(buffer)
        return buffer


def _step(theta: Array, v: Array, t: float, out: Array) -> None:
    """Write ``theta + t * v`` into an array of the dtype of theta."""
    if theta.dtype.itemsize < v.dtype.itemsize:
        np.add(v * v.dtype.type(t), theta, out=out, casting="same_kind")
    else:
        np.multiply(v, t, out=out)
        np.add(out, theta, out=out)


def laid_out(block: Block, arrays: Sequence[Array]) -> Array:
    """Return flat arrays by leaf as one of a block, zero where it has none; that of a whole block is not copied."""
    if len(block.slots) == 1 and arrays[block.slots[0][0]].dtype.itemsize >= block.theta.dtype.itemsize:
        only = arrays[block.slots[0][0]]
        if only.size == block.theta.size:
            return only
    found = np.zeros(block.theta.size)
    for leaf, start, stop, _ in block.slots:
        found[start:stop] = arrays[leaf]
    return found


def all_finite(array: Array) -> bool:
    """Whether every entry is finite."""
    # One pass without a temporary: a sum of squares is finite only if every entry is. Where it overflows, look again.
    if array.dtype.itemsize >= 4 and math.isfinite(np.vdot(array, array)):
        return True
    return bool(np.isfinite(array).all())


def equal(one: Array, other: Array) -> bool:
    """Whether two flat arrays hold the same numbers."""
    return all(np.array_equal(one[part], other[part]) for part in chunks(0, one.size))


def norm_of(values: Array, largest: float) -> float:
    """Return the root of the sum of squares of values no larger than ``largest``, safe from over- and underflow."""
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    if 1e-120 < largest < 1e120:
        flat = values.ravel()
        return math.sqrt(float(np.dot(flat, flat)))
    scaled = values.ravel() / largest
    return largest * math.sqrt(float(np.dot(scaled, scaled)))
