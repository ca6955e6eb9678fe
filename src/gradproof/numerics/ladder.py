"""From difference quotients at several steps to one value with a bar.

Quotients ``q(h) = d + a h**p + b h**2p + ...`` (p = 2 for central differences, 1 for one-sided ones) are extrapolated
to h = 0 by Neville's scheme (L. F. Richardson 1911; W. Romberg 1955). Noise bounds are added in absolute value, since
the levels share nothing but the worst case.

The bar follows Lepski's method (O. Lepski 1991; A. Goldenshluger and A. Nemirovski, *On spatially adaptive
estimation of nonparametric regression*, Math. Methods Statist. 6 (1997)): in each column go from the finest level to
the coarsest as long as the noise intervals have a common point; then step back one level, because surviving only
shows that the bias is below the noise of finer levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

# More columns than this amplify noise without removing bias that matters.
COLUMNS = 5
# A value that still moves by more than this share of itself is not converging; its bias bound is widened.
CONVERGING = 0.1
DISTRUST = 10.0
# A level whose bias is this many times smaller than the one before is far enough from it.
FAR = 16.0


class Level(NamedTuple):
    """One difference quotient: its step, its value, and the half-width of its noise."""

    step: float
    quotient: float
    noise: float


class Extrapolated(NamedTuple):
    """The best entry of a table: ``value +- error``.

    ``first`` and ``last`` are the indices of the coarsest and finest level that support it; ``verified`` tells
    whether the bias was seen to be below the noise (else the error holds an estimate of the bias).
    """

    value: float
    error: float
    first: int
    last: int
    verified: bool


class _Entry(NamedTuple):
    value: float
    noise: float


def extrapolate(levels: Sequence[Level], power: int) -> Extrapolated:
    """Return the entry of Neville's table with the smallest honest bar.

    Parameters
    ----------
    levels
        At least one, from the coarsest to the finest step.
    power
        2 for central differences, 1 for one-sided ones.
    """
    table = _neville(levels, power)
    factors = [(coarse.step / fine.step) ** power for coarse, fine in pairwise(levels)]
    candidates = [found for column in table for found in _candidates(column, table, factors)]
    if not candidates:
        only = levels[-1]
        return Extrapolated(only.quotient, math.inf, 0, len(levels) - 1, verified=False)
    return min(candidates, key=lambda found: found.error)


def _neville(levels: Sequence[Level], power: int) -> list[list[_Entry]]:
    """Return the columns; entry i of column j uses the levels i .. i + j."""
    x = [level.step**power for level in levels]
    table = [[_Entry(level.quotient, level.noise) for level in levels]]
    for j in range(1, min(COLUMNS, len(levels))):
        above = table[-1]
        column = []
        for i in range(len(levels) - j):
            weight = x[i + j] / (x[i] - x[i + j])
            coarse, fine = above[i], above[i + 1]
            value = fine.value + (fine.value - coarse.value) * weight
            column.append(_Entry(value, fine.noise * (1.0 + weight) + coarse.noise * weight))
        table.append(column)
    return table


def _candidates(column: list[_Entry], table: list[list[_Entry]], factors: list[float]) -> list[Extrapolated]:
    """Return what a column offers: its Lepski entry, and those whose bias can be estimated.

    ``factors`` are those by which the leading term of the bias shrinks from each level to the next.
    """
    finest = len(column) - 1
    if finest < 1:
        return []
    depth = len(table[0]) - len(column)
    found = [_estimated(column, i, table, depth) for i in range(1, finest + 1)]
    survivor = _survivor(column)
    if survivor < finest:
        entry, factor = column[survivor + 1], factors[survivor]
        # The step back makes bias small only if it is a long one: of a short one the rest is added.
        bias = abs(entry.value - column[survivor].value) / (factor - 1.0) if factor < FAR else 0.0
        found.append(Extrapolated(entry.value, entry.noise + bias, survivor, survivor + 1 + depth, verified=True))
    return [candidate for candidate in found if candidate is not None and math.isfinite(candidate.value)]


def _survivor(column: list[_Entry]) -> int:
    """Return the coarsest entry down to which all noise intervals from the finest on have a common point."""
    low, high = -math.inf, math.inf
    for i in range(len(column) - 1, -1, -1):
        low = max(low, column[i].value - column[i].noise)
        high = min(high, column[i].value + column[i].noise)
        # "not <=" also ends at NaN
        if not low <= high:
            return i + 1
    return 0


def _estimated(column: list[_Entry], i: int, table: list[list[_Entry]], depth: int) -> Extrapolated | None:
    """Bound the bias of an entry by how far it moved; None where a finer entry refutes the result."""
    entry = column[i]
    bias = abs(entry.value - column[i - 1].value)
    if depth:
        bias = max(bias, abs(entry.value - table[depth - 1][i + 1].value))
    if not bias <= CONVERGING * abs(entry.value):
        # Far from converged: how far the value moved says little about how far it is off.
        bias *= DISTRUST
    error = entry.noise + bias
    for finer in column[i + 1 :]:
        if not abs(entry.value - finer.value) <= error + finer.noise:
            return None
    return Extrapolated(entry.value, error, i - 1, i + depth, verified=False)
