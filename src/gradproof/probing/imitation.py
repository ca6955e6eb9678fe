"""Does the claim come from a finite difference itself? Then a check compares like with like."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

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
# Entries that must agree: a gradient rounded to single precision may fall on one difference quotient by chance, since
# one with a step of a power of two stands on as coarse a grid.
WITNESSES = 8
# Single precision holds no larger ones.
LARGEST = 3e38


def imitates(gauge: Gauge, readings: list[Reading]) -> str:
    """Return a note if the claim is bit for bit a finite difference, else "".

    Only claims that are consistent but visibly inexact are suspected, so an exact gradient costs no evaluation.
    """
    leaves = gauge.subject.leaves
    # Of a claim in single precision the last bit says nothing: any difference quotient may be rounded to it.
    if not leaves or leaves[0].claim_dtype in UNIT_ROUNDOFF or not any(_inexact(reading) for reading in readings):
        return ""
    try:
        return _told(gauge, gauge.subject.sample(Part(0), WITNESSES))
    except BudgetSpentError:
        # Everything was judged; what is left out is a remark.
        return ""


def _told(gauge: Gauge, places: Sequence[int]) -> str:
    """Return the note if every one of some entries is the same difference quotient."""
    yours = [gauge.subject.entry(0, flat)[0] for flat in places]
    if len(places) < WITNESSES and all(_is_single(value) for value in yours):
        return ""
    common = set(_quotients(gauge, places[0], yours[0], STEPS))
    for flat, value in zip(places[1:], yours[1:], strict=True):
        if common:
            common &= set(_quotients(gauge, flat, value, sorted({step for _, step in common})))
    if not common:
        return ""
    name, step = min(common, key=lambda pair: (STEPS.index(pair[1]), pair[0] == "one-sided"))
    return f"yours is, to the last bit, a {name} finite difference with step {step:g}: no gradient code ran"


def _quotients(gauge: Gauge, flat: int, yours: float, steps: Sequence[float]) -> Iterator[tuple[str, float]]:
    """Yield the kind and the step of each difference quotient that an entry of the claim is bit for bit."""
    shifted = gauge.within_budget(lambda by: gauge.subject.shifted(0, flat, by))
    for step in steps:
        ahead, behind = shifted(step), shifted(-step)
        if (ahead - behind) / (2.0 * step) == yours != 0.0:
            yield "two-sided", step
        if (ahead - gauge.center) / step == yours != 0.0:
            yield "one-sided", step


def _is_single(value: float) -> bool:
    """Whether a number has no more digits than single precision."""
    return struct.unpack("f", struct.pack("f", value))[0] == value if abs(value) < LARGEST else False


def _inexact(reading: Reading) -> bool:
    comparison, estimate = reading.comparison, reading.measurement.estimate
    if reading.answer is Answer.UNCLEAR or comparison.reason in (Reason.KINK, Reason.ROUGH):
        return False
    return comparison.distance > max(2.0 * comparison.error, SUSPICIOUS * abs(estimate.value))
