"""How accurate a claim of a given dtype can be expected to be."""

from __future__ import annotations

import math
from collections.abc import Iterable

# Relative tolerance of a right gradient computed in that dtype: about sqrt(eps) * 100 where rounding accumulates over
# the operations of a network, and never so tight that a change of summation order would be called a mistake.
RTOL = {"float64": 1e-6, "longdouble": 1e-6, "float128": 1e-6, "float32": 1e-4, "float16": 3e-2, "bfloat16": 1e-1}
UNIT_ROUNDOFF = {"float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
# A claim below this many roundings of the whole gradient is a claim of zero: the bias before a normalisation, whose
# derivative is zero in exact arithmetic, comes out as the rounding error of sums over the whole.
ZERO_ROUNDINGS = 100.0
# In double precision there is room for sums that amplify rounding, as divisions by a small standard deviation do.
ZERO_ROUNDINGS_DOUBLE = 1000.0


def chance_of(left_open: Iterable[float], free: int) -> float:
    """Return how rarely a wrong hypothesis passes tests that each leave such a share open.

    With ``free`` numbers left to be explained no more than so many tests are independent, the sharpest of them.
    """
    return math.prod(sorted(left_open)[: max(free, 0)])


def tolerance_of(dtype: str) -> float:
    """Return the relative tolerance of claims of this dtype."""
    return RTOL.get(dtype, RTOL["float64"])


def rounding_share(dtype: str) -> float:
    """Return the share of a leaf's contribution by which rounding may change a slope of a claim of a coarse dtype.

    A hundredth of the tolerance, as for hypotheses; 0 for double precision, whose bars tell as much.
    """
    return 1e-2 * RTOL[dtype] if dtype in UNIT_ROUNDOFF else 0.0


def zero_share(dtype: str) -> float:
    """Return the share of the whole gradient's contribution below which a claim of this dtype means zero."""
    known = UNIT_ROUNDOFF.get(dtype)
    return ZERO_ROUNDINGS_DOUBLE * 2.0**-53 if known is None else ZERO_ROUNDINGS * known
