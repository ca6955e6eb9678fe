"""Which entries of a leaf a part chooses by position, on arrays of flat indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.probe import Bucket, Digit, Part

# The finaliser of splitmix64 (G. Steele, D. Lea and C. Flood, OOPSLA 2014), a bijection on 64 bits.
GOLDEN, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def is_selective(part: Part) -> bool:
    """Whether a part has windows, a bucket or exceptions."""
    return bool(part.windows or part.without or part.bucket is not None)


def selected(part: Part, piece: slice) -> Any:
    """Return which entries of a piece lie inside the windows and the bucket of a part and are not excepted."""
    if not is_selective(part):
        return True
    chosen = within(part, np.arange(piece.start, piece.stop))
    if part.without:
        excepted = np.asarray(part.without)
        chosen[excepted[(excepted >= piece.start) & (excepted < piece.stop)] - piece.start] = False
    return chosen


def selected_at(part: Part, index: Array) -> Array:
    """Return which flat indices lie inside the windows and the bucket of a part and are not excepted."""
    return np.asarray(within(part, index) & ~np.isin(index, part.without))


def within(part: Part, index: Any) -> Any:
    """Return which flat indices lie inside the windows and the bucket of a part, on arrays of any library."""
    chosen = index >= 0
    for window in part.windows:
        digit = window.digit.of(index)
        chosen &= (digit >= window.start) & (digit < window.stop)
    return chosen if part.bucket is None else chosen & in_bucket(index, part.bucket)


def in_bucket(index: Any, bucket: Bucket) -> Any:
    """Return which flat indices fall into a bucket."""
    if not bucket.bits:
        return index >= 0
    with np.errstate(over="ignore"):
        x = index.astype(np.uint64) + np.uint64(bucket.salt + 1) * GOLDEN
        x = (x ^ (x >> np.uint64(30))) * FIRST
        x = (x ^ (x >> np.uint64(27))) * SECOND
        x = x ^ (x >> np.uint64(31))
    return x >> np.uint64(64 - bucket.bits) == np.uint64(bucket.value)


def ramp(digit: Digit | None, index: Array) -> Array | float:
    """Return the weights of entries by a digit: ``(1 + digit) / base``."""
    return 1.0 if digit is None else (1.0 + digit.of(index)) / digit.base


def bounded(z: Array) -> Array:
    """Turn standard normal numbers into such of sizes from 0.5 to 1.5, in place: no entry is hard to see."""
    return np.copysign(0.5 + 0.5 * np.minimum(np.abs(z), 2.0), z, out=z)
