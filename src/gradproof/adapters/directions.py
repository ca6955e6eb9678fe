"""Directions from a keyed generator: the same seed and key give the same numbers anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gradproof.adapters.blocks import Array, Block, Drawn, chunks, direction_dtype
from gradproof.adapters.leaf import LeafData
from gradproof.adapters.selection import bounded, is_selective, ramp
from gradproof.probe import Part, Probe

# A direction for each block; None where nothing moves.
Direction = list[Array | Drawn | None]


def generator(seed: int, key: int, block: int) -> np.random.Generator:
    """Return the generator of one draw of one block.

    The stream is a function of the key alone (by hashing, as in O'Neill's seed sequences), so that any direction can be
    made again anywhere; SFC64 draws normal numbers a third faster than a counter-based cipher.
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, key, block])))


def draw(probe: Probe, blocks: Sequence[Block], leaves: Sequence[LeafData], seed: int) -> Direction:
    """Return ``v_i = weight * s_i * z_i * ramp_i`` on the entries that the parts choose, 0 elsewhere."""
    parts: dict[int, list[Part]] = {}
    for part in probe.parts:
        parts.setdefault(part.leaf, []).append(part)
    return [_draw_block(block, number, parts, leaves, (seed, probe.key)) for number, block in enumerate(blocks)]


def claimed_slope(direction: Direction, blocks: Sequence[Block], leaves: Sequence[LeafData]) -> float:
    """Return ``g . v``, summed in double precision."""
    total = 0.0
    for block, v in zip(blocks, direction, strict=True):
        if v is None:
            continue
        if isinstance(v, Drawn):
            claim = leaves[block.slots[0][0]].claim
            total = _slope_of_pieces(v, claim, total)
            continue
        if block.packed is not None:
            claims = block.packed.claims
            total += float(np.dot(claims, v)) if v.dtype == np.float64 else float(np.sum(claims * v))
            continue
        for leaf, start, stop, _ in block.slots:
            claim = leaves[leaf].claim
            for piece in chunks(0, stop - start):
                total += _slope(claim[piece], v[start + piece.start : start + piece.stop])
    return total


def _slope_of_pieces(v: Drawn, claim: Array, total: float) -> float:
    # Added one by one to what the blocks before have given, as a direction that is kept would be.
    for piece, moved in v.pieces():
        total += _slope(claim[piece], moved)
    return total


def _slope(claim: Array, moved: Array) -> float:
    if claim.dtype == moved.dtype == np.float64:
        return float(np.dot(claim, moved))
    return float(np.sum(np.multiply(claim, moved, dtype=np.float64)))


def _draw_block(
    block: Block, number: int, parts: dict[int, list[Part]], leaves: Sequence[LeafData], keys: tuple[int, int]
) -> Array | Drawn | None:
    dtype = direction_dtype(block.theta.dtype)
    weights = None if block.packed is None else _weights_of_whole(block, parts, leaves)
    if block.packed is not None and weights is not None:
        z = generator(*keys, number).standard_normal(block.theta.size, dtype=dtype.type)
        z *= block.packed.scales
        z *= np.repeat(weights, block.packed.lengths)
        return z
    moving = [slot for slot in block.slots if slot[0] in parts]
    if not moving:
        return None
    single = _single_entry(parts, leaves)
    if single is not None:
        return _basis(block, dtype, single, (leaves, parts))
    if block.lean:
        return _drawn_anew(block, number, (leaves, parts), keys)
    z = generator(*keys, number).standard_normal(block.theta.size, dtype=dtype.type)
    done = 0
    for leaf, start, stop, _ in moving:
        z[done:start] = 0.0
        for piece in chunks(0, stop - start):
            _scale(z[start:stop][piece], leaves[leaf], parts[leaf], piece)
        done = stop
    z[done:] = 0.0
    return z


def _drawn_anew(
    block: Block, number: int, rest: tuple[Sequence[LeafData], dict[int, list[Part]]], keys: tuple[int, int]
) -> Drawn:
    """Return the direction of a block of one leaf: the same numbers, drawn whenever they are needed."""
    leaves, parts = rest
    ((leaf, _, _, _),) = block.slots
    dtype = direction_dtype(block.theta.dtype)

    def pieces() -> Iterator[tuple[slice, Array]]:
        draws = generator(*keys, number)
        for piece in chunks(0, block.theta.size):
            z = draws.standard_normal(piece.stop - piece.start, dtype=dtype.type)
            _scale(z, leaves[leaf], parts[leaf], piece)
            yield piece, z

    return Drawn(block.theta.size, dtype, pieces)


def _weights_of_whole(block: Block, parts: dict[int, list[Part]], leaves: Sequence[LeafData]) -> list[float] | None:
    """Return the weights of the leaves of a block if each is chosen as a whole, once and without a ramp."""
    weights = []
    for leaf, _, _, _ in block.slots:
        chosen = parts.get(leaf, ())
        if (
            len(chosen) != 1
            or chosen[0].ramp is not None
            or chosen[0].draw != "normal"
            or not leaves[leaf].is_whole(chosen[0])
        ):
            return None
        weights.append(chosen[0].weight)
    return weights


def _single_entry(parts: dict[int, list[Part]], leaves: Sequence[LeafData]) -> tuple[int, int] | None:
    """Return (leaf, flat index) if the parts choose exactly one entry by position."""
    if len(parts) != 1:
        return None
    ((leaf, only),) = parts.items()
    if len(only) != 1:
        return None
    start, stop = leaves[leaf].range_of(only[0])
    return (leaf, start) if stop - start == 1 and not is_selective(only[0]) else None


def _basis(
    block: Block,
    dtype: np.dtype[np.floating],
    single: tuple[int, int],
    rest: tuple[Sequence[LeafData], dict[int, list[Part]]],
) -> Array:
    """Return the direction that moves one entry by its own scale: no draw, so nothing is left to chance."""
    leaf, flat = single
    leaves, parts = rest
    v = np.zeros(block.theta.size, dtype)
    start = next(slot[1] for slot in block.slots if slot[0] == leaf)
    v[start + flat] = parts[leaf][0].weight * leaves[leaf].step(flat)
    return v


def _scale(z: Array, leaf: LeafData, parts: list[Part], piece: slice) -> None:
    """Turn standard normal numbers of a piece of a leaf into its direction, in place."""
    if parts[0].draw == "bounded":
        bounded(z)
    alone = leaf.is_whole(parts[0]) and len(parts) == 1 and leaf.bounds is None
    s = leaf.scale(piece)
    if leaf.bounds is not None:
        edge = leaf.bounds.edge(piece)
        z[:] = np.where(edge, np.abs(z) * leaf.bounds.inward(piece), z)
    z *= s
    if not alone or parts[0].ramp is not None:
        z *= _weights(leaf, parts, piece)
    elif parts[0].weight != 1.0:
        z *= parts[0].weight


def _weights(leaf: LeafData, parts: list[Part], piece: slice) -> Array:
    """Return the summed weights of the parts on a piece."""
    total = np.zeros(piece.stop - piece.start)
    index = np.arange(piece.start, piece.stop)
    for part in parts:
        start, stop = leaf.range_of(part)
        chosen = (index >= start) & (index < stop) & leaf.mask(part, piece)
        total += np.where(chosen, part.weight * ramp(part.ramp, index), 0.0)
    return total
