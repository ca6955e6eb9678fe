"""Wrong, or only rounded: a claim of single or half precision that is right when it is computed in double."""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.model import Outcome, Reason
from gradproof.numerics.unrefuted import COARSE
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import NEAR, Case
from gradproof.probing.precision import UNIT_ROUNDOFF, tolerance_of
from gradproof.seam import Leaf

# A discrepancy above this share of a leaf's contribution is no rounding, whatever else is said.
MOST = 0.1
# Nor is one above this share of the whole gradient's contribution.
LOST = 1e-3
# Nor is one above so many roundings of the objective itself.
ROUNDINGS = 1e3
# An algorithm rounds many times where the point is rounded once. How far points are displaced, in steps of the slope
# that is measured beside them; and how many of them.
AMPLIFIED, DISPLACED, POINTS = 1e3, 100.0, 2
# A gradient may lose so many times the share that its objective loses.
ALIKE = 30.0


def only_rounded(gauge: Gauge, case: Case) -> Case | None:
    """Return a case judged wrong as consistent, if its claim computed in double precision agrees along all its probes.

    Sums that cancel lose digits in single precision: the gradient is right, as exact as that precision lets it be.
    """
    leaves = [gauge.subject.leaves[part.leaf] for part in case.stratum.parts]
    if case.outcome is not Outcome.WRONG or not all(map(_is_coarse, leaves)):
        return None
    unit = case.stratum.unit
    # Beside the rest of the gradient what is small may be all rounding.
    whole = math.hypot(*(leaf.norm for leaf in gauge.subject.leaves))
    rounding = ROUNDINGS * max(UNIT_ROUNDOFF[leaf.claim_dtype] for leaf in leaves) * abs(gauge.center)
    most = max(MOST * unit, LOST * whole, rounding)
    if case.stratum.zero or any(not reading.comparison.distance <= most for reading in case.readings):
        return None
    for reading in case.readings:
        claimed = gauge.subject.precisely(reading.measurement.probe)
        estimate = reading.measurement.estimate
        if claimed is None or not estimate.finite:
            return None
        size = reading.comparison.distance
        # It must agree far better than what was claimed, not only a little.
        if abs(claimed - estimate.value) > max(tolerance_of("float64") * unit + estimate.error, 1e-2 * size):
            return None
    return replace(case, outcome=Outcome.CONSISTENT, reason=None)


def ill_conditioned(gauge: Gauge, case: Case) -> Case | None:
    """Return a case judged wrong as undecided, if the claim is coarse numbers that rounding may have put so far off.

    A gradient computed in single precision is at best that of a point rounded to it. By how much that changes a slope
    is measured at displaced points, in proportion. An algorithm that is worse than the problem loses digits of the
    value as well. A claim that can be called is computed in double instead.
    """
    leaves = [gauge.subject.leaves[part.leaf] for part in case.stratum.parts]
    if case.outcome is not Outcome.WRONG or not all(map(_is_coarse, leaves)) or gauge.subject.bounded:
        return None
    if any(gauge.subject.precisely(reading.measurement.probe) is not None for reading in case.readings[:1]):
        return None
    share = AMPLIFIED * max(UNIT_ROUNDOFF[leaf.claim_dtype] for leaf in leaves) / (DISPLACED * NEAR)
    for reading in case.readings:
        probe, estimate = reading.measurement.probe, reading.measurement.estimate
        changes = (abs(gauge.slope(gauge.subject.aside(probe, key)).value - estimate.value) for key in range(POINTS))
        allowed = max(share * max(changes), ALIKE * gauge.lost * case.stratum.unit)
        if not reading.comparison.distance <= allowed:
            return None
    return replace(case, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOISE)


def undecided(gauge: Gauge, case: Case) -> Case | None:
    """Return a case judged wrong by little as undecided, if values are coarse and kinks have shown in this check.

    Between steps so short that rounding hides the slope and those at which kinks turn it nothing is left that could
    tell an error below what was asked for from a turn; several steps agree on it where the kinks lie closer than all.
    """
    if case.outcome is not Outcome.WRONG or not gauge.bent or not gauge.subject.epsilon > COARSE:
        return None
    slight = gauge.settings.resolution * case.stratum.unit
    if any(reading.comparison.distance > slight for reading in case.readings):
        return None
    return replace(case, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOISE)


def asked_as_function(leaf: Leaf) -> str:
    """Return what is said of a leaf whose claim is numbers that rounding may have put off."""
    return (
        f"{leaf.name}: yours is as far from the measured gradient as rounding in {leaf.claim_dtype} may put it here. "
        "Give the gradient as a function, and it is computed in double precision too."
    )


def _is_coarse(leaf: Leaf) -> bool:
    return leaf.claim_dtype in UNIT_ROUNDOFF


def sentence(leaf: Leaf) -> str:
    """Return what is said of a leaf whose claim is only rounded."""
    return (
        f"{leaf.name}: your gradient is right, but {leaf.claim_dtype} costs it more digits than usual; computed in "
        "double precision it agrees."
    )
