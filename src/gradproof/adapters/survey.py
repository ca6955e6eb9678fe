"""Scales and contributions of the leaves of a block: of many small leaves at once, of a large one in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array, Block, Packed
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.leaf import LEAST, MIXED, LeafData, typical_scale

# Up to this many parameters in all, scales are kept instead of worked out again: 16 MB at most.
REMEMBERED = 1 << 20
# Squares of values within this factor of 1 neither overflow nor vanish.
SAFE = 1e120


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A leaf's arrays, and of its contributions ``|g_i s_i|`` the norm, the largest and the smallest."""

    data: LeafData
    norm: float
    peak: float
    least: float


def survey(block: Block, claims: Sequence[Array], bounds: Sequence[Bounds | None], total: int) -> list[Surveyed]:
    """Return what is known of each leaf of a block.

    Parameters
    ----------
    block
        The parameters.
    claims, bounds
        For each of its slots the claimed gradient, and the bounds or None.
    total
        The number of parameters in all: it decides what is kept.
    """
    remembered = total <= REMEMBERED
    if remembered and len(claims) > 1 and not any(bounds) and _without_gaps(block):
        return _together(block, claims)
    found = []
    for (_, start, stop, _), claim, bound in zip(block.slots, claims, bounds, strict=True):
        data = _leaf_data(block.theta[start:stop], claim, bound)
        if remembered:
            data.remember()
        found.append(Surveyed(data, *data.statistics()))
    return found


def _without_gaps(block: Block) -> bool:
    return sum(stop - start for _, start, stop, _ in block.slots) == block.theta.size


def _leaf_data(theta: Array, claim: Array, bounds: Bounds | None) -> LeafData:
    return LeafData(theta, np.ascontiguousarray(claim).reshape(-1), claim.shape, *typical_scale(theta), bounds)


def _together(block: Block, claims: Sequence[Array]) -> list[Surveyed]:
    """Survey all leaves of a packed block with a dozen array operations, however many leaves there are."""
    starts = np.array([start for _, start, _, _ in block.slots])
    lengths = np.array([stop - start for _, start, stop, _ in block.slots])
    size = np.abs(block.theta).astype(np.float64, copy=False)
    least = _least(size, starts, lengths)
    scales = np.maximum(size, np.repeat(least, lengths))
    mixed = _mixed(size, size < scales, starts)
    flat = [np.ascontiguousarray(claim).reshape(-1) for claim in claims]
    for k, (_, start, stop, _) in enumerate(block.slots):
        if mixed[k]:
            # Rare, and with rules of its own.
            data = _leaf_data(block.theta[start:stop], claims[k], None)
            least[k], scales[start:stop] = data.least, data.scale(slice(0, stop - start))
    claimed = np.concatenate(flat, dtype=np.float64)
    sizes = scales * claimed
    np.abs(sizes, out=sizes)
    block.packed = Packed(scales, claimed, lengths)
    norms, peaks, leasts = _statistics(sizes, starts, lengths)
    found = []
    for k, (_, start, stop, shape) in enumerate(block.slots):
        data = LeafData(
            block.theta[start:stop], flat[k], shape, float(least[k]), mixed[k], None,
            scales[start:stop], sizes[start:stop],
        )  # fmt: skip
        found.append(Surveyed(data, norms[k], peaks[k], leasts[k]))
    return found


def _mixed(size: Array, below: Array, starts: Array) -> list[bool]:
    """Return which leaves have more than a few nonzero entries below their least scale."""
    if not below.any():
        return [False] * len(starts)
    nonzero = size > 0.0
    small = np.add.reduceat(below & nonzero, starts, dtype=np.intp)
    return [bool(mixed) for mixed in small > MIXED * np.add.reduceat(nonzero, starts, dtype=np.intp)]


def _least(size: Array, starts: Array, lengths: Array) -> Array:
    """Return the least scale of the entries of each leaf: 1e-3 rms, and 1 for a leaf of zeros."""
    rms = _norms(size, np.maximum.reduceat(size, starts), (starts, lengths)) / np.sqrt(lengths)
    rms[rms == 0.0] = 1.0 / LEAST
    return LEAST * rms


def _statistics(sizes: Array, starts: Array, lengths: Array) -> tuple[list[float], list[float], list[float]]:
    """Return norms, peaks and least values of the leaves."""
    peak = np.maximum.reduceat(sizes, starts)
    norm = _norms(sizes, peak, (starts, lengths))
    return norm.tolist(), peak.tolist(), np.minimum.reduceat(sizes, starts).tolist()


def _norms(sizes: Array, peak: Array, places: tuple[Array, Array]) -> Array:
    """Return the root of the sum of squares of each leaf, safe from over- and underflow."""
    starts, lengths = places
    if peak.max() < SAFE and peak.min() > 1.0 / SAFE:
        return np.sqrt(np.add.reduceat(sizes * sizes, starts))
    usable = np.isfinite(peak) & (peak > 0.0)
    scaled = sizes / np.repeat(np.where(usable, peak, 1.0), lengths)
    return np.where(usable, peak * np.sqrt(np.add.reduceat(scaled * scaled, starts)), peak)
