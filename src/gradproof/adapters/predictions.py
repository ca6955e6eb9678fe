"""What each hypothesis predicts along directions that were measured: dot products, and not one more evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, Block, dense
from gradproof.adapters.directions import draw
from gradproof.adapters.hypotheses.evidence import Evidence, Other
from gradproof.adapters.hypotheses.table import HYPOTHESES
from gradproof.adapters.leaf import LeafData
from gradproof.guess import Prediction
from gradproof.probe import Probe
from gradproof.seam import Leaf

# Entries that contribute this share of another one are not told from zero.
UNSEEN = 1e-3
# Leaves with more entries than this are not compared with a hundred rearrangements of themselves.
MOST_ENTRIES = 1 << 23


def predictions(
    index: int, leaves: Sequence[Leaf], data: Sequence[LeafData], directions: Sequence[Array], named: Mapping[str, Any]
) -> Iterator[Prediction]:
    """Yield what each hypothesis about a leaf says of its slopes.

    Parameters
    ----------
    index
        The leaf.
    leaves, data
        All leaves of the problem.
    directions
        The leaf's part of each direction, flat.
    named
        Arguments and context of the problem, by name.
    """
    evidence = _evidence(index, leaves, data, named)
    claimed = tuple(float(np.vdot(evidence.claim, v)) for v in directions)
    nothing = (0.0,) * len(directions)
    for hypothesis in HYPOTHESES:
        for guess, base, term in hypothesis(evidence):
            flat = np.ascontiguousarray(term).reshape(-1)
            if _is_of_one(flat, data[index]):
                continue
            slopes = tuple(float(np.dot(flat, v)) for v in directions)
            if all(map(np.isfinite, slopes)):
                yield Prediction(guess, nothing if base is None else claimed, slopes)


def _is_of_one(term: Array, data: LeafData) -> bool:
    """Whether but one entry of a term tells along directions: to fit that entry says no more than that it is wrong."""
    sizes = np.abs(term * data.scale(slice(0, term.size)))
    most = int(np.argmax(sizes))
    peak, sizes[most] = float(sizes[most]), 0.0
    return bool(np.linalg.norm(sizes) <= UNSEEN * peak)


def leaf_directions(
    index: int, probes: Sequence[Probe], blocks: Sequence[Block], data: Sequence[LeafData], seed: int
) -> list[Array]:
    """Return the leaf's part of the directions of probes, flat, in double precision."""
    found = []
    for probe in probes:
        for block, v in zip(blocks, draw(probe, blocks, data, seed), strict=True):
            for leaf, start, stop, _ in block.slots:
                if leaf == index:
                    moved = np.zeros(stop - start) if v is None else dense(v)[start:stop]
                    found.append(np.asarray(moved, dtype=np.float64))
    return found


def _evidence(index: int, leaves: Sequence[Leaf], data: Sequence[LeafData], named: Mapping[str, Any]) -> Evidence:
    def wide(values: Array, leaf: Leaf) -> Array:
        return np.asarray(values, dtype=np.float64).reshape(leaf.shape)

    known = data[index]
    others = tuple(
        Other(leaf.name, wide(data[i].theta, leaf), wide(data[i].claim, leaf))
        for i, leaf in enumerate(leaves)
        if i != index and leaf.size <= MOST_ENTRIES
    )
    arrays = tuple((name, found) for name, value in named.items() if (found := _numbers(value)) is not None)
    leaf = leaves[index]
    return Evidence(leaf.name, wide(known.theta, leaf), wide(known.claim, leaf), others, arrays, leaf.paired)


def _numbers(value: Any) -> Array | None:
    """Return an array of real numbers in double precision, or None if the value is none."""
    if not isinstance(value, np.ndarray | np.generic | float | int) or isinstance(value, bool):
        return None
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind in "fiub" and array.size else None
