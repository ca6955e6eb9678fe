"""Fingerprints of arrays: whether something was written into them."""

from __future__ import annotations

import hashlib

import numpy as np

from gradproof.adapters.blocks import Array

# Above this many bytes a cryptographic hash would cost as much as an evaluation.
SMALL = 1 << 14


def digest(array: Array) -> bytes:
    """Return a fingerprint of an array's bits, of an array in extended precision of its values.

    Small arrays are hashed; of large ones the wrapping sum and the exclusive or of all words are taken, which any
    single write changes, besides a hash of a sample in place.
    """
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        # Extended precision is padded with whatever stood in memory: its value is that of two doubles.
        high = array.astype(np.float64)
        array = np.stack([high, (array - high).astype(np.float64)])
    if array.nbytes <= SMALL or not array.flags.c_contiguous or array.dtype.itemsize not in (2, 4, 8):
        return hashlib.blake2b(array.tobytes(), digest_size=16).digest()
    words = array.reshape(-1).view(f"u{array.dtype.itemsize}")
    total = np.add.reduce(words, dtype=np.uint64)
    mixed = np.bitwise_xor.reduce(words)
    sample = hashlib.blake2b(words[:: max(words.size // 2048, 1)].tobytes(), digest_size=16).digest()
    return bytes(total.tobytes()) + bytes(mixed.tobytes()) + sample
