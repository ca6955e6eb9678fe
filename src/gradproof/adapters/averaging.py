"""Objectives that stay random: many calls averaged into one value, and what their spread leaves open of a claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, Block, dense
from gradproof.adapters.claim import Claim
from gradproof.adapters.directions import Direction
from gradproof.adapters.objective import as_float
from gradproof.seam import Problem

# The calls of a gradient are averaged in so many groups; the groups' spread is the error of the mean.
GROUPS = 8
# The two-sided 99.9 % quantile of Student's t with GROUPS - 1 degrees of freedom.
STUDENT = 5.408

# One array for each leaf.
Arrays = list[Array]


def averaged(problem: Problem, calls: int) -> Problem:
    """Return the problem whose objective is the mean of so many calls."""

    def loss(*arguments: Any) -> float:
        return math.fsum(as_float(problem.loss(*arguments)) for _ in range(calls)) / calls

    return replace(problem, loss=loss, batched=None)


def grouped(ask: Callable[[], Claim], calls: int) -> tuple[Claim, list[list[Array | None]]]:
    """Return the mean of the claims of so many calls (at least ``GROUPS``), and the means of its groups."""
    each = max(1, -(-calls // GROUPS))
    groups, last = [], None
    for _ in range(GROUPS):
        claims = [ask() for _ in range(each)]
        last = claims[-1]
        groups.append([_mean(arrays) for arrays in zip(*(claim.arrays for claim in claims), strict=True)])
    assert last is not None
    means = [_mean(arrays) for arrays in zip(*groups, strict=True)]
    # Averaging in double precision makes no claim more exact than the dtype in which it came.
    kept = [a if a is None or b is None else a.astype(b.dtype) for a, b in zip(means, last.arrays, strict=True)]
    return replace(last, arrays=tuple(kept)), groups


def _mean(arrays: Sequence[Array | None]) -> Array | None:
    known = [array for array in arrays if array is not None]
    return np.asarray(np.mean(known, axis=0, dtype=np.float64)) if len(known) == len(arrays) else None


def slope_error(direction: Direction, blocks: Sequence[Block], groups: Sequence[Arrays]) -> float:
    """Return the half-width of the bar of an averaged claim along a direction."""
    slopes = [slope_of(direction, blocks, arrays) for arrays in groups]
    return STUDENT * float(np.std(slopes, ddof=1)) / math.sqrt(len(slopes)) if slopes else 0.0


def slope_of(direction: Direction, blocks: Sequence[Block], arrays: Arrays) -> float:
    """Return the inner product of a direction with arrays, one for each leaf, flat or not."""
    return math.fsum(
        float(np.vdot(arrays[leaf], dense(v)[start:stop]))
        for block, v in zip(blocks, direction, strict=True)
        if v is not None
        for leaf, start, stop, _ in block.slots
    )
