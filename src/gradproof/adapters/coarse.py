"""What rounding of the moved parameters adds to a value of the objective, where they are narrower than double."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradproof.adapters.blocks import Array, Block, norm_of, pieces_of
from gradproof.adapters.directions import Direction
from gradproof.adapters.leaf import LeafData

# Half an ulp, uniformly distributed, has a deviation of 0.58: twice half an ulp are 3.4 deviations of a sum of many,
# and more than a single entry can be off.
WORST = 2.0
# Of a wrong claim it is enough to know at which steps nothing moves.
SHARE = 0.25


def rounding(direction: Direction, blocks: Sequence[Block], leaves: Sequence[LeafData]) -> tuple[float, float, float]:
    """Return what rounding of the parameters may do: to a value at the point, per unit of t, and to a step.

    A difference table does not see it where the objective is random, or where other leaves are in double precision:
    the values then differ though a parameter has not moved. The claim says how much a rounded entry matters: if it is
    right, the first two bound the error of a value. If it is not, the third does, in units of t: steps no longer than
    that move nothing.
    """
    at_point, per_step, steps = [0.0], [0.0], [0.0]
    for block, v in zip(blocks, direction, strict=True):
        if v is None or block.theta.dtype.itemsize >= 8:
            continue
        unit = WORST * float(np.finfo(block.theta.dtype).eps) / 2.0
        held, moves = [0.0], [0.0]
        for leaf, start, stop, _ in block.slots:
            here, claim = block.theta[start:stop], leaves[leaf].claim
            for piece, moved in pieces_of(v, start, stop):
                theta = np.where(moved != 0.0, here[piece], 0.0)
                at_point.append(unit * _norm(theta, claim[piece]))
                per_step.append(unit * _norm(moved, claim[piece]))
                held.append(_norm(theta, 1.0))
                moves.append(_norm(moved, 1.0))
        steps.append(SHARE * unit * math.hypot(*held) / (math.hypot(*moves) or math.inf))
    return math.hypot(*at_point), math.hypot(*per_step), max(steps)


def _norm(sizes: Array, claim: Array | float) -> float:
    products = np.abs(np.multiply(sizes, claim, dtype=np.float64))
    return norm_of(products, float(products.max(initial=0.0)))
