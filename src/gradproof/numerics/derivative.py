"""The public derivative of a function of one real number."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from gradproof.errors import InputError, ObjectiveError
from gradproof.model import Estimate, Reason
from gradproof.numerics.precise import refine
from gradproof.numerics.reference import Reference, confirmed
from gradproof.numerics.samples import Samples
from gradproof.numerics.scrutiny import scrutinise
from gradproof.numerics.unrefuted import BELOW, constant_below
from gradproof.numerics.walk import Walk


def derivative(
    phi: Callable[[Any], Any],
    *,
    at: float = 0.0,
    lower: float = -math.inf,
    upper: float = math.inf,
    reference: Reference | None = None,
) -> Estimate:
    """Measure the derivative of ``phi`` at a point, with an error bar.

    Parameters
    ----------
    phi
        A function of one float that returns a float (or a 0-d array). Any noise it has is measured.
    at
        The point. Steps are taken in units of a power of two near ``abs(at)``, or of 1 at 0.
    lower, upper
        The domain: ``phi`` is never evaluated outside it. A point on its edge is measured from inside.
    reference
        A second way to the derivative, ``complex_step`` of ``gradproof.numerics.reference``: its value is taken if
        the measurement confirms it, with the bar of the measurement.

    Returns
    -------
    Estimate
        ``value +- error`` with the noise, the step, the number of evaluations, and a reason where ``phi`` is not
        smooth at the point (a kink has both one-sided slopes, a rough function both plateaus).

    Raises
    ------
    InputError
        If the point is not finite or outside the domain.
    ObjectiveError
        If ``phi(at)`` is not a finite number.

    Examples
    --------
    >>> import math
    >>> found = derivative(math.exp, at=1.0)
    >>> abs(found.value - math.e) <= found.error < 1e-11
    True
    """
    if not math.isfinite(at) or not lower <= at <= upper:
        raise InputError("The point cannot be used.", expected=f"a number in [{lower}, {upper}]", got=repr(at))
    unit = _unit(at)
    center = float(phi(at))
    if not math.isfinite(center):
        raise ObjectiveError("The function is not finite at the point.", got=repr(center), where=f"at = {at!r}")
    samples = Samples(_along(phi, at, unit), center=center)
    samples.evaluations = 1
    samples.slack = _slack(at, unit)
    reach = ((lower - at) / unit, (upper - at) / unit)
    walk = Walk(samples, None, reach)
    refine(walk)
    found = _in_units(_or_constant(scrutinise(walk), walk), unit)
    return found if reference is None else confirmed(found, reference(phi, at, unit))


def _or_constant(found: Estimate, walk: Walk) -> Estimate:
    """Return an estimate as that of a rough function where steps far below those that were used see a constant.

    Rounding of the values and a kink not far away look alike from a distance: a slope at large steps, none at small
    ones. Both are told then.
    """
    flat = found.reason is None and constant_below(walk.samples, (found.value, found.error), walk.noise)
    if not flat:
        return found
    step = 2.0 ** BELOW[0]
    floor = walk.samples.floor(abs(walk.samples.center))
    fine = Estimate(0.0, floor / step, floor, step, 0.0, 2 * len(BELOW), found.method)
    return dataclasses.replace(found, reason=Reason.ROUGH, fine=fine, evaluations=walk.samples.evaluations)


def _along(phi: Callable[[float], float], at: float, unit: float) -> Callable[[float], float]:
    def shifted(t: float) -> float:
        return float(phi(at + t * unit))

    return shifted


def _slack(at: float, unit: float) -> Callable[[float], float]:
    """Return by how much a step is rounded when it is added to the point: mostly not at all."""

    def slack(step: float) -> float:
        h = step * unit
        return max(abs(((at + h) - at) - h), abs((at - (at - h)) - h)) / unit

    return slack


def _unit(at: float) -> float:
    """Return a power of two near ``abs(at)``: then ``at + 2**e * unit`` is exact down to an ulp of ``at``."""
    return math.ldexp(1.0, math.frexp(at)[1] - 1) if at else 1.0


def _in_units(estimate: Estimate, unit: float) -> Estimate:
    """Convert from slopes per scale to slopes per unit of the argument."""

    def nested(inner: Estimate | None) -> Estimate | None:
        return None if inner is None else _in_units(inner, unit)

    return dataclasses.replace(
        estimate,
        value=estimate.value / unit,
        error=estimate.error / unit,
        step=estimate.step * unit,
        scale=estimate.scale / unit,
        left=nested(estimate.left),
        right=nested(estimate.right),
        fine=nested(estimate.fine),
        levels=tuple((step * unit, quotient / unit, noise / unit) for step, quotient, noise in estimate.levels),
    )
