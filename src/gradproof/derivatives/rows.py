"""Which outputs a wrong Jacobian is wrong for: one direction, and the slope of every output along it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.numerics.derivative import derivative
from gradproof.probing.precision import tolerance_of
from gradproof.settings import Settings

# Outputs that are measured one by one, evenly spread where there are more, and rows that are named.
MOST_ROWS, NAMED = 2000, 8


def wrong_rows(
    function: Callable[[Any], Any], product: Callable[[Any, Any], Any], place: Any, settings: Settings
) -> tuple[str, ...]:
    """Return a sentence on the rows of a Jacobian that are wrong, or nothing if none is.

    All outputs are measured on the same evaluations of the function.

    Parameters
    ----------
    function, product
        The function of ``x``, and the claimed product of its Jacobian at ``x`` with a tangent.
    place
        The point ``x``, an array of real numbers, and how far one may go along a tangent, ``reach``.
    settings
        The seed and the tolerance.
    """
    point = np.asarray(place.x)
    if point.dtype.kind != "f":
        return ()
    rng = np.random.default_rng([settings.seed, 2**24])
    size = float(np.sqrt(np.mean(point.astype(float) ** 2))) or 1.0
    tangent = (size * rng.standard_normal(point.shape)).astype(point.dtype)
    known: dict[float, Any] = {}

    def at(t: float) -> Any:
        if t not in known:
            known[t] = np.ravel(np.asarray(function((point + t * tangent).astype(point.dtype)), dtype=float))
        return known[t]

    claimed = np.ravel(np.asarray(product(point, tangent), dtype=float))
    rtol = settings.rtol or tolerance_of(point.dtype.name)
    scale = float(np.sqrt(np.mean(claimed**2)))
    low, high = place.reach(tangent)
    chosen = range(0, claimed.size, -(-claimed.size // MOST_ROWS))
    with np.errstate(all="ignore"):
        wrong = [told for row in chosen if (told := _told((row, claimed[row]), at, rtol * scale, (low, high)))]
    if not wrong:
        return ()
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    of = "" if len(chosen) == claimed.size else f" (of {len(chosen)} that were measured)"
    noun = "row" if len(wrong) == 1 else f"{len(wrong)} rows"
    return (f"The Jacobian is wrong in {noun}{of}, along one direction: {'; '.join(wrong[:NAMED])}{more}.",)


def _told(claim: tuple[int, float], at: Callable[[float], Any], floor: float, reach: tuple[float, float]) -> str:
    """Return how a row is wrong, or ""."""
    row, claimed = claim
    if not reach[0] < reach[1]:
        return ""
    found = derivative(lambda t: float(at(t)[row]), lower=reach[0], upper=reach[1])
    if not found.finite or found.reason is not None:
        return ""
    gap = abs(claimed - found.value)
    wrong = gap > 1e-6 * abs(found.value) + floor + 3.0 * found.error
    return f"output {row}: yours {claimed:.6g}, measured {found.value:.6g}" if wrong else ""
