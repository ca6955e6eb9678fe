"""Other ways to a derivative, never believed alone: each is confirmed by a difference quotient, whose bar it takes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from gradproof.model import Estimate

# A second way to the derivative of phi at a point, in a given unit; NaN where it does not apply.
Reference = Callable[[Callable[[Any], Any], float, float], float]

# So short that the error of second order is below any rounding; nothing is subtracted, so nothing cancels.
IMAGINARY = 2.0**-100


def complex_step(phi: Callable[[Any], Any], at: float, unit: float = 1.0) -> float:
    """Return ``Im phi(at + ih) / h``, exact to rounding for analytic functions.

    W. Squire and G. Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM Rev. 40 (1998).
    It fails silently on ``abs``, ``conj``, comparisons and branches: confirm it (``confirmed``). NaN where ``phi``
    does not accept or return complex numbers.
    """
    step = IMAGINARY * unit
    try:
        value = complex(phi(complex(at, step)))
    except (TypeError, ValueError, ArithmeticError):
        return math.nan
    return value.imag / step


def confirmed(measured: Estimate, candidate: float) -> Estimate:
    """Return the candidate with the bar of the measurement if it lies within it, else the measurement alone."""
    if not abs(candidate - measured.value) <= measured.error:
        return dataclasses.replace(measured, evaluations=measured.evaluations + 1)
    return dataclasses.replace(measured, value=candidate, method="complex step", evaluations=measured.evaluations + 1)
