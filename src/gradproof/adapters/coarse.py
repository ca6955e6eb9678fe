"""What rounding of the moved parameters adds to a value of the objective, where they are narrower than double."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradproof.adapters.blocks import Array, Block, norm_of, pieces_of
from gradproof.adapters.directions import Direction
from gradproof.adapters.leaf import LeafData

# Half an ulp, uniformly distributed, has a deviation of 0.58: twice half an ulp are 3.4 deviations of a sum of many, and
# more than a single entry can be off.
WORST = 2.0


def rounding(direction: Direction, blocks: Sequence[Block], leaves: Sequence[LeafData]) -> tuple[float, float]:
    """Return the half-widths of a value's error by rounding of the parameters: at the point, and per unit of t.

    A difference table does not see it where the objective is random, or where other leaves are in double precision:
    the values then differ though a parameter has not moved. The claim says how much a rounded entry matters; if it is
    right, this bar holds.
    """
    at_point, per_step = [0.0], [0.0]
    for block, v in zip(blocks, direction, strict=True):
        if v is None or block.theta.dtype.itemsize >= 8:
            continue
        unit = WORST * float(np.finfo(block.theta.dtype).eps) / 2.0
        for leaf, start, stop, _ in block.slots:
            theta, claim = block.theta[start:stop], leaves[leaf].claim
            for piece, moved in pieces_of(v, start, stop):
                at_point.append(unit * _norm(np.where(moved != 0.0, theta[piece], 0.0), claim[piece]))
                per_step.append(unit * _norm(moved, claim[piece]))
    return math.hypot(*at_point), math.hypot(*per_step)


def _norm(sizes: Array, claim: Array) -> float:
    products = np.abs(np.multiply(sizes, claim, dtype=np.float64))
    return norm_of(products, float(products.max(initial=0.0)))
