"""Where a problem is judged: the start, and SciPy's bounds in any of their forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.derivatives.matrices import Place
from gradproof.errors import InputError


def place_of(x: Any, bounds: Any) -> Place:
    """Return the start with its bounds.

    Raises
    ------
    InputError
        If the bounds do not fit the start, or it lies outside of them.
    """
    if bounds is None:
        return Place(x)
    lower, upper = _sides(bounds, x)
    try:
        lower = np.broadcast_to(np.asarray(lower, dtype=np.float64), x.shape)
        upper = np.broadcast_to(np.asarray(upper, dtype=np.float64), x.shape)
    except ValueError as error:
        raise InputError("The bounds do not fit the start.", expected=f"{x.size} of them", got=str(error)) from None
    outside = np.flatnonzero((x < lower) | (x > upper))
    if outside.size:
        i = int(outside[0])
        got = f"x0[{i}] = {x[i]!r}, bounds {lower[i]!r} and {upper[i]!r}"
        raise InputError("The start lies outside of the bounds.", expected="a point inside", got=got, where="x0")
    if not np.isfinite(lower).any() and not np.isfinite(upper).any():
        return Place(x)
    return Place(x, lower, upper)


def _sides(bounds: Any, x: Any) -> tuple[Any, Any]:
    """Return lower and upper bounds of a ``Bounds``, of pairs (``minimize``), or of two arrays (``least_squares``)."""
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    pairs = list(bounds)
    if (
        len(pairs) == x.size
        and all(np.size(pair) == 2 for pair in pairs)
        and not (x.size == 2 and _two_sides(pairs, x))
    ):
        low, high = zip(*pairs, strict=True)
        lower = [-np.inf if bound is None else bound for bound in low]
        return lower, [np.inf if bound is None else bound for bound in high]
    if len(pairs) == 2:
        return pairs[0], pairs[1]
    raise InputError("The bounds cannot be read.", expected="a Bounds, a pair for each entry, or (lower, upper)")


def _two_sides(pairs: list[Any], x: Any) -> bool:
    """Whether two pairs of numbers are (lower, upper) of two entries: as pairs they would not hold the start."""
    held = all((a is None or a <= at) and (b is None or at <= b) for (a, b), at in zip(pairs, x, strict=True))
    return not held
