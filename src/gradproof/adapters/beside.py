"""Claims a little beside a kink: between which limits a subgradient at the kink must lie.

At a kink the Clarke subdifferential is the convex hull of the gradients that smooth points nearby have (F. H.
Clarke, Optimization and Nonsmooth Analysis, 1983, theorem 2.5.1). Where the claim is a function, it is asked at points
displaced at random: an entry at which these claims differ belongs to a kink, and the claim at the point must lie
between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.beside import Beside, Invalid

# Points asked for, those that show which entries belong to kinks, and entries that are moved up and down by themselves.
POINTS, FIRST, MOVED = 48, 8, 16
# With more entries at kinks than this nothing is said.
MOST_KINKED = 4096
# A jump is one above this share of the entry, or of a typical one; what displacing does to smooth entries is far less.
JUMP = 1e-4
# An entry with two values, each seen so often, belongs to one kink (or to several that are always passed together).
SEEN = 6

# More spare points than this, and the affine hull of the claims beside the kink is taken for known.
SPARE = 8

# Returns the claims, flat, at a point displaced at random (by key), or mostly along one entry: (leaf, index, side).
Ask = Callable[[int, "tuple[int, int, float] | None"], list[Array]]


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries that belong to kinks: where they stand, what is claimed, and the claims beside (points, entries)."""

    leaves: Array
    flats: Array
    yours: Array
    slack: Array
    seen: Array


def beside(claims: Sequence[Array], ask: Ask) -> Beside | None:
    """Compare claims at a point with the claims beside it; None if too many entries belong to kinks.

    Parameters
    ----------
    claims
        The claim of each leaf at the point, flat.
    ask
        Returns the claims at a displaced point.
    """
    found = _entries([np.asarray(claim, dtype=np.float64) for claim in claims], ask)
    if found is None:
        return None
    if not found.flats.size:
        return Beside(frozenset())
    low, high = found.seen.min(axis=0), found.seen.max(axis=0)
    pushed = [_kinked(found, ask(POINTS, place)) for place in _pushes(found, low, high)]
    hull = np.array([*found.seen, *pushed])
    low, high = hull.min(axis=0), hull.max(axis=0)
    outside = _beyond(found, low, high)
    ups = np.abs(found.seen - high) <= found.slack
    simple = np.all(ups | (np.abs(found.seen - low) <= found.slack), axis=0) & (high - low > 2.0 * found.slack)
    simple &= (ups.sum(axis=0) >= SEEN) & (ups.sum(axis=0) <= POINTS - SEEN)
    wrong = _contradicting(found, ups, (low, high, simple)) if not np.any(outside & simple) else None
    first = next(iter(np.flatnonzero(outside & simple)), wrong)
    suspects = found.leaves[outside] if _in_hull(found, hull) else found.leaves
    invalid = None if first is None else _invalid(found, int(first), low, high)
    return Beside(frozenset(int(leaf) for leaf in suspects), invalid)


def _entries(claims: list[Array], ask: Ask) -> _Entries | None:
    """Find the entries that belong to kinks, and gather the claims beside; None if there are too many."""
    first = [ask(key, None) for key in range(FIRST)]
    places, slacks = [], []
    for leaf, claim in enumerate(claims):
        values = np.array([g[leaf] for g in first], dtype=np.float64)
        typical = float(np.sqrt(np.mean(values**2))) + float(np.sqrt(np.mean(claim**2)))
        slack = JUMP * (np.abs(claim) + typical)
        kinked = np.flatnonzero(np.any(~(np.abs(values - claim) <= slack), axis=0))
        places.append(kinked)
        slacks.append(slack[kinked])
    if sum(kinked.size for kinked in places) > MOST_KINKED:
        return None

    def chosen(arrays: Sequence[Array]) -> Array:
        return np.concatenate(
            [np.asarray(a, dtype=np.float64)[kinked] for a, kinked in zip(arrays, places, strict=True)]
        )

    leaves = np.concatenate([np.full(kinked.size, leaf) for leaf, kinked in enumerate(places)])
    rest = [chosen(ask(key, None)) for key in range(FIRST, POINTS)] if leaves.size else []
    seen = np.array([chosen(g) for g in first] + rest)
    return _Entries(leaves, np.concatenate(places), chosen(claims), np.concatenate(slacks), seen)


def _pushes(found: _Entries, low: Array, high: Array) -> list[tuple[int, int, float]]:
    """Return the entries that are moved up and down by themselves, since random points do not explain their claims."""
    beyond = np.flatnonzero(_beyond(found, low, high))[:MOVED]
    return [(int(found.leaves[k]), int(found.flats[k]), side) for k in beyond for side in (1.0, -1.0)]


def _kinked(found: _Entries, arrays: Sequence[Array]) -> Array:
    """Return the claims of the entries that belong to kinks."""
    pairs = zip(found.leaves, found.flats, strict=True)
    return np.array([float(arrays[leaf][flat]) for leaf, flat in pairs], dtype=np.float64)


def _beyond(found: _Entries, low: Array, high: Array) -> Array:
    """Return which entries do not lie between limits."""
    return np.asarray(~((found.yours >= low - found.slack) & (found.yours <= high + found.slack)))


def _contradicting(found: _Entries, ups: Array, limits: tuple[Array, Array, Array]) -> int | None:
    """Return an entry that stands at another place between its limits than an entry of the same kink."""
    low, high, simple = limits
    places: dict[bytes, float] = {}
    for k in np.flatnonzero(simple):
        pattern, place = ups[:, k], float((found.yours[k] - low[k]) / (high[k] - low[k]))
        if not pattern[0]:
            pattern, place = ~pattern, 1.0 - place
        if abs(places.setdefault(pattern.tobytes(), place) - place) > 10.0 * JUMP:
            return int(k)
    return None


def _in_hull(found: _Entries, seen: Array) -> bool:
    """Whether the claim lies in the affine hull of the claims beside it, as far as these fill one."""
    center = seen.mean(axis=0)
    scale = 1.0 / found.slack
    _, sizes, axes = np.linalg.svd((seen - center) * scale, full_matrices=False)
    axes = axes[sizes > sizes[0] * JUMP] if sizes.size and sizes[0] > 0.0 else axes[:0]
    if len(axes) > len(seen) - SPARE:
        return True  # they fill all that so many points can
    offset = (found.yours - center) * scale
    rest = offset - axes.T @ (axes @ offset)
    return bool(np.max(np.abs(rest)) <= 10.0 * math.sqrt(found.flats.size))


def _invalid(found: _Entries, k: int, low: Array, high: Array) -> Invalid:
    place = int(found.leaves[k]), int(found.flats[k])
    return Invalid(*place, float(found.yours[k]), float(low[k]), float(high[k]))
