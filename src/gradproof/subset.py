"""A few examples of a batch: a check is as good on them as on all, and each evaluation is cheaper."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.errors import InputError


def random_subset(*arrays: Any, count: int, axis: int = -1, seed: int = 0) -> tuple[Any, ...]:
    """Return the same random examples of each array; the same seed gives the same examples.

    Parameters
    ----------
    arrays
        Inputs, labels, weights: as many examples in each.
    count
        How many, without repetition; they stay in their order.
    axis
        The axis of the examples: the last (columns, as in courses) unless said otherwise; 0 for rows.
    seed
        Of the choice.

    Raises
    ------
    InputError
        If the arrays differ in length, or hold fewer examples.
    """
    lengths = {np.shape(array)[axis] if np.ndim(array) else 0 for array in arrays}
    if len(lengths) != 1:
        raise InputError(
            "The arrays do not hold the same examples.",
            expected=f"one length along axis {axis}",
            got=", ".join(str(np.shape(array)) for array in arrays) or "no array",
        )
    (length,) = lengths
    if not 1 <= count <= length:
        raise InputError("So many examples cannot be drawn.", expected=f"from 1 to {length}", got=str(count))
    chosen = np.sort(np.random.default_rng(seed).choice(length, count, replace=False))
    return tuple(np.take(array, chosen, axis=axis) for array in arrays)
