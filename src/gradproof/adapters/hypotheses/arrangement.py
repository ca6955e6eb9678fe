"""Right numbers in the wrong place: transposed, flipped, rolled, another leaf's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from gradproof.adapters.hypotheses.evidence import Evidence, Family, instead

MOST_AXES = 4
SHIFTS = (1, -1, 2, -2)


def transposed(evidence: Evidence) -> Iterator[Family]:
    """Axes of equal length are exchanged."""
    shape = evidence.shape
    if not 2 <= len(shape) <= MOST_AXES:
        return
    for order in permutations(range(len(shape))):
        if order != tuple(range(len(shape))) and tuple(shape[axis] for axis in order) == shape:
            words = "transposed" if len(shape) == 2 else f"transposed: its axes are in the order {order}"
            yield instead("transposed", words, np.transpose(evidence.claim, order))


def flipped(evidence: Evidence) -> Iterator[Family]:
    """An axis runs backwards."""
    for axis, length in enumerate(evidence.shape):
        if length > 1:
            yield instead("flipped", f"flipped along axis {axis}", np.flip(evidence.claim, axis))
    if len(evidence.shape) > 1:
        yield instead("flipped", "flipped along all axes", np.flip(evidence.claim))


def rolled(evidence: Evidence) -> Iterator[Family]:
    """An axis is shifted by one or two places."""
    for axis, length in enumerate(evidence.shape):
        for shift in SHIFTS:
            # A shift by half an axis or more is one the other way round.
            if 2 * abs(shift) < length or (shift == 1 and length == 2):
                words = f"shifted by {-shift:+d} along axis {axis}"
                yield instead("rolled", words, np.roll(evidence.claim, shift, axis))


def permuted(evidence: Evidence) -> Iterator[Family]:
    """Halves of an axis are exchanged, or its even and odd places."""
    for axis, length in enumerate(evidence.shape):
        if length < 4 or length % 2:
            continue
        order = np.arange(length)
        swaps = {
            "with the two halves exchanged": np.roll(order, length // 2),
            "with neighbours exchanged": order ^ 1,
            "interleaved": order.reshape(2, -1).T.ravel(),
            "not interleaved": order.reshape(-1, 2).T.ravel(),
        }
        for words, places in swaps.items():
            yield instead("permuted", f"{words} along axis {axis}", np.take(evidence.claim, places, axis))


def other_order(evidence: Evidence) -> Iterator[Family]:
    """A matrix was flattened or restored in Fortran's order instead of C's."""
    if len(evidence.shape) < 2 or (len(evidence.shape) == 2 and evidence.shape[0] == evidence.shape[1]):
        return  # in a square matrix that is the transpose
    flat = evidence.claim.ravel()
    words = "in Fortran's order where C's belongs"
    yield instead("order", words, np.ascontiguousarray(flat.reshape(evidence.shape, order="F")))
    yield instead("order", words, evidence.claim.ravel(order="F").reshape(evidence.shape))


def exchanged(evidence: Evidence) -> Iterator[Family]:
    """The gradient of this leaf stands under another name."""
    for other in evidence.others:
        if other.claim.size != evidence.claim.size:
            continue
        words = f"not its own: the gradient for it stands under {other.name}"
        if other.claim.shape == evidence.shape:
            yield instead("exchanged", words, other.claim)
        if len(evidence.shape) == 2 and other.claim.T.shape == evidence.shape:
            yield instead("exchanged", f"{words}, transposed", other.claim.T)
        elif other.claim.shape != evidence.shape:
            yield instead("exchanged", f"{words}, in another shape", other.claim.reshape(evidence.shape))
