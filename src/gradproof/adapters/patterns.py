"""What can be seen in a claim by itself: zeros, equal entries, few digits. Facts, to be told where a leaf is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gradproof.adapters.blocks import Array

# Fewer entries than this may be equal or short by chance.
FEWEST = 4
# So many may all be one number by chance, but not more.
TWINS = 3
# A sum of measured entries is the same as a claim to this share.
SAME = 1e-4
# Numbers of a shorter format are conspicuous if they use its last bits: 0.5 is in all of them.
LAST_BITS = 3


def patterns(claim: Array, wrong: Mapping[int, float]) -> Iterator[str]:
    """Yield what is conspicuous about a claim.

    Parameters
    ----------
    claim
        In the leaf's shape.
    wrong
        Flat indices of entries that are wrong, with the measured derivative: zeros are conspicuous only if these are
        all among them, and equal entries only if the measured ones differ.
    """
    if not np.any(claim):
        return
    yield from _equal(claim, wrong)
    if claim.size < FEWEST:
        return
    yield from _zeros(claim, list(wrong))
    yield from _short(claim)
    if len(wrong) > 1 and np.min(claim) >= 0.0 and max(wrong.values()) < 0.0:
        yield "yours is nowhere negative: an absolute value?"


def _zeros(claim: Array, wrong: Sequence[int]) -> Iterator[str]:
    if not wrong or np.any(claim.ravel()[list(wrong)]):
        return
    zero = claim == 0.0
    if claim.ndim == 2:
        above = np.triu(np.ones(claim.shape, dtype=bool), 1)
        below = np.tril(np.ones(claim.shape, dtype=bool), -1)
        places = (("above the diagonal", above), ("below the diagonal", below), ("off the diagonal", above | below))
        held = [words for words, place in places if place.any() and zero[place].all() and _all_in(wrong, place)]
        if held:
            yield f"yours is zero {held[-1]}"
            return
    for axis, length in enumerate(claim.shape):
        kept = np.flatnonzero(~zero.all(axis=tuple(a for a in range(claim.ndim) if a != axis)))
        if length > 2 and kept.size == 1:
            where = {0: "the first", length - 1: "the last"}.get(int(kept[0]), f"number {int(kept[0])}")
            yield f"yours is zero but for {where} along axis {axis}"


def _all_in(wrong: Sequence[int], place: Array) -> bool:
    return bool(place.ravel()[list(wrong)].all())


def _equal(claim: Array, wrong: Mapping[int, float]) -> Iterator[str]:
    if np.ptp(claim) == 0.0:
        if claim.size >= TWINS and _differ(list(wrong.values())):
            total = math.fsum(wrong.values())
            summed = len(wrong) == claim.size and abs(claim.flat[0] - total) <= SAME * abs(total)
            yield "all entries of yours are equal" + (": each is the sum over all of them" if summed else "")
        return
    if claim.size < FEWEST:
        return
    for axis, length in enumerate(claim.shape):
        if length > 1 and not np.any(np.ptp(claim, axis=axis)):
            lines: dict[tuple[int, ...], list[float]] = {}
            for flat, measured in wrong.items():
                index = [int(i) for i in np.unravel_index(flat, claim.shape)]
                lines.setdefault((*index[:axis], *index[axis + 1 :]), []).append(measured)
            if any(map(_differ, lines.values())):
                yield f"all entries of yours along axis {axis} are equal: summed or broadcast over the wrong axis?"


def _differ(values: list[float]) -> bool:
    """Whether measured derivatives differ by more than their bars ever would."""
    return len(values) > 1 and max(values) - min(values) > 1e-3 * max(map(abs, values))


def _short(claim: Array) -> Iterator[str]:
    """Whether every entry has the few digits of a shorter format, though it is stored in a longer one."""
    flat = claim.ravel()
    if claim.dtype.itemsize <= 2 or np.all(flat == np.round(flat)):
        return
    with np.errstate(all="ignore"):
        formats = [("float16", 11, flat.astype(np.float16).astype(flat.dtype)), ("bfloat16", 8, _bfloat16(flat))]
        if claim.dtype.itemsize > 4:
            formats.append(("float32", 24, flat.astype(np.float32).astype(flat.dtype)))
    for name, bits, rounded in formats:
        if np.array_equal(rounded, flat) and _use(flat, bits - LAST_BITS):
            yield f"every entry of yours was rounded to {name}"
            return


def _use(flat: Array, bits: int) -> bool:
    """Whether several different numbers have more bits than that."""
    mantissa = np.frexp(np.abs(flat[np.isfinite(flat)]).astype(np.float64))[0] * 2.0**bits
    return np.unique(mantissa[mantissa != np.round(mantissa)]).size >= FEWEST


def _bfloat16(flat: Array) -> Array:
    """Return the values with the sixteen bits of bfloat16: the upper half of single precision."""
    bits = flat.astype(np.float32).view(np.uint32)
    return (bits & np.uint32(0xFFFF0000)).view(np.float32).astype(flat.dtype)
