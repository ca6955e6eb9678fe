"""Does the claim come from a finite difference itself? Then a check compares like with like."""

from __future__ import annotations

from gradproof.model import Reason
from gradproof.numerics.compare import Answer
from gradproof.probe import Part
from gradproof.probing.budget import BudgetSpentError
from gradproof.probing.gauge import Gauge
from gradproof.probing.precision import UNIT_ROUNDOFF
from gradproof.probing.reading import Reading

# The steps that courses, optimisers and frameworks use.
STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1.4901161193847656e-08, 1e-8, 1e-3)
# A computed gradient of smooth code is right to far more digits than this; a difference quotient is not.
SUSPICIOUS = 1e-12


def imitates(gauge: Gauge, readings: list[Reading]) -> str:
    """Return a note if the claim is bit for bit a finite difference, else "".

    Only claims that are consistent but visibly inexact are suspected, so an exact gradient costs no evaluation.
    """
    leaves = gauge.subject.leaves
    # Of a claim in single precision the last bit says nothing: any difference quotient may be rounded to it.
    if not leaves or leaves[0].claim_dtype in UNIT_ROUNDOFF or not any(_inexact(reading) for reading in readings):
        return ""
    flat = gauge.subject.sample(Part(0), 1)[0]
    try:
        return _quotient(gauge, flat)
    except BudgetSpentError:
        # Everything was judged; what is left out is a remark.
        return ""


def _quotient(gauge: Gauge, flat: int) -> str:
    yours, _ = gauge.subject.entry(0, flat)
    shifted = gauge.within_budget(lambda by: gauge.subject.shifted(0, flat, by))
    for step in STEPS:
        ahead, behind = shifted(step), shifted(-step)
        for name, value in (
            ("two-sided", (ahead - behind) / (2.0 * step)),
            ("one-sided", (ahead - gauge.center) / step),
        ):
            if value == yours and yours != 0.0:
                return f"yours is, to the last bit, a {name} finite difference with step {step:g}: no gradient code ran"
    return ""


def _inexact(reading: Reading) -> bool:
    comparison, estimate = reading.comparison, reading.measurement.estimate
    if reading.answer is Answer.UNCLEAR or comparison.reason in (Reason.KINK, Reason.ROUGH):
        return False
    return comparison.distance > max(2.0 * comparison.error, SUSPICIOUS * abs(estimate.value))
