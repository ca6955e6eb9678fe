"""A claim that is a known function in most of its entries: where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.hypotheses.evidence import Family
from gradproof.guess import Guess

# Entries that agree to this share of the largest are the same but for rounding.
SAME = 1e-7
# Single entries are listed up to this many.
LISTED = 4


def mostly(kind: str, words: str, claim: Array, term: Array) -> Iterator[Family]:
    """Yield "the true gradient is c times this array, and yours is that but for some entries"; c is that of most."""
    known = term != 0.0
    if not np.isfinite(term).all() or np.count_nonzero(known) < 3:
        return
    c = float(np.median(claim[known] / term[known]))
    differs = np.abs(claim - c * term) > SAME * abs(c) * np.max(np.abs(term))
    count = int(np.count_nonzero(differs))
    if c != 0.0 and 0 < 2 * count < claim.size:
        yield Guess(kind, words, "is", c, _place(differs)), None, term


def _place(differs: Array) -> str:
    """Return which entries are meant: a row or another slice, a few entries, or how many."""
    for axis, length in enumerate(differs.shape):
        rest = tuple(a for a in range(differs.ndim) if a != axis)
        whole = np.flatnonzero(differs.all(axis=rest))
        if differs.ndim > 1 and whole.size and np.count_nonzero(differs) == whole.size * differs.size // length:
            name = {(2, 0): "row", (2, 1): "column"}.get((differs.ndim, axis), f"index along axis {axis}:")
            some = ", ".join(str(int(i)) for i in whole[:LISTED])
            more = f" and {whole.size - LISTED} more" if whole.size > LISTED else ""
            return f"{name}{'s' if whole.size > 1 and name in ('row', 'column') else ''} {some}{more}"
    places = np.argwhere(differs)
    if len(places) <= LISTED:
        return ", ".join(f"[{', '.join(map(str, place))}]" for place in places.tolist())
    return f"{len(places)} of {differs.size} entries"
